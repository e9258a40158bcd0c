//! In which visit. Knows when a session ends (sessionid.ts of posthog-js);
//! never what is captured in it.

use alloc::string::String;

use crate::id::Ids;
use crate::json::{self, Object};
use crate::time::{Millis, push_decimal};

/// A session ends after this long without activity in any tab.
const IDLE: Millis = 30 * 60 * 1000;
/// A session ends after this long, however active.
const LONGEST: Millis = 24 * 60 * 60 * 1000;
/// Activity is written down at most this often.
const SAVE_EVERY: Millis = 5000;

/// The session that all tabs share.
#[derive(Clone, Debug, PartialEq)]
pub struct Session {
    /// A UUID of version 7.
    pub id: String,
    start: Millis,
    last: Millis,
    saved: Millis,
}

impl Session {
    /// One that begins now.
    pub fn begin(now: Millis, ids: &mut Ids) -> Self {
        Session {
            id: ids.ordered(now),
            start: now,
            last: now,
            saved: 0,
        }
    }

    /// Takes the session out of a posthog-js record: `$sesid`, an array of last
    /// activity, id and start.
    pub fn take(record: &mut Object) -> Option<Self> {
        let text = record.take("$sesid");
        let elements = json::elements(&text);
        let [last, id, start] = elements.first_chunk()?;
        let last = json::whole(last)?;
        Some(Session {
            id: json::unquote(id)?,
            start: json::whole(start)?,
            last,
            saved: last,
        })
    }

    /// The member of a posthog-js record that says the same. From here on it
    /// counts as saved.
    pub fn record(&mut self) -> Object {
        self.saved = self.last;
        let mut text = String::from("[");
        push_decimal(&mut text, self.last, 1);
        text.push(',');
        text.push_str(&json::quote(&self.id));
        text.push(',');
        push_decimal(&mut text, self.start, 1);
        text.push(']');
        let mut record = Object::default();
        record.set("$sesid", &text);
        record
    }

    /// Whether an event now is no longer part of it. A clock that jumps back
    /// counts as one that jumps ahead.
    pub fn is_over(&self, now: Millis) -> bool {
        now.abs_diff(self.last) > IDLE || now.abs_diff(self.start) > LONGEST
    }

    /// Notes activity; says whether it is time to save it.
    pub fn touch(&mut self, now: Millis) -> bool {
        self.last = self.last.max(now);
        self.last.abs_diff(self.saved) >= SAVE_EVERY
    }
}
