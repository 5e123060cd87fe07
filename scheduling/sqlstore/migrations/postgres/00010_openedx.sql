-- +goose Up
-- What a bridge to Open edX platforms remembers: their exams, their learners, and the
-- attempts of these.
CREATE TABLE proctorbook_lms_exams (
    id       TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    platform TEXT COLLATE "C" NOT NULL,
    version  BIGINT NOT NULL,
    token    TEXT COLLATE "C" NOT NULL, -- of the last write
    document JSON NOT NULL
);

CREATE INDEX proctorbook_lms_exams_platform ON proctorbook_lms_exams (platform, id);

CREATE TABLE proctorbook_lms_persons (
    platform TEXT COLLATE "C" NOT NULL,
    id       TEXT COLLATE "C" NOT NULL, -- the platform's obscured one
    version  BIGINT NOT NULL,
    username TEXT COLLATE "C", -- NULL: not identified, or erased
    token    TEXT COLLATE "C" NOT NULL, -- of the last write
    document JSON NOT NULL,
    PRIMARY KEY (platform, id)
);

CREATE INDEX proctorbook_lms_persons_username ON proctorbook_lms_persons (platform, username);

CREATE TABLE proctorbook_lms_attempts (
    id          TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    version     BIGINT NOT NULL,
    platform    TEXT COLLATE "C" NOT NULL,
    exam        TEXT COLLATE "C" NOT NULL,
    person      TEXT COLLATE "C" NOT NULL,
    learner     TEXT COLLATE "C" NOT NULL, -- '': not identified
    open_key    TEXT COLLATE "C", -- of exam and person while it is neither started nor submitted nor removed, else NULL
    is_removed  SMALLINT NOT NULL,
    is_extended SMALLINT NOT NULL, -- 1 with extra time
    is_troubled SMALLINT NOT NULL, -- 1 if a person should look
    work_at     BIGINT, -- when a worker looks next
    token       TEXT COLLATE "C" NOT NULL, -- of the last write
    document    JSON NOT NULL
);

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
