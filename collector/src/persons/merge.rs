//! Linking two ids: `$identify`, `$create_alias`, `$merge_dangerously`.
//!
//! Knows: when two ids become one person, which person stays, and when a link is refused (PostHog's
//! person-merge-service). Must never know: events of the past; ids move, events do not.

use std::sync::Arc;

use super::Project;
use super::change::{ChangeKind, Told};
use super::event::PersonEvent;
use super::legal_id::is_legal;
use super::name::name_of_link;
use super::person::Person;
use super::properties;
use super::properties::PersonProperties;
use super::store::{Found, PersonStore};
use crate::warning::Warning;

/// What a link has done. It has moved ids; what the event says of the person comes after it.
pub(super) enum Linked<K> {
    /// Nothing: none was asked for.
    Nothing,
    /// Nothing: one of the ids is illegal.
    Refused {
        /// The other id.
        other: Arc<str>,
        /// Why.
        warning: Warning,
    },
    /// It has begun a person with this event, who is complete.
    Begun(Arc<Person>),
    /// It has found the person of the event's id.
    To {
        /// That person.
        found: Found<K>,
        /// The name under which the link identifies them, if they are not yet. Also when the merge
        /// itself is refused, as PostHog does.
        identified_as: Arc<str>,
        /// Whether they have taken over another's, which is still to be written.
        is_moved: bool,
    },
}

/// Carries out the link that an event asks for, if it asks for one.
///
/// | id of the event | the other id | |
/// |---|---|---|
/// | known | unknown | the other id joins, also where the person is identified |
/// | unknown | known | the event's id joins the other's person |
/// | unknown | unknown | one new person with both |
/// | same person | | nothing |
/// | known | known, anonymous | the other person is merged away |
/// | known | known, identified | refused, unless `$merge_dangerously` |
pub(super) fn link<S: PersonStore>(
    project: &Project,
    event: &PersonEvent,
    store: &mut S,
    told: &mut Told,
) -> Result<Linked<S::Key>, S::Error> {
    let into = &event.distinct_id;
    let Some(other) = event.link.as_ref().filter(|other| *other != into) else {
        return Ok(Linked::Nothing);
    };
    if let Some(illegal) = [into, other].into_iter().find(|id| !is_legal(id)) {
        return Ok(Linked::Refused {
            other: Arc::clone(other),
            warning: Warning::CannotMergeWithIllegalDistinctId {
                illegal: Arc::clone(illegal),
                other: Arc::clone(other),
                into: Arc::clone(into),
            },
        });
    }

    let mut identified_as = name_of_link(into, other);
    let mut is_moved = false;
    let found = match (store.find(into)?, store.find(other)?) {
        (Some(target), Some(source)) if target.key == source.key => target,
        (Some(target), Some(source)) => {
            if source.person.is_identified && !event.merges_dangerously() {
                let warning = Warning::CannotMergeAlreadyIdentified {
                    other: Arc::clone(other),
                    into: Arc::clone(into),
                };
                told.not_merged(&target.person, other, Some(&source.person), warning);
                // The other id stays another person's, so it cannot be this one's name.
                identified_as = Arc::clone(into);
                target
            } else {
                is_moved = true;
                merge(store, target, &source, other, told)?
            }
        }
        (Some(known), None) => join(store, known, other, told)?,
        (None, Some(known)) => join(store, known, into, told)?,
        (None, None) => return begin(project, event, store, other, identified_as, told),
    };
    Ok(Linked::To {
        found,
        identified_as,
        is_moved,
    })
}

/// An id joins a person that exists.
fn join<S: PersonStore>(
    store: &mut S,
    known: Found<S::Key>,
    id: &Arc<str>,
    told: &mut Told,
) -> Result<Found<S::Key>, S::Error> {
    // Personless events of this id have shown a derived person so far: they need an override.
    let version = u32::from(store.was_personless(id)?);
    store.add_id(known.key, id, version)?;
    told.changed(&known.person, ChangeKind::IdAdded, id);
    Ok(known)
}

/// Two ids that lead nowhere yet become one new person.
fn begin<S: PersonStore>(
    project: &Project,
    event: &PersonEvent,
    store: &mut S,
    other: &Arc<str>,
    name: Arc<str>,
    told: &mut Told,
) -> Result<Linked<S::Key>, S::Error> {
    let into = &event.distinct_id;
    let into_personless = store.was_personless(into)?;
    let other_personless = store.was_personless(other)?;
    // The person takes the uuid that personless events have shown already, so that they need no
    // override. Where both ids have some, the event's own id decides and the other is overridden.
    let (first, second) = if other_personless && !into_personless {
        (other, into)
    } else {
        (into, other)
    };
    let mut person = Person::new(project.team_id, first, event, &mut told.warnings);
    person.is_identified = true;
    person.name = Some(Arc::clone(&name));
    let person = Arc::new(person);
    let second_version = u32::from(into_personless && other_personless);
    store.create(&person, &[(first, 0), (second, second_version)])?;
    told.changed(&person, ChangeKind::Created, first);
    told.changed(&person, ChangeKind::IdAdded, second);
    told.changed(&person, ChangeKind::Identified, &name);
    Ok(Linked::Begun(person))
}

/// The source's ids move to the target, which takes over what it does not have itself. The target
/// is not written yet.
fn merge<S: PersonStore>(
    store: &mut S,
    target: Found<S::Key>,
    source: &Found<S::Key>,
    other: &Arc<str>,
    told: &mut Told,
) -> Result<Found<S::Key>, S::Error> {
    let mut properties: PersonProperties = (*source.person.properties).clone();
    for (key, value) in target.person.properties.iter() {
        properties.insert(Arc::clone(key), value.clone());
    }
    let properties = match properties::check(&properties) {
        Ok(()) => Arc::new(properties),
        Err(warning) => {
            told.warnings.push(warning);
            Arc::clone(&target.person.properties)
        }
    };
    let person = Arc::new(Person {
        created_at: target.person.created_at.min(source.person.created_at),
        properties,
        version: target.person.version.max(source.person.version) + 1,
        ..(*target.person).clone()
    });
    store.absorb(source.key, target.key)?;
    told.merged(&person, other, &source.person);
    Ok(Found {
        key: target.key,
        person,
    })
}
