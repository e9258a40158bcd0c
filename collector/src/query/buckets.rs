//! Steps of time for a chart.
//!
//! Knows: which steps people read easily. Must never know: what is counted in them.

/// The steps, in minutes: a clock's, then days; beyond them whole multiples of the last.
const STEPS: [i64; 11] = [
    1,
    5,
    15,
    30,
    60,
    3 * 60,
    6 * 60,
    12 * 60,
    24 * 60,
    7 * 24 * 60,
    30 * 24 * 60,
];

/// A time in equal steps, in minutes since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Buckets {
    /// The beginning of the first, a whole number of steps since 1970.
    pub start: i64,
    /// The length of each.
    pub step: i64,
    /// How many.
    pub count: usize,
}

impl Buckets {
    /// The smallest steps with which at most `most` of them hold all minutes from `from` to before
    /// `to`. At most two at least: wherever steps begin, a time may lie across it.
    pub fn covering(from: i64, to: i64, most: usize) -> Self {
        let most = most.max(2) as i64;
        let last = to.max(from.saturating_add(1)).saturating_sub(1);
        let number_of = |step: i64| last.div_euclid(step) - from.div_euclid(step) + 1;
        let longest = STEPS[STEPS.len() - 1];
        let step = STEPS.into_iter().find(|step| number_of(*step) <= most);
        let step = step.unwrap_or_else(|| {
            let mut times = number_of(longest).div_euclid(most).max(2);
            // Where the steps begin may cost one more of them.
            while number_of(longest * times) > most && times < i64::MAX / longest / 2 {
                times += 1;
            }
            longest * times
        });
        Self {
            start: from.div_euclid(step) * step,
            step,
            count: usize::try_from(number_of(step)).unwrap_or(1),
        }
    }

    /// The end of the last.
    pub fn end(&self) -> i64 {
        self.start
            .saturating_add(self.step.saturating_mul(self.count as i64))
    }

    /// Which one holds a minute.
    pub fn index(&self, minute: i64) -> Option<usize> {
        let index = minute.checked_sub(self.start)?.div_euclid(self.step);
        usize::try_from(index)
            .ok()
            .filter(|index| *index < self.count)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn steps_are_easy_to_read() {
        for (from, to, step, start, count) in [
            (7, 8, 1, 7, 1),
            (0, 60, 1, 0, 60),
            (0, 61, 5, 0, 13),
            (58, 121, 5, 55, 14),
            (0, 24 * 60, 30, 0, 48),
            (0, 7 * 24 * 60, 180, 0, 56),
            (0, 365 * 24 * 60, 7 * 24 * 60, 0, 53),
            (-1, 60, 5, -5, 13),
        ] {
            let expected = Buckets { start, step, count };
            assert_eq!(Buckets::covering(from, to, 60), expected, "{from}..{to}");
        }
    }

    proptest! {
        #[test]
        fn every_minute_has_a_bucket(
            from in -10_000_000_000_i64..10_000_000_000,
            length in 0_i64..20_000_000_000,
            most in 1_usize..500,
        ) {
            let to = from + length;
            let buckets = Buckets::covering(from, to, most);
            prop_assert!((1..=most.max(2)).contains(&buckets.count), "{buckets:?}");
            prop_assert_eq!(buckets.index(from), Some(0));
            prop_assert_eq!(buckets.index(to.max(from + 1) - 1), Some(buckets.count - 1));
            prop_assert_eq!(buckets.index(buckets.end()), None);
        }
    }
}
