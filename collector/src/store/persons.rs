//! Persons in an environment's file.
//!
//! Knows: the tables `persons` and `distinct_ids`. Must never know: a rule. All statements run in
//! the transaction that the writer has open.

use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, Row, params};
use uuid::Uuid;

use crate::instant::UnixMillis;
use crate::json::{Object, object_text};
use crate::persons::{Found, Person, PersonStore, person_uuid};

/// A [`PersonStore`] on a connection, while one event is processed.
pub struct SqlitePersons<'a> {
    connection: &'a Connection,
    team_id: u32,
    seen_at: UnixMillis,
}

impl<'a> SqlitePersons<'a> {
    /// `seen_at` is the moment at which ids that are new are first seen.
    pub fn new(connection: &'a Connection, team_id: u32, seen_at: UnixMillis) -> Self {
        Self {
            connection,
            team_id,
            seen_at,
        }
    }

    /// The row of an id, made if there is none.
    pub(super) fn id_row(&self, distinct_id: &str) -> rusqlite::Result<i64> {
        let select = "SELECT id FROM distinct_ids WHERE distinct_id = ?1";
        let found = self
            .connection
            .prepare_cached(select)?
            .query_row([distinct_id], |row| row.get(0))
            .optional()?;
        if let Some(id) = found {
            return Ok(id);
        }
        let insert = "INSERT INTO distinct_ids (distinct_id, own_uuid, person, version, personless, first_seen, events)
                      VALUES (?1, ?2, NULL, 0, 0, ?3, 0)";
        let own_uuid = person_uuid(self.team_id, distinct_id);
        self.connection.prepare_cached(insert)?.execute(params![
            distinct_id,
            own_uuid.as_bytes(),
            self.seen_at.0
        ])?;
        Ok(self.connection.last_insert_rowid())
    }
}

impl PersonStore for SqlitePersons<'_> {
    type Key = i64;
    type Error = rusqlite::Error;

    fn find(&mut self, distinct_id: &str) -> rusqlite::Result<Option<Found<i64>>> {
        let select = "SELECT p.id, p.uuid, p.created_at, p.properties, p.is_identified, p.name, p.version
                      FROM distinct_ids d JOIN persons p ON p.id = d.person WHERE d.distinct_id = ?1";
        self.connection
            .prepare_cached(select)?
            .query_row([distinct_id], found)
            .optional()
    }

    fn was_personless(&mut self, distinct_id: &str) -> rusqlite::Result<bool> {
        let select = "SELECT personless FROM distinct_ids WHERE distinct_id = ?1";
        let found = self
            .connection
            .prepare_cached(select)?
            .query_row([distinct_id], |row| row.get(0))
            .optional()?;
        Ok(found.unwrap_or(false))
    }

    fn note_personless(&mut self, distinct_id: &str) -> rusqlite::Result<()> {
        let id = self.id_row(distinct_id)?;
        let update = "UPDATE distinct_ids SET personless = 1 WHERE id = ?1 AND personless = 0";
        self.connection.prepare_cached(update)?.execute([id])?;
        Ok(())
    }

    fn create(&mut self, person: &Arc<Person>, ids: &[(&str, u32)]) -> rusqlite::Result<i64> {
        let insert = "INSERT INTO persons (uuid, created_at, properties, is_identified, name, version, merged_into)
                      VALUES (?1, ?2, ?3, ?4, ?5, ?6, NULL)";
        self.connection.prepare_cached(insert)?.execute(params![
            person.uuid.as_bytes(),
            person.created_at.0,
            object_text(person.properties.iter()),
            person.is_identified,
            person.name.as_deref(),
            person.version,
        ])?;
        let key = self.connection.last_insert_rowid();
        for (distinct_id, version) in ids {
            self.add_id(key, distinct_id, *version)?;
        }
        Ok(key)
    }

    fn add_id(&mut self, key: i64, distinct_id: &str, version: u32) -> rusqlite::Result<()> {
        let id = self.id_row(distinct_id)?;
        let update = "UPDATE distinct_ids SET person = ?2, version = ?3 WHERE id = ?1";
        self.connection
            .prepare_cached(update)?
            .execute(params![id, key, version])?;
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
        Ok(())
    }

    fn absorb(&mut self, source: i64, target: i64) -> rusqlite::Result<()> {
        let move_ids =
            "UPDATE distinct_ids SET person = ?2, version = version + 1 WHERE person = ?1";
        self.connection
            .prepare_cached(move_ids)?
            .execute([source, target])?;
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
        Ok(())
    }
}

fn found(row: &Row<'_>) -> rusqlite::Result<Found<i64>> {
    let properties: String = row.get(3)?;
    let properties = Object::parse(&properties).map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(3, rusqlite::types::Type::Text, error.into())
    })?;
    let person = Person {
        uuid: Uuid::from_bytes(row.get(1)?),
        created_at: UnixMillis(row.get(2)?),
        properties: Arc::new(
            properties
                .iter()
                .map(|(key, value)| (Arc::clone(key), value.clone()))
                .collect(),
        ),
        is_identified: row.get(4)?,
        name: row.get::<_, Option<Arc<str>>>(5)?,
        version: row.get(6)?,
    };
    Ok(Found {
        key: row.get(0)?,
        person: Arc::new(person),
    })
}
