//! What was seen in the properties of events.
//!
//! Knows: how the newest events of a name become a list of properties. Must never know: what any
//! property means.

use std::cmp::Reverse;

use indexmap::IndexMap;
use rusqlite::{Transaction, params};
use serde::Serialize;
use serde_json::value::RawValue;

use super::scope::name_rows;
use crate::json::{JsonText, Object};

/// Rows that are read for all names together, about.
const ROWS: usize = 50_000;

/// Bytes of properties that are read for all names together, about.
const BYTES: usize = 64 * 1024 * 1024;

/// The longest example, in characters.
const EXAMPLE_CHARS: usize = 200;

/// What was seen of one event.
#[derive(Debug, Serialize)]
pub struct EventSchema {
    /// Its name.
    pub event: String,
    /// Events of that name.
    pub count: i64,
    /// How many of them were looked at, the newest.
    pub sampled: usize,
    /// Their properties, those in most events first.
    pub properties: Vec<PropertySchema>,
}

/// What was seen of one property.
#[derive(Debug, Serialize)]
pub struct PropertySchema {
    /// Its name.
    pub name: String,
    /// How often it was of which type, in the order of their being seen.
    pub types: IndexMap<&'static str, usize>,
    /// How many of the sampled events have it.
    pub count: usize,
    /// The newest value; the beginning of a long one, as a string.
    pub example: Box<RawValue>,
}

const OF_NAME: &str = "SELECT properties FROM events INDEXED BY events_name
                       WHERE name = ?1 ORDER BY seq DESC LIMIT ?2";

/// What was seen in the newest `sample` events of each of these names, of all if there is none. Of
/// very many names, fewer events are read of each.
pub(super) fn schemas(
    transaction: &Transaction<'_>,
    names: &[String],
    sample: usize,
) -> rusqlite::Result<Vec<EventSchema>> {
    let rows = name_rows(transaction, names)?.map(|rows| format!("{rows:?}"));
    let select = "SELECT id, name, events FROM event_names
                  WHERE events > 0 AND (?1 IS NULL OR id IN (SELECT value FROM json_each(?1)))
                  ORDER BY events DESC, name";
    let mut select = transaction.prepare_cached(select)?;
    let found = select.query_map([rows], |row| {
        Ok((row.get(0)?, row.get::<_, String>(1)?, row.get(2)?))
    })?;
    let found = found.collect::<rusqlite::Result<Vec<(i64, String, i64)>>>()?;
    let sample = sample.min(ROWS.div_ceil(found.len().max(1)));
    let bytes = BYTES.div_ceil(found.len().max(1));
    let mut schemas = Vec::with_capacity(found.len());
    for (row, event, count) in found {
        let (sampled, properties) = properties(transaction, row, sample, bytes)?;
        schemas.push(EventSchema {
            event,
            count,
            sampled,
            properties,
        });
    }
    Ok(schemas)
}

fn properties(
    transaction: &Transaction<'_>,
    name: i64,
    sample: usize,
    mut bytes: usize,
) -> rusqlite::Result<(usize, Vec<PropertySchema>)> {
    let mut select = transaction.prepare_cached(OF_NAME)?;
    let mut rows = select.query(params![name, sample as i64])?;
    let mut sampled = 0;
    let mut seen: IndexMap<String, PropertySchema> = IndexMap::new();
    while bytes > 0
        && let Some(row) = rows.next()?
    {
        let text = row.get_ref(0)?.as_str()?;
        bytes = bytes.saturating_sub(text.len());
        sampled += 1;
        let failed = |error: serde_json::Error| {
            let kind = rusqlite::types::Type::Text;
            rusqlite::Error::FromSqlConversionFailure(0, kind, error.into())
        };
        for (key, value) in Object::parse(text).map_err(failed)?.iter() {
            let property = match seen.get_mut(&**key) {
                Some(property) => property,
                None => {
                    let name = key.to_string();
                    seen.entry(name.clone()).or_insert(PropertySchema {
                        name,
                        types: IndexMap::new(),
                        count: 0,
                        example: example(value).map_err(failed)?,
                    })
                }
            };
            *property.types.entry(type_of(value)).or_default() += 1;
            property.count += 1;
        }
    }
    let mut properties: Vec<PropertySchema> = seen.into_values().collect();
    properties.sort_by(|a, b| (Reverse(a.count), &a.name).cmp(&(Reverse(b.count), &b.name)));
    Ok((sampled, properties))
}

fn type_of(value: &JsonText) -> &'static str {
    match value.as_str().as_bytes().first() {
        Some(b'"') => "string",
        Some(b'{') => "object",
        Some(b'[') => "array",
        Some(b't' | b'f') => "boolean",
        Some(b'n') => "null",
        _ => "number",
    }
}

fn example(value: &JsonText) -> serde_json::Result<Box<RawValue>> {
    let is_long = |text: &str| text.chars().nth(EXAMPLE_CHARS).is_some();
    if !is_long(value.as_str()) {
        return RawValue::from_string(value.as_str().to_owned());
    }
    let text = value.as_string();
    let text = text.as_deref().unwrap_or(value.as_str());
    let beginning: String = text.chars().take(EXAMPLE_CHARS).collect();
    RawValue::from_string(JsonText::string(&beginning).as_str().to_owned())
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::Ordering;

    use super::super::fixture::{filled, plan, steps};
    use super::*;

    #[test]
    fn a_sample_is_the_newest_by_index() {
        const EVENTS: i64 = 30_000;
        let directory = tempfile::tempdir().unwrap();
        let mut connection = filled(&directory.path().join("dev.db"), EVENTS);
        let plan = plan(&connection, OF_NAME);
        assert!(plan.contains("events_name (name=?)"), "{plan}");
        assert!(!plan.contains("ORDER BY"), "{plan}");
        let steps = steps(&mut connection);
        let transaction = connection.transaction().unwrap();
        let schemas = schemas(&transaction, &[], 100).unwrap();
        let sampled: Vec<_> = schemas
            .iter()
            .map(|schema| (schema.count, schema.sampled))
            .collect();
        assert_eq!(sampled, [(EVENTS - 1, 100), (1, 1)]);
        let steps = steps.load(Ordering::Relaxed);
        assert!(steps < EVENTS / 10, "{steps} steps");
    }

    #[test]
    fn an_example_is_cut_and_stays_json() {
        let long = "é".repeat(300);
        for (json, expected) in [
            ("1.0".to_owned(), "1.0".to_owned()),
            (r#""a""#.to_owned(), r#""a""#.to_owned()),
            (format!("\"{long}\""), format!("\"{}\"", "é".repeat(200))),
            (
                format!("[\"{long}\"]"),
                format!("\"[\\\"{}\"", "é".repeat(198)),
            ),
        ] {
            let value: Box<RawValue> = serde_json::from_str(&json).unwrap();
            let example = example(&JsonText::from_raw(&value)).unwrap();
            assert_eq!(example.get(), expected);
        }
    }
}
