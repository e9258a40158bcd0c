//! How long an environment keeps its events.
//!
//! Knows: the two bounds, by age and by count. Must never know: how rows are removed.

use serde::Deserialize;

/// What an environment keeps; the oldest events beyond it are removed. Nothing said, all is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Retention {
    /// Events that came in longer ago than so many days go; at least 1.
    pub days: Option<u32>,
    /// Of more events than so many, the oldest go; at least 1.
    pub events: Option<u64>,
}

impl Retention {
    /// The field that would keep nothing at all, if there is one.
    pub(super) fn zero(&self) -> Option<&'static str> {
        if self.days == Some(0) {
            Some("days")
        } else if self.events == Some(0) {
            Some("events")
        } else {
            None
        }
    }
}
