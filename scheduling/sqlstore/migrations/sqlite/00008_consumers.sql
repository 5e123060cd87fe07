-- +goose Up
-- The consumers of events: how far each has come, and which process handles its events.
CREATE TABLE proctorbook_consumers (
    name        TEXT NOT NULL PRIMARY KEY,
    version     INTEGER NOT NULL,
    lease_owner TEXT NOT NULL, -- '' with lease_until: nobody may take it before
    lease_until INTEGER,
    began_at    INTEGER, -- NULL: forgotten, to begin anew
    after_event TEXT NOT NULL, -- all events up to this cursor are handled, or held
    token       TEXT NOT NULL -- of the last write
) STRICT;

-- The event of a booking at which a consumer waits to try it again: one row a booking. The
-- booking's later events wait, too.
CREATE TABLE proctorbook_held (
    consumer    TEXT NOT NULL,
    booking     TEXT NOT NULL,
    event       TEXT NOT NULL, -- its cursor; '' while later events are caught up
    after_event TEXT NOT NULL, -- all of the booking's events up to this cursor are handled
    happened_at INTEGER NOT NULL,
    since       INTEGER, -- when it was first tried
    attempts    INTEGER NOT NULL,
    next_try    INTEGER NOT NULL,
    code        TEXT NOT NULL, -- why the last try failed
    PRIMARY KEY (consumer, booking)
) STRICT;

CREATE INDEX proctorbook_held_due ON proctorbook_held (consumer, next_try, booking);

UPDATE proctorbook_store SET schema_version = 8 WHERE id = 1;

-- +goose Down
UPDATE proctorbook_store SET schema_version = 7 WHERE id = 1;

DROP TABLE proctorbook_held;

DROP TABLE proctorbook_consumers;
