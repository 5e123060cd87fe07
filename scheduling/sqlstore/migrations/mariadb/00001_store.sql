-- +goose Up
-- All instants are microseconds since 1970 in UTC. What is not a column of its
-- own stands in "document", as JSON. Ids and keys are binary: they are compared by
-- their bytes. A change of tables can't be rolled back here, so that each step may
-- be repeated after a failure.

-- One row: what there is once a store.
CREATE TABLE IF NOT EXISTS proctorbook_store (
    id             TINYINT NOT NULL PRIMARY KEY,
    schema_version INT NOT NULL, -- raised by every migration
    namespace      VARBINARY(8) NOT NULL, -- drawn when the store is first opened
    last_event     BIGINT NOT NULL -- number of the newest event
) ENGINE = InnoDB;

CREATE TABLE IF NOT EXISTS proctorbook_bookings (
    id          VARBINARY(255) NOT NULL,
    version     BIGINT NOT NULL,
    learner     VARBINARY(255) NOT NULL,
    course_key  VARBINARY(1020) NOT NULL,
    usage_key   VARBINARY(1020) NOT NULL,
    state       VARBINARY(32) NOT NULL,
    active_key  BINARY(64), -- of learner and exam while active, else NULL
    is_open     TINYINT NOT NULL, -- 1 with an open intent
    is_flagged  TINYINT NOT NULL, -- 1 if it needs attention
    start_at    BIGINT, -- proven start
    watch_until BIGINT, -- last start ever sent
    due_at      BIGINT, -- when a worker looks next
    lease_owner VARBINARY(255) NOT NULL,
    lease_until BIGINT NOT NULL,
    token       VARBINARY(32) NOT NULL, -- of the last write
    format      VARBINARY(32) NOT NULL, -- of the program that wrote the document
    document    LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    PRIMARY KEY (id),
    UNIQUE INDEX proctorbook_bookings_active (active_key),
    INDEX proctorbook_bookings_learner (learner, id),
    INDEX proctorbook_bookings_exam (usage_key, course_key, id),
    INDEX proctorbook_bookings_state (state, id),
    INDEX proctorbook_bookings_open (is_open, id),
    INDEX proctorbook_bookings_flagged (is_flagged, id),
    INDEX proctorbook_bookings_start (start_at, id),
    INDEX proctorbook_bookings_watch (watch_until, id),
    INDEX proctorbook_bookings_due (due_at, id)
) ENGINE = InnoDB;

CREATE TABLE IF NOT EXISTS proctorbook_events (
    number   BIGINT NOT NULL PRIMARY KEY, -- in the order in which they were committed, without gaps
    booking  VARBINARY(255) NOT NULL,
    learner  VARBINARY(255) NOT NULL,
    token    VARBINARY(32) NOT NULL, -- of the write that brought it
    document LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    INDEX proctorbook_events_booking (booking, number),
    INDEX proctorbook_events_learner (learner, number),
    FOREIGN KEY (booking) REFERENCES proctorbook_bookings (id)
) ENGINE = InnoDB;

CREATE TABLE IF NOT EXISTS proctorbook_learners (
    id       VARBINARY(255) NOT NULL,
    version  BIGINT NOT NULL,
    token    VARBINARY(32) NOT NULL,
    document LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin, -- NULL: erased
    PRIMARY KEY (id, version)
) ENGINE = InnoDB;

INSERT IGNORE INTO proctorbook_store (id, schema_version, namespace, last_event) VALUES (1, 1, '', 0);

-- +goose Down
DROP TABLE IF EXISTS proctorbook_learners;
DROP TABLE IF EXISTS proctorbook_events;
DROP TABLE IF EXISTS proctorbook_bookings;
DROP TABLE IF EXISTS proctorbook_store;
