-- +goose Up
-- The jobs of which one process at a time does each, such as the sweep: one row a job.
CREATE TABLE IF NOT EXISTS proctorbook_jobs (
    name        VARBINARY(255) NOT NULL PRIMARY KEY,
    version     BIGINT NOT NULL,
    lease_owner VARBINARY(255) NOT NULL, -- who does it; '' with lease_until: it may begin then
    lease_until BIGINT,
    done_at     BIGINT, -- when the last run that reached its end had begun
    token       VARBINARY(32) NOT NULL -- of the last write
) ENGINE = InnoDB;

UPDATE proctorbook_store SET schema_version = 4 WHERE id = 1;

-- +goose Down
UPDATE proctorbook_store SET schema_version = 3 WHERE id = 1;

DROP TABLE IF EXISTS proctorbook_jobs;
