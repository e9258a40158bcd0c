//! A request's body: bytes to text.
//!
//! Knows: gzip, by its magic bytes or by a hint, and how much text is too much. Must never know:
//! what the text says.

use std::borrow::Cow;
use std::io::Read;

use flate2::read::MultiGzDecoder;

use super::refusal::{Reason, Refusal};
use crate::instant::UnixMillis;

/// The most that a body may inflate to, in bytes.
pub const INFLATED_LIMIT: usize = 25 * 1024 * 1024;

const GZIP_MAGIC: [u8; 3] = [0x1f, 0x8b, 0x08];

/// What a request says of its body outside the body.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hints {
    /// The compression it names.
    pub compression: Compression,
    /// When it was sent, by the client's clock: `_` of the query.
    pub sent_at: Option<UnixMillis>,
}

/// The compression that a request names in its query (`compression`) or, without one there, in
/// `Content-Encoding`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Compression {
    /// None, or one that is ignored: the body decides.
    #[default]
    Unnamed,
    /// gzip: a body that is something else is refused.
    Gzip,
    /// LZ-String, which this collector does not read.
    Lz64,
}

impl Compression {
    /// Reads the name of a compression. Names that PostHog ignores are ignored.
    pub fn named(name: &str) -> Self {
        match name.trim().to_ascii_lowercase().as_str() {
            "gzip" | "gzip-js" => Self::Gzip,
            "lz64" | "lz-string" => Self::Lz64,
            _ => Self::Unnamed,
        }
    }
}

/// Whether a body is gzip, or is said to be.
pub(super) fn is_gzip(bytes: &[u8], hints: &Hints) -> bool {
    hints.compression == Compression::Gzip || bytes.starts_with(&GZIP_MAGIC)
}

/// Reads the body as text.
pub(super) fn read<'a>(bytes: &'a [u8], hints: &Hints) -> Result<Cow<'a, str>, Refusal> {
    if bytes.is_empty() {
        return Err(Reason::EmptyBody.into());
    }
    let text = if is_gzip(bytes, hints) {
        let inflated = inflate(bytes, INFLATED_LIMIT)?;
        Cow::Owned(String::from_utf8(inflated).map_err(|error| not_utf8(&error.utf8_error()))?)
    } else if hints.compression == Compression::Lz64 {
        return Err(Reason::UnsupportedCompression {
            compression: "lz64".to_owned(),
        }
        .into());
    } else {
        Cow::Borrowed(std::str::from_utf8(bytes).map_err(|error| not_utf8(&error))?)
    };
    if text.trim().is_empty() {
        return Err(Reason::EmptyBody.into());
    }
    Ok(text)
}

fn inflate(bytes: &[u8], limit: usize) -> Result<Vec<u8>, Refusal> {
    let mut inflated = Vec::new();
    // One byte more than is allowed tells a body that is too large from one that just fits.
    MultiGzDecoder::new(bytes)
        .take(limit as u64 + 1)
        .read_to_end(&mut inflated)
        .map_err(|error| Reason::InvalidGzip {
            cause: error.to_string(),
        })?;
    if inflated.len() > limit {
        return Err(Reason::InflatedTooLarge { limit }.into());
    }
    Ok(inflated)
}

fn not_utf8(error: &std::str::Utf8Error) -> Refusal {
    Reason::NotUtf8 {
        at: error.valid_up_to(),
    }
    .into()
}

#[cfg(test)]
mod tests {
    use std::io::Write;

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
            sent_at: None,
        }
    }

    #[test]
    fn gzip_is_known_by_its_magic() {
        assert_eq!(read(&gzip(b"{}"), &Hints::default()).unwrap(), "{}");
        assert_eq!(read(&gzip(b"{}"), &hints(Compression::Gzip)).unwrap(), "{}");
        assert_eq!(read(b"{}", &Hints::default()).unwrap(), "{}");
    }

    #[test]
    fn a_gzip_hint_on_a_plain_body_is_refused() {
        let refusal = read(b"{}", &hints(Compression::Gzip)).unwrap_err();
        assert!(matches!(refusal.reason, Reason::InvalidGzip { .. }));
    }

    #[test]
    fn inflating_stops_at_the_limit() {
        assert_eq!(inflate(&gzip(&[b' '; 1000]), 1000).unwrap().len(), 1000);
        let refusal = inflate(&gzip(&[b' '; 1001]), 1000).unwrap_err();
        assert_eq!(refusal.reason, Reason::InflatedTooLarge { limit: 1000 });
    }

    #[test]
    fn a_cut_gzip_body_is_refused() {
        let body = gzip(b"{\"event\":\"a\"}");
        let refusal = read(&body[..body.len() - 5], &Hints::default()).unwrap_err();
        assert!(matches!(refusal.reason, Reason::InvalidGzip { .. }));
    }

    #[test]
    fn no_text_is_no_payload() {
        assert_eq!(
            read(b"", &Hints::default()).unwrap_err().reason,
            Reason::EmptyBody
        );
        assert_eq!(
            read(b" \n", &Hints::default()).unwrap_err().reason,
            Reason::EmptyBody
        );
        assert_eq!(
            read(b"{\xff", &Hints::default()).unwrap_err().reason,
            Reason::NotUtf8 { at: 1 }
        );
    }
}
