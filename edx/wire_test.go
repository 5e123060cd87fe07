package edx_test

import (
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/edx"
)

func utc(text string) time.Time {
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		panic(err)
	}
	return at.UTC()
}

// endpointNamed is a row of the table of endpoints.
func endpointNamed(t testing.TB, name string) endpoint {
	t.Helper()
	for _, e := range endpoints {
		if e.name == name {
			return e
		}
	}
	t.Fatalf("no endpoint %s", name)
	return endpoint{}
}

var (
	adaPerson = edx.Person{ID: 4211, Username: username, Email: "ada@example.org"}
	final     = edx.MustUsageKey("block-v1:ExampleX+CS101+2026_T1+type@sequential+block@0a1b")
	finalExam = edx.Exam{
		ID: 7, Course: cs101, Usage: final, Name: "Final", Kind: edx.ExamProctored, TimeLimit: 90 * time.Minute,
		Due: utc("2026-07-01T16:00:00Z"), Active: true, Backend: "x",
	}
	adaAllowance = edx.Allowance{
		ID: 3, Learner: adaPerson, Exam: finalExam, Key: edx.AllowanceExtraTime, Value: "30",
		Created: utc("2026-05-01T10:00:00Z"), Modified: utc("2026-05-02T10:00:00Z"),
	}
	adaEntry = edx.GradebookEntry{
		UserID: 4211, Username: username, Email: "ada@example.org", Percent: 0.83, FullName: "Ada Lovelace", ExternalUserKey: "uni-77", ProfileName: "Ada L.",
		Sections: []edx.SectionScore{{
			Usage: final, Name: "Final", Category: "Exam", Label: "Ex 01", Attempted: true, Percent: 0.9, Earned: 9, Possible: 10,
		}},
	}
	verifiedMode = edx.CourseMode{
		Mode: edx.Verified, Name: "Verified Certificate", MinPrice: "49.00", Currency: "usd",
		Expires: utc("2026-06-01T00:00:00Z"), ExpiresByHand: true, SKU: "S1",
	}
)

