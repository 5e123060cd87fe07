-- +goose Up
-- Writers no longer take turns at one row: an event is written without a number, and
-- whoever reads numbers what is committed. Old events keep their numbers. The column
-- "id" is drawn by the write: it has a booking's events in their order.
ALTER TABLE proctorbook_events
    ADD COLUMN IF NOT EXISTS id BIGINT NOT NULL AUTO_INCREMENT FIRST,
    MODIFY number BIGINT, -- NULL: no reader has come yet
    DROP PRIMARY KEY,
    ADD PRIMARY KEY (id),
    ADD UNIQUE INDEX IF NOT EXISTS proctorbook_events_number (number); -- finds those without one, too

-- Of those who ask for a time of one learner each takes a turn, at the learner's row: the
-- id's hash by the number of rows.
CREATE TABLE IF NOT EXISTS proctorbook_turns (
    id   INT NOT NULL PRIMARY KEY,
    turn BIGINT NOT NULL -- how many have asked
) ENGINE = InnoDB;

INSERT IGNORE INTO proctorbook_turns (id, turn)
WITH RECURSIVE rows_of AS (SELECT 0 AS n UNION ALL SELECT n + 1 FROM rows_of WHERE n < 1023) SELECT n, 0 FROM rows_of;

-- While programs of the older version may run, which number as they write, newer ones do
-- so, too. A store that nobody has opened has none.
ALTER TABLE proctorbook_store ADD COLUMN IF NOT EXISTS numbering SMALLINT NOT NULL DEFAULT 0; -- 0: with the write; 1: by readers

UPDATE proctorbook_store SET numbering = 1 WHERE namespace = '';

UPDATE proctorbook_store SET schema_version = 7 WHERE id = 1;

-- +goose Down
UPDATE proctorbook_store SET schema_version = 6 WHERE id = 1;

ALTER TABLE proctorbook_store DROP COLUMN IF EXISTS numbering;

DROP TABLE IF EXISTS proctorbook_turns;

ALTER TABLE proctorbook_events ADD COLUMN IF NOT EXISTS id BIGINT NOT NULL DEFAULT 0; -- of use to a second try alone

UPDATE proctorbook_events AS e
JOIN (SELECT id, ROW_NUMBER() OVER (ORDER BY id) AS place FROM proctorbook_events WHERE number IS NULL) AS p ON p.id = e.id
SET e.number = (SELECT last_event FROM proctorbook_store WHERE id = 1) + p.place;

UPDATE proctorbook_store SET last_event = GREATEST(last_event, (SELECT COALESCE(MAX(number), 0) FROM proctorbook_events));

ALTER TABLE proctorbook_events
    MODIFY id BIGINT NOT NULL,
    DROP PRIMARY KEY,
    MODIFY number BIGINT NOT NULL,
    ADD PRIMARY KEY (number),
    DROP INDEX IF EXISTS proctorbook_events_number;

ALTER TABLE proctorbook_events DROP COLUMN id;
