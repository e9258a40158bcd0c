//! Plain text, taken apart and put together. Knows bytes; never what a text
//! means.

use alloc::string::String;

/// The parts of a text between single bytes of ASCII, in order. The standard
/// library's `split` searches for characters and strings alike, which costs the
/// page a quarter of a kilobyte.
pub fn split(text: &str, separator: u8) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    core::iter::from_fn(move || {
        let text = rest?;
        let end = text.bytes().position(|byte| byte == separator);
        rest = end.and_then(|end| text.get(end + 1..));
        text.get(..end.unwrap_or(text.len()))
    })
}

/// Whether a word is one of those between single spaces.
pub fn is_one_of(word: &str, words: &str) -> bool {
    split(words, b' ').any(|one| one == word)
}

/// Appends a byte as two hexadecimal digits.
pub fn push_hex(out: &mut String, byte: u8) {
    push_digit(out, byte >> 4);
    push_digit(out, byte & 15);
}

/// Appends a digit of up to 15. To write any character costs the page more.
pub fn push_digit(out: &mut String, digit: u8) {
    let at = digit.into();
    out.push_str("0123456789abcdef".get(at..at + 1).unwrap_or_default());
}

/// A text with values in the places of its percent signs.
pub fn filled(form: &str, values: &[&str]) -> String {
    let mut out = String::new();
    fill(&mut out, form, values);
    out
}

/// Appends such a text.
#[inline(never)]
pub fn fill(out: &mut String, form: &str, values: &[&str]) {
    let mut values = values.iter();
    for part in split(form, b'%') {
        out.push_str(part);
        out.push_str(values.next().unwrap_or(&""));
    }
}
