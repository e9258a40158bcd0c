//! Refusals, the newest first.
//!
//! Knows: the table `refusals`, which an environment's file has and the log of those without one.
//! Must never know: how many are kept.

use rusqlite::{OptionalExtension, Transaction, named_params};
use serde::Serialize;

use crate::store::RefusalRow;

/// Which refusals to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusalFilter {
    /// Only those answered with this status.
    pub status: Option<u16>,
    /// The most to give.
    pub limit: usize,
    /// Only those with a lower id: `next` of the page before.
    pub cursor: Option<i64>,
    /// Only those with a higher id: those since a look before.
    pub above: i64,
}

impl Default for RefusalFilter {
    fn default() -> Self {
        Self {
            status: None,
            limit: 100,
            cursor: None,
            above: 0,
        }
    }
}

/// A page of refusals.
#[derive(Debug, Serialize)]
pub struct RefusalsPage {
    /// Newest first.
    pub refusals: Vec<RefusalRow>,
    /// The cursor of the next page, if there is one.
    pub next: Option<i64>,
}

/// A refusal, and what was kept of the request's body.
#[derive(Debug)]
pub struct RefusalDetail {
    /// What a list shows of it.
    pub row: RefusalRow,
    /// The beginning of the body as it was sent; nothing of one that is gone.
    pub body: Vec<u8>,
}

pub(super) fn page(
    transaction: &Transaction<'_>,
    filter: &RefusalFilter,
) -> rusqlite::Result<RefusalsPage> {
    let select = format!(
        "SELECT {} FROM refusals
         WHERE id > :above AND id < :below AND (:status IS NULL OR status = :status)
         ORDER BY id DESC LIMIT :limit",
        RefusalRow::COLUMNS
    );
    let mut statement = transaction.prepare_cached(&select)?;
    let parameters = named_params! {
        ":above": filter.above,
        ":below": filter.cursor.unwrap_or(i64::MAX),
        ":status": filter.status,
        ":limit": filter.limit as i64 + 1,
    };
    let rows = statement.query_map(parameters, RefusalRow::from_row)?;
    let mut refusals = rows.collect::<rusqlite::Result<Vec<_>>>()?;
    let more = refusals.len() > filter.limit;
    refusals.truncate(filter.limit);
    let next = refusals.last().map(|row| row.id).filter(|_| more);
    Ok(RefusalsPage { refusals, next })
}

pub(super) fn one(
    transaction: &Transaction<'_>,
    id: i64,
) -> rusqlite::Result<Option<RefusalDetail>> {
    let select = format!(
        "SELECT {}, body FROM refusals WHERE id = ?1",
        RefusalRow::COLUMNS
    );
    let mut statement = transaction.prepare_cached(&select)?;
    let detail = statement.query_row([id], |row| {
        Ok(RefusalDetail {
            row: RefusalRow::from_row(row)?,
            body: row.get("body")?,
        })
    });
    detail.optional()
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::*;
    use crate::store::open_environment;

    /// So many refusals, every tenth with status 401, all others with 400.
    fn filled(path: &std::path::Path, refusals: i64) -> Connection {
        let (connection, _) = open_environment(path, "dev").unwrap();
        let fill = format!(
            "WITH RECURSIVE n (n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM n WHERE n < {refusals})
             INSERT INTO refusals (id, received_at, status, reason, method, path, body, body_size)
             SELECT n, n, 400 + (n % 10 = 0), 'no', 'POST', '/e/', x'', 0 FROM n;"
        );
        connection.execute_batch(&fill).unwrap();
        connection
    }

    #[test]
    fn pages_follow_each_other() {
        let directory = tempfile::tempdir().unwrap();
        let mut connection = filled(&directory.path().join("dev.db"), 100);
        let transaction = connection.transaction().unwrap();
        for (status, above, limit, ids) in [
            (None, 0, 60, vec![vec![100, 41], vec![40, 1]]),
            (None, 70, 100, vec![vec![100, 71]]),
            (Some(401), 0, 5, vec![vec![100, 60], vec![50, 10]]),
            (Some(500), 0, 5, vec![vec![]]),
        ] {
            let mut filter = RefusalFilter {
                status,
                limit,
                above,
                ..RefusalFilter::default()
            };
            for ends in ids {
                let page = page(&transaction, &filter).unwrap();
                let found: Vec<i64> = page.refusals.iter().map(|row| row.id).collect();
                let found: Vec<i64> = found
                    .first()
                    .into_iter()
                    .chain(found.last())
                    .copied()
                    .collect();
                assert_eq!(found, ends, "{filter:?}");
                filter.cursor = page.next;
            }
            assert_eq!(filter.cursor, None, "{filter:?}");
        }
    }
}
