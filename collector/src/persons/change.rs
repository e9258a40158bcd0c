//! What an event has done to a person besides their properties.
//!
//! Knows: the kinds of it, which a person's page tells of. Must never know: where it is kept.

use std::sync::Arc;

use uuid::Uuid;

use super::person::Person;
use crate::warning::Warning;

/// A step in the life of a person.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PersonChange {
    /// Whose step it is.
    pub person: Uuid,
    /// What was done.
    pub kind: ChangeKind,
    /// The id that came (`Created`, `IdAdded`), the other id of the link (`Merged`, `NotMerged`), or
    /// the id they are identified as.
    pub distinct_id: Arc<str>,
    /// Whom they were merged with, or not, where there is such a person.
    pub other: Option<OtherPerson>,
    /// Why not (`NotMerged` alone).
    pub warning: Option<Warning>,
}

/// What was done to a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ChangeKind {
    /// They began.
    Created,
    /// An id has joined them.
    IdAdded,
    /// They were named.
    Identified,
    /// Another person was merged into them.
    Merged,
    /// A link that the event asked for was refused.
    NotMerged,
}

impl ChangeKind {
    /// The word for it in the store and the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::IdAdded => "id_added",
            Self::Identified => "identified",
            Self::Merged => "merged",
            Self::NotMerged => "not_merged",
        }
    }
}

/// The other person of a link, as they were by then.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct OtherPerson {
    /// Their uuid.
    pub uuid: Uuid,
    /// The id they went by; `None` is an anonymous visitor.
    pub name: Option<Arc<str>>,
}

impl OtherPerson {
    fn of(person: &Person) -> Self {
        Self {
            uuid: person.uuid,
            name: person.name.clone(),
        }
    }
}

/// What is told of an event besides its person.
#[derive(Default)]
pub(super) struct Told {
    /// What it asked for and did not get.
    pub warnings: Vec<Warning>,
    /// What it has done to persons.
    pub changes: Vec<PersonChange>,
}

impl Told {
    /// A step that concerns a person alone.
    pub fn changed(&mut self, person: &Person, kind: ChangeKind, distinct_id: &Arc<str>) {
        self.changes.push(PersonChange {
            person: person.uuid,
            kind,
            distinct_id: Arc::clone(distinct_id),
            other: None,
            warning: None,
        });
    }

    /// The person of the other id was merged into a person.
    pub fn merged(&mut self, person: &Person, distinct_id: &Arc<str>, other: &Person) {
        self.changes.push(PersonChange {
            person: person.uuid,
            kind: ChangeKind::Merged,
            distinct_id: Arc::clone(distinct_id),
            other: Some(OtherPerson::of(other)),
            warning: None,
        });
    }

    /// The other id was not linked with a person.
    pub fn not_merged(
        &mut self,
        person: &Person,
        distinct_id: &Arc<str>,
        other: Option<&Person>,
        warning: Warning,
    ) {
        self.changes.push(PersonChange {
            person: person.uuid,
            kind: ChangeKind::NotMerged,
            distinct_id: Arc::clone(distinct_id),
            other: other.map(OtherPerson::of),
            warning: Some(warning.clone()),
        });
        self.warnings.push(warning);
    }
}
