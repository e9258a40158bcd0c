//! Persons in an environment's file.
//!
//! Knows: the tables `persons` and `distinct_ids`. Must never know: a rule. All statements run in
//! the transaction that the writer has open.

use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, Row, params};
use uuid::Uuid;

use super::known::{Known, KnownId};
use crate::instant::UnixMillis;
use crate::json::{Object, object_text};
use crate::persons::{Found, Person, PersonStore, person_uuid};

/// Adds a person, with whom they were merged into last.
pub(super) const INSERT_PERSON: &str =
    "INSERT INTO persons (uuid, created_at, properties, is_identified, name, version,
     merged_into)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";

/// Adds an id, of which no event is counted yet.
pub(super) const INSERT_ID: &str =
    "INSERT INTO distinct_ids (distinct_id, own_uuid, person, version, personless,
     first_seen, events)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0)";

/// A [`PersonStore`] on a connection, while one event is processed.
pub struct SqlitePersons<'a> {
    connection: &'a Connection,
    known: &'a mut Known,
    team_id: u32,
    seen_at: UnixMillis,
}

impl<'a> SqlitePersons<'a> {
    /// `known` is what earlier calls on this connection have found out. `seen_at` is the moment at
    /// which ids that are new are first seen.
    pub fn new(
        connection: &'a Connection,
        known: &'a mut Known,
        team_id: u32,
        seen_at: UnixMillis,
    ) -> Self {
        Self {
            connection,
            known,
            team_id,
            seen_at,
        }
    }

    /// The row of an id, made if there is none.
    pub(super) fn id_row(&mut self, distinct_id: &str) -> rusqlite::Result<i64> {
        match self.id(distinct_id)? {
            Some(id) => Ok(id.row),
            None => self.insert_id(distinct_id, None, 0, false),
        }
    }

    fn id(&mut self, distinct_id: &str) -> rusqlite::Result<Option<KnownId>> {
        if let Some(id) = self.known.id(distinct_id) {
            return Ok(id);
        }
        let select = "SELECT id, person, personless FROM distinct_ids WHERE distinct_id = ?1";
        let found = self
            .connection
            .prepare_cached(select)?
            .query_row([distinct_id], |row| {
                Ok(KnownId {
                    row: row.get(0)?,
                    person: row.get(1)?,
                    personless: row.get(2)?,
                })
            })
            .optional()?;
        self.known.put_id(distinct_id, found);
        Ok(found)
    }

    fn insert_id(
        &mut self,
        distinct_id: &str,
        person: Option<i64>,
        version: u32,
        personless: bool,
    ) -> rusqlite::Result<i64> {
        let own_uuid = person_uuid(self.team_id, distinct_id);
        self.connection.prepare_cached(INSERT_ID)?.execute(params![
            distinct_id,
            own_uuid.as_bytes(),
            person,
            version,
            personless,
            self.seen_at.0
        ])?;
        let row = self.connection.last_insert_rowid();
        let id = KnownId {
            row,
            person,
            personless,
        };
        self.known.put_id(distinct_id, Some(id));
        Ok(row)
    }

    fn person(&mut self, key: i64) -> rusqlite::Result<Arc<Person>> {
        if let Some(person) = self.known.person(key) {
            return Ok(Arc::clone(person));
        }
        let select = "SELECT uuid, created_at, properties, is_identified, name, version FROM persons WHERE id = ?1";
        let person = self
            .connection
            .prepare_cached(select)?
            .query_row([key], person)?;
        let person = Arc::new(person);
        self.known.put_person(key, &person);
        Ok(person)
    }
}

