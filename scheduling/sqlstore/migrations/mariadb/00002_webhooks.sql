-- +goose Up
-- The provider's notifications that are being handled, or were: one row an event.
-- It holds nothing of what was sent.
CREATE TABLE IF NOT EXISTS proctorbook_webhooks (
    hash        BINARY(64) NOT NULL PRIMARY KEY, -- SHA-256 of the event, in hex
    done        TINYINT NOT NULL, -- 1 once it was handled
    claim_until BIGINT NOT NULL, -- it is being handled until then
    token       VARBINARY(32) NOT NULL, -- of the claim
    seen_at     BIGINT NOT NULL, -- when it was last claimed
    INDEX proctorbook_webhooks_seen (seen_at)
) ENGINE = InnoDB;

UPDATE proctorbook_store SET schema_version = 2 WHERE id = 1;

-- +goose Down
UPDATE proctorbook_store SET schema_version = 1 WHERE id = 1;

DROP TABLE IF EXISTS proctorbook_webhooks;
