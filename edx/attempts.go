package edx

import (
	"context"
	"iter"
	"net/url"
	"strconv"
	"time"
)

// Attempt is one sitting of an exam. Printed or logged, its learner shows no more
// than an id. The code by which a provider knows the attempt is left out, because
// it is a secret.
type Attempt struct {
	ID             int64         // the attempt's own id
	Learner        Person        // who sits the exam
	Exam           Exam          // which exam
	Status         AttemptStatus // where the attempt stands
	ExternalID     string        // the provider's own id; "" before it has one
	Created        time.Time     // UTC
	Modified       time.Time     // UTC
	Started        time.Time     // zero before the start
	Completed      time.Time     // zero before the end
	TimeLimit      time.Duration // with the learner's extra time; 0 before the start
	TimeRemaining  time.Duration // of an attempt that can be resumed, else 0
	Practice       bool          // at a practice exam
	Proctored      bool          // taken under proctoring
	Resumable      bool          // the learner may go on where it stopped
	Resumed        bool          // another attempt goes on where this one stopped
	ReadyToResume  bool          // staff let the learner go on
	Acknowledged   bool          // the learner has seen how it ended
	ReviewPolicyID int64         // id of the rules for the reviewers that were in force; 0 if there were none
	Problem        *RowError     `json:",omitempty"` // what could not be read; nil if everything was
}

// AttemptGroup holds the attempts of one learner at one exam.
type AttemptGroup struct {
	Latest Attempt   // the last one
	All    []Attempt // every attempt, latest first
}

// ListAttemptsParams selects a page of attempts.
type ListAttemptsParams struct {
	Search string // in AllAttempts: part of a user name or an address; "" is everybody
	Cursor string // Next of the page before; "" is the first page
}

// Attempts returns one page of the attempts at the exams of a course, newest
// first, in groups of one learner and exam, 25 a page. The client must be staff
// of the course. This call makes the platform submit attempts whose time is up. A
// cursor past the end is an empty page.
//
// It fails with [*proctorbook.ValidationError] before anything is sent, and with
// [ErrForbidden].
//
// Endpoint: GET /api/edx_proctoring/v1/proctored_exam/attempt/grouped/course_id/{course}.
func (s *SpecialExamsService) Attempts(ctx context.Context, course CourseKey, params ListAttemptsParams) (*Page[AttemptGroup], error) {
	return s.attempts(ctx, operation{name: "SpecialExams.Attempts"}, course, params.Cursor)
}

// SearchAttempts returns one page of the attempts of learners whose user name or
// address holds a text without a slash; else it is as Attempts.
//
// Endpoint: GET /api/edx_proctoring/v1/proctored_exam/attempt/grouped/course_id/{course}/search/{text}.
func (s *SpecialExamsService) SearchAttempts(ctx context.Context, course CourseKey, text string, params ListAttemptsParams) (*Page[AttemptGroup], error) {
	return s.attempts(ctx, operation{
		name: "SpecialExams.SearchAttempts", input: checkPathText("search text", text), path: "/search/" + pathPart(text),
	}, course, params.Cursor)
}

// AllAttempts yields all attempts at the exams of a course, or with a Search those
// of some learners; it fails as Attempts does, with the error as the last thing
// that it yields. While you range others may sit exams, so that a group moves to a
// later page and comes twice.
//
// Endpoint: GET /api/edx_proctoring/v1/proctored_exam/attempt/grouped/course_id/{course}.
func (s *SpecialExamsService) AllAttempts(ctx context.Context, course CourseKey, params ListAttemptsParams) iter.Seq2[AttemptGroup, error] {
	return pages("SpecialExams.AllAttempts", params.Cursor, func(cursor string) (*Page[AttemptGroup], error) {
		if params.Search != "" {
			return s.SearchAttempts(ctx, course, params.Search, ListAttemptsParams{Cursor: cursor})
		}
		return s.Attempts(ctx, course, ListAttemptsParams{Cursor: cursor})
	})
}

