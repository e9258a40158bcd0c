//! In which visit. Knows when a session ends (sessionid.ts of posthog-js);
//! never what is captured in it.

use alloc::string::String;

use crate::id::Ids;
use crate::json::{self, Object};
use crate::time::{Millis, push_decimal};

/// A session ends after this long, however active.
const LONGEST: Millis = 24 * 60 * 60 * 1000;
/// Activity is written down at most this often.
const SAVE_EVERY: Millis = 5000;

/// The session that all tabs share.
///
/// Of two the one with the later activity is the greater.
#[derive(Clone, Debug, Hash, PartialEq, PartialOrd)]
pub struct Session {
    last: Millis,
    /// A UUID of version 7.
    pub id: String,
    start: Millis,
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

    /// One that a server began (`bootstrap.sessionID`): its start is in its id,
    /// which must be a UUID of version 7, of no later than in a minute.
    pub fn bootstrap(id: &str, now: Millis) -> Option<Self> {
        let mut start = 0;
        for digit in id.bytes().filter(|byte| *byte != b'-').take(12) {
            start = start << 4 | Millis::from((digit as char).to_digit(16)?);
        }
        let known = id.len() == 36 && id.as_bytes().get(14) == Some(&b'7');
        (known && start <= now + 60_000).then(|| Session {
            id: id.into(),
            start,
            last: now,
            saved: 0,
        })
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

    /// The member of a posthog-js record that says the same.
    pub fn record(&self) -> Object {
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

    /// Whether an event now is no longer part of it, where it ends after being
    /// idle for so long. A clock that jumps back counts as one that jumps ahead.
    pub fn is_over(&self, now: Millis, idle: Millis) -> bool {
        now.abs_diff(self.last) > idle || now.abs_diff(self.start) > LONGEST
    }

    /// Notes activity; says whether it is time to save it, and counts it as
    /// saved then.
    pub fn touch(&mut self, now: Millis) -> bool {
        self.last = self.last.max(now);
        let due = self.last.abs_diff(self.saved) >= SAVE_EVERY;
        if due {
            self.saved = self.last;
        }
        due
    }
}
