-- +goose Up
-- What somebody waits for is worked on before routine looks.
ALTER TABLE proctorbook_bookings ADD COLUMN is_urgent SMALLINT NOT NULL DEFAULT 0; -- 1 if somebody waits for the next look

UPDATE proctorbook_bookings SET is_urgent = is_open;

CREATE INDEX proctorbook_bookings_urgent ON proctorbook_bookings (due_at, id) WHERE is_urgent = 1;

UPDATE proctorbook_store SET schema_version = 5 WHERE id = 1;

-- +goose Down
UPDATE proctorbook_store SET schema_version = 4 WHERE id = 1;

DROP INDEX proctorbook_bookings_urgent;

ALTER TABLE proctorbook_bookings DROP COLUMN is_urgent;
