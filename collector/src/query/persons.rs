//! Persons as they are now.
//!
//! Knows: how a uuid leads to a person: their own, a merged person's, or the derived one of an id
//! that had no person. Must never know: how its parts (`history`, `warnings`) are read.

use rusqlite::{OptionalExtension, Row, Transaction, params};
use serde::Serialize;
use serde_json::value::RawValue;
use uuid::Uuid;

use super::column::json;
use super::history::{self, HistoryRow};
use super::warnings::{self, PersonWarning};
use crate::instant::UnixMillis;
use crate::persons::name_of_id;

/// A person in a row of the events table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PersonShort {
    /// Their uuid; a derived one for a personless id.
    pub uuid: Uuid,
    /// The id they go by; `None` is an anonymous visitor.
    pub name: Option<String>,
    /// Whether they were identified.
    pub is_identified: bool,
    /// Whether there is no person: the id was captured without.
    pub is_personless: bool,
}

impl PersonShort {
    /// Columns that [`PersonShort::from_row`] reads, of the tables `d` (ids) and `p` (persons,
    /// joined from the left).
    pub(super) const COLUMNS: &str = "p.uuid, p.name, p.is_identified, d.own_uuid, d.distinct_id";

    /// Reads the columns from `first` on.
    pub(super) fn from_row(row: &Row<'_>, first: usize) -> rusqlite::Result<Self> {
        match row.get::<_, Option<[u8; 16]>>(first)? {
            Some(uuid) => Ok(Self {
                uuid: Uuid::from_bytes(uuid),
                name: row.get(first + 1)?,
                is_identified: row.get(first + 2)?,
                is_personless: false,
            }),
            None => Ok(Self {
                uuid: Uuid::from_bytes(row.get(first + 3)?),
                name: name_of_id(&row.get::<_, String>(first + 4)?).map(|name| name.to_string()),
                is_identified: false,
                is_personless: true,
            }),
        }
    }
}

/// A person's page.
#[derive(Debug, Serialize)]
pub struct PersonDetail {
    /// What a row shows of them.
    #[serde(flatten)]
    pub person: PersonShort,
    /// When they began.
    pub created_at: UnixMillis,
    /// Their properties as of now.
    pub properties: Box<RawValue>,
    /// All their ids, in the order they joined.
    pub distinct_ids: Vec<DistinctId>,
    /// Events under all their ids.
    pub event_count: i64,
    /// What made them who they are, oldest first.
    pub history: Vec<HistoryRow>,
    /// What went wrong with their events, newest first.
    pub warnings: Vec<PersonWarning>,
}

/// One of a person's ids.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct DistinctId {
    /// The id.
    pub distinct_id: String,
    /// Time of the event that brought it.
    pub first_seen: UnixMillis,
    /// Events under this id.
    pub event_count: i64,
}

/// What a uuid leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Resolved {
    /// A person, by row.
    Person(i64),
    /// An id without a person, by row.
    Personless(i64),
}

/// Follows a uuid to what it stands for now.
pub(super) fn resolve(
    transaction: &Transaction<'_>,
    uuid: Uuid,
) -> rusqlite::Result<Option<Resolved>> {
    let select = "SELECT coalesce(merged_into, id) FROM persons WHERE uuid = ?1";
    let person = transaction
        .prepare_cached(select)?
        .query_row([uuid.as_bytes()], |row| row.get(0))
        .optional()?;
    if let Some(person) = person {
        return Ok(Some(Resolved::Person(person)));
    }
    let select = "SELECT id, person FROM distinct_ids WHERE own_uuid = ?1";
    let id = transaction
        .prepare_cached(select)?
        .query_row([uuid.as_bytes()], |row| {
            let person: Option<i64> = row.get(1)?;
            Ok(person.map_or(Resolved::Personless(row.get(0)?), Resolved::Person))
        });
    id.optional()
}

/// The rows of the ids that a uuid stands for now.
pub(super) fn ids_of(transaction: &Transaction<'_>, uuid: Uuid) -> rusqlite::Result<Vec<i64>> {
    match resolve(transaction, uuid)? {
        None => Ok(Vec::new()),
        Some(Resolved::Personless(id)) => Ok(vec![id]),
        Some(Resolved::Person(person)) => {
            let mut select =
                transaction.prepare_cached("SELECT id FROM distinct_ids WHERE person = ?1")?;
            select.query_map([person], |row| row.get(0))?.collect()
        }
    }
}

pub(super) fn detail(
    transaction: &Transaction<'_>,
    uuid: Uuid,
) -> rusqlite::Result<Option<PersonDetail>> {
    let Some(resolved) = resolve(transaction, uuid)? else {
        return Ok(None);
    };
    let (column, row) = match resolved {
        Resolved::Person(person) => ("d.person", person),
        Resolved::Personless(id) => ("d.id", id),
    };
    let select = format!(
        "SELECT d.distinct_id, d.first_seen, d.events, p.created_at, p.properties, {}
         FROM distinct_ids d LEFT JOIN persons p ON p.id = d.person WHERE {column} = ?1 ORDER BY d.first_seen, d.id",
        PersonShort::COLUMNS
    );
    let mut statement = transaction.prepare_cached(&select)?;
    let mut rows = statement.query(params![row])?;
    let mut detail: Option<PersonDetail> = None;
    while let Some(row) = rows.next()? {
        let id = DistinctId {
            distinct_id: row.get(0)?,
            first_seen: UnixMillis(row.get(1)?),
            event_count: row.get(2)?,
        };
        let detail = match &mut detail {
            Some(detail) => detail,
            None => detail.insert(PersonDetail {
                person: PersonShort::from_row(row, 5)?,
                created_at: row
                    .get::<_, Option<i64>>(3)?
                    .map_or(id.first_seen, UnixMillis),
                properties: json(row, 4, "{}")?,
                distinct_ids: Vec::new(),
                event_count: 0,
                history: Vec::new(),
                warnings: Vec::new(),
            }),
        };
        detail.event_count += id.event_count;
        detail.distinct_ids.push(id);
    }
    if let Some(detail) = &mut detail {
        if let Resolved::Person(person) = resolved {
            detail.history = history::of_person(transaction, person)?;
        }
        detail.warnings = warnings::of_ids(transaction, &ids_of(transaction, uuid)?)?;
    }
    Ok(detail)
}
