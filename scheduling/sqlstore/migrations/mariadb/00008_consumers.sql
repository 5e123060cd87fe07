-- +goose Up
-- The consumers of events: how far each has come, and which process handles its events.
CREATE TABLE IF NOT EXISTS proctorbook_consumers (
    name        VARBINARY(255) NOT NULL PRIMARY KEY,
    version     BIGINT NOT NULL,
    lease_owner VARBINARY(255) NOT NULL, -- '' with lease_until: nobody may take it before
    lease_until BIGINT,
    began_at    BIGINT, -- NULL: forgotten, to begin anew
    after_event VARBINARY(255) NOT NULL, -- all events up to this cursor are handled, or held
    token       VARBINARY(32) NOT NULL -- of the last write
) ENGINE = InnoDB;

-- The event of a booking at which a consumer waits to try it again: one row a booking. The
-- booking's later events wait, too.
CREATE TABLE IF NOT EXISTS proctorbook_held (
    consumer    VARBINARY(255) NOT NULL,
    booking     VARBINARY(255) NOT NULL,
    event       VARBINARY(255) NOT NULL, -- its cursor; '' while later events are caught up
    after_event VARBINARY(255) NOT NULL, -- all of the booking's events up to this cursor are handled
    happened_at BIGINT NOT NULL,
    since       BIGINT, -- when it was first tried
    attempts    BIGINT NOT NULL,
    next_try    BIGINT NOT NULL,
    code        VARBINARY(32) NOT NULL, -- why the last try failed
    PRIMARY KEY (consumer, booking)
) ENGINE = InnoDB;

CREATE INDEX IF NOT EXISTS proctorbook_held_due ON proctorbook_held (consumer, next_try, booking);

UPDATE proctorbook_store SET schema_version = 8 WHERE id = 1;

-- +goose Down
UPDATE proctorbook_store SET schema_version = 7 WHERE id = 1;

DROP TABLE IF EXISTS proctorbook_held;

DROP TABLE IF EXISTS proctorbook_consumers;
