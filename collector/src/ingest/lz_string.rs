//! LZ-String, which old clients compress with: `LZString.compressToBase64`.
//!
//! Knows: its codes. Must never know: what the text says. The crates that read it have no limit on
//! what they make of it, and keep a copy of each entry of the dictionary, so that a body of a
//! megabyte could take all memory there is. Here an entry is a place in what has been written.

/// The first code that stands for an entry of the dictionary.
const FIRST_ENTRY: usize = 3;

/// Why a text cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum LzError {
    #[error("byte {at} is not in the alphabet of base64")]
    NotBase64 { at: usize },
    #[error("it ends in the middle")]
    Cut,
    #[error("it refers to what has not been there yet")]
    UnknownCode,
    /// It makes more UTF-16 units than are allowed.
    #[error("it inflates to too much")]
    TooLarge,
}

/// A stretch of the output.
#[derive(Clone, Copy)]
struct Entry {
    start: u32,
    length: u32,
}

/// Inflates a text to at most `limit` UTF-16 units. A lone surrogate becomes U+FFFD, as everywhere.
pub(super) fn decompress(base64: &[u8], limit: usize) -> Result<String, LzError> {
    // Places in the output have four bytes.
    let limit = limit.min(u32::MAX as usize);
    let mut bits = Bits::new(base64);
    let mut output: Vec<u16> = Vec::new();
    let mut dictionary: Vec<Entry> = Vec::new();
    let mut width = 2;
    let mut room = 1usize;
    let mut previous: Option<Entry> = None;
    loop {
        let code = bits.take(width)?;
        let entry = match code {
            0 | 1 => {
                let unit = bits.take(if code == 0 { 8 } else { 16 })? as u16;
                let entry = append(&mut output, limit, 1, |_, _| unit)?;
                dictionary.push(entry);
                // The first one comes before codes begin to grow.
                if previous.is_some() {
                    grow(&mut room, &mut width);
                }
                entry
            }
            2 => return Ok(String::from_utf16_lossy(&output)),
            code => {
                let index = code as usize - FIRST_ENTRY;
                let source = match (dictionary.get(index), previous) {
                    (Some(entry), Some(_)) => *entry,
                    // The entry that this very code makes: the last one and its own first unit.
                    (None, Some(last)) if index == dictionary.len() => Entry {
                        length: last.length + 1,
                        ..last
                    },
                    _ => return Err(LzError::UnknownCode),
                };
                let start = source.start as usize;
                append(&mut output, limit, source.length, |output, index| {
                    output[start + index]
                })?
            }
        };
        match previous {
            // The last entry and the first unit of this one lie side by side.
            Some(last) => dictionary.push(Entry {
                length: last.length + 1,
                ..last
            }),
            None => {
                width = 3;
                room = 5;
            }
        }
        grow(&mut room, &mut width);
        previous = Some(entry);
    }
}

/// Counts an entry; codes get a bit wider whenever their number has doubled.
fn grow(room: &mut usize, width: &mut u32) {
    *room -= 1;
    if *room == 0 {
        *room = 1 << *width;
        *width += 1;
    }
}

/// Writes units, each of which may depend on those before it.
fn append(
    output: &mut Vec<u16>,
    limit: usize,
    length: u32,
    unit: impl Fn(&[u16], usize) -> u16,
) -> Result<Entry, LzError> {
    let start = output.len();
    if start + length as usize > limit {
        return Err(LzError::TooLarge);
    }
    for index in 0..length as usize {
        output.push(unit(output, index));
    }
    Ok(Entry {
        start: start as u32,
        length,
    })
}

/// Six bits of each character, the highest first; of a code, the lowest bit comes first.
struct Bits<'a> {
    text: &'a [u8],
    at: usize,
    sextet: u8,
    left: u32,
}

impl<'a> Bits<'a> {
    fn new(text: &'a [u8]) -> Self {
        Self {
            text: text.trim_ascii(),
            at: 0,
            sextet: 0,
            left: 0,
        }
    }

    fn take(&mut self, width: u32) -> Result<u32, LzError> {
        let mut code = 0;
        for place in 0..width {
            if self.left == 0 {
                let byte = *self.text.get(self.at).ok_or(LzError::Cut)?;
                self.sextet = sextet(byte).ok_or(LzError::NotBase64 { at: self.at })?;
                self.at += 1;
                self.left = 6;
            }
            self.left -= 1;
            code |= u32::from(self.sextet >> self.left & 1) << place;
        }
        Ok(code)
    }
}

fn sextet(byte: u8) -> Option<u8> {
    match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        // A query makes a space of it.
        b'+' | b' ' => Some(62),
        b'/' => Some(63),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn packed(text: &str) -> String {
        lz_str::compress_to_base64(text)
    }

    #[test]
    fn the_end_of_the_codes_ends_the_text() {
        assert_eq!(decompress(b"Q===", 10).unwrap(), "");
        assert_eq!(decompress(b"", 10), Err(LzError::Cut));
        let text = packed(r#"{"event":"a"}"#);
        assert_eq!(
            decompress(&text.as_bytes()[..text.len() / 2], 100),
            Err(LzError::Cut)
        );
        assert_eq!(decompress(b"{}", 100), Err(LzError::NotBase64 { at: 0 }));
        // The first code may not be an entry: there is none.
        assert_eq!(decompress(b"////", 100), Err(LzError::UnknownCode));
    }

    #[test]
    fn inflating_stops_at_the_limit() {
        let text = packed(&" ".repeat(1000));
        assert!(text.len() < 100);
        assert_eq!(decompress(text.as_bytes(), 1000).unwrap().len(), 1000);
        assert_eq!(decompress(text.as_bytes(), 999), Err(LzError::TooLarge));
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn every_text_comes_back(text in "[ab]{0,200}|\\PC{0,300}|[\u{0}-\u{10ffff}]{0,40}") {
            prop_assert_eq!(decompress(packed(&text).as_bytes(), 1000), Ok(text));
        }

        #[test]
        fn any_codes_are_read_as_the_crate_reads_them(text in "[A-Za-z0-9+/]{0,60}") {
            let theirs = |text: &str| {
                let units = lz_str::decompress_from_base64(text)?;
                Some(String::from_utf16_lossy(&units))
            };
            match decompress(text.as_bytes(), 100_000) {
                // It asks for the character after the last one that it needs.
                Ok(ours) => prop_assert_eq!(Some(ours), theirs(&format!("{text}="))),
                Err(_) => prop_assert_eq!(theirs(&text).unwrap_or_default(), ""),
            }
        }
    }
}
