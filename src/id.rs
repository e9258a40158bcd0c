//! Ids out of entropy that was handed in. Knows the two kinds of UUID that the
//! wire uses; never asks for randomness.

use alloc::string::{String, ToString};
use core::hash::{Hash, Hasher};

use rand_xoshiro::SplitMix64;
use rand_xoshiro::rand_core::{Rng, SeedableRng};
use uuid::{Builder, Variant, Version};

use crate::json::whole;
use crate::text::{push_hex, split};
use crate::time::Millis;

/// How an anonymous visitor's `distinct_id` begins.
pub const ANONYMOUS_PREFIX: &str = "ph_anonymous_";

/// When an id of version 7 was made, as it begins.
pub fn time_of(uuid: &str) -> Option<Millis> {
    let mut time = 0;
    for byte in uuid.bytes().take(13).filter(|byte| *byte != b'-') {
        time = time << 4 | Millis::from((byte as char).to_digit(16)?);
    }
    Some(time)
}

/// Makes ids, as unlike those of every other page as the entropy was.
///
/// A generator for each half of an id: together they hold as much entropy as it
/// does, and cost the page less than one of their size.
#[derive(Clone, Debug, PartialEq)]
pub struct Ids {
    high: SplitMix64,
    low: SplitMix64,
}

impl Hash for Ids {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.high.clone().next_u64());
        state.write_u64(self.low.clone().next_u64());
    }
}

impl Ids {
    /// From 16 bytes of entropy, written in decimal with commas between them.
    /// Fewer make ids, too; what is no number counts as zero.
    pub fn new(entropy: &str) -> Self {
        let mut seeds = [0; 2];
        for (at, byte) in split(entropy, b',').enumerate() {
            let seed = &mut seeds[at & 1];
            *seed = *seed << 8 | whole(byte).unwrap_or(0);
        }
        let [high, low] = seeds.map(SplitMix64::seed_from_u64);
        Ids { high, low }
    }

    /// A UUID of version 7 for an event, a session or a window.
    pub fn ordered(&mut self, now: Millis) -> String {
        let high = now << 16 | self.high.next_u64() >> 48;
        self.text(high, Version::SortRand)
    }

    /// A new anonymous `distinct_id`: `ph_anonymous_` and a UUID of version 4.
    pub fn anonymous(&mut self) -> String {
        let high = self.high.next_u64();
        let mut id = ANONYMOUS_PREFIX.to_string();
        id.push_str(&self.text(high, Version::Random));
        id
    }

    /// A number from 0 up to, but without, `end`.
    pub fn below(&mut self, end: u64) -> u64 {
        self.low.next_u64() % end.max(1)
    }

    /// The text of a UUID whose first half is given, digits in groups of 8, 4, 4, 4
    /// and 12: the crate's own writer costs the page more.
    fn text(&mut self, high: u64, version: Version) -> String {
        let uuid = Builder::from_u128(u128::from(high) << 64 | u128::from(self.low.next_u64()))
            .with_variant(Variant::RFC4122)
            .with_version(version)
            .into_uuid();
        let mut text = String::new();
        for (at, byte) in uuid.as_bytes().iter().enumerate() {
            if matches!(at, 4 | 6 | 8 | 10) {
                text.push_str("-");
            }
            push_hex(&mut text, *byte);
        }
        text
    }
}
