//! Requests that another site's page makes.
//!
//! Knows: cross-site request forgery. A page can make its visitor's browser send a form to any
//! address, with the cookies of that address; it cannot choose `Origin` and `Sec-Fetch-Site`, which
//! tell. Must never know: what is asked for.

use axum::http::header::{HOST, HeaderName, ORIGIN};
use axum::http::request::Parts;
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderValue, Uri};

use super::host::Hosts;

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Whether a request would change something and comes from a page that is not ours. Who reads
/// across origins gets an answer that their browser keeps from them.
pub(super) fn is_forged(request: &Parts, hosts: &Hosts) -> bool {
    let headers = &request.headers;
    !request.method.is_safe() && (is_cross_site(headers) || is_foreign(headers, hosts))
}

fn is_cross_site(headers: &HeaderMap) -> bool {
    let mut sites = headers.get_all(SEC_FETCH_SITE).iter();
    sites.any(|site| site == "cross-site" || site == "same-site")
}

/// An origin is ours if it is the one that the request is for, or a name of the config file, behind
/// which a proxy may have put another `Host`. A page without a referrer has the origin `null` for
/// its forms; that it is ours is then known by the other header.
fn is_foreign(headers: &HeaderMap, hosts: &Hosts) -> bool {
    let target = headers.get(HOST).map(HeaderValue::as_bytes);
    let is_same = headers.get(SEC_FETCH_SITE) == Some(&HeaderValue::from_static("same-origin"));
    let is_ours = |name: &Authority| {
        let is_it = |target: &[u8]| target.eq_ignore_ascii_case(name.as_str().as_bytes());
        target.is_some_and(is_it) || hosts.is_configured(name)
    };
    let mut origins = headers.get_all(ORIGIN).iter();
    !origins.all(|origin| {
        let origin: Option<Uri> = origin.to_str().ok().and_then(|text| text.parse().ok());
        let origin = origin.unwrap_or_default();
        match origin.scheme() {
            Some(_) => origin.authority().is_some_and(is_ours),
            None => is_same,
        }
    })
}

#[cfg(test)]
mod tests {
    use axum::http::Request;

    use super::*;

    fn is_forged_with(method: &str, headers: &[(&str, &str)]) -> bool {
        let hosts = Hosts::new(
            ([127, 0, 0, 1], 8123).into(),
            &["collector.internal".into()],
        );
        let mut request = Request::builder()
            .method(method)
            .uri("/api/dev/reset")
            .header("host", "127.0.0.1:8123");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        is_forged(&request.body(()).unwrap().into_parts().0, &hosts)
    }

    #[test]
    fn our_own_page_and_no_page_at_all_may_change_things() {
        for headers in [
            &[][..],
            &[("origin", "http://127.0.0.1:8123")],
            &[
                ("origin", "http://127.0.0.1:8123"),
                ("sec-fetch-site", "same-origin"),
            ],
            &[("origin", "https://collector.internal")],
            &[("origin", "null"), ("sec-fetch-site", "same-origin")],
            &[("sec-fetch-site", "none")],
        ] {
            assert!(!is_forged_with("POST", headers), "{headers:?}");
        }
    }

    #[test]
    fn other_pages_may_not() {
        for headers in [
            &[("origin", "https://evil.example")][..],
            &[("origin", "http://127.0.0.1:3000")],
            &[("origin", "http://localhost:8123")],
            &[("origin", "null")],
            &[("sec-fetch-site", "cross-site")],
            &[("sec-fetch-site", "same-site")],
            &[
                ("origin", "http://127.0.0.1:8123"),
                ("origin", "https://evil.example"),
            ],
        ] {
            assert!(is_forged_with("POST", headers), "{headers:?}");
            assert!(is_forged_with("DELETE", headers), "{headers:?}");
            assert!(!is_forged_with("GET", headers), "{headers:?}");
        }
    }
}
