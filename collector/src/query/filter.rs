//! Which events to show.
//!
//! Knows: what the API can ask for. Must never know: how it is read.

use uuid::Uuid;

use super::text::TextPattern;
use crate::instant::UnixMillis;

/// Whether an event has warnings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventStatus {
    /// It has none.
    Ok,
    /// It has one at least.
    Warning,
}

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
    /// Only events with this in their name, their id or their properties.
    pub text: Option<TextPattern>,
    /// Only events with warnings, or without.
    pub status: Option<EventStatus>,
    /// Whether names that start with `$` are shown, where no name is given.
    pub internal: bool,
    /// The most events to give.
    pub limit: usize,
    /// Only events with a lower sequence number: `next` of the page before.
    pub cursor: Option<i64>,
    /// Only events with a higher sequence number: those since a look before.
    pub above: i64,
}

impl EventFilter {
    /// Its time in Unix milliseconds, from the first to before the second; none if it names none.
    pub(super) fn time(&self) -> Option<(i64, i64)> {
        let bound = |moment: Option<UnixMillis>, none| moment.map_or(none, |moment| moment.0);
        let is_named = self.after.is_some() || self.before.is_some();
        is_named.then(|| (bound(self.after, i64::MIN), bound(self.before, i64::MAX)))
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
            text: None,
            status: None,
            internal: false,
            limit: 100,
            cursor: None,
            above: 0,
        }
    }
}
