package edx

import (
	"context"
	"net/http"
	"strconv"

	"github.com/proctorbook/proctorbook"
)

// SpecialExamsService reads and steers timed and proctored exams within the LMS
// (edx-proctoring), on platforms that have them switched on. Courses whose exams
// are in edx-exams have none here: see [ExamsService].
//
// Staff of the course are here its staff and global staff.
type SpecialExamsService struct{ client *Client }

const proctoringPath = "/api/edx_proctoring/v1/proctored_exam/"

// List returns the exams of a course that are active. Any user may ask. An
// unknown course has none.
//
// It fails with [*proctorbook.ValidationError] before anything is sent.
//
// Endpoint: GET /api/edx_proctoring/v1/proctored_exam/exam/course_id/{course}.
func (s *SpecialExamsService) List(ctx context.Context, course CourseKey) ([]Exam, error) {
	return fetchList(ctx, s.client, operation{
		name: "SpecialExams.List", input: checkCourse(course),
		family: proctoring, path: proctoringPath + "exam/course_id/" + course.path(),
	}, examWire.exam)
}

// Get returns one exam, active or not. Any user may ask.
//
// It fails with [*proctorbook.ValidationError] before anything is sent, and with
// [ErrNotFound] if there is no such exam.
//
// Endpoint: GET /api/edx_proctoring/v1/proctored_exam/exam/exam_id/{exam}.
func (s *SpecialExamsService) Get(ctx context.Context, examID int64) (*Exam, error) {
	answer, err := fetch[examWire](ctx, s.client, operation{
		name: "SpecialExams.Get", input: checkID("exam id", examID),
		family: proctoring, path: proctoringPath + "exam/exam_id/" + number(examID),
	})
	if err != nil {
		return nil, err
	}
	found := answer.exam()
	return &found, nil
}

// ReviewPolicy returns the rules of an exam that its reviewers go by, "" if there
// are none. Any user may ask.
//
// It fails with [*proctorbook.ValidationError] before anything is sent, and with
// [ErrNotFound] if there is no such exam.
//
// Endpoint: GET /api/edx_proctoring/v1/proctored_exam/review_policy/exam_id/{exam}/.
func (s *SpecialExamsService) ReviewPolicy(ctx context.Context, examID int64) (string, error) {
	answer, err := fetch[reviewPolicyWire](ctx, s.client, operation{
		name: "SpecialExams.ReviewPolicy", input: checkID("exam id", examID),
		family: proctoring,
		path:   proctoringPath + "review_policy/exam_id/" + number(examID) + "/",
	})
	if err != nil {
		return "", err
	}
	return string(answer.Policy), nil
}

// ExamSettings are how an exam is proctored, and whom to turn to.
type ExamSettings struct {
	PlatformName      string
	ContactURL        string
	ProviderName      string
	SupportEmail      string // of the provider
	SupportPhone      string // of the provider
	EscalationEmail   string
	IntegrationEmail  string
	NotificationsFrom string
}

// Settings returns how an exam is proctored. The platform asks the provider, so
// it can be slow, or fail with [ErrUnavailable] where the provider is down.
//
// It fails with [*proctorbook.ValidationError] before anything is sent, and with
// [ErrNotFound] if there is no such exam.
//
// Endpoint: GET /api/edx_proctoring/v1/proctored_exam/settings/exam_id/{exam}/.
func (s *SpecialExamsService) Settings(ctx context.Context, examID int64) (*ExamSettings, error) {
	answer, err := fetch[examSettingsWire](ctx, s.client, operation{
		name: "SpecialExams.Settings", input: checkID("exam id", examID),
		family: proctoring, path: proctoringPath + "settings/exam_id/" + number(examID) + "/",
	})
	if err != nil {
		return nil, err
	}
	return answer.settings(), nil
}

// RemoveAttempt deletes one attempt, also at the provider, and with it the
// learner's answers. The client must be staff of the course.
//
// It fails with [*proctorbook.ValidationError] before anything is sent, with [ErrNotFound] if
// there is no such attempt, and with [ErrForbidden].
//
// Endpoint: DELETE /api/edx_proctoring/v1/proctored_exam/attempt/{attempt}.
func (s *SpecialExamsService) RemoveAttempt(ctx context.Context, attemptID int64) error {
	return perform(ctx, s.client, operation{
		name: "SpecialExams.RemoveAttempt", input: checkID("attempt id", attemptID),
		family: proctoring, method: http.MethodDelete,
		class: proctorbook.IdempotentWrite, path: proctoringPath + "attempt/" + number(attemptID),
	})
}

// ResetAttempts lets a learner sit an exam again: the attempts of before stay in
// the records. The client must be staff of the course.
//
// It fails with [*proctorbook.ValidationError] before anything is sent, with [ErrNotFound] if
// the learner has no attempt at it, and with [ErrForbidden].
//
// Endpoint: DELETE /api/edx_proctoring/v1/proctored_exam/exam_id/{exam}/user_id/{user}/reset_attempts.
func (s *SpecialExamsService) ResetAttempts(ctx context.Context, examID, userID int64) error {
	return perform(ctx, s.client, operation{
		name: "SpecialExams.ResetAttempts", input: all(checkID("exam id", examID), checkID("user id", userID)),
		family: proctoring, method: http.MethodDelete, class: proctorbook.IdempotentWrite,
		path: proctoringPath + "exam_id/" + number(examID) + "/user_id/" + number(userID) + "/reset_attempts",
	})
}

func number(id int64) string { return strconv.FormatInt(id, 10) }

type reviewPolicyWire struct {
	Policy textValue `json:"review_policy"`
}

type examSettingsWire struct {
	PlatformName      *textValue `json:"platform_name"`
	ContactURL        textValue  `json:"contact_us"`
	ProviderName      textValue  `json:"provider_name"`
	SupportEmail      textValue  `json:"provider_tech_support_email"`
	SupportPhone      textValue  `json:"provider_tech_support_phone"`
	EscalationEmail   textValue  `json:"proctoring_escalation_email"`
	IntegrationEmail  textValue  `json:"integration_specific_email"`
	NotificationsFrom textValue  `json:"learner_notification_from_email"`
}

func (w reviewPolicyWire) missing() string { return "" }

func (w examSettingsWire) missing() string {
	if w.PlatformName == nil {
		return "platform_name"
	}
	return ""
}

func (w examSettingsWire) settings() *ExamSettings {
	return &ExamSettings{
		PlatformName: string(*w.PlatformName), ContactURL: string(w.ContactURL), ProviderName: string(w.ProviderName),
		SupportEmail: string(w.SupportEmail), SupportPhone: string(w.SupportPhone), EscalationEmail: string(w.EscalationEmail),
		IntegrationEmail: string(w.IntegrationEmail), NotificationsFrom: string(w.NotificationsFrom),
	}
}
