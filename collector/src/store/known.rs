//! What the writer knows of a file without asking it.
//!
//! Knows: ids, persons and event names as they stand in the tables, since nobody else writes them.
//! Forgets everything when a write is undone, and when it has grown too large. Must never know: SQL.

use std::collections::HashMap;
use std::sync::Arc;

use crate::persons::Person;

/// About how much may be known, in bytes.
const LIMIT: usize = 32 * 1024 * 1024;

/// What an entry takes beside its texts.
const ENTRY: usize = 96;

/// An id that has a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct KnownId {
    pub row: i64,
    pub person: Option<i64>,
    pub personless: bool,
}

/// What is known of an environment's file. Only for a connection that alone writes the file, and
/// only as long as none of its writes is undone.
#[derive(Debug, Default)]
pub struct Known {
    ids: HashMap<Arc<str>, Option<KnownId>>,
    persons: HashMap<i64, Arc<Person>>,
    names: HashMap<Arc<str>, i64>,
    size: usize,
}

impl Known {
    /// Forgets everything.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// An id: `None` if it is not known, `Some(None)` if it is known to have no row.
    pub(super) fn id(&self, distinct_id: &str) -> Option<Option<KnownId>> {
        self.ids.get(distinct_id).copied()
    }

    pub(super) fn put_id(&mut self, distinct_id: &str, id: Option<KnownId>) {
        if let Some(known) = self.ids.get_mut(distinct_id) {
            *known = id;
            return;
        }
        self.grow(ENTRY + distinct_id.len());
        self.ids.insert(distinct_id.into(), id);
    }

    /// Ids whose pointer was moved.
    pub(super) fn move_id(&mut self, distinct_id: &str, to: i64) {
        if let Some(Some(known)) = self.ids.get_mut(distinct_id) {
            known.person = Some(to);
        }
    }

    pub(super) fn person(&self, row: i64) -> Option<&Arc<Person>> {
        self.persons.get(&row)
    }

    pub(super) fn put_person(&mut self, row: i64, person: &Arc<Person>) {
        let properties = person.properties.iter();
        let properties = properties.map(|(key, value)| ENTRY + key.len() + value.as_str().len());
        self.grow(ENTRY + properties.sum::<usize>());
        self.persons.insert(row, Arc::clone(person));
    }

    pub(super) fn forget_person(&mut self, row: i64) {
        self.persons.remove(&row);
    }

    pub(super) fn name(&self, name: &str) -> Option<i64> {
        self.names.get(name).copied()
    }

    pub(super) fn put_name(&mut self, name: &Arc<str>, row: i64) {
        self.grow(ENTRY + name.len());
        self.names.insert(Arc::clone(name), row);
    }

    /// Counts what is put in, also where it takes the place of something: too much is forgotten a
    /// little early.
    fn grow(&mut self, by: usize) {
        if self.size + by > LIMIT {
            self.clear();
        }
        self.size += by;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_bounded() {
        let mut known = Known::default();
        let long = "x".repeat(LIMIT / 3);
        for number in 0..10 {
            known.put_id(&format!("{number}{long}"), None);
            assert!(known.id(&format!("{number}{long}")).is_some());
            assert!(known.ids.len() <= 3);
        }
    }
}