// answers are what the methods make of the platform's bytes in the table of
// endpoints. Those of courses, accounts, preferences and single enrollments have
// tests of their own.
var answers = map[string]struct {
	want any
	call func(context.Context, *edx.Client) (any, error)
}{
	"Courses.IDs": {
		&edx.Page[edx.CourseID]{Items: []edx.CourseID{{Key: cs101}, {Key: edx.MustCourseKey("ExampleX/CS101/2026")}}, Total: 2, Pages: 1},
		func(ctx context.Context, c *edx.Client) (any, error) {
			return c.Courses.IDs(ctx, edx.ListCourseIDsParams{Username: username, Role: edx.RoleStaff})
		},
	},
	"Enrollments.List": {
		&edx.Page[edx.EnrollmentRow]{Items: []edx.EnrollmentRow{
			{Username: username, Course: cs101, Mode: edx.Verified, Active: true, Created: time.Date(2026, 2, 11, 19, 44, 31, 802434000, time.UTC)},
			{Username: "bob", Course: cs101, Mode: edx.Audit, Created: utc("2026-02-10T19:44:31Z")},
		}},
		func(ctx context.Context, c *edx.Client) (any, error) {
			return c.Enrollments.List(ctx, edx.ListEnrollmentsParams{Course: cs101, Usernames: []string{username}})
		},
	},
	"Enrollments.CourseDetails": {
		&edx.CourseDetails{
			Key: cs101, Name: "Logic & Proof", EnrollmentEnd: utc("2026-03-16T22:00:00Z"), Start: utc("2026-03-02T08:00:00Z"),
			End: utc("2026-07-31T22:00:00Z"), InviteOnly: true, Pacing: edx.PacingSelf,
			Modes: []edx.CourseMode{
				{Mode: edx.Audit, Name: "Audit", MinPrice: "0", Currency: "usd"},
				{
					Mode: edx.Verified, Name: "Verified Certificate", MinPrice: "49", Currency: "usd", SuggestedPrices: []string{"60", "70"},
					Expires: utc("2026-02-01T00:00:00Z"), Description: "With identity check", SKU: "S1", BulkSKU: "B1",
				},
			},
		},
		func(ctx context.Context, c *edx.Client) (any, error) {
			return c.Enrollments.CourseDetails(ctx, cs101, edx.CourseDetailsParams{IncludeExpired: true})
		},
	},
	"Enrollments.Roles": {
		&edx.Roles{Staff: true, Courses: []edx.RoleInCourse{{Org: "ExampleX", Course: cs101, Role: edx.RoleStaff}}},
		func(ctx context.Context, c *edx.Client) (any, error) {
			return c.Enrollments.Roles(ctx, cs101)
		},
	},
	"Enrollments.Allowed.List": {
		[]edx.Permission{{Email: "ada@example.org", Course: cs101, AutoEnroll: true, Created: utc("2026-02-11T19:44:31Z")}},
		func(ctx context.Context, c *edx.Client) (any, error) {
			return c.Enrollments.Allowed.List(ctx, "ada@example.org")
		},
	},
	"Modes.List": {
		[]edx.CourseMode{verifiedMode},
		func(ctx context.Context, c *edx.Client) (any, error) { return c.Modes.List(ctx, cs101) },
	},
	"Modes.Get": {
		&verifiedMode,
		func(ctx context.Context, c *edx.Client) (any, error) { return c.Modes.Get(ctx, cs101, edx.Verified) },
	},
	"Accounts.Me": {
		"exam-service",
		func(ctx context.Context, c *edx.Client) (any, error) { return c.Accounts.Me(ctx) },
	},
	"Accounts.SearchEmails": {
		[]edx.Person{adaPerson},
		func(ctx context.Context, c *edx.Client) (any, error) {
			return c.Accounts.SearchEmails(ctx, []string{"ada@example.org"})
		},
	},
	"Accounts.Verification": {
		&edx.Verification{Verified: true, Status: "approved", Expires: utc("2027-01-01T00:00:00Z")},
		func(ctx context.Context, c *edx.Client) (any, error) { return c.Accounts.Verification(ctx, username) },
	},
	"Preferences.TimeZones": {
		[]edx.TimeZone{{Name: "Europe/London", Description: "Europe/London (GMT, UTC+0000)"}},
		func(ctx context.Context, c *edx.Client) (any, error) { return c.Preferences.TimeZones(ctx, "GB") },
	},
	"Grades.Get": {
		&edx.Grade{Username: username, Course: cs101, Passed: true, Percent: 0.83, Letter: "B"},
		func(ctx context.Context, c *edx.Client) (any, error) { return c.Grades.Get(ctx, username, cs101) },
	},
	"Grades.Policy": {
		[]edx.AssignmentPolicy{{Type: "Exam", Count: 1, Weight: 0.4}, {Type: "Homework"}},
		func(ctx context.Context, c *edx.Client) (any, error) { return c.Grades.Policy(ctx, cs101) },
	},
	"Grades.Gradebook": {
		&edx.Page[edx.GradebookEntry]{Items: []edx.GradebookEntry{adaEntry}, Total: 1},
		func(ctx context.Context, c *edx.Client) (any, error) {
			return c.Grades.Gradebook(ctx, cs101, edx.GradebookParams{})
		},
	},
	"Grades.GradebookOf": {
		&adaEntry,
		func(ctx context.Context, c *edx.Client) (any, error) {
			return c.Grades.GradebookOf(ctx, username, cs101)
		},
	},
	"Grades.GradingInfo": {
		&edx.GradingInfo{Raw: json.RawMessage(`{"grades_frozen":false,"subsections":[]}`)},
		func(ctx context.Context, c *edx.Client) (any, error) {
			return c.Grades.GradingInfo(ctx, cs101, edx.GradingInfoParams{GradedOnly: true})
		},
	},
	"Grades.Sections": {
		&edx.Page[edx.SectionGrades]{Items: []edx.SectionGrades{
			{Username: username, Course: cs101, Percent: 83, Passed: true, Sections: json.RawMessage(`[{"label":"Ex"}]`)},
		}},
		func(ctx context.Context, c *edx.Client) (any, error) {
			return c.Grades.Sections(ctx, edx.SectionGradesParams{Course: cs101, Username: username})
		},
	},
	"Certificates.Get": {
		&edx.Certificate{
			Username: username, Course: cs101, Type: edx.Verified, Status: "downloadable", Passing: true, Grade: "0.98",
			Created: utc("2026-08-15T10:00:00Z"),
		},
		func(ctx context.Context, c *edx.Client) (any, error) { return c.Certificates.Get(ctx, username, cs101) },
	},
	"Certificates.List": {
		[]edx.Certificate{{
			Username: username, Course: cs101, Type: edx.Verified, Status: "downloadable", Passing: true, DownloadURL: "/certificates/0f1e",
			Created: utc("2026-08-15T10:00:00Z"), CourseName: "Logic & Proof", CourseOrg: "ExampleX", Modified: utc("2026-08-16T10:00:00Z"), UUID: "0f1e",
		}},
		func(ctx context.Context, c *edx.Client) (any, error) { return c.Certificates.List(ctx, username) },
	},
	"SpecialExams.List": {
		[]edx.Exam{finalExam},
		func(ctx context.Context, c *edx.Client) (any, error) { return c.SpecialExams.List(ctx, cs101) },
	},
	"SpecialExams.Get": {
		&finalExam,
		func(ctx context.Context, c *edx.Client) (any, error) { return c.SpecialExams.Get(ctx, 7) },
	},
	"SpecialExams.Attempts": {
		&edx.Page[edx.AttemptGroup]{Pages: 1, URL: "/api/edx_proctoring/v1/proctored_exam/attempt/grouped/course_id/" + cs101Path, Items: []edx.AttemptGroup{{
			Latest: edx.Attempt{
				ID: 12, Learner: adaPerson, Status: edx.AttemptSubmitted, ExternalID: "ext-att-1",
				Exam: edx.Exam{
					ID: 7, Course: cs101, Usage: final, Name: "Final", Kind: edx.ExamPractice, TimeLimit: 90 * time.Minute,
					Active: true, ExternalID: "ext-exam-1", Backend: "x",
				},
				Created: utc("2026-06-30T09:00:00Z"), Modified: utc("2026-06-30T10:31:00Z"), Started: utc("2026-06-30T09:01:00Z"),
				Completed: utc("2026-06-30T10:31:00Z"), TimeLimit: 2 * time.Hour, TimeRemaining: 61500 * time.Millisecond,
				Proctored: true, Resumable: true, ReadyToResume: true, Acknowledged: true, ReviewPolicyID: 4,
			},
			All: []edx.Attempt{
				{ID: 12, Status: edx.AttemptSubmitted, Exam: edx.Exam{Kind: edx.ExamTimed}},
				{ID: 11, Status: edx.AttemptError, Exam: edx.Exam{Kind: edx.ExamTimed}},
			},
		}}},
		func(ctx context.Context, c *edx.Client) (any, error) {
			return c.SpecialExams.Attempts(ctx, cs101, edx.ListAttemptsParams{})
		},
	},
	"SpecialExams.Allowances": {
		[]edx.Allowance{adaAllowance},
		func(ctx context.Context, c *edx.Client) (any, error) { return c.SpecialExams.Allowances(ctx, cs101) },
	},
	"SpecialExams.AllowancesByUser": {
		map[string][]edx.Allowance{username: {adaAllowance}},
		func(ctx context.Context, c *edx.Client) (any, error) {
			return c.SpecialExams.AllowancesByUser(ctx, cs101)
		},
	},
	"SpecialExams.Settings": {
		&edx.ExamSettings{
			PlatformName: "Example", Contact: "https://lms.example.org/contact", ProviderName: "X Proctoring", SupportEmail: "tech@example.org",
			SupportPhone: "+15550100", EscalationEmail: "help@example.org", IntegrationEmail: "x@example.org", NotificationsFrom: "noreply@example.org",
			Links: map[string]string{"faq": "https://lms.example.org/faq", "online_proctoring_rules": ""}, Backend: json.RawMessage(`{"name":"X Proctoring","rules":{"allow_notes":false}}`),
		},
		func(ctx context.Context, c *edx.Client) (any, error) { return c.SpecialExams.Settings(ctx, 7) },
	},
	"SpecialExams.ReviewPolicy": {
		"Closed book",
		func(ctx context.Context, c *edx.Client) (any, error) { return c.SpecialExams.ReviewPolicy(ctx, 7) },
	},
	"SpecialExams.Onboarding": {
		&edx.Onboarding{
			Status: "verified", URL: "/courses/x", Expires: utc("2027-01-01T00:00:00Z"), ExpiresText: "2027-01-01T00:00:00Z", Released: utc("2026-03-02T08:00:00Z"),
			Requirement: "https://lms.example.org/rules",
		},
		func(ctx context.Context, c *edx.Client) (any, error) {
			return c.SpecialExams.Onboarding(ctx, username, cs101)
		},
	},
	"SpecialExams.OnboardingList": {
		&edx.Page[edx.OnboardingEntry]{Items: []edx.OnboardingEntry{{Username: username, Mode: edx.Verified, Status: "not_started"}}, Total: 1, Pages: 1},
		func(ctx context.Context, c *edx.Client) (any, error) {
			return c.SpecialExams.OnboardingList(ctx, cs101, edx.ListOnboardingParams{})
		},
	},
	"Exams.List": {
		[]edx.Exam{{ID: 7, Course: cs101, Usage: final, Name: "Final", Kind: edx.ExamProctored, TimeLimit: 90 * time.Minute, HideAfterDue: true, Active: true}},
		func(ctx context.Context, c *edx.Client) (any, error) { return c.Exams.List(ctx, cs101) },
	},
	"Exams.Config": {
		&edx.ExamConfig{EscalationEmail: "help@example.org"},
		func(ctx context.Context, c *edx.Client) (any, error) { return c.Exams.Config(ctx, cs101) },
	},
	"Exams.Providers": {
		[]edx.ExamProvider{{Name: "x", DisplayName: "X Proctoring", ConfigurationID: "a1b2"}},
		func(ctx context.Context, c *edx.Client) (any, error) { return c.Exams.Providers(ctx, "ExampleX") },
	},
	"Exams.Allowances": {
		[]edx.ExtraTime{{ID: 5, ExamID: 7, ExamName: "Final", Learner: edx.Person{Username: username, Email: "ada@example.org"}, ExamsUserID: 4211, Time: 30 * time.Minute}},
		func(ctx context.Context, c *edx.Client) (any, error) { return c.Exams.Allowances(ctx, cs101) },
	},
	"Exams.Attempts": {
		&edx.Page[edx.ExamAttempt]{Total: 1, Items: []edx.ExamAttempt{{
			ID: 12, Username: username, ExamName: "Final", Kind: edx.ExamProctored, Status: edx.AttemptVerified,
			Started: utc("2026-06-30T09:01:00Z"), Ended: utc("2026-06-30T10:31:00Z"), TimeLimit: 2 * time.Hour,
			Review: &edx.ExamReview{Submitted: utc("2026-07-01T08:00:00Z"), Severity: "0.25", Reason: "Second person in view"},
		}}},
		func(ctx context.Context, c *edx.Client) (any, error) {
			return c.Exams.Attempts(ctx, cs101, edx.ListExamAttemptsParams{ExamID: 7})
		},
	},
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	for name, tt := range answers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := endpointNamed(t, name)
			p := e.start(t)
			p.json(e.route, e.body(t))
			got, err := tt.call(t.Context(), p.client(t))
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, tt.want) {
				t.Errorf("%s = %+v, want %+v", name, got, tt.want)
			}
		})
	}
}