// attempts completes op, which has its name, and the end of its path if it searches.
func (s *SpecialExamsService) attempts(ctx context.Context, op operation, course CourseKey, cursor string) (*Page[AttemptGroup], error) {
	asked, fault := numberOf(cursor)
	op.input = all(op.input, fault, checkCourse(course))
	op.family, op.query, op.long = proctoring, url.Values{}, true
	op.path = proctoringPath + "attempt/grouped/course_id/" + course.path() + op.path
	setText(op.query, "page", cursor)
	answer, err := fetch[attemptPageWire](ctx, s.core, op)
	if err != nil {
		return nil, err
	}
	return answer.page(op, max(asked, 1))
}

type attemptPageWire struct {
	Groups *list[attemptGroupWire] `json:"proctored_exam_attempts"`
	Info   struct {
		HasNext flagValue `json:"has_next"`
		Current intValue  `json:"current_page"`
		Pages   intValue  `json:"total_pages"`
	} `json:"pagination_info"`
	URL textValue `json:"attempt_url"`
}

type attemptGroupWire struct {
	attemptWire
	All list[attemptWire] `json:"all_attempts"`
}

type attemptWire struct {
	row
	ID            intValue     `json:"id"`
	Learner       personWire   `json:"user"`
	Exam          examWire     `json:"proctored_exam"`
	Status        textValue    `json:"status"`
	ExternalID    textValue    `json:"external_id"`
	Created       timeValue    `json:"created"`
	Modified      timeValue    `json:"modified"`
	Started       timeValue    `json:"started_at"`
	Completed     timeValue    `json:"completed_at"`
	TimeLimit     minutesValue `json:"allowed_time_limit_mins"`
	TimeRemaining floatValue   `json:"time_remaining_seconds"`
	Practice      flagValue    `json:"is_sample_attempt"`
	Proctored     flagValue    `json:"taking_as_proctored"`
	Resumable     flagValue    `json:"is_resumable"`
	Resumed       flagValue    `json:"resumed"`
	ReadyToResume flagValue    `json:"ready_to_resume"`
	Acknowledged  flagValue    `json:"is_status_acknowledged"`
	ReviewPolicy  intValue     `json:"review_policy_id"`
}

func (w attemptPageWire) missing() string {
	if w.Groups == nil {
		return "proctored_exam_attempts"
	}
	return ""
}

// page returns what came as the page that was asked for. For a page past the end
// the platform sends the last page again; only its number shows that.
func (w attemptPageWire) page(op operation, asked int) (*Page[AttemptGroup], error) {
	switch current := int(w.Info.Current); {
	case 0 < current && current < asked:
		return &Page[AttemptGroup]{}, nil
	case current != asked:
		return w.only(), badLink(op.name, "the page has another number than the one that was asked for")
	}
	page := w.only()
	if w.Info.HasNext {
		page.Next = strconv.Itoa(asked + 1)
	}
	return page, nil
}

func (w attemptPageWire) only() *Page[AttemptGroup] {
	return &Page[AttemptGroup]{Items: convert(*w.Groups, attemptGroupWire.group), Pages: int(w.Info.Pages), URL: string(w.URL)}
}

func (w attemptGroupWire) missing() string {
	return w.attemptWire.missing()
}

func (w attemptGroupWire) group() AttemptGroup {
	return AttemptGroup{Latest: w.attempt(), All: convert(w.All, attemptWire.attempt)}
}

func (w attemptWire) missing() string {
	switch {
	case w.ID == 0:
		return "id"
	case w.Status == "":
		return "status"
	}
	return ""
}

func (w attemptWire) attempt() Attempt {
	return Attempt{
		ID: int64(w.ID), Learner: w.Learner.person(), Exam: w.Exam.exam(), Status: AttemptStatus(w.Status),
		ExternalID: string(w.ExternalID), Created: w.Created.Time, Modified: w.Modified.Time,
		Started: w.Started.Time, Completed: w.Completed.Time, TimeLimit: time.Duration(w.TimeLimit),
		TimeRemaining: seconds(w.TimeRemaining), Practice: bool(w.Practice), Proctored: bool(w.Proctored),
		Resumable: bool(w.Resumable), Resumed: bool(w.Resumed), Problem: w.problem,
		ReadyToResume: bool(w.ReadyToResume), Acknowledged: bool(w.Acknowledged), ReviewPolicyID: int64(w.ReviewPolicy),
	}
}

// seconds converts a number of seconds, at most a year of them.
func seconds(s floatValue) time.Duration {
	const year = 366 * 24 * 3600
	return time.Duration(min(max(float64(s), 0), year) * float64(time.Second))
}
