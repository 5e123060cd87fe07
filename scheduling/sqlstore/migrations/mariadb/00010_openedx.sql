-- +goose Up
-- What a bridge to Open edX platforms remembers: their exams, their learners, and the
-- attempts of these.
CREATE TABLE IF NOT EXISTS proctorbook_lms_exams (
    id       VARBINARY(255) NOT NULL PRIMARY KEY,
    platform VARBINARY(255) NOT NULL,
    version  BIGINT NOT NULL,
    token    VARBINARY(32) NOT NULL, -- of the last write
    document LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL
) ENGINE = InnoDB;

CREATE INDEX IF NOT EXISTS proctorbook_lms_exams_platform ON proctorbook_lms_exams (platform, id);

CREATE TABLE IF NOT EXISTS proctorbook_lms_persons (
    platform VARBINARY(255) NOT NULL,
    id       VARBINARY(255) NOT NULL, -- the platform's obscured one
    version  BIGINT NOT NULL,
    username VARBINARY(1020), -- NULL: not identified, or erased
    token    VARBINARY(32) NOT NULL, -- of the last write
    document LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    PRIMARY KEY (platform, id)
) ENGINE = InnoDB;

CREATE INDEX IF NOT EXISTS proctorbook_lms_persons_username ON proctorbook_lms_persons (platform, username);

CREATE TABLE IF NOT EXISTS proctorbook_lms_attempts (
    id          VARBINARY(255) NOT NULL PRIMARY KEY,
    version     BIGINT NOT NULL,
    platform    VARBINARY(255) NOT NULL,
    exam        VARBINARY(255) NOT NULL,
    person      VARBINARY(255) NOT NULL,
    learner     VARBINARY(255) NOT NULL, -- '': not identified
    open_key    VARBINARY(600), -- of exam and person while it is neither started nor submitted nor removed, else NULL
    is_removed  TINYINT NOT NULL,
    is_extended TINYINT NOT NULL, -- 1 with extra time
    is_troubled TINYINT NOT NULL, -- 1 if a person should look
    work_at     BIGINT, -- when a worker looks next
    token       VARBINARY(32) NOT NULL, -- of the last write
    document    LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL
) ENGINE = InnoDB;

CREATE UNIQUE INDEX IF NOT EXISTS proctorbook_lms_attempts_open ON proctorbook_lms_attempts (open_key);
CREATE INDEX IF NOT EXISTS proctorbook_lms_attempts_exam ON proctorbook_lms_attempts (exam, person, id);
CREATE INDEX IF NOT EXISTS proctorbook_lms_attempts_person ON proctorbook_lms_attempts (platform, person, id);
CREATE INDEX IF NOT EXISTS proctorbook_lms_attempts_learner ON proctorbook_lms_attempts (learner, id);
CREATE INDEX IF NOT EXISTS proctorbook_lms_attempts_troubled ON proctorbook_lms_attempts (is_troubled, id);
CREATE INDEX IF NOT EXISTS proctorbook_lms_attempts_work ON proctorbook_lms_attempts (platform, work_at, id);

UPDATE proctorbook_store SET schema_version = 10 WHERE id = 1;

-- +goose Down
UPDATE proctorbook_store SET schema_version = 9 WHERE id = 1;

DROP TABLE IF EXISTS proctorbook_lms_attempts;

DROP TABLE IF EXISTS proctorbook_lms_persons;

DROP TABLE IF EXISTS proctorbook_lms_exams;
