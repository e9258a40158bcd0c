#![cfg(not(target_arch = "wasm32"))]
//! Ids, and the entropy that they are made of.

use std::collections::BTreeSet;

use backstitch::id::{ANONYMOUS_PREFIX, Ids};
use proptest::prelude::*;
use uuid::{Uuid, Variant, Version};

const ENTROPY: &str = "0,17,34,51,68,85,102,119,136,153,170,187,204,221,238,255";

fn canonical(text: &str) -> Uuid {
    let uuid: Uuid = text.parse().expect("a UUID");
    assert_eq!(text, uuid.hyphenated().to_string(), "lower case, hyphens");
    assert_eq!(uuid.get_variant(), Variant::RFC4122);
    uuid
}

fn decimal(bytes: [u8; 16]) -> String {
    bytes.map(|byte| byte.to_string()).join(",")
}

proptest! {
    #[test]
    fn an_ordered_id_is_a_version_7_of_its_time(entropy: [u8; 16], now in 0_u64..1 << 48) {
        let uuid = canonical(&Ids::new(&decimal(entropy)).ordered(now));
        prop_assert_eq!(uuid.get_version(), Some(Version::SortRand));
        prop_assert_eq!(uuid.as_u128() >> 80, u128::from(now));
    }

    #[test]
    fn an_anonymous_id_is_the_prefix_and_a_version_4(entropy: [u8; 16]) {
        let id = Ids::new(&decimal(entropy)).anonymous();
        let uuid = canonical(id.strip_prefix(ANONYMOUS_PREFIX).expect("the prefix"));
        prop_assert_eq!(uuid.get_version(), Some(Version::Random));
    }

    #[test]
    fn a_number_is_below_its_end(entropy: [u8; 16], end: u64) {
        prop_assert!(Ids::new(&decimal(entropy)).below(end) < end.max(1));
    }

    #[test]
    fn every_bit_of_the_entropy_counts(entropy: [u8; 16], at in 0..128_usize) {
        let mut other = entropy;
        other[at / 8] ^= 1 << (at % 8);
        let ids = |entropy| {
            let mut ids = Ids::new(&decimal(entropy));
            [ids.anonymous(), ids.anonymous(), ids.anonymous()]
        };
        prop_assert_ne!(ids(entropy), ids(other));
    }

    #[test]
    fn anything_is_entropy(text: String) {
        let id = Ids::new(&text).anonymous();
        prop_assert_eq!(id.len(), ANONYMOUS_PREFIX.len() + 36);
    }
}

#[test]
fn no_two_ids_of_a_page_are_the_same() {
    let mut ids = Ids::new(ENTROPY);
    let mut made = BTreeSet::new();
    for _ in 0..10_000 {
        assert!(made.insert(ids.ordered(0)));
        assert!(made.insert(ids.anonymous()));
    }
}

#[test]
fn bytes_may_be_missing() {
    assert_ne!(Ids::new("").anonymous(), Ids::new("1").anonymous());
}

#[test]
fn numbers_are_spread_over_the_whole_range() {
    let mut ids = Ids::new(ENTROPY);
    let mut counts = [0_u32; 10];
    for _ in 0..10_000 {
        counts[ids.below(10) as usize] += 1;
    }
    assert!(
        counts.iter().all(|count| (800..1200).contains(count)),
        "{counts:?}"
    );
}
