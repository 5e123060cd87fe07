-- +goose Up
-- What staff count and list by. "counted" is taken out of the document by the database, so
-- that it is right whichever program has written the booking: whether it has a number (0:
-- no, 1: yes, 2: and the report's facts are of it), the verdicts by the facts and by staff,
-- and each other value that a program may not know. It is NULL for a document that has to
-- be read itself: it is damaged, or another record's.
ALTER TABLE proctorbook_bookings ADD COLUMN counted TEXT GENERATED ALWAYS AS (CASE
    WHEN NOT json_valid(document) THEN NULL
    WHEN json_extract(document, '$.id') = id AND json_extract(document, '$.learner') = learner THEN SUBSTR(
        CASE COALESCE(json_extract(document, '$.number'), '') WHEN '' THEN '0' WHEN json_extract(document, '$.session.facts.number') THEN '2' ELSE '1' END
        || '|' || COALESCE(json_extract(document, '$.session.verdict'), '') || '|' || COALESCE(json_extract(document, '$.session.overridden'), '')
        || '|' || COALESCE(json_extract(document, '$.session.attendance.presence'), '') || '|' || COALESCE(json_extract(document, '$.session.attendance.fact'), '')
        || '|' || COALESCE(json_extract(document, '$.exam.code'), '') || '|' || COALESCE(json_extract(document, '$.exam.code_via'), '')
        || '|' || COALESCE(json_extract(document, '$.outdated'), ''), 1, 500)
    END) VIRTUAL;

CREATE INDEX proctorbook_bookings_standing ON proctorbook_bookings (usage_key, course_key, state, id, counted, is_flagged, is_open);
CREATE INDEX proctorbook_bookings_uncounted ON proctorbook_bookings (id) WHERE counted IS NULL;
CREATE INDEX proctorbook_bookings_exam_start ON proctorbook_bookings (usage_key, course_key, start_at, id);
CREATE INDEX proctorbook_bookings_learner_exam ON proctorbook_bookings (learner, usage_key, course_key, id);

DROP INDEX proctorbook_bookings_learner;

UPDATE proctorbook_store SET schema_version = 9 WHERE id = 1;

-- +goose Down
UPDATE proctorbook_store SET schema_version = 8 WHERE id = 1;

CREATE INDEX proctorbook_bookings_learner ON proctorbook_bookings (learner, id);

DROP INDEX proctorbook_bookings_learner_exam;
DROP INDEX proctorbook_bookings_exam_start;
DROP INDEX proctorbook_bookings_uncounted;
DROP INDEX proctorbook_bookings_standing;

ALTER TABLE proctorbook_bookings DROP COLUMN counted;
