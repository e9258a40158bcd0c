#![cfg(not(target_arch = "wasm32"))]
//! Points in time as the wire writes them, against a calendar library.

use backstitch::time::{iso, push_decimal};
use jiff::Timestamp;
use proptest::prelude::*;

/// The last millisecond of the year 9999.
const LAST: u64 = 253_402_300_799_999;
const DAY: u64 = 86_400_000;

fn by_the_library(time: u64) -> String {
    let time = i64::try_from(time).expect("a time");
    let time = Timestamp::from_millisecond(time).expect("a time");
    time.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()
}

#[test]
fn every_day_of_four_centuries_and_its_edges() {
    for day in 0..366 * 400 {
        for time in [day * DAY, day * DAY + DAY - 1] {
            assert_eq!(iso(time), by_the_library(time));
        }
    }
}

proptest! {
    /// Up to the day before the last, where the library ends.
    #[test]
    fn any_time_up_to_the_year_9999(time in 0..LAST - DAY) {
        prop_assert_eq!(iso(time), by_the_library(time));
    }

    #[test]
    fn decimals_are_written_with_zeros_before_them(number: u64, width in 0..25_usize) {
        let mut text = String::from("n=");
        push_decimal(&mut text, number, width as u32);
        prop_assert_eq!(text, format!("n={number:0width$}"));
    }
}

#[test]
fn the_form_is_that_of_javascript() {
    assert_eq!(iso(0), "1970-01-01T00:00:00.000Z");
    assert_eq!(iso(1_795_420_823_894), "2026-11-23T08:00:23.894Z");
    assert_eq!(iso(951_782_400_000), "2000-02-29T00:00:00.000Z");
    assert_eq!(iso(LAST), "9999-12-31T23:59:59.999Z");
}
