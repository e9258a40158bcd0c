//! What is left to look at in an event's row, where no index tells.
//!
//! Knows: how a row is read for it. Must never know: which rows are worth it.

use rusqlite::{Row, Transaction};

use super::text::TextPattern;

/// What an event's row must be; nothing is whatever there is.
#[derive(Clone, Debug, Default)]
pub(super) struct Condition {
    /// Its `timestamp`: from, to before.
    pub time: Option<(i64, i64)>,
    /// One of these names' rows, in order.
    pub names: Option<Vec<i64>>,
    /// One of these ids' rows, in order.
    pub ids: Option<Vec<i64>>,
    /// Whether SDKs send it of their own accord.
    pub internal: Option<bool>,
    /// Whether it has warnings.
    pub has_warnings: Option<bool>,
    /// What its name, its id or its properties have in them.
    pub text: Option<TextPattern>,
}

/// An event that was looked at.
pub(super) struct Looked {
    /// Its sequence number.
    pub seq: i64,
    /// Whether it is as it must be.
    pub passes: bool,
    /// Bytes of text that were read for it.
    pub bytes: usize,
}

impl Condition {
    /// Whether any event is right.
    pub fn is_none(&self) -> bool {
        self.time.is_none()
            && self.names.is_none()
            && self.ids.is_none()
            && self.internal.is_none()
            && self.has_warnings.is_none()
            && self.text.is_none()
    }

    /// Looks at events in the order given, until `see` has seen enough.
    pub fn look(
        &self,
        transaction: &Transaction<'_>,
        seqs: &[i64],
        mut see: impl FnMut(Looked) -> bool,
    ) -> rusqlite::Result<()> {
        let mut statement = transaction.prepare_cached(self.select())?;
        let mut rows = statement.query([format!("{seqs:?}")])?;
        while let Some(row) = rows.next()? {
            let (found, bytes) = if self.holds(row)? {
                self.finds_text(row)?
            } else {
                (false, 0)
            };
            let looked = Looked {
                seq: row.get(0)?,
                passes: found,
                bytes,
            };
            if !see(looked) {
                break;
            }
        }
        Ok(())
    }

    /// `CROSS JOIN` keeps the order of the list.
    fn select(&self) -> &'static str {
        if self.text.is_none() {
            "SELECT e.seq, e.timestamp, e.name, e.distinct_id, e.internal, e.warnings IS NOT NULL
             FROM json_each(?1) s CROSS JOIN events e ON e.seq = s.value"
        } else {
            "SELECT e.seq, e.timestamp, e.name, e.distinct_id, e.internal, e.warnings IS NOT NULL,
                    n.name, d.distinct_id, e.properties
             FROM json_each(?1) s CROSS JOIN events e ON e.seq = s.value
             CROSS JOIN event_names n ON n.id = e.name CROSS JOIN distinct_ids d ON d.id = e.distinct_id"
        }
    }

    fn holds(&self, row: &Row<'_>) -> rusqlite::Result<bool> {
        if let Some((from, to)) = self.time
            && !(from..to).contains(&row.get(1)?)
        {
            return Ok(false);
        }
        for (rows, column) in [(&self.names, 2), (&self.ids, 3)] {
            if let Some(rows) = rows
                && rows.binary_search(&row.get(column)?).is_err()
            {
                return Ok(false);
            }
        }
        for (flag, column) in [(self.internal, 4), (self.has_warnings, 5)] {
            if let Some(flag) = flag
                && flag != row.get::<_, bool>(column)?
            {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Whether the text is there, and the bytes that were read to know.
    fn finds_text(&self, row: &Row<'_>) -> rusqlite::Result<(bool, usize)> {
        let Some(pattern) = &self.text else {
            return Ok((true, 0));
        };
        let mut bytes = 0;
        for column in 6..9 {
            let text = row.get_ref(column)?.as_str()?;
            bytes += text.len();
            if pattern.is_in(text) {
                return Ok((true, bytes));
            }
        }
        Ok((false, bytes))
    }
}
