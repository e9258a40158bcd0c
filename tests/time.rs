#![cfg(not(target_arch = "wasm32"))]
//! Numbers as they are written.

use backstitch::time::decimal;
use proptest::prelude::*;

proptest! {
    #[test]
    fn a_number_is_written_in_decimal(number: u64) {
        prop_assert_eq!(decimal(number), number.to_string());
    }
}