// What an answer must have is missing, and no half-read value comes of it.
func TestAnswersThatLackSomething(t *testing.T) {
	t.Parallel()
	tests := map[string][]string{
		"Courses.List":                  {`{"pagination":{}}`, `{"results":null}`, `{"results":"x"}`},
		"Enrollments.ListForUser":       {`null`, `{"is_active":true}`, `{"detail":"x"}`},
		"Enrollments.List":              {`{"next":null}`},
		"Enrollments.CourseDetails":     {`{"course_name":"x"}`, `{"course_id":"nonsense"}`},
		"Enrollments.Roles":             {`{"roles":[]}`},
		"Enrollments.Get":               {`{"mode":"audit","is_active":"perhaps"}`, `{"mode":[],"is_active":true}`},
		"Modes.Get":                     {`{"course_id":"a/b/c"}`},
		"Accounts.Me":                   {`{}`},
		"Accounts.FindByEmail":          {`[]`, `[{}]`, personReply[:len(personReply)-1] + `,` + personReply[1:]},
		"Accounts.Verification":         {`{}`},
		"Grades.Get":                    {`[{"passed":true}]`, `[{"username":"u"}]`},
		"Grades.GradingInfo":            {`"x"`},
		"Certificates.Get":              {`{"is_passing":true}`, `{"course_id":"a/b/c"}`},
		"SpecialExams.Get":              {`{"content_id":"i4x://a/b/c/d"}`},
		"SpecialExams.Attempts":         {`{}`},
		"SpecialExams.AllowancesByUser": {`{"u":"x"}`},
		"SpecialExams.Settings":         {`{}`},
		"SpecialExams.Onboarding":       {`{}`},
		"Enrollments.Enroll":            {`{"mode":"verified"}`, ``, `null`},
	}
	for name, bodies := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := endpointNamed(t, name)
			for _, body := range bodies {
				p := e.start(t)
				p.json(e.route, body)
				err := e.call(t.Context(), p.client(t), ada)
				if !errors.Is(err, edx.ErrNotJSON) || errors.Is(err, proctorbook.ErrOutcomeUnknown) != e.writes {
					t.Errorf("%s: error = %v, want ErrNotJSON, and after a write ErrOutcomeUnknown", body, err)
				}
			}
		})
	}
}

