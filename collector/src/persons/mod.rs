//! Persons: which person an event belongs to, and what it changes about them.
//!
//! Knows: PostHog's rules for persons, personless events, merging and person properties. Must never
//! know: a clock, randomness, I/O, HTTP or a database. What it needs comes in with the event or
//! through [`PersonStore`]; the same event on the same store always has the same outcome, so that a
//! model checker can walk every order of events.
//!
//! One event goes through [`process`]: personless, or link (`merge`), then properties
//! (`properties`). A merge moves a pointer from ids to a person and never touches an event.

mod change;
mod event;
mod legal_id;
mod memory;
mod merge;
mod name;
mod person;
mod properties;
mod store;

pub use change::{ChangeKind, OtherPerson, PersonChange};
pub use event::{PersonEvent, ProfileFlag};
pub use legal_id::is_legal;
pub use memory::{IdRecord, MemoryStore};
pub use name::{looks_anonymous, name_of_id};
pub use person::Person;
pub use properties::PersonProperties;
pub use store::{Found, PersonStore};

use std::sync::Arc;

use uuid::Uuid;

use self::change::Told;
use self::merge::Linked;
use crate::warning::Warning;

/// Namespace of the uuids that PostHog derives for persons.
const PERSON_NAMESPACE: Uuid = Uuid::from_u128(0x932979b4_65c3_4424_8467_0b66ec27bc22);

/// How long after a person was made its personless events still count as racing with that
/// (PostHog: one minute, `processPersonlessStep`).
const PERSONLESS_RACE_MILLIS: i64 = 60_000;

/// What the rules need to know of an environment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Project {
    /// Goes into derived person uuids, so that two environments never share one.
    pub team_id: u32,
    /// Whether no event may make or change a person (PostHog's `person_processing_opt_out`).
    pub person_processing_opt_out: bool,
}

/// The uuid of the person that starts with this id, which is also the person uuid that personless
/// events of the id show.
pub fn person_uuid(team_id: u32, distinct_id: &str) -> Uuid {
    Uuid::new_v5(
        &PERSON_NAMESPACE,
        format!("{team_id}:{distinct_id}").as_bytes(),
    )
}

/// How an event relates to its person; PostHog's `person_mode` column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PersonMode {
    /// The event has a person, whose properties it shows.
    Full,
    /// Captured without a person; shows no person properties.
    Propertyless,
    /// Captured without a person, under an id that has had one for over a minute.
    ForceUpgrade,
}

impl PersonMode {
    /// PostHog's word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Propertyless => "propertyless",
            Self::ForceUpgrade => "force_upgrade",
        }
    }
}

/// What became of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It belongs to a person, real or derived, and is to be stored.
    Attributed(Attribution),
    /// It must not be stored.
    Dropped(Warning),
}

/// The person of an event at the moment it was taken in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribution {
    /// The person's uuid, derived from the id where there is no person.
    pub person_uuid: Uuid,
    /// How the event relates to that person.
    pub mode: PersonMode,
    /// The person's properties as this event sees them: a copy in time, never rewritten.
    pub properties: Arc<PersonProperties>,
    /// What the event asked for and did not get.
    pub warnings: Vec<Warning>,
    /// What it has done to persons besides their properties, in order.
    pub changes: Vec<PersonChange>,
}

/// Takes one event through the person rules and writes what it changes to the store.
///
/// Calling it twice for one event is not the same as once: the caller leaves out events it has
/// seen.
///
/// # Errors
/// Only the store's own.
pub fn process<S: PersonStore>(
    project: &Project,
    event: &PersonEvent,
    store: &mut S,
) -> Result<Outcome, S::Error> {
    if let Some(message) = &event.client_warning {
        let message = Arc::clone(message);
        return Ok(Outcome::Dropped(Warning::ClientIngestionWarning {
            message,
        }));
    }
    let mut told = Told::default();
    if event.profile == ProfileFlag::Invalid {
        told.warnings.push(Warning::InvalidProcessPersonProfile);
    }
    if event.has_long_group_key {
        told.warnings.push(Warning::GroupKeyTooLong);
    }
    if project.person_processing_opt_out || event.profile == ProfileFlag::No {
        return personless(project, event, store, told);
    }

    if event.link_was_cut {
        told.warnings.push(Warning::DistinctIdTruncated);
    }
    let mut refused = None;
    let linked = merge::link(project, event, store, &mut told)?;
    let (found, identified_as, is_moved) = match linked {
        Linked::Begun(person) => return Ok(attributed(&person, &person.properties, told)),
        Linked::To {
            found,
            identified_as,
            is_moved,
        } => (Some(found), Some(identified_as), is_moved),
        Linked::Nothing => (store.find(&event.distinct_id)?, None, false),
        Linked::Refused { other, warning } => {
            refused = Some((store.find(&other)?, other, warning));
            (store.find(&event.distinct_id)?, None, false)
        }
    };
    let mut refuse = |person: &Person, told: &mut Told| {
        if let Some((source, other, warning)) = refused.take() {
            let source = source.map(|source| source.person);
            let source = source.filter(|source| source.uuid != person.uuid);
            told.not_merged(person, &other, source.as_deref(), warning);
        }
    };
    let Some(found) = found else {
        let id = &event.distinct_id;
        let person = Arc::new(Person::new(project.team_id, id, event, &mut told.warnings));
        store.create(&person, &[(id, 0)])?;
        told.changed(&person, ChangeKind::Created, id);
        refuse(&person, &mut told);
        return Ok(attributed(&person, &person.properties, told));
    };
    refuse(&found.person, &mut told);

    let change = properties::change(event, &found.person.properties, &mut told.warnings);
    let newly_identified = identified_as.filter(|_| !found.person.is_identified);
    if is_moved || change.is_written || newly_identified.is_some() {
        let mut person = (*found.person).clone();
        person.properties = Arc::clone(&change.properties);
        if let Some(name) = newly_identified {
            told.changed(&person, ChangeKind::Identified, &name);
            person.is_identified = true;
            person.name = Some(name);
        }
        store.update(found.key, &Arc::new(person))?;
    }
    Ok(attributed(&found.person, &change.properties, told))
}

fn attributed(person: &Person, properties: &Arc<PersonProperties>, told: Told) -> Outcome {
    Outcome::Attributed(Attribution {
        person_uuid: person.uuid,
        mode: PersonMode::Full,
        properties: Arc::clone(properties),
        warnings: told.warnings,
        changes: told.changes,
    })
}

fn personless<S: PersonStore>(
    project: &Project,
    event: &PersonEvent,
    store: &mut S,
    told: Told,
) -> Result<Outcome, S::Error> {
    if event.needs_person() {
        let event = Arc::clone(&event.name);
        return Ok(Outcome::Dropped(
            Warning::InvalidEventWhenProcessPersonProfileIsFalse { event },
        ));
    }
    let (person_uuid, mode) = match store.find(&event.distinct_id)? {
        Some(found) => {
            let is_late = event.timestamp.since(found.person.created_at) > PERSONLESS_RACE_MILLIS;
            let upgrades = is_late && !project.person_processing_opt_out;
            (
                found.person.uuid,
                if upgrades {
                    PersonMode::ForceUpgrade
                } else {
                    PersonMode::Propertyless
                },
            )
        }
        None => {
            store.note_personless(&event.distinct_id)?;
            (
                person_uuid(project.team_id, &event.distinct_id),
                PersonMode::Propertyless,
            )
        }
    };
    Ok(Outcome::Attributed(Attribution {
        person_uuid,
        mode,
        properties: Arc::default(),
        warnings: told.warnings,
        changes: told.changes,
    }))
}
