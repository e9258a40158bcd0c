-- Second version: refusals of the environment, what made and joined its persons, counts by minute,
-- and the events that have warnings.

-- Requests that named this environment and were refused, and events that the person rules let go
-- (status 200). body is the request's, cut at a limit; body_size what there was of it.
-- body is last, so that no other column lies behind the pages of a large one.
CREATE TABLE refusals (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    received_at INTEGER NOT NULL,
    status      INTEGER NOT NULL,
    reason      TEXT NOT NULL,
    field       TEXT,
    event_index INTEGER,
    event       TEXT,
    distinct_id TEXT,
    api_key     TEXT,
    method      TEXT NOT NULL,
    path        TEXT NOT NULL,
    user_agent  TEXT,
    origin      TEXT,
    body_size   INTEGER NOT NULL,
    body        BLOB NOT NULL
) STRICT;
CREATE INDEX refusals_distinct_id ON refusals (distinct_id) WHERE distinct_id IS NOT NULL;

-- What an event has done to a person besides their properties. kind is created, id_added, merged,
-- identified or not_merged. distinct_id is the id that came (created, id_added), the other id of
-- the merge (merged, not_merged), or the id they are identified as. other_person is whom they were
-- merged with or not, other_name what that person was called by then. warning is JSON. Rows of a
-- person who is merged away stay theirs: persons.merged_into leads to them.
CREATE TABLE history (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    at           INTEGER NOT NULL,
    event        BLOB NOT NULL,
    event_name   INTEGER NOT NULL REFERENCES event_names (id),
    kind         TEXT NOT NULL,
    person       INTEGER NOT NULL REFERENCES persons (id),
    distinct_id  TEXT NOT NULL,
    other_person INTEGER REFERENCES persons (id),
    other_name   TEXT,
    warning      TEXT
) STRICT;
CREATE INDEX history_person ON history (person);
CREATE INDEX history_other_person ON history (other_person) WHERE other_person IS NOT NULL;

-- Events of a name by the minute of their timestamp (minutes since 1970, rounded down).
CREATE TABLE event_counts (
    name   INTEGER NOT NULL REFERENCES event_names (id),
    minute INTEGER NOT NULL,
    events INTEGER NOT NULL,
    PRIMARY KEY (name, minute)
) STRICT, WITHOUT ROWID;
INSERT INTO event_counts
SELECT name, (timestamp - ((timestamp % 60000) + 60000) % 60000) / 60000 AS minute, count(*)
FROM events GROUP BY name, minute;

CREATE INDEX events_warned ON events (internal) WHERE warnings IS NOT NULL;
CREATE INDEX events_warned_distinct_id ON events (distinct_id) WHERE warnings IS NOT NULL;
