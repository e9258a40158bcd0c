//! Columns as the API writes them.
//!
//! Knows: JSON text kept in a column. Must never know: which table it stands in.

use rusqlite::Row;
use serde_json::value::RawValue;

/// A column that holds JSON text, or what NULL stands for.
pub(super) fn json(row: &Row<'_>, column: usize, null: &str) -> rusqlite::Result<Box<RawValue>> {
    let text = row
        .get::<_, Option<String>>(column)?
        .unwrap_or_else(|| null.to_owned());
    RawValue::from_string(text).map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, error.into())
    })
}
