//! All that is random, out of one seed. Must never know what is decided by it.

use std::ops::RangeInclusive;

use rand_xoshiro::SplitMix64;
use rand_xoshiro::rand_core::{Rng, SeedableRng};

/// Random numbers that are the same for the same seed.
#[derive(Clone, Debug)]
pub struct Chance(SplitMix64);

impl Chance {
    pub fn new(seed: u64) -> Self {
        Chance(SplitMix64::seed_from_u64(seed))
    }

    /// A number from 0 up to, but without, `end`.
    pub fn below(&mut self, end: u64) -> u64 {
        self.0.next_u64() % end
    }

    pub fn within(&mut self, range: RangeInclusive<u64>) -> u64 {
        range.start() + self.below(range.end() - range.start() + 1)
    }

    pub fn percent(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    pub fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len() as u64) as usize]
    }

    /// One of those that weigh something, the heavier the more often.
    pub fn weighed<T: Copy>(&mut self, of: &[(T, u64)]) -> T {
        let mut left = self.below(of.iter().map(|(_, weight)| weight).sum());
        for (choice, weight) in of {
            if left < *weight {
                return *choice;
            }
            left -= weight;
        }
        unreachable!("one of them weighs something")
    }

    /// 16 bytes in decimal, as a client is handed them.
    pub fn entropy(&mut self) -> String {
        let mut bytes = [0; 16];
        self.0.fill_bytes(&mut bytes);
        bytes.map(|byte| byte.to_string()).join(",")
    }
}
