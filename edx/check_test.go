package edx_test

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/edx"
)

// badInputs are refused before anything is sent, by the name of their field.
var badInputs = []struct {
	name, field string
	call        func(context.Context, *edx.Client) error
}{
	{"courses, bad org", "organization", func(ctx context.Context, c *edx.Client) error {
		_, err := c.Courses.List(ctx, edx.ListCoursesParams{Org: "a\x00b"})
		return err
	}},
	{"courses, long search term", "search term", func(ctx context.Context, c *edx.Client) error {
		_, err := c.Courses.List(ctx, edx.ListCoursesParams{SearchTerm: strings.Repeat("a", 256)})
		return err
	}},
	{"courses, zero key", "course", func(ctx context.Context, c *edx.Client) error {
		_, err := c.Courses.List(ctx, edx.ListCoursesParams{Keys: []edx.CourseKey{{}}})
		return err
	}},
	{"courses, page too large", "page size", func(ctx context.Context, c *edx.Client) error {
		_, err := c.Courses.List(ctx, edx.ListCoursesParams{PageSize: 101})
		return err
	}},
	{"courses, bad cursor", "cursor", func(ctx context.Context, c *edx.Client) error {
		_, err := c.Courses.List(ctx, edx.ListCoursesParams{Cursor: "2&username=eve"})
		return err
	}},
	{"course ids, no role", "role", func(ctx context.Context, c *edx.Client) error {
		_, err := c.Courses.IDs(ctx, edx.ListCourseIDsParams{})
		return err
	}},
	{"course ids, page below none", "page size", func(ctx context.Context, c *edx.Client) error {
		_, err := c.Courses.IDs(ctx, edx.ListCourseIDsParams{Role: edx.RoleStaff, PageSize: -1})
		return err
	}},
	{"course ids, bad user", "username", func(ctx context.Context, c *edx.Client) error {
		_, err := c.Courses.IDs(ctx, edx.ListCourseIDsParams{Role: edx.RoleStaff, Username: "a/b"})
		return err
	}},
	{"enrollments, 101 users", "number of usernames", func(ctx context.Context, c *edx.Client) error {
		_, err := c.Enrollments.List(ctx, edx.ListEnrollmentsParams{Usernames: make([]string, 101)})
		return err
	}},
	{"enrollments, nobody", "number of usernames", func(ctx context.Context, c *edx.Client) error {
		_, err := c.Enrollments.List(ctx, edx.ListEnrollmentsParams{Usernames: []string{}})
		return err
	}},
	{"enrollments, a comma in a name", "username", func(ctx context.Context, c *edx.Client) error {
		_, err := c.Enrollments.List(ctx, edx.ListEnrollmentsParams{Usernames: []string{"a,b"}})
		return err
	}},
	{"enrollments, bad address", "email", func(ctx context.Context, c *edx.Client) error {
		_, err := c.Enrollments.List(ctx, edx.ListEnrollmentsParams{Emails: []string{"ada"}})
		return err
	}},
	{"enrollments of no user", "username", func(ctx context.Context, c *edx.Client) error {
		_, err := c.Enrollments.ListForUser(ctx, "")
		return err
	}},
	{"enroll, two names", "email", func(ctx context.Context, c *edx.Client) error {
		_, err := c.Enrollments.Enroll(ctx, edx.EnrollParams{Course: cs101, Username: "a", Email: "a@b"})
		return err
	}},
	{"enroll, bad name", "username", func(ctx context.Context, c *edx.Client) error {
		_, err := c.Enrollments.Enroll(ctx, edx.EnrollParams{Course: cs101, Username: ".."})
		return err
	}},
	{"enroll, bad address", "email", func(ctx context.Context, c *edx.Client) error {
		_, err := c.Enrollments.Enroll(ctx, edx.EnrollParams{Course: cs101, Email: "@b"})
		return err
	}},
	{"enroll, bad mode", "mode", func(ctx context.Context, c *edx.Client) error {
		_, err := c.Enrollments.Enroll(ctx, edx.EnrollParams{Course: cs101, Mode: "a/b"})
		return err
	}},
	{"enroll, bad attribute", "attribute name", func(ctx context.Context, c *edx.Client) error {
		_, err := c.Enrollments.Enroll(ctx, edx.EnrollParams{Course: cs101, Attributes: []edx.EnrollmentAttribute{{Namespace: "credit"}}})
		return err
	}},
	{"enroll, bad cohort", "cohort", func(ctx context.Context, c *edx.Client) error {
		_, err := c.Enrollments.Enroll(ctx, edx.EnrollParams{Course: cs101, Cohort: "\xff"})
		return err
	}},
	{"set mode, none", "mode", func(ctx context.Context, c *edx.Client) error {
		_, err := c.Enrollments.SetMode(ctx, username, cs101, "")
		return err
	}},
	{"deactivate, no user", "username", func(ctx context.Context, c *edx.Client) error {
		_, err := c.Enrollments.Deactivate(ctx, "", cs101)
		return err
	}},
	{"permissions of a bad address", "email", func(ctx context.Context, c *edx.Client) error {
		_, err := c.Enrollments.Allowed.List(ctx, "a b@c")
		return err
	}},
	{"permission for nobody", "email", func(ctx context.Context, c *edx.Client) error {
		return c.Enrollments.Allowed.Add(ctx, edx.AddPermissionParams{Course: cs101})
	}},
	{"no permission for nobody", "email", func(ctx context.Context, c *edx.Client) error {
		return c.Enrollments.Allowed.Remove(ctx, "ada@", cs101)
	}},
	{"mode with dots", "mode", func(ctx context.Context, c *edx.Client) error {
		_, err := c.Modes.Get(ctx, cs101, "..")
		return err
	}},
	{"new mode without name", "name", func(ctx context.Context, c *edx.Client) error {
		_, err := c.Modes.Create(ctx, cs101, edx.CreateModeParams{Mode: "x", Currency: "usd"})
		return err
	}},
	{"new mode without currency", "currency", func(ctx context.Context, c *edx.Client) error {
		_, err := c.Modes.Create(ctx, cs101, edx.CreateModeParams{Mode: "x", Name: "X", Currency: "us1"})
		return err
	}},
	{"new mode, bad price", "price", func(ctx context.Context, c *edx.Client) error {
		_, err := c.Modes.Create(ctx, cs101, edx.CreateModeParams{Mode: "x", Name: "X", Currency: "usd", MinPrice: "49,00"})
		return err
	}},
	{"mode, nothing to change", "params", func(ctx context.Context, c *edx.Client) error {
		return c.Modes.Update(ctx, cs101, "x", edx.UpdateModeParams{})
	}},
	{"mode, expires never and sometime", "never expire", func(ctx context.Context, c *edx.Client) error {
		return c.Modes.Update(ctx, cs101, "x", edx.UpdateModeParams{NeverExpire: true, Expires: utc("2026-01-01T00:00:00Z")})
	}},
	{"mode, bad currency", "currency", func(ctx context.Context, c *edx.Client) error {
		return c.Modes.Update(ctx, cs101, "x", edx.UpdateModeParams{Currency: "dollars"})
	}},
	{"mode, price of three decimals", "price", func(ctx context.Context, c *edx.Client) error {
		return c.Modes.Update(ctx, cs101, "x", edx.UpdateModeParams{MinPrice: "1.234"})
	}},
	{"delete no mode", "mode", func(ctx context.Context, c *edx.Client) error { return c.Modes.Delete(ctx, cs101, "") }},
	{"accounts of nobody", "number of usernames", func(ctx context.Context, c *edx.Client) error {
		_, err := c.Accounts.List(ctx, nil)
		return err
	}},
	{"account without address", "email", func(ctx context.Context, c *edx.Client) error {
		_, err := c.Accounts.FindByEmail(ctx, "")
		return err
	}},
	{"account without id", "user id", func(ctx context.Context, c *edx.Client) error {
		_, err := c.Accounts.FindByID(ctx, 0)
		return err
	}},
	{"search for two in one", "email", func(ctx context.Context, c *edx.Client) error {
		_, err := c.Accounts.SearchEmails(ctx, []string{"a@b,c@d"})
		return err
	}},
	{"account, nothing to change", "params", func(ctx context.Context, c *edx.Client) error {
		_, err := c.Accounts.Update(ctx, username, edx.UpdateAccountParams{})
		return err
	}},
	{"account, no name", "name", func(ctx context.Context, c *edx.Client) error {
		_, err := c.Accounts.Update(ctx, username, edx.UpdateAccountParams{Name: new("")})
		return err
	}},
	{"account, born too early", "year of birth", func(ctx context.Context, c *edx.Client) error {
		_, err := c.Accounts.Update(ctx, username, edx.UpdateAccountParams{YearOfBirth: new(86)})
		return err
	}},
	{"account, broken city", "city", func(ctx context.Context, c *edx.Client) error {
		_, err := c.Accounts.Update(ctx, username, edx.UpdateAccountParams{City: new("\x01")})
		return err
	}},
	{"account of nobody", "username", func(ctx context.Context, c *edx.Client) error {
		_, err := c.Accounts.Update(ctx, "", edx.UpdateAccountParams{City: new("")})
		return err
	}},
	{"verification of nobody", "username", func(ctx context.Context, c *edx.Client) error {
		_, err := c.Accounts.Verification(ctx, "")
		return err
	}},
	{"preferences, nothing to change", "params", func(ctx context.Context, c *edx.Client) error {
		return c.Preferences.Update(ctx, username, edx.UpdatePreferencesParams{})
	}},
	{"preferences, empty value", "preference", func(ctx context.Context, c *edx.Client) error {
		return c.Preferences.Update(ctx, username, edx.UpdatePreferencesParams{Set: map[string]string{"time_zone": ""}})
	}},
	{"preferences, both", "preference", func(ctx context.Context, c *edx.Client) error {
		return c.Preferences.Update(ctx, username, edx.UpdatePreferencesParams{Set: map[string]string{"x": "y"}, Remove: []string{"x"}})
	}},
	{"preferences, no name", "name of a preference", func(ctx context.Context, c *edx.Client) error {
		return c.Preferences.Update(ctx, username, edx.UpdatePreferencesParams{Remove: []string{""}})
	}},
	{"preferences of nobody", "username", func(ctx context.Context, c *edx.Client) error {
		return c.Preferences.Update(ctx, "", edx.UpdatePreferencesParams{Remove: []string{"x"}})
	}},
	{"zones of no country", "country", func(ctx context.Context, c *edx.Client) error {
		_, err := c.Preferences.TimeZones(ctx, "gb")
		return err
	}},
	{"grades, page too large", "page size", func(ctx context.Context, c *edx.Client) error {
		_, err := c.Grades.List(ctx, cs101, edx.ListGradesParams{PageSize: 1001})
		return err
	}},
	{"gradebook, bad cohort", "cohort id", func(ctx context.Context, c *edx.Client) error {
		_, err := c.Grades.Gradebook(ctx, cs101, edx.GradebookParams{CohortID: -1})
		return err
	}},
	{"gradebook, not a percentage", "min percent", func(ctx context.Context, c *edx.Client) error {
		_, err := c.Grades.Gradebook(ctx, cs101, edx.GradebookParams{MinPercent: new(math.NaN())})
		return err
	}},
	{"gradebook of nobody", "username", func(ctx context.Context, c *edx.Client) error {
		_, err := c.Grades.GradebookOf(ctx, "", cs101)
		return err
	}},
	{"sections of a bad user", "username", func(ctx context.Context, c *edx.Client) error {
		_, err := c.Grades.Sections(ctx, edx.SectionGradesParams{Username: "a,b"})
		return err
	}},
	{"certificates of nobody", "username", func(ctx context.Context, c *edx.Client) error {
		_, err := c.Certificates.List(ctx, "")
		return err
	}},
	{"certificate of nobody", "username", func(ctx context.Context, c *edx.Client) error {
		_, err := c.Certificates.Get(ctx, "", cs101)
		return err
	}},
	{"no exam", "exam id", func(ctx context.Context, c *edx.Client) error {
		_, err := c.SpecialExams.Get(ctx, -1)
		return err
	}},
	{"policy of no exam", "exam id", func(ctx context.Context, c *edx.Client) error {
		_, err := c.SpecialExams.ReviewPolicy(ctx, 0)
		return err
	}},
	{"settings of no exam", "exam id", func(ctx context.Context, c *edx.Client) error {
		_, err := c.SpecialExams.Settings(ctx, 0)
		return err
	}},
	{"no attempt", "attempt id", func(ctx context.Context, c *edx.Client) error { return c.SpecialExams.RemoveAttempt(ctx, 0) }},
	{"attempts at no exam", "exam id", func(ctx context.Context, c *edx.Client) error { return c.SpecialExams.ResetAttempts(ctx, 0, 1) }},
	{"attempts of nobody", "user id", func(ctx context.Context, c *edx.Client) error { return c.SpecialExams.ResetAttempts(ctx, 1, 0) }},
	{"attempts, bad cursor", "cursor", func(ctx context.Context, c *edx.Client) error {
		_, err := c.SpecialExams.Attempts(ctx, cs101, edx.ListAttemptsParams{Cursor: "0"})
		return err
	}},
	{"search with a slash", "search text", func(ctx context.Context, c *edx.Client) error {
		_, err := c.SpecialExams.SearchAttempts(ctx, cs101, "../..", edx.ListAttemptsParams{})
		return err
	}},
	{"search for nothing", "search text", func(ctx context.Context, c *edx.Client) error {
		_, err := c.SpecialExams.SearchAttempts(ctx, cs101, "", edx.ListAttemptsParams{})
		return err
	}},
	{"allowance of words", "value", func(ctx context.Context, c *edx.Client) error {
		return c.SpecialExams.SetAllowance(ctx, edx.SetAllowanceParams{ExamID: 1, User: "a", Key: edx.AllowanceExtraTime, Value: "+30"})
	}},
	{"allowance for nobody", "user", func(ctx context.Context, c *edx.Client) error {
		return c.SpecialExams.SetAllowance(ctx, edx.SetAllowanceParams{ExamID: 1, Key: edx.AllowanceException, Value: "x"})
	}},
	{"allowance of no kind", "key", func(ctx context.Context, c *edx.Client) error {
		return c.SpecialExams.RemoveAllowance(ctx, edx.RemoveAllowanceParams{ExamID: 1, UserID: 1})
	}},
	{"allowances at no exam", "number of exam ids", func(ctx context.Context, c *edx.Client) error {
		return c.SpecialExams.SetAllowances(ctx, edx.SetAllowancesParams{Users: []string{"a"}})
	}},
	{"allowances at a bad exam", "exam id", func(ctx context.Context, c *edx.Client) error {
		return c.SpecialExams.SetAllowances(ctx, edx.SetAllowancesParams{ExamIDs: []int64{0}, Users: []string{"a"}})
	}},
	{"allowances for two in one", "user", func(ctx context.Context, c *edx.Client) error {
		return c.SpecialExams.SetAllowances(ctx, edx.SetAllowancesParams{ExamIDs: []int64{1}, Users: []string{"a,b"}})
	}},
	{"allowances, bad factor", "value", func(ctx context.Context, c *edx.Client) error {
		return c.SpecialExams.SetAllowances(ctx, edx.SetAllowancesParams{ExamIDs: []int64{1}, Users: []string{"a"}, Key: edx.AllowanceTimeMultiplier, Value: "1"})
	}},
	{"allowances, no value", "value", func(ctx context.Context, c *edx.Client) error {
		return c.SpecialExams.SetAllowances(ctx, edx.SetAllowancesParams{ExamIDs: []int64{1}, Users: []string{"a"}, Key: edx.AllowanceException})
	}},
	{"allowances without a course", "course", func(ctx context.Context, c *edx.Client) error {
		return c.SpecialExams.SetAllowances(ctx, edx.SetAllowancesParams{ExamIDs: []int64{1}, Users: []string{"a"}, Key: edx.AllowanceExtraTime, Value: "30"})
	}},
	{"allowances for a name with a space", "user", func(ctx context.Context, c *edx.Client) error {
		return c.SpecialExams.SetAllowances(ctx, edx.SetAllowancesParams{Course: cs101, ExamIDs: []int64{1}, Users: []string{"ada l"}, Key: edx.AllowanceExtraTime, Value: "30"})
	}},
	{"allowances for a name with a space of another script", "user", func(ctx context.Context, c *edx.Client) error {
		return c.SpecialExams.SetAllowances(ctx, edx.SetAllowancesParams{Course: cs101, ExamIDs: []int64{1}, Users: []string{"a", "ada\u3000l"}, Key: edx.AllowanceExtraTime, Value: "30"})
	}},
	{"a factor for one alone", "key", func(ctx context.Context, c *edx.Client) error {
		return c.SpecialExams.SetAllowance(ctx, edx.SetAllowanceParams{ExamID: 1, User: "a", Key: edx.AllowanceTimeMultiplier, Value: "1.5"})
	}},
	{"allowance for two at once", "user", func(ctx context.Context, c *edx.Client) error {
		return c.SpecialExams.SetAllowance(ctx, edx.SetAllowanceParams{ExamID: 1, User: "a", UserID: 4, Key: edx.AllowanceExtraTime, Value: "30"})
	}},
	{"allowance for an id below one", "user id", func(ctx context.Context, c *edx.Client) error {
		return c.SpecialExams.SetAllowance(ctx, edx.SetAllowanceParams{ExamID: 1, UserID: -4, Key: edx.AllowanceExtraTime, Value: "30"})
	}},
	{"new mode with cents", "price", func(ctx context.Context, c *edx.Client) error {
		_, err := c.Modes.Create(ctx, cs101, edx.CreateModeParams{Mode: "x", Name: "X", Currency: "usd", MinPrice: "49.50"})
		return err
	}},
	{"new mode with a blank name", "name", func(ctx context.Context, c *edx.Client) error {
		_, err := c.Modes.Create(ctx, cs101, edx.CreateModeParams{Mode: "x", Name: " ", Currency: "usd"})
		return err
	}},
	{"mode with cents", "price", func(ctx context.Context, c *edx.Client) error {
		return c.Modes.Update(ctx, cs101, "x", edx.UpdateModeParams{MinPrice: "49.05"})
	}},
	{"mode that never expires", "never expire", func(ctx context.Context, c *edx.Client) error {
		return c.Modes.Update(ctx, cs101, "x", edx.UpdateModeParams{NeverExpire: true})
	}},
	{"mode with an empty description", "description", func(ctx context.Context, c *edx.Client) error {
		return c.Modes.Update(ctx, cs101, "x", edx.UpdateModeParams{Description: new("")})
	}},
	{"mode with an empty SKU", "sku", func(ctx context.Context, c *edx.Client) error {
		return c.Modes.Update(ctx, cs101, "x", edx.UpdateModeParams{SKU: new("")})
	}},
	{"mode with a blank bulk SKU", "bulk sku", func(ctx context.Context, c *edx.Client) error {
		return c.Modes.Update(ctx, cs101, "x", edx.UpdateModeParams{BulkSKU: new("  ")})
	}},
	{"onboarding of nobody", "username", func(ctx context.Context, c *edx.Client) error {
		_, err := c.SpecialExams.Onboarding(ctx, "", cs101)
		return err
	}},
	{"onboarding, bad cursor", "cursor", func(ctx context.Context, c *edx.Client) error {
		_, err := c.SpecialExams.OnboardingList(ctx, cs101, edx.ListOnboardingParams{Cursor: "x"})
		return err
	}},
	{"providers of a bad org", "organization", func(ctx context.Context, c *edx.Client) error {
		_, err := c.Exams.Providers(ctx, "\xff")
		return err
	}},
	{"no extra times", "number of allowances", func(ctx context.Context, c *edx.Client) error {
		return c.Exams.SetAllowances(ctx, cs101, nil)
	}},
	{"half a minute", "time", func(ctx context.Context, c *edx.Client) error {
		return c.Exams.SetAllowances(ctx, cs101, []edx.SetExtraTimeParams{{ExamID: 1, Username: "a", Time: 30 * time.Second}})
	}},
	{"extra time for nobody", "username", func(ctx context.Context, c *edx.Client) error {
		return c.Exams.SetAllowances(ctx, cs101, []edx.SetExtraTimeParams{{ExamID: 1, Time: time.Hour}})
	}},
	{"no extra time", "allowance id", func(ctx context.Context, c *edx.Client) error { return c.Exams.RemoveAllowance(ctx, cs101, 0) }},
	{"attempts at no new exam", "exam id", func(ctx context.Context, c *edx.Client) error {
		_, err := c.Exams.Attempts(ctx, cs101, edx.ListExamAttemptsParams{})
		return err
	}},
	{"attempts, page too large", "limit", func(ctx context.Context, c *edx.Client) error {
		_, err := c.Exams.Attempts(ctx, cs101, edx.ListExamAttemptsParams{ExamID: 1, Limit: 1001})
		return err
	}},
}

