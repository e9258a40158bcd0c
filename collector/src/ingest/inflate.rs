//! Compressed bytes, inflated up to a limit.
//!
//! Knows: gzip, deflate, Brotli and Zstandard, and that a few bytes may stand for very many. Must
//! never know: who names the encoding, or what the bytes say.

use std::io::Read;

use brotli_decompressor::Decompressor;
use flate2::read::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};
use ruzstd::decoding::StreamingDecoder;

use super::refusal::Reason;

const GZIP_MAGIC: [u8; 3] = [0x1f, 0x8b, 0x08];

/// The first byte of deflate in zlib's wrapping, which is what HTTP means by `deflate`. No raw
/// deflate that an encoder makes begins so.
const ZLIB_MAGIC: u8 = 0x78;

/// How many bytes Brotli's decoder reads at a time.
const BROTLI_BUFFER: usize = 4096;

/// The largest window of Zstandard that HTTP allows, in bytes. The window is memory that a few bytes
/// may ask for, too.
const ZSTANDARD_WINDOW: u64 = 8 * 1024 * 1024;

/// How bytes are compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    Gzip,
    /// In zlib's wrapping, or raw.
    Deflate,
    Brotli,
    Zstandard,
}

impl Encoding {
    /// Its name in a refusal: PostHog's word for gzip, HTTP's for the others.
    pub fn name(self) -> &'static str {
        match self {
            Self::Gzip => "GZIP",
            Self::Deflate => "deflate",
            Self::Brotli => "br",
            Self::Zstandard => "zstd",
        }
    }
}

/// Whether bytes begin as gzip does.
pub(super) fn is_gzip(bytes: &[u8]) -> bool {
    bytes.starts_with(&GZIP_MAGIC)
}

/// Inflates bytes to at most `limit` bytes.
pub(super) fn inflate(bytes: &[u8], encoding: Encoding, limit: usize) -> Result<Vec<u8>, Reason> {
    match encoding {
        Encoding::Gzip => read(MultiGzDecoder::new(bytes), encoding, limit),
        Encoding::Deflate if bytes.first() == Some(&ZLIB_MAGIC) => {
            read(ZlibDecoder::new(bytes), encoding, limit)
        }
        Encoding::Deflate => read(DeflateDecoder::new(bytes), encoding, limit),
        Encoding::Brotli => read(Decompressor::new(bytes, BROTLI_BUFFER), encoding, limit),
        Encoding::Zstandard => {
            let decoder = StreamingDecoder::new_with_max_window_size(bytes, ZSTANDARD_WINDOW)
                .map_err(|error| invalid(encoding, &error))?;
            read(decoder, encoding, limit)
        }
    }
}

fn read(decoder: impl Read, encoding: Encoding, limit: usize) -> Result<Vec<u8>, Reason> {
    let mut inflated = Vec::new();
    // One byte more than is allowed tells a body that is too large from one that just fits.
    decoder
        .take(limit as u64 + 1)
        .read_to_end(&mut inflated)
        .map_err(|error| invalid(encoding, &error))?;
    if inflated.len() > limit {
        return Err(Reason::InflatedTooLarge { limit });
    }
    Ok(inflated)
}

fn invalid(encoding: Encoding, cause: &dyn std::fmt::Display) -> Reason {
    Reason::InvalidCompressed {
        encoding: encoding.name(),
        cause: cause.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression as Level;
    use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};
    use ruzstd::encoding::{CompressionLevel, compress_to_vec};

    use super::*;

    /// The bytes in every form there is.
    fn all_forms(bytes: &[u8]) -> [(Encoding, Vec<u8>); 5] {
        let mut gzip = GzEncoder::new(Vec::new(), Level::fast());
        gzip.write_all(bytes).unwrap();
        let mut zlib = ZlibEncoder::new(Vec::new(), Level::fast());
        zlib.write_all(bytes).unwrap();
        let mut deflate = DeflateEncoder::new(Vec::new(), Level::fast());
        deflate.write_all(bytes).unwrap();
        let mut brotli = brotli::CompressorWriter::new(Vec::new(), 4096, 5, 22);
        brotli.write_all(bytes).unwrap();
        [
            (Encoding::Gzip, gzip.finish().unwrap()),
            (Encoding::Deflate, zlib.finish().unwrap()),
            (Encoding::Deflate, deflate.finish().unwrap()),
            (Encoding::Brotli, brotli.into_inner()),
            (
                Encoding::Zstandard,
                compress_to_vec(bytes, CompressionLevel::Fastest),
            ),
        ]
    }

    #[test]
    fn every_encoding_is_undone() {
        let text = br#"{"event":"a","event":"a","event":"a"}"#;
        for (encoding, bytes) in all_forms(text) {
            assert_eq!(inflate(&bytes, encoding, 100).unwrap(), text);
        }
    }

    #[test]
    fn inflating_stops_at_the_limit() {
        const LIMIT: usize = 4000;
        for (encoding, bytes) in all_forms(&[b' '; LIMIT]) {
            assert_eq!(inflate(&bytes, encoding, LIMIT).unwrap().len(), LIMIT);
        }
        for (encoding, bytes) in all_forms(&[b' '; LIMIT + 1]) {
            assert_eq!(
                inflate(&bytes, encoding, LIMIT),
                Err(Reason::InflatedTooLarge { limit: LIMIT }),
                "{encoding:?}"
            );
        }
    }

    #[test]
    fn what_is_cut_or_something_else_is_refused() {
        for (encoding, bytes) in all_forms(b"{\"event\":\"a\"}") {
            for bytes in [&bytes[..bytes.len() - 5], b"{}"] {
                assert!(
                    matches!(
                        inflate(bytes, encoding, 100),
                        Err(Reason::InvalidCompressed { .. })
                    ),
                    "{encoding:?} {bytes:?}"
                );
            }
        }
    }
}
