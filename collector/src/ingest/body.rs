//! A request's payload: bytes to text.
//!
//! Knows: in which order PostHog takes off what clients put around the text: base64, a form, a
//! compression, and base64 again. Must never know: what the text says.

use std::borrow::Cow;

use super::base64;
use super::form::Form;
use super::hints::{Compression, Endpoint, Hints};
use super::inflate::{Encoding, inflate, is_gzip};
use super::lz_string::{self, LzError};
use super::refusal::{Reason, Refusal};

/// The most that a payload may inflate to, in bytes.
pub const INFLATED_LIMIT: usize = 25 * 1024 * 1024;

/// Whether a payload is JSON as it stands: nothing in it can inflate.
pub(super) fn is_plain(payload: &[u8], hints: &Hints) -> bool {
    let compression = hints.compression.or(hints.encoding);
    let may_inflate = matches!(compression, Compression::Gzip | Compression::Lz64);
    // No base64, and no gzip, begins so.
    matches!(payload.first(), Some(b'{' | b'[')) && !may_inflate && !hints.is_form
}

/// Reads the payload as text.
pub(super) fn read<'a>(payload: &'a [u8], hints: &Hints) -> Result<Cow<'a, str>, Refusal> {
    if payload.is_empty() {
        return Err(Reason::EmptyBody.into());
    }
    let mut payload = without_base64(payload, hints);
    let mut compression = hints.compression;
    if hints.is_form {
        let form = Form::read(&payload).ok_or(Reason::NotAForm)?;
        compression = compression.or(form.compression);
        if let Some(data) = form.data {
            payload = Cow::Owned(data.into_bytes());
        }
    }
    compression = compression.or(hints.encoding);
    let mut text = inflated(payload, compression)?;
    let may_be_wrapped = hints.endpoint != Endpoint::Current || compression == Compression::Base64;
    if may_be_wrapped
        && let Some(inner) = base64::unwrap(text.as_bytes())
        && let Ok(inner) = String::from_utf8(inner)
    {
        text = Cow::Owned(inner);
    }
    if text.trim().is_empty() {
        return Err(Reason::EmptyBody.into());
    }
    Ok(text)
}

/// Takes base64 off the whole payload, if what is in it can be gone on with.
fn without_base64<'a>(payload: &'a [u8], hints: &Hints) -> Cow<'a, [u8]> {
    // LZ-String's own text looks like base64.
    if hints.compression.or(hints.encoding) == Compression::Lz64 {
        return Cow::Borrowed(payload);
    }
    let inner = base64::unwrap(payload);
    match inner.filter(|inner| is_gzip(inner) || std::str::from_utf8(inner).is_ok()) {
        Some(inner) => Cow::Owned(inner),
        None => Cow::Borrowed(payload),
    }
}