func TestBadInputIsNotSent(t *testing.T) {
	t.Parallel()
	p := newLMS(t)
	client := p.client(t)
	for _, tt := range badInputs {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			err := tt.call(t.Context(), client)
			bad, ok := errors.AsType[*proctorbook.ValidationError](err)
			if !ok || bad.Fields[0].Field != tt.field || !errors.Is(err, proctorbook.ErrNotDone) {
				t.Errorf("error = %v, want a ValidationError about the %s", err, tt.field)
			}
			if p.count(tokenRoute) != 0 {
				t.Error("a token was asked for")
			}
		})
	}
}

// All that is wrong with an input comes at once, under the name of the method.
func TestBadInputIsListedWhole(t *testing.T) {
	t.Parallel()
	p := newLMS(t)
	_, err := p.client(t).Enrollments.SetMode(t.Context(), "ada/l", edx.CourseKey{}, "no mode")
	bad, ok := errors.AsType[*proctorbook.ValidationError](err)
	if !ok {
		t.Fatalf("error = %v, want a ValidationError", err)
	}
	want := []proctorbook.FieldError{
		{Field: "username", Problem: "must not hold a comma or a slash"},
		{Field: "course", Problem: "must be set: make it with ParseCourseKey"},
		{Field: "mode", Problem: "must be a slug, such as verified"},
	}
	if !slices.Equal(bad.Fields, want) || bad.Op != "edx: Enrollments.SetMode" {
		t.Errorf("error = %v, want SetMode's three fields", err)
	}
}

