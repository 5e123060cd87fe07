package edx

import (
	"context"
	"encoding/json"
	"iter"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/proctorbook/proctorbook"
)

// SpecialExamsService reads and steers timed and proctored exams within the LMS
// (edx-proctoring), on platforms that have them switched on. Courses whose exams
// are in edx-exams have none here: see [ExamsService].
//
// Staff of the course are here its staff and global staff.
type SpecialExamsService struct{ core *core }

const proctoringPath = "/api/edx_proctoring/v1/proctored_exam/"

// List returns the exams of a course that are active. Any user may ask. An
// unknown course has none.
//
// It fails with [*proctorbook.ValidationError] before anything is sent.
//
// Endpoint: GET /api/edx_proctoring/v1/proctored_exam/exam/course_id/{course}.
func (s *SpecialExamsService) List(ctx context.Context, course CourseKey) ([]Exam, error) {
	return fetchList(ctx, s.core, operation{
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
	answer, err := fetch[examWire](ctx, s.core, operation{
		name: "SpecialExams.Get", input: checkID("exam id", examID),
		family: proctoring, path: proctoringPath + "exam/exam_id/" + number(examID),
	})
	if err != nil {
		return nil, err
	}
	found := answer.exam()
	return &found, nil
}

// ReviewPolicy returns the rules for the reviewers of an exam, "" if there are
// none, and also if there is no such exam. Any user may ask.
//
// It fails with [*proctorbook.ValidationError] before anything is sent.
//
// Endpoint: GET /api/edx_proctoring/v1/proctored_exam/review_policy/exam_id/{exam}/.
func (s *SpecialExamsService) ReviewPolicy(ctx context.Context, examID int64) (string, error) {
	answer, err := fetch[reviewPolicyWire](ctx, s.core, operation{
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
	PlatformName      string // what the platform calls itself
	Contact           string // where to turn to at the platform: the URL of a page, or an e-mail address
	ProviderName      string // the proctoring provider's name
	SupportEmail      string // of the provider
	SupportPhone      string // of the provider
	EscalationEmail   string // where learners of the course get help; "" if not set
	IntegrationEmail  string // contact address for this integration
	NotificationsFrom string // sender of the mails to learners

	Links   map[string]string // the platform's pages about proctoring, by its names for them, such as "faq"
	Backend json.RawMessage   // what the provider tells of itself, as it came; nil if nothing
	Problem *RowError         `json:",omitempty"` // what could not be read; nil if everything was
}

// Settings returns how an exam is proctored. The platform asks the provider, so
// it can be slow, or fail with [ErrUnavailable] where the provider is down.
//
// It fails with [*proctorbook.ValidationError] before anything is sent, and with
// [ErrNotFound] if there is no such exam.
//
// Endpoint: GET /api/edx_proctoring/v1/proctored_exam/settings/exam_id/{exam}/.
func (s *SpecialExamsService) Settings(ctx context.Context, examID int64) (*ExamSettings, error) {
	answer, err := fetch[examSettingsWire](ctx, s.core, operation{
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
// It fails with [*proctorbook.ValidationError] before anything is sent, with
// [ErrNotFound] if there is no such attempt, and with [ErrForbidden]. When the attempt
// is gone already, and the client is staff of the course alone, the platform breaks
// down, which looks like an outage: [ErrUnavailable].
//
// Endpoint: DELETE /api/edx_proctoring/v1/proctored_exam/attempt/{attempt}.
func (s *SpecialExamsService) RemoveAttempt(ctx context.Context, attemptID int64) error {
	return perform(ctx, s.core, operation{
		name: "SpecialExams.RemoveAttempt", input: checkID("attempt id", attemptID),
		family: proctoring, method: http.MethodDelete,
		class: proctorbook.IdempotentWrite, path: proctoringPath + "attempt/" + number(attemptID),
	})
}

// ResetAttempts lets a learner sit an exam again. It removes the earlier attempts,
// also at the provider, and with them the learner's answers: nothing of them is left
// to look at. The client must be staff of the course.
//
// It fails with [*proctorbook.ValidationError] before anything is sent, with
// [ErrNotFound] if the learner has no attempt at it, and with [ErrForbidden]. For an
// unknown exam and a client that is staff of the course alone the platform breaks
// down, which looks like an outage: [ErrUnavailable].
//
// Endpoint: DELETE /api/edx_proctoring/v1/proctored_exam/exam_id/{exam}/user_id/{user}/reset_attempts.
func (s *SpecialExamsService) ResetAttempts(ctx context.Context, examID, userID int64) error {
	return perform(ctx, s.core, operation{
		name: "SpecialExams.ResetAttempts", input: all(checkID("exam id", examID), checkID("user id", userID)),
		family: proctoring, method: http.MethodDelete, class: proctorbook.IdempotentWrite,
		path: proctoringPath + "exam_id/" + number(examID) + "/user_id/" + number(userID) + "/reset_attempts",
	})
}

type reviewPolicyWire struct {
	row
	Policy textValue `json:"review_policy"`
}

type examSettingsWire struct {
	row
	PlatformName      *textValue `json:"platform_name"`
	Contact           textValue  `json:"contact_us"`
	ProviderName      textValue  `json:"provider_name"`
	SupportEmail      textValue  `json:"provider_tech_support_email"`
	SupportPhone      textValue  `json:"provider_tech_support_phone"`
	EscalationEmail   textValue  `json:"proctoring_escalation_email"`
	IntegrationEmail  textValue  `json:"integration_specific_email"`
	NotificationsFrom textValue  `json:"learner_notification_from_email"`

	Links   map[string]textValue `json:"link_urls"`
	Backend json.RawMessage      `json:"exam_proctoring_backend"`
}

func (w reviewPolicyWire) missing() string { return "" }

func (w examSettingsWire) missing() string {
	if w.PlatformName == nil {
		return "platform_name"
	}
	return ""
}

func (w examSettingsWire) settings() *ExamSettings {
	settings := &ExamSettings{
		PlatformName: string(*w.PlatformName), Contact: string(w.Contact), ProviderName: string(w.ProviderName),
		SupportEmail: string(w.SupportEmail), SupportPhone: string(w.SupportPhone), EscalationEmail: string(w.EscalationEmail),
		IntegrationEmail: string(w.IntegrationEmail), NotificationsFrom: string(w.NotificationsFrom), Problem: w.problem,
	}
	if backend := string(w.Backend); backend != "" && backend != "{}" && backend != "null" {
		settings.Backend = w.Backend
	}
	for name, link := range w.Links {
		if settings.Links == nil {
			settings.Links = map[string]string{}
		}
		settings.Links[name] = string(link)
	}
	return settings
}

// Onboarding is the state of a learner's onboarding: the set-up before the first
// proctored exam of a course.
type Onboarding struct {
	Status      string    // "" before it was begun, and for attempts that were declined, timed out or not reviewed yet; others may come
	URL         string    // where the learner sets up, relative to the platform, such as "/courses/..."; "" if it can't be done now
	Expires     time.Time // until when it holds, UTC; zero if it does not end, or ExpiresText can't be read
	ExpiresText string    // Expires in the provider's words; a date alone is read as its first moment in UTC
	Released    time.Time // from when it can be done; zero if at once
	PastDue     bool      // it is too late
	Requirement string    // URL of a page that explains the requirements
	Problem     *RowError `json:",omitempty"` // what could not be read; nil if everything was
}

type onboardingWire struct {
	row
	Status      textValue  `json:"onboarding_status"`
	URL         textValue  `json:"onboarding_link"`
	Expires     dateValue  `json:"expiration_date"`
	Released    timeValue  `json:"onboarding_release_date"`
	PastDue     *flagValue `json:"onboarding_past_due"`
	Requirement textValue  `json:"review_requirements_url"`
}

// Onboarding returns whether a learner has done the onboarding for the proctored
// exams of a course. The client must be the learner, or staff of the course.
//
// It fails with [*proctorbook.ValidationError] before anything is sent, with
// [ErrNotFound] if the course has no onboarding exam, and with [ErrForbidden]. For an
// unknown user the platform breaks down, which looks like an outage: [ErrUnavailable].
//
// Endpoint: GET /api/edx_proctoring/v1/user_onboarding/status.
func (s *SpecialExamsService) Onboarding(ctx context.Context, username string, course CourseKey) (*Onboarding, error) {
	answer, err := fetch[onboardingWire](ctx, s.core, operation{
		name: "SpecialExams.Onboarding", input: checkUserAndCourse(username, course),
		family: proctoring, path: onboardingPath,
		query: url.Values{"course_id": {course.String()}, "username": {username}},
	})
	if err != nil {
		return nil, err
	}
	return answer.onboarding(), nil
}

const onboardingPath = "/api/edx_proctoring/v1/user_onboarding/status"

// ListOnboardingParams are the parameters of
// [SpecialExamsService.OnboardingList].
type ListOnboardingParams struct {
	Search   string   // part of a user name or an address; "" is everybody
	Statuses []string // none is every status
	Cursor   string   // Next of the page before; "" is the first page
}

// OnboardingEntry is the state of one learner's onboarding.
type OnboardingEntry struct {
	Username string    // the learner
	Mode     Mode      // in which the learner is enrolled
	Status   string    // others may come
	Modified time.Time // UTC; zero if it was never begun
	Problem  *RowError `json:",omitempty"` // what could not be read; nil if everything was
}

type onboardingEntryWire struct {
	row
	Username textValue `json:"username"`
	Mode     textValue `json:"enrollment_mode"`
	Status   textValue `json:"status"`
	Modified timeValue `json:"modified"`
}

// OnboardingList returns one page of the onboarding of a course's learners, 25 a
// page. The client must be staff of the course.
//
// It fails with [*proctorbook.ValidationError] before anything is sent, with
// [ErrNotFound] if the course has no onboarding exam, with [ErrUnavailable] also
// if the provider is down, and with [ErrForbidden].
//
// Endpoint: GET /api/edx_proctoring/v1/user_onboarding/status/course_id/{course}.
func (s *SpecialExamsService) OnboardingList(ctx context.Context, course CourseKey, params ListOnboardingParams) (*Page[OnboardingEntry], error) {
	op := operation{name: "SpecialExams.OnboardingList", family: proctoring, query: url.Values{}, long: true}
	op.input = all(checkCourse(course), checkOptional("search", params.Search, maxKeyChars), setPage(op.query, "page", params.Cursor, 0, 0))
	op.path = onboardingPath + "/course_id/" + course.path()
	setText(op.query, "text_search", params.Search)
	setText(op.query, "statuses", strings.Join(params.Statuses, ","))
	answer, err := fetch[pageWire[onboardingEntryWire]](ctx, s.core, op)
	if err != nil {
		return nil, err
	}
	return pageOf(s.core, op, answer, "page", onboardingEntryWire.entry)
}

// AllOnboarding yields the onboarding of all learners of a course; it fails as
// OnboardingList does, with the error as the last thing that it yields.
//
// Endpoint: GET /api/edx_proctoring/v1/user_onboarding/status/course_id/{course}.
func (s *SpecialExamsService) AllOnboarding(ctx context.Context, course CourseKey, params ListOnboardingParams) iter.Seq2[OnboardingEntry, error] {
	return pages("SpecialExams.AllOnboarding", params.Cursor, func(cursor string) (*Page[OnboardingEntry], error) {
		next := params
		next.Cursor = cursor
		return s.OnboardingList(ctx, course, next)
	})
}

func (w onboardingWire) missing() string {
	if w.PastDue == nil {
		return "onboarding_past_due"
	}
	return ""
}

func (w onboardingWire) onboarding() *Onboarding {
	return &Onboarding{
		Status: string(w.Status), URL: string(w.URL), Expires: w.Expires.Time, ExpiresText: w.Expires.text,
		Released: w.Released.Time, PastDue: bool(*w.PastDue), Requirement: string(w.Requirement), Problem: w.problem,
	}
}

func (w onboardingEntryWire) missing() string {
	if w.Username == "" {
		return "username"
	}
	return ""
}

func (w onboardingEntryWire) entry() OnboardingEntry {
	return OnboardingEntry{
		Username: string(w.Username), Mode: Mode(w.Mode), Status: string(w.Status), Modified: w.Modified.Time,
		Problem: w.problem,
	}
}
