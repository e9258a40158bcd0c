-- An environment's file, first version.
--
-- distinct_ids.own_uuid is the uuid that events of the id show while it leads to no person.
-- persons.merged_into keeps links to a merged person good; such a row has nothing else left.
-- events.seq is never reused (AUTOINCREMENT), also after the newest rows are deleted.
-- An index of events ends in seq by itself, since that is the row id: each one serves "the latest
-- of ..." as a plain index read, but for events_timestamp, which finds the events of a short time.

CREATE TABLE about (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE persons (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    uuid          BLOB NOT NULL UNIQUE,
    created_at    INTEGER NOT NULL,
    properties    TEXT NOT NULL,
    is_identified INTEGER NOT NULL,
    name          TEXT,
    version       INTEGER NOT NULL,
    merged_into   INTEGER REFERENCES persons (id)
) STRICT;
CREATE INDEX persons_merged_into ON persons (merged_into) WHERE merged_into IS NOT NULL;

CREATE TABLE distinct_ids (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    distinct_id TEXT NOT NULL UNIQUE,
    own_uuid    BLOB NOT NULL,
    person      INTEGER REFERENCES persons (id),
    version     INTEGER NOT NULL,
    personless  INTEGER NOT NULL,
    first_seen  INTEGER NOT NULL,
    events      INTEGER NOT NULL
) STRICT;
CREATE INDEX distinct_ids_person ON distinct_ids (person);
CREATE INDEX distinct_ids_own_uuid ON distinct_ids (own_uuid);

CREATE TABLE event_names (
    id     INTEGER PRIMARY KEY,
    name   TEXT NOT NULL UNIQUE,
    events INTEGER NOT NULL
) STRICT;

CREATE TABLE events (
    seq               INTEGER PRIMARY KEY AUTOINCREMENT,
    uuid              BLOB NOT NULL UNIQUE,
    name              INTEGER NOT NULL REFERENCES event_names (id),
    internal          INTEGER NOT NULL,
    distinct_id       INTEGER NOT NULL REFERENCES distinct_ids (id),
    timestamp         INTEGER NOT NULL,
    received_at       INTEGER NOT NULL,
    sent_at           INTEGER,
    properties        TEXT NOT NULL,
    person_at_ingest  BLOB NOT NULL,
    person_mode       TEXT NOT NULL,
    person_properties TEXT NOT NULL,
    warnings          TEXT
) STRICT;
CREATE INDEX events_internal ON events (internal);
CREATE INDEX events_timestamp ON events (internal, timestamp);
CREATE INDEX events_distinct_id ON events (distinct_id, internal);
CREATE INDEX events_distinct_id_name ON events (distinct_id, name);
CREATE INDEX events_name ON events (name);
