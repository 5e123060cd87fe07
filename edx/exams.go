package edx

import (
	"context"
	"iter"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/proctorbook/proctorbook"
)

// ExamsService reads and steers the exams of edx-exams, the service that follows
// edx-proctoring. It has a host of its own, which [WithExamsURL] sets; without it
// every call fails with [*proctorbook.ValidationError].
//
// Staff of a course are here those whom edx-exams itself knows as such.
type ExamsService struct{ core *core }

const examsPath = "/api/v1/"

// List returns the exams of a course that are active. The client must be staff of
// the course.
//
// It fails with [*proctorbook.ValidationError] before anything is sent, with
// [ErrNotFound] for a course whose exams are still in the LMS (see
// [SpecialExamsService]), and with [ErrForbidden].
//
// Endpoint: GET /api/v1/exams/course_id/{course}.
func (s *ExamsService) List(ctx context.Context, course CourseKey) ([]Exam, error) {
	return fetchList(ctx, s.core, operation{
		name: "Exams.List", input: checkCourse(course),
		family: exams, path: examsPath + "exams/course_id/" + course.path(),
	}, examWire.exam)
}

// ExamConfig is who proctors the exams of a course.
type ExamConfig struct {
	Provider        string    // name; "" if there is none
	EscalationEmail string    // where learners of the course get help; "" if not set
	Problem         *RowError `json:",omitempty"` // what could not be read; nil if everything was
}

// Config returns who proctors the exams of a course. Any user may ask.
//
// It fails with [*proctorbook.ValidationError] before anything is sent.
//
// Endpoint: GET /api/v1/configs/course_id/{course}.
func (s *ExamsService) Config(ctx context.Context, course CourseKey) (*ExamConfig, error) {
	answer, err := fetch[examConfigWire](ctx, s.core, operation{
		name: "Exams.Config", input: checkCourse(course),
		family: exams, path: examsPath + "configs/course_id/" + course.path(),
	})
	if err != nil {
		return nil, err
	}
	return &ExamConfig{Provider: string(answer.Provider), EscalationEmail: string(answer.EscalationEmail), Problem: answer.problem}, nil
}

// ExamProvider is a proctoring provider that edx-exams knows.
type ExamProvider struct {
	Name            string    // as ExamConfig.Provider has it
	DisplayName     string    // for people
	ConfigurationID string    // of LTI
	Problem         *RowError `json:",omitempty"` // what could not be read; nil if everything was
}

// Providers returns the proctoring providers that the courses of an organization
// can choose from; "" is every provider, also those that serve one organization alone.
// Any user may ask.
//
// Endpoint: GET /api/v1/providers.
func (s *ExamsService) Providers(ctx context.Context, org string) ([]ExamProvider, error) {
	op := operation{name: "Exams.Providers", input: checkOptional("organization", org, maxKeyChars), family: exams, path: examsPath + "providers", query: url.Values{}}
	setText(op.query, "org", org)
	return fetchList(ctx, s.core, op, func(w examProviderWire) ExamProvider {
		return ExamProvider{Name: string(w.Name), DisplayName: string(w.DisplayName), ConfigurationID: string(w.ConfigurationID), Problem: w.problem}
	})
}

// ExtraTime is the time that a learner has beyond an exam's limit.
type ExtraTime struct {
	ID          int64         // for RemoveAllowance
	ExamID      int64         // Exam.ID in edx-exams
	ExamName    string        // title of the exam
	Learner     Person        // who gets it; without an id, see ExamsUserID
	Time        time.Duration // whole minutes
	ExamsUserID int64         // the learner's id in edx-exams itself, which is not Account.ID
	Problem     *RowError     `json:",omitempty"` // what could not be read; nil if everything was
}

// Allowances returns the extra times in the exams of a course. The client must be
// staff of the course.
//
// It fails with [*proctorbook.ValidationError] before anything is sent, and with
// [ErrForbidden].
//
// Endpoint: GET /api/v1/exams/course_id/{course}/allowances.
func (s *ExamsService) Allowances(ctx context.Context, course CourseKey) ([]ExtraTime, error) {
	return fetchList(ctx, s.core, operation{
		name: "Exams.Allowances", input: checkCourse(course),
		family: exams, path: extraTimesPath(course),
	}, extraTimeWire.extraTime)
}

// SetExtraTimeParams is the extra time of one learner in one exam.
type SetExtraTimeParams struct {
	ExamID   int64         // Exam.ID in edx-exams
	Username string        // the learner
	Time     time.Duration // whole minutes, 1 to 9999
}

// SetAllowances sets the extra times of 1 to 100 learners, all or none. The
// client must be staff of the course.
//
// It fails with [*proctorbook.ValidationError] before anything is sent, with
// status 400 for a learner or an exam that the service does not know, and with
// [ErrForbidden].
//
// Endpoint: POST /api/v1/exams/course_id/{course}/allowances.
func (s *ExamsService) SetAllowances(ctx context.Context, course CourseKey, allowances []SetExtraTimeParams) error {
	input := all(checkCourse(course), checkRange("number of allowances", len(allowances), 1, maxListed))
	body := make([]map[string]any, len(allowances))
	for i, a := range allowances {
		input = append(input, a.check()...)
		body[i] = map[string]any{"exam_id": a.ExamID, "username": a.Username, "extra_time_mins": int(a.Time / time.Minute)}
	}
	return perform(ctx, s.core, operation{
		name: "Exams.SetAllowances", input: input,
		family: exams, method: http.MethodPost, class: proctorbook.IdempotentWrite,
		path: extraTimesPath(course), body: body, refusals: []int{http.StatusBadRequest},
	})
}

