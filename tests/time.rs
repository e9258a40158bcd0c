#![cfg(not(target_arch = "wasm32"))]
//! Numbers as they are written.

use backstitch::time::push_decimal;
use proptest::prelude::*;

proptest! {
    #[test]
    fn decimals_are_written_with_zeros_before_them(number: u64, width in 0..25_usize) {
        let mut text = String::from("n=");
        push_decimal(&mut text, number, width as u32);
        prop_assert_eq!(text, format!("n={number:0width$}"));
    }
}
