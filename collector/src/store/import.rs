//! Filling an environment from lines of JSON.
//!
//! Knows: INSERT, in the order in which an export writes its lines, and that all of it is one
//! transaction. What is counted is counted anew. Must never know: where the lines came from, or a
//! person rule; rows come as they were.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rusqlite::{Connection, TransactionBehavior, params};
use serde::Serialize;
use serde_json::value::RawValue;
use uuid::Uuid;

use super::error::StoreError;
use super::events::{self, name_row};
use super::history;
use super::known::Known;
use super::line::{About, DistinctId, End, Event, FORMAT, History, Line, Person, Refusal};
use super::persons::{INSERT_ID, INSERT_PERSON};
use super::refusal::{RefusalRow, insert};
use super::reset::raise_generation;
use super::tally::Tally;

/// The ways an event relates to its person.
const MODES: [&str; 3] = ["full", "propertyless", "force_upgrade"];

/// The steps of a history.
const KINDS: [&str; 5] = ["created", "id_added", "identified", "merged", "not_merged"];

/// What an import has brought.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Imported {
    /// Events.
    pub events: u64,
    /// Persons; those who were merged into another do not count.
    pub persons: u64,
}

/// Fills an environment from a file.
///
/// # Errors
/// [`StoreError::NotEmpty`], [`StoreError::Line`], [`StoreError::Unreadable`], or SQLite's; then
/// nothing was imported.
pub(super) fn import(connection: &mut Connection, path: &Path) -> Result<Imported, StoreError> {
    let unreadable = |cause| StoreError::Unreadable { cause };
    let mut lines = BufReader::new(File::open(path).map_err(unreadable)?);
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    if !is_empty(&transaction)? {
        return Err(StoreError::NotEmpty);
    }
    let mut import = Import::new(&transaction);
    let mut line = Vec::new();
    let mut number = 0;
    while lines.read_until(b'\n', &mut line).map_err(unreadable)? > 0 {
        number += 1;
        import.line(number, &line).map_err(|flaw| match flaw {
            Flaw::Said(cause) => StoreError::Line { number, cause },
            Flaw::Sqlite(error) if is_constraint(&error) => StoreError::Line {
                number,
                cause: format!("it contradicts a line before it: {error}"),
            },
            Flaw::Sqlite(error) => error.into(),
        })?;
        line.clear();
    }
    if !import.is_whole {
        let cause = "\"end\" is missing; what came was cut off before it".to_owned();
        let number = number + 1;
        return Err(StoreError::Line { number, cause });
    }
    let imported = import.finish()?;
    raise_generation(&transaction)?;
    transaction.commit()?;
    Ok(imported)
}

fn is_empty(connection: &Connection) -> rusqlite::Result<bool> {
    let select = "SELECT NOT (EXISTS (SELECT 1 FROM events) OR EXISTS (SELECT 1 FROM distinct_ids)
                              OR EXISTS (SELECT 1 FROM persons) OR EXISTS (SELECT 1 FROM refusals))";
    connection.query_row(select, (), |row| row.get(0))
}

fn is_constraint(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(rusqlite::ErrorCode::ConstraintViolation)
}

/// Why a line cannot be taken.
enum Flaw {
    Said(String),
    Sqlite(rusqlite::Error),
}

impl From<rusqlite::Error> for Flaw {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

/// An import under way: where the rows of what has come are.
struct Import<'a> {
    connection: &'a Connection,
    imported: Imported,
    persons: HashMap<Uuid, i64>,
    ids: HashMap<String, i64>,
    names: Known,
    tally: Tally,
    /// Whether the last line has come.
    is_whole: bool,
}

impl<'a> Import<'a> {
    fn new(connection: &'a Connection) -> Self {
        Self {
            connection,
            imported: Imported::default(),
            persons: HashMap::new(),
            ids: HashMap::new(),
            names: Known::default(),
            tally: Tally::default(),
            is_whole: false,
        }
    }

    fn line(&mut self, number: usize, line: &[u8]) -> Result<(), Flaw> {
        let line = serde_json::from_slice(line).map_err(|error| {
            // Each line is read by itself: the parser's own count of lines is always 1.
            let text = error.to_string();
            let said = text.split(" at line ").next();
            Flaw::Said(said.unwrap_or_default().to_owned())
        })?;
        match line {
            Line::About(about) if number == 1 => self.about(&about),
            Line::About(_) => Err(said("\"about\" is the first line alone")),
            _ if self.is_whole => Err(said("\"end\" is the last line, and came before it")),
            _ if number == 1 => Err(said("\"about\" is missing; it is the first line")),
            Line::Person(person) => self.person(&person),
            Line::DistinctId(id) => self.distinct_id(id),
            Line::Event(event) => self.event(&event),
            Line::History(step) => self.history(&step),
            Line::Refusal(refusal) => self.refusal(refusal),
            Line::End(end) => self.end(number, &end),
        }
    }

    fn finish(self) -> Result<Imported, StoreError> {
        self.tally.write(self.connection)?;
        Ok(self.imported)
    }

    fn about(&self, about: &About) -> Result<(), Flaw> {
        if about.format != FORMAT {
            let format = about.format;
            return Err(Flaw::Said(format!(
                "\"format\" is {format}, and this collector knows {FORMAT}"
            )));
        }
        let update = "UPDATE about SET value = ?1 WHERE name = 'team_id'";
        self.connection
            .execute(update, [about.team_id.to_string()])?;
        Ok(())
    }

