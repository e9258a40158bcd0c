//! Columns as the writer writes them.
//!
//! Knows: JSON text kept in a column. Must never know: which table it stands in.

use serde::Serialize;

/// A value as the JSON of a column.
pub(super) fn json_text(value: &impl Serialize) -> rusqlite::Result<String> {
    serde_json::to_string(value)
        .map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))
}
