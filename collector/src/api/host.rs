//! Who may ask: requests to a loopback name, with our port.
//!
//! Knows: DNS rebinding. A page can point its own name to 127.0.0.1 and then ask as if from the
//! same origin; its requests still carry that name in `Host`. Must never know: what is asked for.

use axum::extract::{Request, State};
use axum::http::header::HOST;
use axum::http::uri::Authority;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::error::ApiError;

/// Lets a request pass that is for this machine.
pub(super) async fn guard(State(port): State<u16>, request: Request, next: Next) -> Response {
    if is_for_us(&request, port) {
        next.run(request).await
    } else {
        ApiError::ForeignHost { port }.into_response()
    }
}

/// All names that the request gives its target must be ours: those of `Host`, and the one in the
/// request line, which a proxy's client sends. None at all is fine; no browser does that.
fn is_for_us(request: &Request, port: u16) -> bool {
    let hosts = request.headers().get_all(HOST).iter();
    let mut names = hosts.map(|host| {
        host.to_str()
            .ok()
            .and_then(|host| host.parse::<Authority>().ok())
    });
    names.all(|name| name.is_some_and(|name| is_ours(&name, port)))
        && request
            .uri()
            .authority()
            .is_none_or(|name| is_ours(name, port))
}

fn is_ours(name: &Authority, port: u16) -> bool {
    const HTTP_PORT: u16 = 80;
    let host = name.host();
    let address = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'))
        .unwrap_or(host);
    let is_loopback = host.eq_ignore_ascii_case("localhost")
        || address
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback());
    is_loopback && name.port_u16().unwrap_or(HTTP_PORT) == port && !name.as_str().contains('@')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_names_with_our_port_are_ours() {
        for name in [
            "127.0.0.1:8123",
            "127.9.9.9:8123",
            "localhost:8123",
            "LOCALHOST:8123",
            "[::1]:8123",
        ] {
            assert!(is_ours(&name.parse().unwrap(), 8123), "{name}");
        }
        assert!(is_ours(&"localhost".parse().unwrap(), 80));
    }

    #[test]
    fn other_names_are_not() {
        for name in [
            "example.com:8123",
            "127.0.0.1",
            "127.0.0.1:8124",
            "localhost.example.com:8123",
            "127.0.0.1.example.com:8123",
            "192.168.0.1:8123",
            "0.0.0.0:8123",
            "x@127.0.0.1:8123",
        ] {
            assert!(!is_ours(&name.parse().unwrap(), 8123), "{name}");
        }
    }
}
