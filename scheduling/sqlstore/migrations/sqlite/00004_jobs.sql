-- +goose Up
-- The jobs of which one process at a time does each, such as the sweep: one row a job.
CREATE TABLE proctorbook_jobs (
    name        TEXT NOT NULL PRIMARY KEY,
    version     INTEGER NOT NULL,
    lease_owner TEXT NOT NULL, -- who does it; '' with lease_until: it may begin then
    lease_until INTEGER,
    done_at     INTEGER,       -- when the last run that reached its end had begun
    token       TEXT NOT NULL  -- of the last write
) STRICT;

UPDATE proctorbook_store SET schema_version = 4 WHERE id = 1;

-- +goose Down
UPDATE proctorbook_store SET schema_version = 3 WHERE id = 1;

DROP TABLE proctorbook_jobs;
