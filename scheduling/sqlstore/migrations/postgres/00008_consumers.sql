-- +goose Up
-- The consumers of events: how far each has come, and which process handles its events.
CREATE TABLE proctorbook_consumers (
    name        TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    version     BIGINT NOT NULL,
    lease_owner TEXT COLLATE "C" NOT NULL, -- '' with lease_until: nobody may take it before
    lease_until BIGINT,
    began_at    BIGINT, -- NULL: forgotten, to begin anew
    after_event TEXT COLLATE "C" NOT NULL, -- all events up to this cursor are handled, or held
    token       TEXT COLLATE "C" NOT NULL -- of the last write
);

-- The event of a booking at which a consumer waits to try it again: one row a booking. The
-- booking's later events wait, too.
CREATE TABLE proctorbook_held (
    consumer    TEXT COLLATE "C" NOT NULL,
    booking     TEXT COLLATE "C" NOT NULL,
    event       TEXT COLLATE "C" NOT NULL, -- its cursor; '' while later events are caught up
    after_event TEXT COLLATE "C" NOT NULL, -- all of the booking's events up to this cursor are handled
    happened_at BIGINT NOT NULL,
    since       BIGINT, -- when it was first tried
    attempts    BIGINT NOT NULL,
    next_try    BIGINT NOT NULL,
    code        TEXT COLLATE "C" NOT NULL, -- why the last try failed
    PRIMARY KEY (consumer, booking)
);

CREATE INDEX proctorbook_held_due ON proctorbook_held (consumer, next_try, booking);

UPDATE proctorbook_store SET schema_version = 8 WHERE id = 1;

-- +goose Down
UPDATE proctorbook_store SET schema_version = 7 WHERE id = 1;

DROP TABLE proctorbook_held;

DROP TABLE proctorbook_consumers;
