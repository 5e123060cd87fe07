-- +goose Up
-- What a bridge to Open edX platforms remembers: their exams, their learners, and the
-- attempts of these.
CREATE TABLE proctorbook_lms_exams (
    id       TEXT NOT NULL PRIMARY KEY,
    platform TEXT NOT NULL,
    version  INTEGER NOT NULL,
    token    TEXT NOT NULL, -- of the last write
    document TEXT NOT NULL
) STRICT;

CREATE INDEX proctorbook_lms_exams_platform ON proctorbook_lms_exams (platform, id);

CREATE TABLE proctorbook_lms_persons (
    platform TEXT NOT NULL,
    id       TEXT NOT NULL, -- the platform's obscured one
    version  INTEGER NOT NULL,
    username TEXT, -- NULL: not identified, or erased
    token    TEXT NOT NULL, -- of the last write
    document TEXT NOT NULL,
    PRIMARY KEY (platform, id)
) STRICT;

CREATE INDEX proctorbook_lms_persons_username ON proctorbook_lms_persons (platform, username);

CREATE TABLE proctorbook_lms_attempts (
    id          TEXT NOT NULL PRIMARY KEY,
    version     INTEGER NOT NULL,
    platform    TEXT NOT NULL,
    exam        TEXT NOT NULL,
    person      TEXT NOT NULL,
    learner     TEXT NOT NULL, -- '': not identified
    open_key    TEXT, -- of exam and person while it is neither started nor submitted nor removed, else NULL
    is_removed  INTEGER NOT NULL,
    is_extended INTEGER NOT NULL, -- 1 with extra time
    is_troubled INTEGER NOT NULL, -- 1 if a person should look
    work_at     INTEGER, -- when a worker looks next
    token       TEXT NOT NULL, -- of the last write
    document    TEXT NOT NULL
) STRICT;

CREATE UNIQUE INDEX proctorbook_lms_attempts_open ON proctorbook_lms_attempts (open_key);
CREATE INDEX proctorbook_lms_attempts_exam ON proctorbook_lms_attempts (exam, person, id);
CREATE INDEX proctorbook_lms_attempts_person ON proctorbook_lms_attempts (platform, person, id);
CREATE INDEX proctorbook_lms_attempts_learner ON proctorbook_lms_attempts (learner, id);
CREATE INDEX proctorbook_lms_attempts_troubled ON proctorbook_lms_attempts (is_troubled, id);
CREATE INDEX proctorbook_lms_attempts_work ON proctorbook_lms_attempts (platform, work_at, id);

UPDATE proctorbook_store SET schema_version = 10 WHERE id = 1;

-- +goose Down
UPDATE proctorbook_store SET schema_version = 9 WHERE id = 1;

DROP TABLE proctorbook_lms_attempts;

DROP TABLE proctorbook_lms_persons;

DROP TABLE proctorbook_lms_exams;
