//! The headers of a request.
//!
//! Knows: which are required, and what each may be. Must never know: the body.

use axum::http::header::{AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, USER_AGENT};
use axum::http::{HeaderMap, HeaderValue};
use jiff::Timestamp;
use uuid::Uuid;

use crate::ingest::inflate::Encoding;
use crate::ingest::problem::Problem;
use crate::ingest::refusal::Reason;
use crate::ingest::token;
use crate::instant::UnixMillis;

const SDK_INFO: &str = "PostHog-Sdk-Info";
const ATTEMPT: &str = "PostHog-Attempt";
const REQUEST_ID: &str = "PostHog-Request-Id";
const REQUEST_TIMESTAMP: &str = "PostHog-Request-Timestamp";

/// Those that must be there, beside the key.
const REQUIRED: [&str; 6] = [
    SDK_INFO,
    ATTEMPT,
    REQUEST_ID,
    REQUEST_TIMESTAMP,
    "Content-Type",
    "User-Agent",
];

/// The longest `PostHog-Sdk-Info` that is put into every event, in bytes.
const MAX_SDK_INFO: usize = 200;

/// What the headers say.
#[derive(Debug)]
pub struct Head {
    /// The key, in the shape of one.
    pub token: String,
    /// How the body is compressed.
    pub(super) encoding: Option<Encoding>,
    /// The client's clock when it sent the request.
    pub(super) sent_at: UnixMillis,
    /// `$lib` and `$lib_version`, if they can be told.
    pub(super) library: Option<(String, String)>,
}

impl Head {
    /// Reads the headers.
    ///
    /// # Errors
    /// A header that is missing, or cannot be what it is; or a key that is none.
    pub fn read(headers: &HeaderMap) -> Result<Self, Reason> {
        if !headers.contains_key(AUTHORIZATION) {
            return Err(Problem::MissingAuthorization.into());
        }
        let missing = REQUIRED
            .into_iter()
            .filter(|name| !headers.contains_key(*name));
        let names: Vec<&'static str> = missing.collect();
        if !names.is_empty() {
            return Err(Problem::MissingHeaders { names }.into());
        }
        let token = bearer(headers)?;
        content_type(headers)?;
        let encoding = encoding(headers)?;
        checked(headers, REQUEST_ID, "a UUID", |id| Uuid::try_parse(id).ok())?;
        checked(
            headers,
            ATTEMPT,
            "the number of this attempt, from 1",
            |attempt| attempt.parse().ok().filter(|attempt: &u32| *attempt > 0),
        )?;
        let sent_at = checked(headers, REQUEST_TIMESTAMP, "the time in RFC 3339", |text| {
            text.parse::<Timestamp>().ok()
        })?;
        let library = checked(headers, SDK_INFO, "NAME/VERSION", Some)?;
        checked(headers, USER_AGENT.as_str(), "visible ASCII", Some)?;
        Ok(Self {
            token,
            encoding,
            sent_at: sent_at.into(),
            library: name_and_version(library),
        })
    }
}

fn bearer(headers: &HeaderMap) -> Result<String, Reason> {
    let expected = "\"Bearer KEY\"";
    let token = checked(headers, "Authorization", expected, |value| {
        let (scheme, token) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
    })?;
    token::checked(token)
}

/// JSON, whatever its charset is said to be: it is UTF-8.
fn content_type(headers: &HeaderMap) -> Result<(), Reason> {
    let found = headers.get(CONTENT_TYPE).map(lossy).unwrap_or_default();
    let (mime, _) = found.split_once(';').unwrap_or((&found, ""));
    if mime.trim().eq_ignore_ascii_case("application/json") {
        Ok(())
    } else {
        Err(Problem::UnsupportedContentType { found }.into())
    }
}

fn encoding(headers: &HeaderMap) -> Result<Option<Encoding>, Reason> {
    let Some(found) = headers.get(CONTENT_ENCODING).map(lossy) else {
        return Ok(None);
    };
    match found.to_ascii_lowercase().as_str() {
        "gzip" => Ok(Some(Encoding::Gzip)),
        "deflate" => Ok(Some(Encoding::Deflate)),
        "br" => Ok(Some(Encoding::Brotli)),
        "zstd" => Ok(Some(Encoding::Zstandard)),
        _ => Err(Problem::UnsupportedEncoding { found }.into()),
    }
}

