//! How much a page may capture. Knows a bucket of tokens that fills by the
//! second; never what is captured.

use crate::config::Config;
use crate::time::Millis;

/// The bucket of one page.
#[derive(Clone, Debug, Default, Hash, PartialEq)]
pub struct Limit {
    /// Thousandths of tokens that were used.
    used: u64,
    /// When that was counted.
    at: Millis,
}

impl Limit {
    /// Whether one more event may be captured.
    pub fn allows(&mut self, now: Millis, config: &Config) -> bool {
        let filled = now
            .saturating_sub(self.at)
            .saturating_mul(config.per_second);
        self.at = now;
        let used = self.used.saturating_sub(filled) + 1000;
        let allows = used <= config.burst.saturating_mul(1000);
        if allows {
            self.used = used;
        } else {
            self.used = used - 1000;
        }
        allows
    }
}
