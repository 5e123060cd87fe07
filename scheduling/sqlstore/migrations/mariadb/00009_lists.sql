-- +goose Up
-- What staff count and list by. "counted" is taken out of the document by the database, so
-- that it is right whichever program has written the booking: whether it has a number (0:
-- no, 1: yes, 2: and the report's facts are of it), the verdicts by the facts and by staff,
-- and each other value that a program may not know. It is NULL for a document that has to
-- be read itself: it is damaged, or another record's. One statement: it rewrites the table.
ALTER TABLE proctorbook_bookings
    ADD COLUMN IF NOT EXISTS counted VARBINARY(500) GENERATED ALWAYS AS (CASE
        WHEN NOT JSON_VALID(document) THEN NULL
        WHEN JSON_VALUE(document, '$.id') = id AND JSON_VALUE(document, '$.learner') = learner THEN LEFT(CAST(CONCAT(
            CASE COALESCE(JSON_VALUE(document, '$.number'), '') WHEN '' THEN '0' WHEN JSON_VALUE(document, '$.session.facts.number') THEN '2' ELSE '1' END,
            '|', COALESCE(JSON_VALUE(document, '$.session.verdict'), ''), '|', COALESCE(JSON_VALUE(document, '$.session.overridden'), ''),
            '|', COALESCE(JSON_VALUE(document, '$.session.attendance.presence'), ''), '|', COALESCE(JSON_VALUE(document, '$.session.attendance.fact'), ''),
            '|', COALESCE(JSON_VALUE(document, '$.exam.code'), ''), '|', COALESCE(JSON_VALUE(document, '$.exam.code_via'), ''),
            '|', COALESCE(JSON_QUERY(document, '$.outdated'), '')) AS BINARY), 500)
        END) STORED,
    ADD INDEX IF NOT EXISTS proctorbook_bookings_standing (usage_key, course_key, state, id, counted, is_flagged, is_open),
    ADD INDEX IF NOT EXISTS proctorbook_bookings_uncounted (counted(1), id),
    ADD INDEX IF NOT EXISTS proctorbook_bookings_exam_start (usage_key, course_key, start_at, id),
    ADD INDEX IF NOT EXISTS proctorbook_bookings_learner_exam (learner, usage_key, course_key, id),
    DROP INDEX IF EXISTS proctorbook_bookings_learner;

UPDATE proctorbook_store SET schema_version = 9 WHERE id = 1;

-- +goose Down
UPDATE proctorbook_store SET schema_version = 8 WHERE id = 1;

ALTER TABLE proctorbook_bookings
    ADD INDEX IF NOT EXISTS proctorbook_bookings_learner (learner, id),
    DROP INDEX IF EXISTS proctorbook_bookings_learner_exam,
    DROP INDEX IF EXISTS proctorbook_bookings_exam_start,
    DROP INDEX IF EXISTS proctorbook_bookings_uncounted,
    DROP INDEX IF EXISTS proctorbook_bookings_standing,
    DROP COLUMN IF EXISTS counted;
