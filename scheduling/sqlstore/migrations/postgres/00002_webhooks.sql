-- +goose Up
-- The provider's notifications that are being handled, or were: one row an event.
-- It holds nothing of what was sent.
CREATE TABLE proctorbook_webhooks (
    hash        TEXT COLLATE "C" NOT NULL PRIMARY KEY, -- SHA-256 of the event, in hex
    done        SMALLINT NOT NULL, -- 1 once it was handled
    claim_until BIGINT NOT NULL, -- it is being handled until then
    token       TEXT COLLATE "C" NOT NULL, -- of the claim
    seen_at     BIGINT NOT NULL -- when it was last claimed
);

CREATE INDEX proctorbook_webhooks_seen ON proctorbook_webhooks (seen_at);

UPDATE proctorbook_store SET schema_version = 2 WHERE id = 1;

-- +goose Down
UPDATE proctorbook_store SET schema_version = 1 WHERE id = 1;

DROP TABLE proctorbook_webhooks;
