//! Points in time, and numbers in decimal. Knows no calendar: a shell hands in
//! what the wire writes; never asks a clock.

use alloc::string::String;

use crate::text::push_digit;

/// Milliseconds since 1970-01-01T00:00:00Z.
pub type Millis = u64;

/// What no clock ever shows.
pub const NEVER: Millis = Millis::MAX;

/// A whole number in decimal.
pub fn decimal(number: u64) -> String {
    let mut out = String::new();
    push_decimal(&mut out, number);
    out
}

fn push_decimal(out: &mut String, number: u64) {
    if number > 9 {
        push_decimal(out, number / 10);
    }
    push_digit(out, (number % 10) as u8);
}
