#![cfg(not(target_arch = "wasm32"))]
//! Ids, and the entropy that they are made of.

use std::collections::BTreeSet;

use backstitch::id::{ANONYMOUS_PREFIX, Ids};
use proptest::prelude::*;
use uuid::{Uuid, Variant, Version};

const ENTROPY: &str = "00112233445566778899aabbccddeeff0123456789abcdef0123456789abcdef";

fn canonical(text: &str) -> Uuid {
    let uuid: Uuid = text.parse().expect("a UUID");
    assert_eq!(text, uuid.hyphenated().to_string(), "lower case, hyphens");
    assert_eq!(uuid.get_variant(), Variant::RFC4122);
    uuid
}

proptest! {
    #[test]
    fn an_ordered_id_is_a_version_7_of_its_time(entropy in "[0-9a-f]{32}", now in 0_u64..1 << 48) {
        let uuid = canonical(&Ids::new(&entropy).ordered(now));
        prop_assert_eq!(uuid.get_version(), Some(Version::SortRand));
        prop_assert_eq!(uuid.as_u128() >> 80, u128::from(now));
    }

    #[test]
    fn an_anonymous_id_is_the_prefix_and_a_version_4(entropy in "[0-9a-f]{32}") {
        let id = Ids::new(&entropy).anonymous();
        let uuid = canonical(id.strip_prefix(ANONYMOUS_PREFIX).expect("the prefix"));
        prop_assert_eq!(uuid.get_version(), Some(Version::Random));
    }

    #[test]
    fn a_number_is_below_its_end(entropy in "[0-9a-f]{32}", end: u64) {
        prop_assert!(Ids::new(&entropy).below(end) < end.max(1));
    }

    #[test]
    fn every_digit_of_the_entropy_counts(entropy in "[0-9a-f]{32}", at in 0..32_usize) {
        let mut other = entropy.clone().into_bytes();
        other[at] = if other[at] == b'0' { b'1' } else { b'0' };
        let other = String::from_utf8(other).expect("digits");
        let ids = |entropy: &str| {
            let mut ids = Ids::new(entropy);
            [ids.anonymous(), ids.anonymous(), ids.anonymous()]
        };
        prop_assert_ne!(ids(&entropy), ids(&other));
        prop_assert_eq!(ids(&entropy), ids(&entropy.to_uppercase()));
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
fn digits_may_be_missing() {
    assert_ne!(Ids::new("").anonymous(), Ids::new("01").anonymous());
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