// Older and newer releases word the same thing in other ways.
func TestAnswersOfOtherReleases(t *testing.T) {
	t.Parallel()
	p := newLMS(t)
	client := p.client(t)
	for price, want := range map[string]string{"49": "49", `"49.00"`: "49.00", "49.5": "49.5", "null": ""} {
		p.json("GET /api/course_modes/v1/courses/"+cs101Path+"/verified", `{"mode_slug":"verified","min_price":`+price+`}`)
		if got, err := client.Modes.Get(t.Context(), cs101, edx.Verified); err != nil || got.MinPrice != want {
			t.Errorf("the price %s: %+v, %v, want %q", price, got, err, want)
		}
	}
	p.json("GET /api/certificates/v0/certificates/ada_l/courses/"+cs101Path+"/", strings.Replace(certificateReply, "created_date", "created", 1))
	if got, err := client.Certificates.Get(t.Context(), username, cs101); err != nil || !got.Created.Equal(utc("2026-08-15T10:00:00Z")) {
		t.Errorf("a certificate's date by another name: %v, %v", got, err)
	}
	const verification = "GET /api/user/v1/accounts/ada_l/verification_status/"
	for body, want := range map[string]bool{
		`{"status":"approved","expiration_datetime":""}`:  true,
		`{"status":"submitted","is_verified":null}`:       false,
		`{"status":"approved","is_verified":false}`:       false,
		`{"is_verified":"True","expiration_datetime":""}`: true,
	} {
		p.json(verification, body)
		if got, err := client.Accounts.Verification(t.Context(), username); err != nil || got.Verified != want || !got.Expires.IsZero() {
			t.Errorf("%s: %+v, %v, want Verified %v", body, got, err, want)
		}
	}
	for _, course := range []string{`""`, `"None"`, `null`} {
		p.json("GET /api/enrollment/v1/roles/", `{"roles":[{"org":"ExampleX","course_id":`+course+`,"role":"staff"}],"is_staff":false}`)
		if got, err := client.Enrollments.Roles(t.Context(), edx.CourseKey{}); err != nil || len(got.Courses) != 1 || !got.Courses[0].Course.IsZero() {
			t.Errorf("a role in an organization, %s: %+v, %v, want one without a course", course, got, err)
		}
	}
	p.json("GET"+special+"review_policy/exam_id/7/", `{"review_policy":null}`)
	if got, err := client.SpecialExams.ReviewPolicy(t.Context(), 7); err != nil || got != "" {
		t.Errorf("no review policy: %q, %v, want none", got, err)
	}
	p.json("GET"+special+"exam/exam_id/8", strings.ReplaceAll(examReply, `"is_proctored":true`, `"is_proctored":false`))
	if got, err := client.SpecialExams.Get(t.Context(), 8); err != nil || got.Kind != edx.ExamTimed {
		t.Errorf("a timed exam: %+v, %v, want the kind timed", got, err)
	}
	p.json("GET /api/enrollment/v1/enrollment?user=ada_l", enrolled("audit", "true"))
	if got, err := client.Enrollments.ListForUser(t.Context(), username); err != nil || len(got) != 1 || got[0].Mode != edx.Audit {
		t.Errorf("an object for a list of one: %+v, %v", got, err)
	}
}