impl PersonStore for SqlitePersons<'_> {
    type Key = i64;
    type Error = rusqlite::Error;

    fn find(&mut self, distinct_id: &str) -> rusqlite::Result<Option<Found<i64>>> {
        match self.id(distinct_id)?.and_then(|id| id.person) {
            Some(key) => Ok(Some(Found {
                key,
                person: self.person(key)?,
            })),
            None => Ok(None),
        }
    }

    fn was_personless(&mut self, distinct_id: &str) -> rusqlite::Result<bool> {
        Ok(self.id(distinct_id)?.is_some_and(|id| id.personless))
    }

    fn note_personless(&mut self, distinct_id: &str) -> rusqlite::Result<()> {
        match self.id(distinct_id)? {
            None => {
                self.insert_id(distinct_id, None, 0, true)?;
            }
            Some(id) if !id.personless => {
                let update = "UPDATE distinct_ids SET personless = 1 WHERE id = ?1";
                self.connection.prepare_cached(update)?.execute([id.row])?;
                let personless = KnownId {
                    personless: true,
                    ..id
                };
                self.known.put_id(distinct_id, Some(personless));
            }
            Some(_) => {}
        }
        Ok(())
    }

    fn create(&mut self, person: &Arc<Person>, ids: &[(&str, u32)]) -> rusqlite::Result<i64> {
        self.connection
            .prepare_cached(INSERT_PERSON)?
            .execute(params![
                person.uuid.as_bytes(),
                person.created_at.0,
                object_text(person.properties.iter()),
                person.is_identified,
                person.name.as_deref(),
                person.version,
                None::<i64>,
            ])?;
        let key = self.connection.last_insert_rowid();
        self.known.put_person(key, person);
        for (distinct_id, version) in ids {
            self.add_id(key, distinct_id, *version)?;
        }
        Ok(key)
    }

    fn add_id(&mut self, key: i64, distinct_id: &str, version: u32) -> rusqlite::Result<()> {
        let Some(id) = self.id(distinct_id)? else {
            self.insert_id(distinct_id, Some(key), version, false)?;
            return Ok(());
        };
        let update = "UPDATE distinct_ids SET person = ?2, version = ?3 WHERE id = ?1";
        self.connection
            .prepare_cached(update)?
            .execute(params![id.row, key, version])?;
        self.known.move_id(distinct_id, key);
        Ok(())
    }

    fn update(&mut self, key: i64, person: &Arc<Person>) -> rusqlite::Result<()> {
        let update = "UPDATE persons SET created_at = ?2, properties = ?3, is_identified = ?4, name = ?5, version = ?6
                      WHERE id = ?1";
        self.connection.prepare_cached(update)?.execute(params![
            key,
            person.created_at.0,
            object_text(person.properties.iter()),
            person.is_identified,
            person.name.as_deref(),
            person.version,
        ])?;
        self.known.put_person(key, person);
        Ok(())
    }

    fn absorb(&mut self, source: i64, target: i64) -> rusqlite::Result<()> {
        let move_ids =
            "UPDATE distinct_ids SET person = ?2, version = version + 1 WHERE person = ?1
                        RETURNING distinct_id";
        let mut move_ids = self.connection.prepare_cached(move_ids)?;
        let mut moved = move_ids.query([source, target])?;
        while let Some(row) = moved.next()? {
            self.known.move_id(row.get_ref(0)?.as_str()?, target);
        }
        drop(moved);
        // Persons merged into the source before point to the target at once: links stay one step
        // long, and there are fewer such persons than the source has ids.
        let move_links = "UPDATE persons SET merged_into = ?2 WHERE merged_into = ?1";
        self.connection
            .prepare_cached(move_links)?
            .execute([source, target])?;
        let empty =
            "UPDATE persons SET merged_into = ?2, properties = '{}', name = NULL WHERE id = ?1";
        self.connection
            .prepare_cached(empty)?
            .execute([source, target])?;
        self.known.forget_person(source);
        Ok(())
    }
}

fn person(row: &Row<'_>) -> rusqlite::Result<Person> {
    let properties: String = row.get(2)?;
    let properties = Object::parse(&properties).map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(2, rusqlite::types::Type::Text, error.into())
    })?;
    Ok(Person {
        uuid: Uuid::from_bytes(row.get(0)?),
        created_at: UnixMillis(row.get(1)?),
        properties: Arc::new(
            properties
                .iter()
                .map(|(key, value)| (Arc::clone(key), value.clone()))
                .collect(),
        ),
        is_identified: row.get(3)?,
        name: row.get::<_, Option<Arc<str>>>(4)?,
        version: row.get(5)?,
    })
}
