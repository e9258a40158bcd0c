//! The refusals of an environment.
//!
//! Knows: how many of them are kept, and how much of their bodies. Must never know: why something is
//! refused.
//!
//! An environment keeps its newest 10,000 refusals. Their bodies take at most 256 MiB: beyond that
//! the oldest bodies go, while their rows stay. One request keeps at most 2 MiB: the beginning of a
//! larger body, and where many events of one request are let go, the first of them have the body.

use rusqlite::{Connection, OptionalExtension};

use super::refusal::{RefusalRow, insert};

/// How many refusals are kept.
const KEPT: i64 = 10_000;

/// How much of all bodies is kept, in bytes.
const KEPT_BODIES: i64 = 256 * 1024 * 1024;

/// How much of the bodies of one request is kept, in bytes.
const KEPT_OF_REQUEST: usize = 2 * 1024 * 1024;

/// What is kept: the limits, which only a test changes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Kept {
    rows: i64,
    bodies: i64,
    of_request: usize,
}

impl Default for Kept {
    fn default() -> Self {
        Self {
            rows: KEPT,
            bodies: KEPT_BODIES,
            of_request: KEPT_OF_REQUEST,
        }
    }
}

impl Kept {
    /// How much of a body [`Kept::add`] looks at.
    pub fn body(self, body: &[u8]) -> &[u8] {
        &body[..body.len().min(self.of_request)]
    }

    /// Adds the refusals of one request, whose `id` is not looked at.
    pub fn add(
        self,
        connection: &Connection,
        rows: &[RefusalRow],
        body: &[u8],
    ) -> rusqlite::Result<()> {
        let mut room = self.of_request;
        let body = self.body(body);
        for row in rows {
            let kept = if body.len() <= room { body } else { &[] };
            room -= kept.len();
            insert(connection, row, kept)?;
        }
        Ok(())
    }

    /// Lets go of what is above the limits: once for each transaction that adds some.
    pub fn trim(self, connection: &Connection) -> rusqlite::Result<()> {
        let delete = "DELETE FROM refusals WHERE id <= (SELECT max(id) FROM refusals) - ?1";
        connection.prepare_cached(delete)?.execute([self.rows])?;
        let select = "SELECT coalesce(sum(length(body)), 0) FROM refusals";
        let mut bytes: i64 = connection
            .prepare_cached(select)?
            .query_row((), |row| row.get(0))?;
        while bytes > self.bodies {
            let oldest =
                "SELECT id, length(body) FROM refusals WHERE length(body) > 0 ORDER BY id LIMIT 1";
            let oldest: Option<(i64, i64)> = connection
                .prepare_cached(oldest)?
                .query_row((), |row| Ok((row.get(0)?, row.get(1)?)))
                .optional()?;
            let Some((id, size)) = oldest else { break };
            connection
                .prepare_cached("UPDATE refusals SET body = x'' WHERE id = ?1")?
                .execute([id])?;
            bytes -= size;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::schema::open_environment;
    use super::*;

    fn lengths(connection: &Connection) -> Vec<(i64, i64)> {
        let mut select = connection
            .prepare("SELECT id, length(body) FROM refusals ORDER BY id")
            .unwrap();
        let rows = select.query_map((), |row| Ok((row.get(0)?, row.get(1)?)));
        rows.unwrap().collect::<rusqlite::Result<_>>().unwrap()
    }

    #[test]
    fn old_rows_go_and_old_bodies_before_them() {
        let directory = tempfile::tempdir().unwrap();
        let (connection, _) = open_environment(&directory.path().join("dev.db"), "dev").unwrap();
        let kept = Kept {
            rows: 4,
            bodies: 25,
            of_request: 20,
        };
        let row = [RefusalRow::default()];
        for body in [
            "0123456789",
            "",
            "0123456789",
            "01234",
            "012345678901234567890123",
        ] {
            kept.add(&connection, &row, body.as_bytes()).unwrap();
            kept.trim(&connection).unwrap();
        }
        assert_eq!(lengths(&connection), [(2, 0), (3, 0), (4, 5), (5, 20)]);
    }

    #[test]
    fn the_first_of_a_requests_refusals_have_its_body() {
        let directory = tempfile::tempdir().unwrap();
        let (connection, _) = open_environment(&directory.path().join("dev.db"), "dev").unwrap();
        let kept = Kept {
            of_request: 20,
            ..Kept::default()
        };
        let rows = vec![RefusalRow::default(); 3];
        kept.add(&connection, &rows, b"0123456789").unwrap();
        assert_eq!(lengths(&connection), [(1, 10), (2, 10), (3, 0)]);
    }
}
