-- +goose Up
-- While one reading for all bookings stands for their routine watches, those are passed
-- over for a time. A program that does not know "quiet_until" writes no booking that has
-- one, since its document has a member that such a program would lose: so "bulk_due_at",
-- which follows from both, is right whoever has set "due_at".
ALTER TABLE proctorbook_bookings ADD COLUMN quiet_until INTEGER; -- NULL: due_at holds for everybody

ALTER TABLE proctorbook_bookings ADD COLUMN bulk_due_at INTEGER GENERATED ALWAYS AS (COALESCE(quiet_until, due_at)) VIRTUAL;

CREATE INDEX proctorbook_bookings_bulk ON proctorbook_bookings (bulk_due_at, id);

ALTER TABLE proctorbook_jobs ADD COLUMN data TEXT NOT NULL DEFAULT ''; -- what the job itself keeps

UPDATE proctorbook_store SET schema_version = 6 WHERE id = 1;

-- +goose Down
UPDATE proctorbook_store SET schema_version = 5 WHERE id = 1;

ALTER TABLE proctorbook_jobs DROP COLUMN data;

DROP INDEX proctorbook_bookings_bulk;

ALTER TABLE proctorbook_bookings DROP COLUMN bulk_due_at;

ALTER TABLE proctorbook_bookings DROP COLUMN quiet_until;
