//! Base64 around a payload, which clients put there without a word.
//!
//! Knows: what looks like it. Must never know: which requests may be wrapped so.

use ::base64::Engine;
use ::base64::engine::general_purpose::STANDARD;

/// How many bytes tell what looks like base64.
const CHECKED: usize = 128;

/// Takes base64 off a payload; `None` if there is none.
pub(super) fn unwrap(payload: &[u8]) -> Option<Vec<u8>> {
    if looks_like(payload, false) {
        STANDARD.decode(payload).ok()
    } else {
        None
    }
}

/// Base64 that was read as a part of a query has a space for each `+`: puts them back.
pub(super) fn restore_plus(payload: String) -> String {
    if payload.contains(' ') && looks_like(payload.as_bytes(), true) {
        payload.replace(' ', "+")
    } else {
        payload
    }
}

fn looks_like(payload: &[u8], with_spaces: bool) -> bool {
    let is_in_alphabet = |byte: &u8| {
        byte.is_ascii_alphanumeric()
            || matches!(byte, b'+' | b'/' | b'=')
            || (with_spaces && *byte == b' ')
    };
    !payload.is_empty()
        && payload.len().is_multiple_of(4)
        && payload.iter().take(CHECKED).all(is_in_alphabet)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_taken_off_and_nothing_else() {
        assert_eq!(unwrap(b"e30=").as_deref(), Some(b"{}".as_slice()));
        for payload in ["", "{}", "{\"a\"", "e30", "e===", "data=e30="] {
            assert_eq!(unwrap(payload.as_bytes()), None, "{payload}");
        }
        // What only begins like it.
        let payload = format!("{}{{", "A".repeat(CHECKED + 3));
        assert_eq!(unwrap(payload.as_bytes()), None);
    }

    #[test]
    fn a_plus_that_became_a_space_is_put_back() {
        assert_eq!(restore_plus("e30 ".to_owned()), "e30+");
        for payload in ["{\"a\": 1}", "a b", "e30="] {
            assert_eq!(restore_plus(payload.to_owned()), payload);
        }
    }
}
