//! In which visit. Knows when a session ends (sessionid.ts of posthog-js), and
//! how posthog-js writes it down; never what is captured in it.

use alloc::string::String;

use crate::id::time_of;
use crate::json::{self, Object};
use crate::text::filled;
use crate::time::{Millis, decimal};

/// The member of a record that holds it: an array of last activity, id and
/// start.
pub const SESSION: &str = "$sesid";
/// A session ends after this long, however active.
const LONGEST: Millis = 24 * 60 * 60 * 1000;

/// The session that all tabs share.
#[derive(Clone, Debug, PartialEq)]
pub struct Session<'a> {
    /// When something was last captured in it.
    pub last: Millis,
    /// A UUID of version 7, as JSON text.
    pub id: &'a str,
    start: Millis,
}

impl<'a> Session<'a> {
    /// One that begins now.
    pub fn begin(id: &'a str, now: Millis) -> Self {
        Session {
            last: now,
            id,
            start: now,
        }
    }

    /// One that a server began (`bootstrap.sessionID`, as JSON text): its start
    /// is in its id, which must be a UUID of version 7, of no later than in a
    /// minute.
    pub fn bootstrap(id: &'a str, now: Millis) -> Option<Self> {
        let start = time_of(id.get(1..)?)?;
        let is_ordered = id.len() == 38 && id.as_bytes().get(15) == Some(&b'7');
        (is_ordered && start <= now + 60_000).then_some(Session {
            last: now,
            id,
            start,
        })
    }

    /// The one that a record holds.
    pub fn of(record: &'a Object) -> Option<Self> {
        let mut elements = json::elements(record.get(SESSION)?);
        let last = json::whole(elements.next()?)?;
        let id = elements.next()?;
        json::inner(id)?;
        let start = json::whole(elements.next()?)?;
        Some(Session { last, id, start })
    }

    /// When something was last captured in the one that a record holds.
    pub fn last(record: &Object) -> Millis {
        Session::of(record).map_or(0, |session| session.last)
    }

    /// It as a record holds it.
    pub fn text(&self) -> String {
        filled(
            "[%,%,%]",
            &[&decimal(self.last), self.id, &decimal(self.start)],
        )
    }

    /// Whether an event now is no longer part of it, where it ends after being
    /// idle for so long. A clock that jumps back counts as one that jumps ahead.
    pub fn is_over(&self, now: Millis, idle: Millis) -> bool {
        now.abs_diff(self.last) > idle || now.abs_diff(self.start) > LONGEST
    }
}
