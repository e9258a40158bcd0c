//! What the person rules ask of a store.
//!
//! Knows: ids, persons, and the pointer from one to the other. Must never know: a rule. A store does
//! as it is told; whether a merge is allowed is not its question.

use std::sync::Arc;

use super::person::Person;

/// A person in a store, with the store's own handle to them.
#[derive(Clone, Debug)]
pub struct Found<K> {
    /// The store's handle.
    pub key: K,
    /// The person as stored.
    pub person: Arc<Person>,
}

/// Where persons are kept, one project at a time.
///
/// Every call sees all the calls before it. Whoever owns the store decides when its writes become
/// durable, and undoes all of them if one fails.
pub trait PersonStore {
    /// The store's handle to a person.
    type Key: Copy + Eq;
    /// What can go wrong in the store.
    type Error;

    /// The person an id leads to.
    fn find(&mut self, distinct_id: &str) -> Result<Option<Found<Self::Key>>, Self::Error>;

    /// Whether a personless event was seen under an id.
    fn was_personless(&mut self, distinct_id: &str) -> Result<bool, Self::Error>;

    /// Remembers that a personless event was seen under an id.
    fn note_personless(&mut self, distinct_id: &str) -> Result<(), Self::Error>;

    /// Adds a person and points these ids, with their versions, to them. None of the ids leads to a
    /// person yet.
    fn create(
        &mut self,
        person: &Arc<Person>,
        ids: &[(&str, u32)],
    ) -> Result<Self::Key, Self::Error>;

    /// Points one more id, which leads to no person yet, to a person.
    fn add_id(
        &mut self,
        key: Self::Key,
        distinct_id: &str,
        version: u32,
    ) -> Result<(), Self::Error>;

    /// Replaces what is kept of a person.
    fn update(&mut self, key: Self::Key, person: &Arc<Person>) -> Result<(), Self::Error>;

    /// Points all ids of `source` to `target`, their versions raised by one, and removes `source`.
    /// What it costs must not depend on the number of events.
    fn absorb(&mut self, source: Self::Key, target: Self::Key) -> Result<(), Self::Error>;
}