    fn person(&mut self, person: &Person) -> Result<(), Flaw> {
        let merged_into = self.person_row("merged_into", person.merged_into)?;
        self.connection
            .prepare_cached(INSERT_PERSON)?
            .execute(params![
                person.uuid.as_bytes(),
                person.created_at.0,
                begins("properties", '{', &person.properties)?,
                person.is_identified,
                person.name,
                person.version,
                merged_into,
            ])?;
        let row = self.connection.last_insert_rowid();
        self.persons.insert(person.uuid, row);
        self.imported.persons += u64::from(merged_into.is_none());
        Ok(())
    }

    fn distinct_id(&mut self, id: DistinctId) -> Result<(), Flaw> {
        let person = self.person_row("person", id.person)?;
        self.connection.prepare_cached(INSERT_ID)?.execute(params![
            id.distinct_id,
            id.own_uuid.as_bytes(),
            person,
            id.version,
            id.is_personless,
            id.first_seen.0,
        ])?;
        let row = self.connection.last_insert_rowid();
        self.ids.insert(id.distinct_id, row);
        Ok(())
    }

    fn event(&mut self, event: &Event) -> Result<(), Flaw> {
        let id = *self.ids.get(&event.distinct_id).ok_or_else(|| {
            said("\"distinct_id\" is none of a line before it, and its line comes first")
        })?;
        let name = self.name_row(&event.event)?;
        let warnings = event.warnings.as_deref();
        let warnings = warnings.map(|text| begins("warnings", '[', text));
        self.connection
            .prepare_cached(events::INSERT)?
            .execute(params![
                event.uuid.as_bytes(),
                name,
                crate::event::Event::is_internal(&event.event),
                id,
                event.timestamp.0,
                event.received_at.0,
                event.sent_at.map(|sent_at| sent_at.0),
                begins("properties", '{', &event.properties)?,
                event.person_at_ingest.as_bytes(),
                one_of("person_mode", &MODES, &event.person_mode)?,
                begins("person_properties", '{', &event.person_properties)?,
                warnings.transpose()?,
            ])?;
        self.tally.count(id, name, event.timestamp, 1);
        self.imported.events += 1;
        Ok(())
    }

    fn history(&mut self, step: &History) -> Result<(), Flaw> {
        let person = self.person_row("person", Some(step.person))?;
        let other = self.person_row("other_person", step.other_person)?;
        let name = self.name_row(&step.event)?;
        let warning = step.warning.as_deref();
        let warning = warning.map(|text| begins("warning", '{', text));
        self.connection
            .prepare_cached(history::INSERT)?
            .execute(params![
                step.at.0,
                step.uuid.as_bytes(),
                name,
                one_of("kind", &KINDS, &step.kind)?,
                person,
                step.distinct_id,
                other,
                step.other_name,
                warning.transpose()?,
            ])?;
        Ok(())
    }

    fn refusal(&mut self, refusal: Refusal) -> Result<(), Flaw> {
        let body = STANDARD
            .decode(&refusal.body)
            .map_err(|error| Flaw::Said(format!("\"body\" is no base64: {error}")))?;
        let row = RefusalRow {
            id: 0,
            received_at: refusal.received_at,
            status: refusal.status,
            reason: refusal.reason,
            field: refusal.field,
            event_index: refusal.event_index,
            event: refusal.event,
            distinct_id: refusal.distinct_id,
            api_key: refusal.api_key,
            method: refusal.method,
            path: refusal.path,
            user_agent: refusal.user_agent,
            origin: refusal.origin,
            body_size: refusal.body_size,
        };
        insert(self.connection, &row, &body)?;
        Ok(())
    }

    fn end(&mut self, number: usize, end: &End) -> Result<(), Flaw> {
        if end.lines != number - 1 {
            let (said, came) = (end.lines, number - 1);
            return Err(Flaw::Said(format!(
                "\"lines\" says that {said} come before it, and {came} did"
            )));
        }
        self.is_whole = true;
        Ok(())
    }

    fn person_row(&self, field: &str, uuid: Option<Uuid>) -> Result<Option<i64>, Flaw> {
        let Some(uuid) = uuid else { return Ok(None) };
        let row = self.persons.get(&uuid).copied();
        row.map(Some).ok_or_else(|| {
            Flaw::Said(format!(
                "\"{field}\" is no person of a line before it: {uuid}; their line comes first"
            ))
        })
    }

    fn name_row(&mut self, name: &str) -> Result<i64, Flaw> {
        Ok(name_row(self.connection, &mut self.names, &name.into())?)
    }
}

fn said(cause: &str) -> Flaw {
    Flaw::Said(cause.to_owned())
}

/// The text of a value of the type that begins so.
fn begins<'v>(field: &str, first: char, value: &'v RawValue) -> Result<&'v str, Flaw> {
    let text = value.get();
    let what = if first == '{' { "object" } else { "array" };
    text.starts_with(first)
        .then_some(text)
        .ok_or_else(|| Flaw::Said(format!("\"{field}\" is no {what}")))
}

fn one_of<'v>(field: &str, known: &[&str], value: &'v str) -> Result<&'v str, Flaw> {
    known
        .contains(&value)
        .then_some(value)
        .ok_or_else(|| Flaw::Said(format!("\"{field}\" is none of {}", known.join(", "))))
}
