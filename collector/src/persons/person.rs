//! A person, and how one begins.
//!
//! Knows: what is kept of a person. Must never know: which ids lead to them, which is the store's.

use std::sync::Arc;

use uuid::Uuid;

use super::event::PersonEvent;
use super::name::name_of_id;
use super::person_uuid;
use super::properties::{self, PersonProperties};
use crate::instant::UnixMillis;
use crate::json::JsonText;
use crate::warning::Warning;

/// A person.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Person {
    /// Derived from the first id ([`person_uuid`]); never changes.
    pub uuid: Uuid,
    /// Time of the first event; after a merge, of the older of the two.
    pub created_at: UnixMillis,
    /// What `$set`, `$set_once` and `$unset` have left.
    pub properties: Arc<PersonProperties>,
    /// Whether an `$identify`, `$create_alias` or `$merge_dangerously` has named this person.
    pub is_identified: bool,
    /// The id a reader knows them by; `None` is an anonymous visitor.
    pub name: Option<Arc<str>>,
    /// Rises with every merge.
    pub version: u32,
}

impl Person {
    /// A person that begins with this event, under the id that gives the uuid. Properties that are
    /// too large are left out.
    pub(super) fn new(
        team_id: u32,
        uuid_from: &str,
        event: &PersonEvent,
        warnings: &mut Vec<Warning>,
    ) -> Self {
        let mut properties: PersonProperties = event.set_once.iter().cloned().collect();
        properties.extend(event.set.iter().cloned());
        if let Err(warning) = properties::check(&properties) {
            warnings.push(warning);
            properties.clear();
        }
        properties.insert(
            "$creator_event_uuid".into(),
            JsonText::string(&event.uuid.to_string()),
        );
        Self {
            uuid: person_uuid(team_id, uuid_from),
            created_at: event.timestamp,
            properties: Arc::new(properties),
            is_identified: false,
            name: name_of_id(uuid_from),
            version: 0,
        }
    }
}
