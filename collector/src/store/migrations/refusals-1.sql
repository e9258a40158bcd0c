-- The log of refusals, first version: of all environments and of none.

CREATE TABLE refusals (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    received_at INTEGER NOT NULL,
    status      INTEGER NOT NULL,
    reason      TEXT NOT NULL,
    field       TEXT,
    event_index INTEGER,
    event       TEXT,
    api_key     TEXT,
    environment TEXT,
    method      TEXT NOT NULL,
    path        TEXT NOT NULL,
    user_agent  TEXT,
    origin      TEXT
) STRICT;
