//! The properties of an event, put together out of what the page says, what is
//! kept, what the caller gave, and what nobody can replace. Knows which counts
//! where two say the same; never what one means.

use alloc::string::String;

use crate::json::{Object, members, merged};
use crate::text::{is_one_of, split};

/// What the caller of `capture` cannot replace.
const LAST: &str = "token $window_id $is_identified $process_person_profile $session_id title";

/// What is on all events of a page until it or the visitor changes: to put that
/// together for each is most of what a call costs.
#[derive(Clone, Debug, Default, Hash, PartialEq)]
pub struct Common {
    members: Object,
    /// The same as text, without its last brace.
    text: String,
}

impl Common {
    /// Of two with one name the later object's counts.
    pub fn of(objects: &[&Object]) -> Self {
        let mut members = Object::default();
        for object in objects {
            members.add(object);
        }
        for key in split(LAST, b' ') {
            members.take(key);
        }
        let mut text = members.text();
        text.pop();
        Common { members, text }
    }

    /// All properties of one event: those that the caller gave count more, and
    /// the `last` ones, of [`LAST`] alone, most. Both are objects' texts.
    pub fn with(&self, given: &str, last: &str) -> String {
        let is_there = |key| self.members.has(key) || is_one_of(key, LAST);
        if members(given).any(|(key, _)| is_there(key)) {
            return merged(&[&self.members, &Object::parse(given), &Object::parse(last)]);
        }
        let mut out = self.text.clone();
        for text in [given, last] {
            let inside = text
                .get(1..text.len().saturating_sub(1))
                .unwrap_or_default();
            if !inside.is_empty() {
                out.push_str(if out.len() == 1 { "" } else { "," });
                out.push_str(inside);
            }
        }
        out.push_str("}");
        out
    }
}
