-- The log of refusals as the first version left it: two of no environment, two of one.
PRAGMA foreign_keys = OFF;
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
INSERT INTO "refusals" VALUES(1,1700000000000,401,'API key is not known: "phc_typo"','api_key',NULL,NULL,'phc_typo',NULL,'POST','/e/','curl/8','http://localhost:8000');
INSERT INTO "refusals" VALUES(2,1700000001000,400,'event submitted without a distinct_id','distinct_id',1,'bad','phc_dev','dev','POST','/batch/',NULL,NULL);
INSERT INTO "refusals" VALUES(3,1700000002000,400,'failed to parse request',NULL,NULL,NULL,NULL,NULL,'POST','/e/',NULL,NULL);
INSERT INTO "refusals" VALUES(4,1700000003000,200,'invalid_event_when_process_person_profile_is_false: dropped','$process_person_profile',0,'$identify','phc_dev','dev','POST','/e/',NULL,NULL);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('refusals',4);
PRAGMA user_version = 1;
