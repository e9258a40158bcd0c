//! The core's bytes as text that any page, bundler and server hands on unharmed.
//!
//! Knows printable ASCII and www/boot.js, which reads the bytes back. Must never know what they mean.
//!
//! One character for most bytes compresses better than two hexadecimal digits for each. In a core
//! bytes below 0x20 are frequent, the digits and the later capitals are not: these rows of sixteen
//! change places. What is not printable then is written as a mark and another character.

/// The characters that a script holds in any charset.
const PRINTABLE: std::ops::RangeInclusive<u8> = b' '..=b'}';

/// What no byte is written as: it may stand between texts.
pub(super) const BORDER: &str = "~";

/// What stands before a character that means another byte than its own, and how far it shifts
/// that byte, which is once for each step of the mark's own number.
const MARKS: [u8; 2] = [b'z', b'{'];
const SHIFT: u8 = 165;

/// The bytes as text.
pub(super) fn text(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        let code = swapped(*byte);
        if PRINTABLE.contains(&code) && !MARKS.contains(&code) {
            text.push(code.into());
            continue;
        }
        for mark in MARKS {
            let shifted = code.wrapping_sub(mark.wrapping_mul(SHIFT));
            if PRINTABLE.contains(&shifted) {
                text.extend([mark, shifted].map(char::from));
                break;
            }
        }
    }
    text
}

/// 0x00 to 0x0f for the digits' row, 0x10 to 0x1f for that of P to _, and the other way.
fn swapped(byte: u8) -> u8 {
    match byte >> 4 {
        0 | 3 => byte ^ 0x30,
        1 | 5 => byte ^ 0x40,
        _ => byte,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As www/boot.js reads them.
    fn bytes(text: &str) -> Vec<u8> {
        let mut characters = text.bytes();
        let mut bytes = Vec::new();
        while let Some(mut code) = characters.next() {
            if code == b'z' || code == b'{' {
                let shifted = characters.next().expect("a character after a mark");
                code = shifted.wrapping_add(code.wrapping_mul(165));
            }
            bytes.push(swapped(code));
        }
        bytes
    }

    #[test]
    fn every_byte_comes_back_from_printable_text() {
        let all: Vec<u8> = (0..=u8::MAX).chain((0..=u8::MAX).rev()).collect();
        let text = text(&all);
        assert!(text.bytes().all(|byte| PRINTABLE.contains(&byte)), "{text}");
        assert_eq!(bytes(&text), all);
    }

    #[test]
    fn what_is_frequent_in_a_core_takes_one_character() {
        // local.get 0, i32.load, end
        assert_eq!(text(b"\x20\x00\x28\x02\x0b"), " 0(2;");
    }
}
