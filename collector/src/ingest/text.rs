//! Two flaws of JSON text that have to be dealt with before it is parsed.
//!
//! Knows: escapes and brackets. A lone surrogate (`\ud800`), which browsers do produce when they
//! cut a string within an emoji, becomes `\ufffd`; nesting beyond what every later reader of the
//! text can follow is refused. Must never know: fields.

use std::borrow::Cow;

use super::refusal::{Reason, Refusal};

/// The deepest nesting that is taken; serde_json's own limit, which readers of stored text meet.
const DEPTH_LIMIT: usize = 127;

/// Replaces lone surrogates and checks the depth.
pub(super) fn repair(text: &str) -> Result<Cow<'_, str>, Refusal> {
    check_depth(text)?;
    let bytes = text.as_bytes();
    let mut repaired = String::new();
    let mut copied = 0;
    let mut at = 0;
    while let Some(found) = bytes[at..].iter().position(|byte| *byte == b'\\') {
        at += found;
        let Some(unit) = escaped_unit(bytes, at) else {
            at = (at + 2).min(bytes.len());
            continue;
        };
        let is_pair = is_high(unit) && escaped_unit(bytes, at + 6).is_some_and(is_low);
        if is_pair {
            at += 12;
        } else if is_high(unit) || is_low(unit) {
            repaired.push_str(&text[copied..at]);
            repaired.push_str("\\ufffd");
            at += 6;
            copied = at;
        } else {
            at += 6;
        }
    }
    if copied == 0 {
        return Ok(Cow::Borrowed(text));
    }
    repaired.push_str(&text[copied..]);
    Ok(Cow::Owned(repaired))
}

/// The UTF-16 unit of a `\uXXXX` escape that begins here.
fn escaped_unit(bytes: &[u8], at: usize) -> Option<u16> {
    let escape = bytes.get(at..at + 6)?;
    let digits = std::str::from_utf8(escape.strip_prefix(b"\\u")?).ok()?;
    if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    u16::from_str_radix(digits, 16).ok()
}

fn is_high(unit: u16) -> bool {
    (0xd800..0xdc00).contains(&unit)
}

fn is_low(unit: u16) -> bool {
    (0xdc00..0xe000).contains(&unit)
}

fn check_depth(text: &str) -> Result<(), Refusal> {
    let mut depth = 0usize;
    let mut in_string = false;
    let mut escaped = false;
    for byte in text.bytes() {
        if in_string {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => in_string = false,
                _ => {}
            }
            continue;
        }
        match byte {
            b'"' => in_string = true,
            b'{' | b'[' => {
                depth += 1;
                if depth > DEPTH_LIMIT {
                    return Err(Reason::TooDeep { limit: DEPTH_LIMIT }.into());
                }
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lone_surrogates_are_replaced() {
        for (text, repaired) in [
            (r#""\ud800""#, r#""\ufffd""#),
            (r#""\udc00x""#, r#""\ufffdx""#),
            (r#""\ud83d\ude00""#, r#""\ud83d\ude00""#),
            (r#""\ud83d\ud83d\ude00""#, r#""\ufffd\ud83d\ude00""#),
            (r#""\\ud800""#, r#""\\ud800""#),
            (r#""\\\ud800""#, r#""\\\ufffd""#),
            (r#""\ud800"#, r#""\ufffd"#),
            (r#""é\uD800\n""#, r#""é\ufffd\n""#),
        ] {
            assert_eq!(repair(text).unwrap(), repaired, "{text}");
        }
    }

    #[test]
    fn broken_escapes_are_left_to_the_parser() {
        for text in [r#""\u"#, r#""\ud8"#, r#""\u+123""#, "\\", r#""\uéé""#] {
            assert_eq!(repair(text).unwrap(), text);
        }
    }

    #[test]
    fn nesting_has_a_limit_and_brackets_in_strings_do_not_count() {
        let nested = |depth| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(repair(&nested(DEPTH_LIMIT)).is_ok());
        assert!(serde_json::from_str::<serde_json::Value>(&nested(DEPTH_LIMIT)).is_ok());
        assert_eq!(
            repair(&nested(DEPTH_LIMIT + 1)).unwrap_err().reason,
            Reason::TooDeep { limit: DEPTH_LIMIT }
        );
        assert!(repair(&format!("\"{}\\\"{}\"", "[".repeat(200), "{".repeat(200))).is_ok());
    }
}
