//! Points in time as the wire writes them. Knows the calendar; never asks a
//! clock: the time is always handed in.

use alloc::string::String;

use crate::text::push_digit;

/// Milliseconds since 1970-01-01T00:00:00Z.
pub type Millis = u64;

/// What no clock ever shows.
pub const NEVER: Millis = Millis::MAX;

/// ISO 8601 in UTC with milliseconds, as `Date.prototype.toISOString` writes it:
/// `2026-11-23T08:00:23.894Z`.
pub fn iso(time: Millis) -> String {
    let mut out = String::new();
    let of_day = (time % 86_400_000) as u32;
    let (year, month, day) = date((time / 86_400_000) as u32);
    for (number, width, after) in [
        (year, 4, "-"),
        (month, 2, "-"),
        (day, 2, "T"),
        (of_day / 3_600_000, 2, ":"),
        (of_day / 60_000 % 60, 2, ":"),
        (of_day / 1_000 % 60, 2, "."),
        (of_day % 1_000, 3, "Z"),
    ] {
        push_decimal(&mut out, number.into(), width);
        out.push_str(after);
    }
    out
}

/// Appends a whole number in decimal, with zeros before it up to a width.
pub fn push_decimal(out: &mut String, number: u64, width: u32) {
    if number > 9 || width > 1 {
        push_decimal(out, number / 10, width.saturating_sub(1));
    }
    push_digit(out, (number % 10) as u8);
}

/// A whole number in decimal.
pub fn decimal(number: u64) -> String {
    let mut out = String::new();
    push_decimal(&mut out, number, 1);
    out
}

/// Year, month and day of a number of days since 1970-01-01, by the Gregorian
/// calendar. Years are counted from March, so that the leap day is the last.
fn date(days: u32) -> (u32, u32, u32) {
    let days = days + 719_468; // since 0000-03-01
    let era = days / 146_097; // 400 years
    let of_era = days % 146_097;
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 {
        from_march + 3
    } else {
        from_march - 9
    };
    let year = era * 400 + year_of_era + u32::from(month <= 2);
    (year, month, day)
}
