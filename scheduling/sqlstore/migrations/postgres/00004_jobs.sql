-- +goose Up
-- The jobs of which one process at a time does each, such as the sweep: one row a job.
CREATE TABLE proctorbook_jobs (
    name        TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    version     BIGINT NOT NULL,
    lease_owner TEXT COLLATE "C" NOT NULL, -- who does it; '' with lease_until: it may begin then
    lease_until BIGINT,
    done_at     BIGINT, -- when the last run that reached its end had begun
    token       TEXT COLLATE "C" NOT NULL -- of the last write
);

UPDATE proctorbook_store SET schema_version = 4 WHERE id = 1;

-- +goose Down
UPDATE proctorbook_store SET schema_version = 3 WHERE id = 1;

DROP TABLE proctorbook_jobs;
