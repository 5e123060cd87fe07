-- +goose Up
-- An event is written without a number, and whoever reads numbers what is committed. Old
-- events keep their numbers.
CREATE TABLE proctorbook_events_numbered (
    id       INTEGER NOT NULL PRIMARY KEY, -- drawn by the write: a booking's events in their order
    number   INTEGER,                      -- in the order in which they can be read; NULL: no reader has come yet
    booking  TEXT NOT NULL REFERENCES proctorbook_bookings (id),
    learner  TEXT NOT NULL,
    token    TEXT NOT NULL,                -- of what numbered it; before that, of the write that brought it
    document TEXT NOT NULL
) STRICT;

INSERT INTO proctorbook_events_numbered (id, number, booking, learner, token, document)
SELECT number, number, booking, learner, token, document FROM proctorbook_events;

DROP TABLE proctorbook_events;

ALTER TABLE proctorbook_events_numbered RENAME TO proctorbook_events;

CREATE UNIQUE INDEX proctorbook_events_number ON proctorbook_events (number);
CREATE INDEX proctorbook_events_unnumbered ON proctorbook_events (id) WHERE number IS NULL;
CREATE INDEX proctorbook_events_booking ON proctorbook_events (booking, number);
CREATE INDEX proctorbook_events_learner ON proctorbook_events (learner, number);

-- Of those who ask for a time of one learner each takes a turn, at the learner's row: the
-- id's hash by the number of rows.
CREATE TABLE proctorbook_turns (
    id   INTEGER NOT NULL PRIMARY KEY,
    turn INTEGER NOT NULL -- how many have asked
) STRICT;

INSERT INTO proctorbook_turns (id, turn)
WITH RECURSIVE rows_of (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM rows_of WHERE n < 1023) SELECT n, 0 FROM rows_of;

-- While programs of the older version may run, which number as they write, newer ones do
-- so, too. A store that nobody has opened has none.
ALTER TABLE proctorbook_store ADD COLUMN numbering INTEGER NOT NULL DEFAULT 0; -- 0: with the write; 1: by readers

UPDATE proctorbook_store SET numbering = 1 WHERE namespace = '';

UPDATE proctorbook_store SET schema_version = 7 WHERE id = 1;

-- +goose Down
UPDATE proctorbook_store SET schema_version = 6 WHERE id = 1;

ALTER TABLE proctorbook_store DROP COLUMN numbering;

DROP TABLE proctorbook_turns;

CREATE TABLE proctorbook_events_before (
    number   INTEGER NOT NULL PRIMARY KEY, -- in the order in which they were committed, without gaps
    booking  TEXT NOT NULL REFERENCES proctorbook_bookings (id),
    learner  TEXT NOT NULL,
    token    TEXT NOT NULL,                -- of the write that brought it
    document TEXT NOT NULL
) STRICT;

INSERT INTO proctorbook_events_before (number, booking, learner, token, document)
SELECT number, booking, learner, token, document FROM proctorbook_events WHERE number IS NOT NULL;

INSERT INTO proctorbook_events_before (number, booking, learner, token, document)
SELECT s.last_event + ROW_NUMBER() OVER (ORDER BY e.id), e.booking, e.learner, e.token, e.document
FROM proctorbook_events e, proctorbook_store s WHERE e.number IS NULL;

DROP TABLE proctorbook_events;

ALTER TABLE proctorbook_events_before RENAME TO proctorbook_events;

CREATE INDEX proctorbook_events_booking ON proctorbook_events (booking, number);
CREATE INDEX proctorbook_events_learner ON proctorbook_events (learner, number);

UPDATE proctorbook_store SET last_event = MAX(last_event, (SELECT COALESCE(MAX(number), 0) FROM proctorbook_events));
