package edx

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/proctorbook/proctorbook"
)

// ExamsService reads and steers the exams of edx-exams, the service that follows
// edx-proctoring. It has a host of its own, which [WithExamsURL] sets; without it
// every call fails with [*proctorbook.ValidationError].
//
// Staff of a course are here those whom edx-exams itself knows as such.
type ExamsService struct{ client *Client }

const examsPath = "/api/v1/"

// List returns the exams of a course that are active. The client must be staff of
// the course.
//
// It fails with [*proctorbook.ValidationError] before anything is sent, with [ErrNotFound] for
// a course whose exams are still in the LMS (see [SpecialExamsService]), and with
// [ErrForbidden].
//
// Endpoint: GET /api/v1/exams/course_id/{course}.
func (s *ExamsService) List(ctx context.Context, course CourseKey) ([]Exam, error) {
	return fetchList(ctx, s.client, operation{
		name: "Exams.List", input: checkCourse(course),
		family: exams, path: examsPath + "exams/course_id/" + course.path(),
	}, examWire.exam)
}

// ExamConfig is who proctors the exams of a course.
type ExamConfig struct {
	Provider        string // name; "" if there is none
	EscalationEmail string
}

// Config returns who proctors the exams of a course. Any user may ask.
//
// It fails with [*proctorbook.ValidationError] before anything is sent.
//
// Endpoint: GET /api/v1/configs/course_id/{course}.
func (s *ExamsService) Config(ctx context.Context, course CourseKey) (*ExamConfig, error) {
	answer, err := fetch[examConfigWire](ctx, s.client, operation{
		name: "Exams.Config", input: checkCourse(course),
		family: exams, path: examsPath + "configs/course_id/" + course.path(),
	})
	if err != nil {
		return nil, err
	}
	return &ExamConfig{Provider: string(answer.Provider), EscalationEmail: string(answer.EscalationEmail)}, nil
}

// ExamProvider is a proctoring provider that edx-exams knows.
type ExamProvider struct {
	Name            string
	DisplayName     string
	ConfigurationID string // of LTI
}

// Providers returns the proctoring providers that the courses of an organization
// can choose from; "" is those for all. Any user may ask.
//
// Endpoint: GET /api/v1/providers.
func (s *ExamsService) Providers(ctx context.Context, org string) ([]ExamProvider, error) {
	op := operation{name: "Exams.Providers", input: checkOptional("organization", org, maxKeyChars), family: exams, path: examsPath + "providers", query: url.Values{}}
	setText(op.query, "org", org)
	return fetchList(ctx, s.client, op, func(w examProviderWire) ExamProvider {
		return ExamProvider{Name: string(w.Name), DisplayName: string(w.DisplayName), ConfigurationID: string(w.ConfigurationID)}
	})
}

// ExtraTime is the time that a learner has beyond an exam's limit.
type ExtraTime struct {
	ID       int64
	ExamID   int64
	ExamName string
	Learner  Person
	Time     time.Duration // whole minutes
}

// Allowances returns the extra times in the exams of a course. The client must be
// staff of the course.
//
// It fails with [*proctorbook.ValidationError] before anything is sent, and with
// [ErrForbidden].
//
// Endpoint: GET /api/v1/exams/course_id/{course}/allowances.
func (s *ExamsService) Allowances(ctx context.Context, course CourseKey) ([]ExtraTime, error) {
	return fetchList(ctx, s.client, operation{
		name: "Exams.Allowances", input: checkCourse(course),
		family: exams, path: extraTimesPath(course),
	}, extraTimeWire.extraTime)
}

// SetExtraTimeParams is the extra time of one learner in one exam.
type SetExtraTimeParams struct {
	ExamID   int64
	Username string
	Time     time.Duration // whole minutes, 1 to 9999
}

// SetAllowances sets the extra times of 1 to 100 learners, all or none. The
// client must be staff of the course.
//
// It fails with [*proctorbook.ValidationError] before anything is sent, with status 400 for a
// learner or an exam that the service does not know, and with [ErrForbidden].
//
// Endpoint: POST /api/v1/exams/course_id/{course}/allowances.
func (s *ExamsService) SetAllowances(ctx context.Context, course CourseKey, allowances []SetExtraTimeParams) error {
	input := all(checkCourse(course), checkRange("number of allowances", len(allowances), 1, maxListed))
	body := make([]map[string]any, len(allowances))
	for i, a := range allowances {
		input = append(input, a.check()...)
		body[i] = map[string]any{"exam_id": a.ExamID, "username": a.Username, "extra_time_mins": int(a.Time / time.Minute)}
	}
	return perform(ctx, s.client, operation{
		name: "Exams.SetAllowances", input: input,
		family: exams, method: http.MethodPost, class: proctorbook.IdempotentWrite,
		path: extraTimesPath(course), body: body, refusals: []int{http.StatusBadRequest},
	})
}

// RemoveAllowance takes the extra time with that id away. The client must be
// staff of the course.
//
// It fails with [*proctorbook.ValidationError] before anything is sent, with [ErrNotFound] if
// there is none, and with [ErrForbidden].
//
// Endpoint: DELETE /api/v1/exams/course_id/{course}/allowances/{allowance}.
func (s *ExamsService) RemoveAllowance(ctx context.Context, course CourseKey, id int64) error {
	return perform(ctx, s.client, operation{
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
	Provider        textValue `json:"provider"`
	EscalationEmail textValue `json:"escalation_email"`
}

func (w examConfigWire) missing() string { return "" }

type examProviderWire struct {
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
		ID: int64(w.ID), ExamID: int64(w.ExamID), ExamName: string(w.ExamName), Time: time.Duration(w.Time),
		Learner: Person{ID: int64(w.UserID), Username: string(w.Username), Email: string(w.Email)},
	}
}
