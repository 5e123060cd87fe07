-- +goose Up
-- The present user name of each learner, to find the record by it.
CREATE TABLE IF NOT EXISTS proctorbook_usernames (
    id       VARBINARY(255) NOT NULL PRIMARY KEY, -- of the learner
    username VARBINARY(255), -- NULL: none
    INDEX proctorbook_usernames_username (username)
) ENGINE = InnoDB;

INSERT IGNORE INTO proctorbook_usernames (id, username)
SELECT l.id, CASE WHEN JSON_VALID(l.document) AND LENGTH(JSON_UNQUOTE(JSON_EXTRACT(l.document, '$.username'))) <= 255
    THEN JSON_UNQUOTE(JSON_EXTRACT(l.document, '$.username')) END
FROM proctorbook_learners l
WHERE l.document IS NOT NULL AND l.version = (SELECT MAX(n.version) FROM proctorbook_learners n WHERE n.id = l.id);

UPDATE proctorbook_store SET schema_version = 3 WHERE id = 1;

-- +goose Down
UPDATE proctorbook_store SET schema_version = 2 WHERE id = 1;

DROP TABLE IF EXISTS proctorbook_usernames;
