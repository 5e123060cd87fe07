-- +goose Up
-- What staff count and list by. "counted" is taken out of the document by the database, so
-- that it is right whichever program has written the booking: whether it has a number (0:
-- no, 1: yes, 2: and the report's facts are of it), the verdicts by the facts and by staff,
-- and each other value that a program may not know. It is NULL for a document that has to
-- be read itself: it is another record's, or has characters that PostgreSQL can't take out.
ALTER TABLE proctorbook_bookings ADD COLUMN counted TEXT COLLATE "C" GENERATED ALWAYS AS (CASE
    WHEN document::text ~ '\\u(0000|[dD][89a-fA-F])' THEN NULL
    WHEN document ->> 'id' = id AND document ->> 'learner' = learner THEN LEFT(
        CASE COALESCE(document ->> 'number', '') WHEN '' THEN '0' WHEN document #>> '{session,facts,number}' THEN '2' ELSE '1' END
        || '|' || COALESCE(document #>> '{session,verdict}', '') || '|' || COALESCE(document #>> '{session,overridden}', '')
        || '|' || COALESCE(document #>> '{session,attendance,presence}', '') || '|' || COALESCE(document #>> '{session,attendance,fact}', '')
        || '|' || COALESCE(document #>> '{exam,code}', '') || '|' || COALESCE(document #>> '{exam,code_via}', '')
        || '|' || COALESCE(document ->> 'outdated', ''), 500)
    END) STORED;

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
