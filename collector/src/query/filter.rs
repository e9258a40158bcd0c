//! Which events to show.
//!
//! Knows: what the API can ask for. Must never know: how it is read.

use uuid::Uuid;

use crate::instant::UnixMillis;

/// Which events to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventFilter {
    /// Only these names; none is all.
    pub names: Vec<String>,
    /// Only this person's, as of now.
    pub person: Option<Uuid>,
    /// Only this id's.
    pub distinct_id: Option<String>,
    /// Only events of this moment or later.
    pub after: Option<UnixMillis>,
    /// Only events before this moment.
    pub before: Option<UnixMillis>,
    /// Whether names that start with `$` are shown, where no name is given.
    pub internal: bool,
    /// The most events to give.
    pub limit: usize,
    /// Only events with a lower sequence number: `next` of the page before.
    pub cursor: Option<i64>,
}

impl EventFilter {
    /// Its time in Unix milliseconds, from the first to before the second.
    pub(super) fn time(&self) -> (i64, i64) {
        let bound = |moment: Option<UnixMillis>, none| moment.map_or(none, |moment| moment.0);
        (bound(self.after, i64::MIN), bound(self.before, i64::MAX))
    }
}

impl Default for EventFilter {
    fn default() -> Self {
        Self {
            names: Vec::new(),
            person: None,
            distinct_id: None,
            after: None,
            before: None,
            internal: false,
            limit: 100,
            cursor: None,
        }
    }
}
