-- +goose Up
-- The provider's notifications that are being handled, or were: one row an event.
-- It holds nothing of what was sent.
CREATE TABLE proctorbook_webhooks (
    hash        TEXT NOT NULL PRIMARY KEY, -- SHA-256 of the event, in hex
    done        INTEGER NOT NULL,          -- 1 once it was handled
    claim_until INTEGER NOT NULL,          -- it is being handled until then
    token       TEXT NOT NULL,             -- of the claim
    seen_at     INTEGER NOT NULL           -- when it was last claimed
) STRICT;

CREATE INDEX proctorbook_webhooks_seen ON proctorbook_webhooks (seen_at);

UPDATE proctorbook_store SET schema_version = 2 WHERE id = 1;

-- +goose Down
UPDATE proctorbook_store SET schema_version = 1 WHERE id = 1;

DROP TABLE proctorbook_webhooks;
