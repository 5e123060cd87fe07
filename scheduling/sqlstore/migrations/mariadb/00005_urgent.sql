-- +goose Up
-- What somebody waits for is worked on before routine looks.
ALTER TABLE proctorbook_bookings ADD COLUMN IF NOT EXISTS is_urgent SMALLINT NOT NULL DEFAULT 0; -- 1 if somebody waits for the next look

UPDATE proctorbook_bookings SET is_urgent = is_open;

CREATE INDEX IF NOT EXISTS proctorbook_bookings_urgent ON proctorbook_bookings (is_urgent, due_at, id);

UPDATE proctorbook_store SET schema_version = 5 WHERE id = 1;

-- +goose Down
UPDATE proctorbook_store SET schema_version = 4 WHERE id = 1;

DROP INDEX IF EXISTS proctorbook_bookings_urgent ON proctorbook_bookings;

ALTER TABLE proctorbook_bookings DROP COLUMN IF EXISTS is_urgent;