/// The value of a header, if `read` can make something of it.
fn checked<'a, T>(
    headers: &'a HeaderMap,
    header: &'static str,
    expected: &'static str,
    read: impl FnOnce(&'a str) -> Option<T>,
) -> Result<T, Reason> {
    let value = headers.get(header);
    let text = value.and_then(|value| value.to_str().ok());
    text.and_then(read).ok_or_else(|| {
        let found = value.map(lossy).unwrap_or_default();
        Problem::InvalidHeader {
            header,
            expected,
            found,
        }
        .into()
    })
}

fn lossy(value: &HeaderValue) -> String {
    String::from_utf8_lossy(value.as_bytes()).into_owned()
}

/// Splits `name/version` at the last slash.
fn name_and_version(text: &str) -> Option<(String, String)> {
    if text.len() > MAX_SDK_INFO {
        return None;
    }
    let (name, version) = text.rsplit_once('/')?;
    let (name, version) = (name.trim(), version.trim());
    (!name.is_empty() && !version.is_empty()).then(|| (name.to_owned(), version.to_owned()))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderName;

    use super::*;

    fn headers() -> HeaderMap {
        let headers = [
            ("authorization", "Bearer phc_dev"),
            ("posthog-sdk-info", "posthog-python/7.22.0"),
            ("posthog-attempt", "1"),
            ("posthog-request-id", "018f2f8e-4b1c-7c3a-9f00-0123456789ab"),
            ("posthog-request-timestamp", "2023-11-14T22:13:20Z"),
            ("content-type", "application/json"),
            ("user-agent", "posthog-python/7.22.0"),
        ];
        let headers = headers.into_iter();
        headers
            .map(|(name, value)| {
                (
                    HeaderName::from_static(name),
                    HeaderValue::from_static(value),
                )
            })
            .collect()
    }

    fn with(name: &'static str, value: &'static str) -> Result<Head, Reason> {
        let mut headers = headers();
        headers.insert(name, HeaderValue::from_static(value));
        Head::read(&headers)
    }

    fn code(result: Result<Head, Reason>) -> Option<&'static str> {
        match result {
            Err(Reason::Problem(problem)) => Some(problem.code()),
            Err(Reason::InvalidToken { .. }) => Some("invalid_api_token"),
            _ => None,
        }
    }

    #[test]
    fn all_headers_are_read() {
        let head = Head::read(&headers()).unwrap();
        assert_eq!(head.token, "phc_dev");
        assert_eq!(
            (head.encoding, head.sent_at),
            (None, UnixMillis(1_700_000_000_000))
        );
        let library = ("posthog-python".to_owned(), "7.22.0".to_owned());
        assert_eq!(head.library, Some(library));
        assert_eq!(
            with("content-encoding", "ZSTD").unwrap().encoding,
            Some(Encoding::Zstandard)
        );
        assert_eq!(with("authorization", "bearer  k ").unwrap().token, "k");
        assert!(with("content-type", "Application/JSON; charset=utf-8").is_ok());
    }

    #[test]
    fn all_that_is_missing_is_named_at_once() {
        let mut headers = headers();
        headers.remove("posthog-attempt");
        headers.remove("user-agent");
        let error = Head::read(&headers).unwrap_err().to_string();
        assert!(error.contains("PostHog-Attempt, User-Agent;"), "{error}");
        headers.remove("authorization");
        assert_eq!(code(Head::read(&headers)), Some("missing_authorization"));
    }

    #[test]
    fn what_a_header_cannot_be_is_refused() {
        for (name, value, expected) in [
            ("authorization", "Basic k", "invalid_header_value"),
            ("authorization", "Bearer", "invalid_header_value"),
            ("authorization", "Bearer phx_1", "invalid_api_token"),
            ("posthog-attempt", "0", "invalid_header_value"),
            ("posthog-request-id", "1", "invalid_header_value"),
            ("posthog-request-timestamp", "now", "invalid_header_value"),
            ("content-type", "text/plain", "unsupported_content_type"),
            ("content-encoding", "lz4", "unsupported_encoding"),
        ] {
            assert_eq!(code(with(name, value)), Some(expected), "{name}: {value}");
        }
    }

    #[test]
    fn a_library_that_cannot_be_told_is_left_out() {
        for text in [
            "posthog",
            "/1.0",
            "posthog/",
            &format!("posthog/{}", "9".repeat(200)),
        ] {
            assert_eq!(name_and_version(text), None, "{text}");
        }
        let split = name_and_version(" posthog/sub / 1.2 ").unwrap();
        assert_eq!(split, ("posthog/sub".to_owned(), "1.2".to_owned()));
    }
}
