-- +goose Up
-- The present user name of each learner, to find the record by it.
CREATE TABLE proctorbook_usernames (
    id       TEXT COLLATE "C" NOT NULL PRIMARY KEY, -- of the learner
    username TEXT COLLATE "C" -- NULL: none
);

CREATE INDEX proctorbook_usernames_username ON proctorbook_usernames (username);

INSERT INTO proctorbook_usernames (id, username)
SELECT l.id, CASE WHEN json_typeof(l.document) = 'object' AND length(l.document ->> 'username') <= 255 THEN l.document ->> 'username' END
FROM proctorbook_learners l
WHERE l.document IS NOT NULL AND l.version = (SELECT MAX(n.version) FROM proctorbook_learners n WHERE n.id = l.id);

UPDATE proctorbook_store SET schema_version = 3 WHERE id = 1;

-- +goose Down
UPDATE proctorbook_store SET schema_version = 2 WHERE id = 1;

DROP TABLE proctorbook_usernames;
