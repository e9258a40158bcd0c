//! The body of a refused request, for reading.
//!
//! Knows: the wrappings that clients put around JSON: gzip, a form, base64. They are undone as far
//! as it goes, also of a body that was cut or is broken, since why it was refused may be there. Must
//! never know: what ingestion makes of it.

use std::io::Read;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use flate2::read::MultiGzDecoder;
use serde::Serialize;

/// The most that is inflated, in bytes.
const INFLATED: u64 = 2 * 1024 * 1024;

/// Wrappings in one another: gzip in base64 in a form is as deep as any client goes.
const WRAPPINGS: usize = 4;

/// A body.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct Body {
    /// Bytes that were sent.
    size: usize,
    /// Bytes that were kept of it, from the beginning.
    kept: usize,
    /// What it says, if it is text.
    text: Option<String>,
    /// What was kept, if it is none.
    base64: Option<String>,
}

impl Body {
    /// The body that was kept of one of this size.
    pub fn new(size: usize, kept: &[u8]) -> Self {
        let text = readable(kept);
        let base64 = match text {
            Some(_) => None,
            None => Some(BASE64_STANDARD.encode(kept)),
        };
        Self {
            size,
            kept: kept.len(),
            text,
            base64,
        }
    }
}

/// The innermost text.
fn readable(bytes: &[u8]) -> Option<String> {
    let mut bytes = bytes.to_vec();
    let mut readable = None;
    for _ in 0..=WRAPPINGS {
        let inner = match inflated(&bytes) {
            Some(inner) => Some(inner),
            None => {
                let Some(text) = text(&bytes) else { break };
                let inner = unwrapped(&text);
                readable = Some(text);
                inner
            }
        };
        match inner {
            Some(inner) => bytes = inner,
            None => break,
        }
    }
    readable
}

/// What is in gzip, up to where it breaks off.
fn inflated(bytes: &[u8]) -> Option<Vec<u8>> {
    if !bytes.starts_with(&[0x1f, 0x8b]) {
        return None;
    }
    let mut inflated = Vec::new();
    // An error ends it: what came before it is worth reading.
    let _ = MultiGzDecoder::new(bytes)
        .take(INFLATED)
        .read_to_end(&mut inflated);
    (!inflated.is_empty()).then_some(inflated)
}

/// Bytes as text; a character that the end has cut is left out.
fn text(bytes: &[u8]) -> Option<String> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Some(text.to_owned()),
        Err(error) if error.error_len().is_none() => {
            let whole = bytes.get(..error.valid_up_to())?;
            String::from_utf8(whole.to_vec()).ok()
        }
        Err(_) => None,
    }
}

/// What is in a form's `data`, or in base64 that holds JSON or gzip.
fn unwrapped(text: &str) -> Option<Vec<u8>> {
    let trimmed = text.trim();
    if trimmed.starts_with(['{', '[']) {
        return None;
    }
    if trimmed.starts_with("data=") || trimmed.contains("&data=") {
        let mut fields = form_urlencoded::parse(trimmed.as_bytes());
        let data = fields.find(|(name, _)| name == "data")?.1;
        // A form writes a space for the + of base64; JSON has its spaces escaped.
        let is_json = data.starts_with(['{', '[']);
        let data = if is_json {
            data.into_owned()
        } else {
            data.replace(' ', "+")
        };
        return Some(data.into_bytes());
    }
    let whole = trimmed.get(..trimmed.len() / 4 * 4)?;
    let decoded = BASE64_STANDARD.decode(whole).ok()?;
    let is_worth_it = decoded.starts_with(b"{")
        || decoded.starts_with(b"[")
        || decoded.starts_with(&[0x1f, 0x8b]);
    is_worth_it.then_some(decoded)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    const JSON: &str = r#"{"event":"é a+b c"}"#;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn form(data: &str) -> String {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair("ver", "1").append_pair("data", data);
        form.finish()
    }

    #[test]
    fn wrappings_are_undone() {
        let base64 = BASE64_STANDARD.encode(JSON);
        for body in [
            JSON.as_bytes().to_vec(),
            gzip(JSON.as_bytes()),
            base64.clone().into_bytes(),
            form(&base64).into_bytes(),
            form(JSON).into_bytes(),
            format!("data={base64}").into_bytes(),
            form(&BASE64_STANDARD.encode(gzip(JSON.as_bytes()))).into_bytes(),
        ] {
            assert_eq!(readable(&body).as_deref(), Some(JSON));
        }
    }

    #[test]
    fn a_text_that_only_looks_wrapped_stays() {
        for body in ["", "x", "abcd", "phc_dev", "data", "null"] {
            assert_eq!(readable(body.as_bytes()).as_deref(), Some(body));
        }
    }

    #[test]
    fn what_was_cut_is_read_up_to_there() {
        let plain = JSON.as_bytes();
        // In the middle of the é.
        assert_eq!(readable(&plain[..11]).as_deref(), Some(r#"{"event":""#));
        let long = JSON.repeat(10_000);
        let zipped = gzip(long.as_bytes());
        let beginning = readable(&zipped[..zipped.len() - 20]).unwrap();
        assert!(long.starts_with(&beginning) && beginning.len() > 1_000);
        let base64 = BASE64_STANDARD.encode(&long);
        let beginning = readable(&base64.as_bytes()[..1_001]).unwrap();
        assert!(long.starts_with(&beginning) && beginning.len() > 700);
    }

    #[test]
    fn other_bytes_are_base64() {
        let body = Body::new(9, &[0xff, 0xfe]);
        assert_eq!((body.text, body.base64.as_deref()), (None, Some("//4=")));
        assert_eq!((body.size, body.kept), (9, 2));
    }

    #[test]
    fn inflating_has_an_end() {
        let bomb = gzip(&vec![b' '; 2 * INFLATED as usize]);
        assert_eq!(readable(&bomb).unwrap().len() as u64, INFLATED);
    }
}
