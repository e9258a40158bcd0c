//! Persons in memory.
//!
//! Knows: maps. Made for the model checker: a store is a value that can be cloned (persons are
//! shared), hashed and compared, and two stores that hold the same are equal, however they came
//! about. Must never know: a rule.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Arc;

use uuid::Uuid;

use super::person::Person;
use super::store::{Found, PersonStore};

/// What is known of an id.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IdRecord {
    /// The person it leads to, if any.
    pub person: Option<Uuid>,
    /// At least 1 if the events of this id show another person than at their time (PostHog's
    /// `person_distinct_id_overrides`).
    pub version: u32,
    /// Whether a personless event was seen under it.
    pub personless: bool,
}

/// A [`PersonStore`] in memory.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct MemoryStore {
    ids: BTreeMap<Arc<str>, IdRecord>,
    persons: BTreeMap<Uuid, Arc<Person>>,
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    /// All ids in order.
    pub fn ids(&self) -> impl Iterator<Item = (&Arc<str>, &IdRecord)> {
        self.ids.iter()
    }

    /// All persons, by uuid.
    pub fn persons(&self) -> impl Iterator<Item = &Arc<Person>> {
        self.persons.values()
    }

    fn record(&mut self, distinct_id: &str) -> &mut IdRecord {
        // Not `entry`: an id that is known, the usual case, needs no new key.
        if !self.ids.contains_key(distinct_id) {
            self.ids.insert(distinct_id.into(), IdRecord::default());
        }
        self.ids.get_mut(distinct_id).expect("inserted above")
    }
}

impl PersonStore for MemoryStore {
    type Key = Uuid;
    type Error = Infallible;

    fn find(&mut self, distinct_id: &str) -> Result<Option<Found<Uuid>>, Infallible> {
        let key = self.ids.get(distinct_id).and_then(|record| record.person);
        Ok(key.and_then(|key| {
            let person = Arc::clone(self.persons.get(&key)?);
            Some(Found { key, person })
        }))
    }

    fn was_personless(&mut self, distinct_id: &str) -> Result<bool, Infallible> {
        Ok(self
            .ids
            .get(distinct_id)
            .is_some_and(|record| record.personless))
    }

    fn note_personless(&mut self, distinct_id: &str) -> Result<(), Infallible> {
        self.record(distinct_id).personless = true;
        Ok(())
    }

    fn create(&mut self, person: &Arc<Person>, ids: &[(&str, u32)]) -> Result<Uuid, Infallible> {
        self.persons.insert(person.uuid, Arc::clone(person));
        for (distinct_id, version) in ids {
            self.add_id(person.uuid, distinct_id, *version)?;
        }
        Ok(person.uuid)
    }

    fn add_id(&mut self, key: Uuid, distinct_id: &str, version: u32) -> Result<(), Infallible> {
        let record = self.record(distinct_id);
        record.person = Some(key);
        record.version = version;
        Ok(())
    }

    fn update(&mut self, key: Uuid, person: &Arc<Person>) -> Result<(), Infallible> {
        self.persons.insert(key, Arc::clone(person));
        Ok(())
    }

    fn absorb(&mut self, source: Uuid, target: Uuid) -> Result<(), Infallible> {
        for record in self
            .ids
            .values_mut()
            .filter(|record| record.person == Some(source))
        {
            record.person = Some(target);
            record.version += 1;
        }
        self.persons.remove(&source);
        Ok(())
    }
}
