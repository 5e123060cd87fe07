package edx

import (
	"context"
	"iter"
	"net/url"
	"strconv"
	"time"
)

// ListExamAttemptsParams says which attempts are asked for.
type ListExamAttemptsParams struct {
	ExamID int64  // required
	Limit  int    // of a page, 1 to 1000; 0 is the service's default, 100
	Cursor string // Next of the page before; "" is the first page
}

// ExamAttempt is one sitting of an exam in edx-exams.
type ExamAttempt struct {
	ID        int64
	Username  string
	ExamName  string
	Kind      ExamKind
	Status    AttemptStatus
	Started   time.Time     // UTC; zero before the start
	Ended     time.Time     // UTC; zero before the end
	TimeLimit time.Duration // with the learner's extra time; 0 before the start
	Review    *ExamReview   // nil before the review
}

// ExamReview is what the review of an attempt found.
type ExamReview struct {
	Submitted time.Time // UTC
	Severity  string    // decimal text, such as "0.25"
	Reason    string
}

type examAttemptWire struct {
	ID        intValue     `json:"attempt_id"`
	Username  textValue    `json:"username"`
	ExamName  textValue    `json:"exam_display_name"`
	Kind      textValue    `json:"exam_type"`
	Status    textValue    `json:"attempt_status"`
	Started   timeValue    `json:"start_time"`
	Ended     timeValue    `json:"end_time"`
	TimeLimit minutesValue `json:"allowed_time_limit_mins"`
	Review    *struct {
		Submitted timeValue `json:"submission_time"`
		Severity  textValue `json:"severity"`
		Reason    textValue `json:"submission_reason"`
	} `json:"proctored_review"`
}

// Attempts returns one page of the attempts at an exam, newest first. The client
// must be staff of the course.
//
// It fails with [*proctorbook.ValidationError] before anything is sent, with [ErrNotFound] if
// the exam is none of that course, and with [ErrForbidden].
//
// Endpoint: GET /api/v1/instructor_view/course_id/{course}/attempts.
func (s *ExamsService) Attempts(ctx context.Context, course CourseKey, params ListExamAttemptsParams) (*Page[ExamAttempt], error) {
	op := operation{name: "Exams.Attempts", family: exams, query: url.Values{"exam_id": {number(params.ExamID)}}, long: true}
	op.input = all(checkCourse(course), checkID("exam id", params.ExamID), params.set(op.query))
	op.path = examsPath + "instructor_view/course_id/" + course.path() + "/attempts"
	answer, err := fetch[pageWire[examAttemptWire]](ctx, s.client, op)
	if err != nil {
		return nil, err
	}
	return pageOf(s.client, op, answer, "offset", examAttemptWire.attempt)
}

// AllAttempts yields all attempts at an exam, newest first; it fails as Attempts
// does, with the error as the last thing that it yields. An attempt that begins
// while you range moves the others on, so that one may come twice.
//
// Endpoint: GET /api/v1/instructor_view/course_id/{course}/attempts.
func (s *ExamsService) AllAttempts(ctx context.Context, course CourseKey, params ListExamAttemptsParams) iter.Seq2[ExamAttempt, error] {
	return pages("Exams.AllAttempts", params.Cursor, func(cursor string) (*Page[ExamAttempt], error) {
		next := params
		next.Cursor = cursor
		return s.Attempts(ctx, course, next)
	})
}

func (p ListExamAttemptsParams) set(query url.Values) faults {
	if p.Limit != 0 {
		query.Set("limit", strconv.Itoa(p.Limit))
	}
	return all(checkRange("limit", p.Limit, 0, 1000), setPage(query, "offset", p.Cursor, 0, 0))
}

func (w examAttemptWire) missing() string {
	switch {
	case w.ID == 0:
		return "attempt_id"
	case w.Status == "":
		return "attempt_status"
	}
	return ""
}

func (w examAttemptWire) attempt() ExamAttempt {
	a := ExamAttempt{
		ID: int64(w.ID), Username: string(w.Username), ExamName: string(w.ExamName), Kind: ExamKind(w.Kind),
		Status: AttemptStatus(w.Status), Started: w.Started.Time, Ended: w.Ended.Time, TimeLimit: time.Duration(w.TimeLimit),
	}
	if w.Review != nil {
		a.Review = &ExamReview{
			Submitted: w.Review.Submitted.Time, Severity: string(w.Review.Severity), Reason: string(w.Review.Reason),
		}
	}
	return a
}
