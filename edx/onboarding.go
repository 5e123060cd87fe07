package edx

import (
	"context"
	"iter"
	"net/url"
	"strings"
	"time"
)

// Onboarding is whether a learner has set up for the proctored exams of a course.
type Onboarding struct {
	Status      string // "" before it was begun; an open set of words
	URL         string // where the learner sets up; "" if it can't be done now
	Expires     time.Time
	Released    time.Time // from when it can be done; zero if at once
	PastDue     bool      // it is too late
	Requirement string    // URL of a page that says what is needed
}

type onboardingWire struct {
	Status      textValue  `json:"onboarding_status"`
	URL         textValue  `json:"onboarding_link"`
	Expires     timeValue  `json:"expiration_date"`
	Released    timeValue  `json:"onboarding_release_date"`
	PastDue     *flagValue `json:"onboarding_past_due"`
	Requirement textValue  `json:"review_requirements_url"`
}

// Onboarding returns whether a learner has set up for the proctored exams of a
// course. The client must be the learner, or staff of the course.
//
// It fails with [*proctorbook.ValidationError] before anything is sent, with [ErrNotFound] if
// the course has no onboarding exam, and with [ErrForbidden].
//
// Endpoint: GET /api/edx_proctoring/v1/user_onboarding/status.
func (s *SpecialExamsService) Onboarding(ctx context.Context, username string, course CourseKey) (*Onboarding, error) {
	answer, err := fetch[onboardingWire](ctx, s.client, operation{
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

// ListOnboardingParams says whose onboarding is asked for.
type ListOnboardingParams struct {
	Search   string   // part of a user name or an address; "" is everybody
	Statuses []string // none is every status
	Cursor   string   // Next of the page before; "" is the first page
}

// OnboardingEntry is how far a learner has set up.
type OnboardingEntry struct {
	Username string
	Mode     Mode
	Status   string    // an open set of words
	Modified time.Time // UTC; zero if it was never begun
}

type onboardingEntryWire struct {
	Username textValue `json:"username"`
	Mode     textValue `json:"enrollment_mode"`
	Status   textValue `json:"status"`
	Modified timeValue `json:"modified"`
}

// OnboardingList returns one page of how far the learners of a course have set
// up, 25 a page. The client must be staff of the course.
//
// It fails with [*proctorbook.ValidationError] before anything is sent, with [ErrNotFound] if
// the course has no onboarding exam, with [ErrUnavailable] also if the provider is
// down, and with [ErrForbidden].
//
// Endpoint: GET /api/edx_proctoring/v1/user_onboarding/status/course_id/{course}.
func (s *SpecialExamsService) OnboardingList(ctx context.Context, course CourseKey, params ListOnboardingParams) (*Page[OnboardingEntry], error) {
	op := operation{name: "SpecialExams.OnboardingList", family: proctoring, query: url.Values{}, long: true}
	op.input = all(checkCourse(course), checkOptional("search", params.Search, maxKeyChars), setPage(op.query, "page", params.Cursor, 0, 0))
	op.path = onboardingPath + "/course_id/" + course.path()
	setText(op.query, "text_search", params.Search)
	setText(op.query, "statuses", strings.Join(params.Statuses, ","))
	answer, err := fetch[pageWire[onboardingEntryWire]](ctx, s.client, op)
	if err != nil {
		return nil, err
	}
	return pageOf(s.client, op, answer, "page", onboardingEntryWire.entry)
}

// AllOnboarding yields how far all learners of a course have set up; it fails as
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
		Status: string(w.Status), URL: string(w.URL), Expires: w.Expires.Time, Released: w.Released.Time,
		PastDue: bool(*w.PastDue), Requirement: string(w.Requirement),
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
	}
}