// Every call that is about a course refuses none, before anything is sent.
func TestEveryEndpointNeedsItsCourse(t *testing.T) {
	t.Parallel()
	named := documentedEndpoints(t)
	p := newLMS(t)
	client := p.client(t)
	for _, e := range endpoints {
		if !strings.Contains(named[e.name][1], "{course}") {
			continue
		}
		err := e.call(t.Context(), client, target{username, edx.CourseKey{}})
		if bad, ok := errors.AsType[*proctorbook.ValidationError](err); !ok || bad.Fields[0].Field != "course" {
			t.Errorf("%s: error = %v, want a ValidationError about the course", e.name, err)
		}
	}
	if p.count(tokenRoute) != 0 {
		t.Error("a token was asked for")
	}
}

func TestExamsNeedTheirURL(t *testing.T) {
	t.Parallel()
	client, err := edx.NewClient("https://lms.example.org", edx.WithTokenSource(tokenOf("t")))
	if err != nil {
		t.Fatal(err)
	}
	_, err = client.Exams.List(t.Context(), cs101)
	if bad, ok := errors.AsType[*proctorbook.ValidationError](err); !ok || bad.Fields[0].Field != "WithExamsURL" {
		t.Errorf("error = %v, want a ValidationError about WithExamsURL", err)
	}
}
