-- +goose Up
-- All instants are microseconds since 1970 in UTC. What is not a column of its
-- own stands in "document", as JSON.

-- One row: what there is once a store.
CREATE TABLE proctorbook_store (
    id             INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    schema_version INTEGER NOT NULL, -- raised by every migration
    namespace      TEXT NOT NULL,    -- drawn when the store is first opened
    last_event     INTEGER NOT NULL  -- number of the newest event
) STRICT;

INSERT INTO proctorbook_store (id, schema_version, namespace, last_event) VALUES (1, 1, '', 0);

CREATE TABLE proctorbook_bookings (
    id          TEXT NOT NULL PRIMARY KEY,
    version     INTEGER NOT NULL,
    learner     TEXT NOT NULL,
    course_key  TEXT NOT NULL,
    usage_key   TEXT NOT NULL,
    state       TEXT NOT NULL,
    active_key  TEXT,             -- of learner and exam while active, else NULL
    is_open     INTEGER NOT NULL, -- 1 with an open intent
    is_flagged  INTEGER NOT NULL, -- 1 if it needs attention
    start_at    INTEGER,          -- proven start
    watch_until INTEGER,          -- last start ever sent
    due_at      INTEGER,          -- when a worker looks next
    lease_owner TEXT NOT NULL,
    lease_until INTEGER NOT NULL,
    token       TEXT NOT NULL,    -- of the last write
    format      TEXT NOT NULL,    -- of the program that wrote the document
    document    TEXT NOT NULL
) STRICT;

CREATE UNIQUE INDEX proctorbook_bookings_active ON proctorbook_bookings (active_key);
CREATE INDEX proctorbook_bookings_learner ON proctorbook_bookings (learner, id);
CREATE INDEX proctorbook_bookings_exam ON proctorbook_bookings (usage_key, course_key, id);
CREATE INDEX proctorbook_bookings_state ON proctorbook_bookings (state, id);
CREATE INDEX proctorbook_bookings_open ON proctorbook_bookings (is_open, id) WHERE is_open = 1;
CREATE INDEX proctorbook_bookings_flagged ON proctorbook_bookings (is_flagged, id) WHERE is_flagged = 1;
CREATE INDEX proctorbook_bookings_start ON proctorbook_bookings (start_at, id);
CREATE INDEX proctorbook_bookings_watch ON proctorbook_bookings (watch_until, id);
CREATE INDEX proctorbook_bookings_due ON proctorbook_bookings (due_at, id);

CREATE TABLE proctorbook_events (
    number   INTEGER NOT NULL PRIMARY KEY, -- in the order in which they were committed, without gaps
    booking  TEXT NOT NULL REFERENCES proctorbook_bookings (id),
    learner  TEXT NOT NULL,
    token    TEXT NOT NULL,                -- of the write that brought it
    document TEXT NOT NULL
) STRICT;

CREATE INDEX proctorbook_events_booking ON proctorbook_events (booking, number);
CREATE INDEX proctorbook_events_learner ON proctorbook_events (learner, number);

CREATE TABLE proctorbook_learners (
    id       TEXT NOT NULL,
    version  INTEGER NOT NULL,
    token    TEXT NOT NULL,
    document TEXT, -- NULL: erased
    PRIMARY KEY (id, version)
) STRICT;

-- +goose Down
DROP TABLE proctorbook_learners;
DROP TABLE proctorbook_events;
DROP TABLE proctorbook_bookings;
DROP TABLE proctorbook_store;