// RemoveAllowance takes the extra time with that id away. The client must be
// staff of the course.
//
// It fails with [*proctorbook.ValidationError] before anything is sent, with
// [ErrNotFound] if there is none, and with [ErrForbidden].
//
// Endpoint: DELETE /api/v1/exams/course_id/{course}/allowances/{allowance}.
func (s *ExamsService) RemoveAllowance(ctx context.Context, course CourseKey, id int64) error {
	return perform(ctx, s.core, operation{
		name: "Exams.RemoveAllowance", input: all(checkCourse(course), checkID("allowance id", id)),
		family: exams, method: http.MethodDelete, class: proctorbook.IdempotentWrite,
		path: extraTimesPath(course) + "/" + number(id),
	})
}

func extraTimesPath(course CourseKey) string {
	return examsPath + "exams/course_id/" + course.path() + "/allowances"
}

func (p SetExtraTimeParams) check() faults {
	found := all(checkID("exam id", p.ExamID), checkUsername(p.Username))
	if p.Time%time.Minute != 0 || p.Time < time.Minute || p.Time > 9999*time.Minute {
		found = append(found, invalid("time", "must be whole minutes, from 1 to 9999")...)
	}
	return found
}

type examConfigWire struct {
	row
	Provider        textValue `json:"provider"`
	EscalationEmail textValue `json:"escalation_email"`
}

func (w examConfigWire) missing() string { return "" }

type examProviderWire struct {
	row
	Name            textValue `json:"name"`
	DisplayName     textValue `json:"verbose_name"`
	ConfigurationID textValue `json:"lti_configuration_id"`
}

func (w examProviderWire) missing() string {
	if w.Name == "" {
		return "name"
	}
	return ""
}

type extraTimeWire struct {
	row
	ID       intValue     `json:"id"`
	ExamID   intValue     `json:"exam_id"`
	ExamName textValue    `json:"exam_name"`
	UserID   intValue     `json:"user_id"`
	Username textValue    `json:"username"`
	Email    textValue    `json:"email"`
	Time     minutesValue `json:"extra_time_mins"`
}

func (w extraTimeWire) missing() string {
	if w.ID == 0 {
		return "id"
	}
	return ""
}

func (w extraTimeWire) extraTime() ExtraTime {
	return ExtraTime{
		ID: int64(w.ID), ExamID: int64(w.ExamID), ExamName: string(w.ExamName), Time: time.Duration(w.Time), Problem: w.problem,
		Learner: Person{Username: string(w.Username), Email: string(w.Email)}, ExamsUserID: int64(w.UserID),
	}
}

// ListExamAttemptsParams are the parameters of [ExamsService.Attempts].
type ListExamAttemptsParams struct {
	ExamID int64  // required
	Limit  int    // of a page, 1 to 1000; 0 is the service's default, 100
	Cursor string // Next of the page before; "" is the first page
}

// ExamAttempt is one sitting of an exam in edx-exams.
type ExamAttempt struct {
	ID        int64         // the attempt's own id
	Username  string        // the learner
	ExamName  string        // title of the exam
	Kind      ExamKind      // of the exam
	Status    AttemptStatus // where the attempt stands
	Started   time.Time     // UTC; zero before the start
	Ended     time.Time     // UTC; zero before the end
	TimeLimit time.Duration // with the learner's extra time; 0 before the start
	Review    *ExamReview   // nil before the review
	Problem   *RowError     `json:",omitempty"` // what could not be read; nil if everything was
}

// ExamReview is what the review of an attempt found.
type ExamReview struct {
	Submitted time.Time // UTC
	Severity  string    // decimal text, such as "0.25"
	Reason    string    // why, in the service's words
}

type examAttemptWire struct {
	row
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
// It fails with [*proctorbook.ValidationError] before anything is sent, with
// [ErrNotFound] if the exam is one of another course, and with [ErrForbidden]. For an
// unknown exam the service breaks down, which looks like an outage: [ErrUnavailable].
//
// Endpoint: GET /api/v1/instructor_view/course_id/{course}/attempts.
func (s *ExamsService) Attempts(ctx context.Context, course CourseKey, params ListExamAttemptsParams) (*Page[ExamAttempt], error) {
	op := operation{name: "Exams.Attempts", family: exams, query: url.Values{"exam_id": {number(params.ExamID)}}, long: true}
	op.input = all(checkCourse(course), checkID("exam id", params.ExamID), params.set(op.query))
	op.path = examsPath + "instructor_view/course_id/" + course.path() + "/attempts"
	answer, err := fetch[pageWire[examAttemptWire]](ctx, s.core, op)
	if err != nil {
		return nil, err
	}
	return pageOf(s.core, op, answer, "offset", examAttemptWire.attempt)
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
		Problem: w.problem,
	}
	if w.Review != nil {
		a.Review = &ExamReview{
			Submitted: w.Review.Submitted.Time, Severity: string(w.Review.Severity), Reason: string(w.Review.Reason),
		}
	}
	return a
}