fn inflated(payload: Cow<'_, [u8]>, compression: Compression) -> Result<Cow<'_, str>, Refusal> {
    if compression == Compression::Gzip || is_gzip(&payload) {
        let inflated = inflate(&payload, Encoding::Gzip, INFLATED_LIMIT)?;
        return Ok(text(Cow::Owned(inflated))?);
    }
    if compression == Compression::Lz64 {
        let inflated = lz_string::decompress(&payload, INFLATED_LIMIT).map_err(lz_reason)?;
        // A unit is up to three bytes.
        if inflated.len() > INFLATED_LIMIT {
            return Err(lz_reason(LzError::TooLarge).into());
        }
        return Ok(Cow::Owned(inflated));
    }
    Ok(text(payload)?)
}

fn lz_reason(error: LzError) -> Reason {
    match error {
        LzError::TooLarge => Reason::InflatedTooLarge {
            limit: INFLATED_LIMIT,
        },
        other => Reason::InvalidCompressed {
            encoding: "lz64",
            cause: other.to_string(),
        },
    }
}

/// Bytes as text.
pub(super) fn text(bytes: Cow<'_, [u8]>) -> Result<Cow<'_, str>, Reason> {
    match bytes {
        Cow::Borrowed(bytes) => std::str::from_utf8(bytes)
            .map(Cow::Borrowed)
            .map_err(|error| not_utf8(&error)),
        Cow::Owned(bytes) => String::from_utf8(bytes)
            .map(Cow::Owned)
            .map_err(|error| not_utf8(&error.utf8_error())),
    }
}

fn not_utf8(error: &std::str::Utf8Error) -> Reason {
    Reason::NotUtf8 {
        at: error.valid_up_to(),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use ::base64::Engine;
    use ::base64::engine::general_purpose::STANDARD;
    use flate2::Compression as Level;
    use flate2::write::GzEncoder;

    use super::*;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Level::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn hints(compression: Compression) -> Hints {
        Hints {
            compression,
            ..Hints::default()
        }
    }

    fn form() -> Hints {
        Hints {
            is_form: true,
            ..Hints::default()
        }
    }

    fn reason(payload: &[u8], hints: &Hints) -> Reason {
        read(payload, hints).unwrap_err().reason
    }

    #[test]
    fn gzip_is_known_by_its_magic() {
        assert_eq!(read(&gzip(b"{}"), &Hints::default()).unwrap(), "{}");
        assert_eq!(read(&gzip(b"{}"), &hints(Compression::Gzip)).unwrap(), "{}");
        assert_eq!(read(&gzip(b"{}"), &hints(Compression::Lz64)).unwrap(), "{}");
        assert_eq!(read(b"{}", &Hints::default()).unwrap(), "{}");
    }

    #[test]
    fn a_gzip_hint_on_a_plain_payload_is_refused() {
        let refused = reason(b"{}", &hints(Compression::Gzip));
        assert!(matches!(
            refused,
            Reason::InvalidCompressed {
                encoding: "GZIP",
                ..
            }
        ));
    }

    #[test]
    fn base64_is_taken_off_before_gzip() {
        let wrapped = STANDARD.encode(gzip(b"{\"a\":1}"));
        assert_eq!(
            read(wrapped.as_bytes(), &Hints::default()).unwrap(),
            "{\"a\":1}"
        );
    }

    #[test]
    fn what_only_looks_like_base64_stays() {
        for payload in ["null", "1234"] {
            assert_eq!(
                read(payload.as_bytes(), &Hints::default()).unwrap(),
                payload
            );
        }
    }

    #[test]
    fn legacy_paths_and_a_hint_take_base64_off_the_inflated_text() {
        let wrapped = gzip(b"e30=");
        assert_eq!(read(&wrapped, &Hints::default()).unwrap(), "e30=");
        for endpoint in [Endpoint::Legacy, Endpoint::Engage] {
            let legacy = Hints {
                endpoint,
                ..Hints::default()
            };
            assert_eq!(read(&wrapped, &legacy).unwrap(), "{}");
        }
        let data = b"data=e30%3D";
        assert_eq!(read(data, &form()).unwrap(), "e30=");
        let hinted = Hints {
            compression: Compression::Base64,
            ..form()
        };
        assert_eq!(read(data, &hinted).unwrap(), "{}");
    }

    #[test]
    fn forms_name_their_compression_between_query_and_header() {
        let text = lz_str::compress_to_base64("{\"a\":1}");
        let body = form_urlencoded::Serializer::new(String::new())
            .append_pair("data", &text)
            .append_pair("compression", "lz64")
            .finish();
        let header = Hints {
            encoding: Compression::Gzip,
            ..form()
        };
        assert_eq!(read(body.as_bytes(), &header).unwrap(), "{\"a\":1}");
        let query = Hints {
            compression: Compression::Gzip,
            ..form()
        };
        assert!(matches!(
            reason(body.as_bytes(), &query),
            Reason::InvalidCompressed { .. }
        ));
        assert_eq!(reason(b"{}", &form()), Reason::NotAForm);
        // Only what is said to be a form is one.
        assert_eq!(
            read(b"data=%7B%7D", &Hints::default()).unwrap(),
            "data=%7B%7D"
        );
    }

    #[test]
    fn no_text_is_no_payload() {
        for payload in ["", " \n"] {
            assert_eq!(
                reason(payload.as_bytes(), &Hints::default()),
                Reason::EmptyBody
            );
        }
        assert_eq!(reason(b"data=&ip=1", &form()), Reason::EmptyBody);
        assert_eq!(
            reason(b"{\xff", &Hints::default()),
            Reason::NotUtf8 { at: 1 }
        );
    }

    #[test]
    fn only_plain_json_cannot_inflate() {
        let plain = Hints::default();
        assert!(is_plain(b"{}", &plain) && is_plain(b"[]", &plain));
        for payload in [b" {}".as_slice(), b"e30=", &gzip(b"{}"), b""] {
            assert!(!is_plain(payload, &plain), "{payload:?}");
        }
        for hints in [hints(Compression::Gzip), hints(Compression::Lz64), form()] {
            assert!(!is_plain(b"{}", &hints));
        }
    }
}
