//! Text to search events for.
//!
//! Knows: that letters match in either case, and how a JSON text may write a character. Must never
//! know: which rows are searched.

use std::fmt::Write;

use regex::{Regex, RegexBuilder};

/// The longest text to search for, in characters.
pub const MAX_TEXT: usize = 500;

/// A text to find as it stands, in letters of either case, also where JSON has its characters
/// escaped. No character of it is a wildcard.
#[derive(Clone, Debug)]
pub struct TextPattern {
    text: String,
    pattern: Regex,
}

impl TextPattern {
    /// A pattern that finds `text`; none for a text of more than [`MAX_TEXT`] characters.
    pub fn new(text: &str) -> Option<Self> {
        if text.chars().count() > MAX_TEXT {
            return None;
        }
        let pattern: String = text.chars().map(character).collect();
        let pattern = RegexBuilder::new(&pattern).case_insensitive(true).build();
        Some(Self {
            text: text.to_owned(),
            pattern: pattern.ok()?,
        })
    }

    /// Whether the text is in there.
    pub(super) fn is_in(&self, text: &str) -> bool {
        self.pattern.is_match(text)
    }
}

impl PartialEq for TextPattern {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for TextPattern {}

/// All ways to write a character: as it is, and as JSON may escape it. ASCII letters and digits are
/// never escaped in practice; to look for their escapes would cost every search.
fn character(character: char) -> String {
    let plain = regex::escape(character.encode_utf8(&mut [0; 4]));
    let short = match character {
        '"' | '\\' | '/' => Some(character),
        '\n' => Some('n'),
        '\r' => Some('r'),
        '\t' => Some('t'),
        '\u{8}' => Some('b'),
        '\u{c}' => Some('f'),
        _ => None,
    };
    if character.is_ascii_alphanumeric() || character == ' ' {
        return plain;
    }
    let mut ways = format!("(?:{plain}");
    if let Some(short) = short {
        // Writing to a String cannot fail.
        let _ = write!(
            ways,
            r"|\\{}",
            regex::escape(short.encode_utf8(&mut [0; 4]))
        );
    }
    let lower = character.to_lowercase();
    let upper = character.to_uppercase();
    for variant in std::iter::once(character).chain(lower).chain(upper) {
        ways.push('|');
        for unit in variant.encode_utf16(&mut [0; 2]) {
            let _ = write!(ways, r"\\u{unit:04x}");
        }
    }
    ways.push(')');
    ways
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_found_in_either_case_and_however_json_writes_it() {
        for (text, json) in [
            ("Pro", r#"{"plan":"pro"}"#),
            ("pro", r#"{"plan":"PROFESSIONAL"}"#),
            (r#""plan":"pro""#, r#"{"plan":"pro"}"#),
            (r#"say "hi""#, r#"{"a":"say \"hi\""}"#),
            ("a/b", r#"{"a":"a\/b"}"#),
            ("a\nb", r#"{"a":"a\nb"}"#),
            (r"c:\d", r#"{"a":"c:\\d"}"#),
            ("é", r#"{"a":"É"}"#),
            ("é", r#"{"a":"\u00C9"}"#),
            ("É", r#"{"a":"\u00e9"}"#),
            ("😀", r#"{"a":"\ud83d\uDE00"}"#),
            ("<b>", r#"{"a":"\u003cb\u003E"}"#),
            ("50%", r#"{"a":"50%"}"#),
            ("a_b", r#"{"a":"a_b"}"#),
        ] {
            assert!(
                TextPattern::new(text).unwrap().is_in(json),
                "{text}: {json}"
            );
        }
    }

    #[test]
    fn nothing_in_it_is_a_wildcard() {
        for (text, json) in [
            ("a%b", r#"{"a":"axb"}"#),
            ("a_b", r#"{"a":"axb"}"#),
            ("a.b", r#"{"a":"axb"}"#),
            ("a*", r#"{"b":"b"}"#),
        ] {
            assert!(
                !TextPattern::new(text).unwrap().is_in(json),
                "{text}: {json}"
            );
        }
    }

    #[test]
    fn a_text_has_a_longest_length() {
        assert!(TextPattern::new(&"😀".repeat(MAX_TEXT)).is_some());
        assert!(TextPattern::new(&"a".repeat(MAX_TEXT + 1)).is_none());
    }
}
