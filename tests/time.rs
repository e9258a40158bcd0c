#![cfg(not(target_arch = "wasm32"))]
//! Numbers as they are written.

use backstitch::time::decimal;
use proptest::prelude::*;

proptest! {
    #[test]
    fn a_number_is_written_in_decimal(number: u64, shift in 0..64) {
        let number = number >> shift;
        prop_assert_eq!(decimal(number), number.to_string());
    }
}
