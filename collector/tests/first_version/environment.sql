-- An environment's file as the first version left it: its schema, and what visitors, a user and an id
-- without a person have done. The two newest events were removed, so that their numbers are taken.
PRAGMA foreign_keys = OFF;
CREATE TABLE about (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO "about" VALUES('environment','dev');
INSERT INTO "about" VALUES('team_id','1193558334');
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
INSERT INTO "distinct_ids" VALUES(1,'anon_1',X'CA283447F19F5FB1B97E7966A0DC9B87',1,0,0,-90000,2);
INSERT INTO "distinct_ids" VALUES(2,'user_1',X'072C22ECD18A5CC095C4B60288F602E3',1,0,0,1700000060000,3);
INSERT INTO "distinct_ids" VALUES(3,'quiet',X'63AF64FD48B7578E9E58FA48EE533944',NULL,0,1,1700000200000,1);
INSERT INTO "distinct_ids" VALUES(4,'anon_2',X'4081CABC37995F2AA5485C0439845F0E',1,1,0,1700000300000,1);
CREATE TABLE event_names (
    id     INTEGER PRIMARY KEY,
    name   TEXT NOT NULL UNIQUE,
    events INTEGER NOT NULL
) STRICT;
INSERT INTO "event_names" VALUES(1,'pageview',2);
INSERT INTO "event_names" VALUES(2,'$pageview',1);
INSERT INTO "event_names" VALUES(3,'$identify',2);
INSERT INTO "event_names" VALUES(4,'login',1);
INSERT INTO "event_names" VALUES(5,'visit',1);
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
INSERT INTO "events" VALUES(1,X'018F2F8E4B1C7C3A9F00000000000001',1,0,1,-90000,1700000001000,NULL,'{"n":1.0}',X'CA283447F19F5FB1B97E7966A0DC9B87','full','{"$creator_event_uuid":"018f2f8e-4b1c-7c3a-9f00-000000000001"}',NULL);
INSERT INTO "events" VALUES(2,X'018F2F8E4B1C7C3A9F00000000000002',2,1,1,1700000000000,1700000002000,1700000000000,'{"$set":{"plan":"pro"}}',X'CA283447F19F5FB1B97E7966A0DC9B87','full','{"$creator_event_uuid":"018f2f8e-4b1c-7c3a-9f00-000000000001","plan":"pro"}',NULL);
INSERT INTO "events" VALUES(3,X'018F2F8E4B1C7C3A9F00000000000003',3,1,2,1700000060000,1700000003000,NULL,'{"$anon_distinct_id":"anon_1"}',X'CA283447F19F5FB1B97E7966A0DC9B87','full','{"$creator_event_uuid":"018f2f8e-4b1c-7c3a-9f00-000000000001","plan":"pro"}',NULL);
INSERT INTO "events" VALUES(4,X'018F2F8E4B1C7C3A9F00000000000004',4,0,2,1700000061000,1700000004000,NULL,'{}',X'CA283447F19F5FB1B97E7966A0DC9B87','full','{"$creator_event_uuid":"018f2f8e-4b1c-7c3a-9f00-000000000001","plan":"pro"}','[{"code":"distinct_id_truncated","message":"distinct_id was cut to 200 characters; ids that differ only after that fall together"}]');
INSERT INTO "events" VALUES(5,X'018F2F8E4B1C7C3A9F00000000000005',5,0,3,1700000200000,1700000005000,NULL,'{"$process_person_profile":false}',X'63AF64FD48B7578E9E58FA48EE533944','propertyless','{}',NULL);
INSERT INTO "events" VALUES(6,X'018F2F8E4B1C7C3A9F00000000000006',1,0,4,1700000300000,1700000006000,NULL,'{}',X'4081CABC37995F2AA5485C0439845F0E','full','{"$creator_event_uuid":"018f2f8e-4b1c-7c3a-9f00-000000000006"}',NULL);
INSERT INTO "events" VALUES(7,X'018F2F8E4B1C7C3A9F00000000000007',3,1,2,1700000301000,1700000007000,NULL,'{"$anon_distinct_id":"anon_2"}',X'CA283447F19F5FB1B97E7966A0DC9B87','full','{"$creator_event_uuid":"018f2f8e-4b1c-7c3a-9f00-000000000001","plan":"pro"}',NULL);
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
INSERT INTO "persons" VALUES(1,X'CA283447F19F5FB1B97E7966A0DC9B87',-90000,'{"$creator_event_uuid":"018f2f8e-4b1c-7c3a-9f00-000000000001","plan":"pro"}',1,'user_1',1,NULL);
INSERT INTO "persons" VALUES(2,X'4081CABC37995F2AA5485C0439845F0E',1700000300000,'{}',0,NULL,0,1);
CREATE INDEX persons_merged_into ON persons (merged_into) WHERE merged_into IS NOT NULL;
CREATE INDEX distinct_ids_person ON distinct_ids (person);
CREATE INDEX distinct_ids_own_uuid ON distinct_ids (own_uuid);
CREATE INDEX events_internal ON events (internal);
CREATE INDEX events_timestamp ON events (internal, timestamp);
CREATE INDEX events_distinct_id ON events (distinct_id, internal);
CREATE INDEX events_distinct_id_name ON events (distinct_id, name);
CREATE INDEX events_name ON events (name);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('persons',2);
INSERT INTO "sqlite_sequence" VALUES('distinct_ids',4);
INSERT INTO "sqlite_sequence" VALUES('events',9);
PRAGMA user_version = 1;
