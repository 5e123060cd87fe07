package edx_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/edx"
	"github.com/proctorbook/proctorbook/edx/edxtest"
	"github.com/proctorbook/proctorbook/proctorbooktest"
)

// world is the stateful fake of the platform and of edx-exams, which was written
// from the platform's bytes and knows nothing of this package's types.
type world struct {
	*edxtest.Server
	url, examsURL string
	now           *proctorbooktest.Clock
}

const examUsage = "block-v1:ExampleX+CS101+2026_T1+type@sequential+block@final"

// newWorld starts a platform with a course, its exams 7 (proctored), 8 (timed)
// and 9 (onboarding), and ada, who takes it as an auditor. Attempt 12 is hers.
func newWorld(t testing.TB) *world {
	t.Helper()
	now := proctorbooktest.NewClock(time.Date(2026, 6, 1, 8, 0, 0, 0, time.UTC))
	w := &world{Server: edxtest.NewServer(edxtest.WithClock(now)), now: now}
	t.Cleanup(w.Close)
	w.url, w.examsURL = w.URL, w.ExamsURL

	w.AddUser(edxtest.User{Username: "staff", Staff: true})
	w.AddClient("staff", "staff-secret", "staff")
	w.AddUser(edxtest.User{
		ID: 4211, Username: username, Name: "Ada Lovelace", Email: "ada@example.org", TimeZone: "Europe/London",
		Verified: &edxtest.Verification{Status: "approved", Expires: now.Now().AddDate(1, 0, 0)},
	})
	w.AddClient("ada", "adas-secret", username)
	w.AddUser(edxtest.User{ID: 4212, Username: "bob", Email: "bob@example.org"})
	w.AddClient("bob", "bobs-secret", "bob")
	w.addCourse("")
	w.Enroll(username, cs101.String(), "audit", true)
	w.addExams()
	w.SetGrade(edxtest.Grade{Username: username, Course: cs101.String(), Percent: 0.83, Letter: "B", Passed: true})
	w.AddCertificate(edxtest.Certificate{Username: username, Course: cs101.String(), Mode: "verified", Status: "downloadable", Passing: true, Grade: "0.98"})
	return w
}

func (w *world) addCourse(provider string) {
	w.AddCourse(edxtest.Course{
		Key: cs101.String(), Name: "Logic & Proof", ExamProvider: provider, EscalationEmail: "help@example.org",
		Modes:   []edxtest.Mode{{Slug: "audit", Name: "Audit"}, {Slug: "verified", Name: "Verified Certificate", Price: 49}},
		Grading: []edxtest.AssignmentPolicy{{Type: "Exam", Count: 1, Weight: 1}},
	})
}

func (w *world) addExams() {
	for id, name := range map[int64]string{7: "final", 8: "midterm", 9: "setup"} {
		w.AddExam(edxtest.Exam{
			ID: id, Course: cs101.String(), Content: strings.Replace(examUsage, "final", name, 1), Name: name, Minutes: 90,
			Proctored: id != 8, Practice: id == 9, ReviewPolicy: "Closed book",
		})
	}
	w.AddAttempt(edxtest.Attempt{ID: 12, ExamID: 7, Username: username, Status: "submitted", Proctored: true, ExternalID: "ext-att-1"})
	w.AddAllowance(edxtest.Allowance{ID: 5, ExamID: 7, Username: username, Key: "additional_time_granted", Value: "30"})
}

// client signs in as staff, ada or bob.
func (w *world) client(t testing.TB, who string) *edx.Client {
	t.Helper()
	secret := map[string]string{"staff": "staff-secret", "ada": "adas-secret", "bob": "bobs-secret"}[who]
	client, err := edx.NewClient(w.url, edx.WithClientCredentials(who, secret), edx.WithLimiter(noLimit{}),
		edx.WithClock(w.now), edx.WithExamsURL(w.examsURL))
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// arrange puts the world into the state that one method needs.
func (w *world) arrange(method string) {
	switch {
	case strings.HasPrefix(method, "Exams."):
		w.addCourse("lti")
		w.AddExamProvider(edxtest.ExamProvider{Name: "lti", VerboseName: "LTI Proctoring"})
	case method == "Enrollments.Activate":
		w.Enroll(username, cs101.String(), "audit", false)
	case method == "Enrollments.GetOwn":
		w.Enroll("staff", cs101.String(), "audit", true)
	case method == "Modes.Create":
		w.AddCourse(edxtest.Course{Key: cs101.String(), Name: "Logic", Modes: []edxtest.Mode{{Slug: "audit", Name: "Audit"}}})
	}
}

// onlyOneself are the methods that the platform lets nobody call for another.
var onlyOneself = []string{"Accounts.Update", "Preferences.Update"}

// Every method does its work on the fake.
func TestWorldServesEveryMethod(t *testing.T) {
	t.Parallel()
	for _, endpoint := range endpoints {
		t.Run(endpoint.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.arrange(endpoint.name)
			client := w.client(t, "staff")
			if slices.Contains(onlyOneself, endpoint.name) {
				client = w.client(t, "ada")
			}
			if endpoint.name == "Enrollments.Allowed.Remove" {
				if err := client.Enrollments.Allowed.Add(t.Context(), edx.AddPermissionParams{Email: "ada@example.org", Course: cs101}); err != nil {
					t.Fatal(err)
				}
			}
			if err := endpoint.call(t.Context(), client, ada); err != nil {
				t.Error(err)
			}
		})
	}
	for _, l := range lists {
		t.Run(l.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.arrange(l.name)
			if _, err := collect(l.walk(t.Context(), w.client(t, "staff"), "")); err != nil {
				t.Error(err)
			}
		})
	}
}

// leftOut are the endpoints that the fake serves and this package does not call.
var leftOut = map[string][]string{
	"signing in is not a method":          {"POST /oauth2/access_token"},
	"Courses.List sends it for many keys": {"POST /api/courses/v1/courses/"},
	"retirement of accounts":              {"POST /api/enrollment/v1/unenroll/", "POST /api/edx_proctoring/v1/retire_backend_user/{user}/", "POST /api/user/v1/accounts/bulk_retire_users"},
	"for other programs than ours": {
		"POST /api/change_email_settings", "GET /api/mobile/v0.5/users/{username}",
	},
	"another path of Grades.Get and .List": {"GET /api/grades/v1/courses/"},
	"another path of SetAllowances":        {"PUT /api/edx_proctoring/v1/proctored_exam/{course}/bulk_allowance"},
	"takes no JWT; Preferences.Get has it all": {
		"GET /api/user/v1/preferences/{username}/{key}", "PUT /api/user/v1/preferences/{username}/{key}",
		"DELETE /api/user/v1/preferences/{username}/{key}",
	},
	"no usage key fits its pattern": {"GET /api/edx_proctoring/v1/proctored_exam/exam/course_id/{course}/content_id/{content}"},
	"Studio's way to make exams": {
		"POST /api/edx_proctoring/v1/proctored_exam/exam", "PUT /api/edx_proctoring/v1/proctored_exam/exam",
		"PATCH /api/edx_proctoring/v1/proctored_exam/exam_registration/course_id/{course}",
		"PATCH /api/v1/exams/course_id/{course}", "PATCH /api/v1/configs/course_id/{course}",
	},
	"the learner's own page": {
		"GET /api/edx_proctoring/v1/proctored_exam/attempt/course_id/{course}", "GET /api/edx_proctoring/v1/proctored_exam/attempt/{attempt}",
		"PUT /api/edx_proctoring/v1/proctored_exam/attempt/{attempt}", "GET /api/edx_proctoring/v1/proctored_exam/attempt",
		"POST /api/edx_proctoring/v1/proctored_exam/attempt", "GET /api/edx_proctoring/v1/proctored_exam/active_attempt",
		"GET /api/v1/student/exam/attempt/course_id/{course}/content_id/{usage}", "GET /api/v1/exams/attempt/latest",
	},
	"leads a browser elsewhere": {"GET /api/edx_proctoring/v1/instructor/{course}", "GET /api/edx_proctoring/v1/instructor/{course}/{exam}"},
}

// What the comments name is served, and what is served has a method, but for what
// is left out with a reason.
func TestEndpointsAreServed(t *testing.T) {
	t.Parallel()
	named := map[string]string{}
	for method, endpoint := range documentedEndpoints(t) {
		named[endpoint[0]+" "+endpoint[1]] = method
	}
	excused := map[string]bool{}
	for _, routes := range leftOut {
		for _, route := range routes {
			excused[route] = true
		}
	}
	served := map[string]bool{}
	for _, r := range edxtest.Routes() {
		route := r.Method + " " + r.Pattern
		served[route] = true
		if named[route] == "" && !excused[route] {
			t.Errorf("%s has no method", route)
		}
		if named[route] != "" && excused[route] {
			t.Errorf("%s is excused, and called by %s", route, named[route])
		}
	}
	for route, method := range named {
		if !served[route] {
			t.Errorf("%s names %s, which the fake does not serve", method, route)
		}
	}
	for route := range excused {
		if !served[route] {
			t.Errorf("%s is excused, and not served", route)
		}
	}
}

// "Is she enrolled, and how?" has five answers that must not be mixed up.
func TestWorldHasFiveAnswers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	staff, bob := w.client(t, "staff"), w.client(t, "bob")
	noSuchCourse := edx.MustCourseKey("course-v1:ExampleX+None+2026")

	w.Enroll("bob", cs101.String(), "verified", false)
	inactive, err := staff.Enrollments.Get(t.Context(), "bob", cs101)
	if err != nil || inactive.Active || inactive.Mode != edx.Verified {
		t.Errorf("inactive: %+v, %v, want a value that is not active", inactive, err)
	}
	otherMode, err := staff.Enrollments.Get(t.Context(), username, cs101)
	if err != nil || !otherMode.Active || otherMode.Mode != edx.Audit {
		t.Errorf("wrong mode: %+v, %v, want a value in the mode audit", otherMode, err)
	}
	_, notEnrolled := staff.Enrollments.Get(t.Context(), "staff", cs101)
	_, noCourse := staff.Enrollments.CourseDetails(t.Context(), noSuchCourse, edx.CourseDetailsParams{})
	_, noRight := bob.Enrollments.Get(t.Context(), username, cs101)
	reasons := []error{edx.ErrNotEnrolled, edx.ErrNotFound, edx.ErrForbidden}
	for i, err := range []error{notEnrolled, noCourse, noRight} {
		for j, reason := range reasons {
			if errors.Is(err, reason) != (i == j) {
				t.Errorf("%v: is %q = %v, want the reason %q alone", err, reason, i != j, reasons[i])
			}
		}
	}
}

// An enrollment is led through its life by staff.
func TestWorldEnrollsAndUnenrolls(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	staff := w.client(t, "staff").Enrollments
	check := func(step string, got *edx.Enrollment, err error, mode edx.Mode, active bool) {
		t.Helper()
		row, _ := w.Enrollment("bob", cs101.String())
		if err != nil || got.Mode != mode || got.Active != active || row.Mode != string(mode) || row.Active != active {
			t.Errorf("%s: got %+v, %v, and the platform has %+v, want mode %s, active %v", step, got, err, row, mode, active)
		}
	}
	if _, err := staff.Deactivate(t.Context(), "bob", cs101); !errors.Is(err, edx.ErrNotEnrolled) || !errors.Is(err, proctorbook.ErrNotDone) {
		t.Errorf("Deactivate of one who never was: error = %v, want ErrNotEnrolled and ErrNotDone", err)
	}
	if _, made := w.Enrollment("bob", cs101.String()); made {
		t.Error("Deactivate has made an enrollment")
	}
	got, err := staff.Enroll(t.Context(), edx.EnrollParams{Username: "bob", Course: cs101})
	check("Enroll", got, err, edx.Audit, true)
	got, err = staff.SetMode(t.Context(), "bob", cs101, edx.Verified)
	check("SetMode", got, err, edx.Verified, true)
	got, err = staff.Deactivate(t.Context(), "bob", cs101)
	check("Deactivate", got, err, edx.Verified, false)
	got, err = staff.Activate(t.Context(), "bob", cs101)
	check("Activate", got, err, edx.Verified, true)

	if _, err := staff.SetMode(t.Context(), "bob", cs101, edx.Masters); !errors.Is(err, edx.ErrModeUnavailable) || !errors.Is(err, proctorbook.ErrNotDone) {
		t.Errorf("SetMode to what is not on offer: error = %v, want ErrModeUnavailable and ErrNotDone", err)
	}
	if _, err := staff.Enroll(t.Context(), edx.EnrollParams{Username: "nobody", Course: cs101}); !errors.Is(err, edx.ErrUserUnknown) || !errors.Is(err, proctorbook.ErrNotDone) {
		t.Errorf("Enroll of nobody: error = %v, want ErrUserUnknown and ErrNotDone", err)
	}
	if _, err := staff.Enroll(t.Context(), edx.EnrollParams{Username: "bob", Course: edx.MustCourseKey("course-v1:a+b+c")}); !errors.Is(err, edx.ErrNotFound) {
		t.Errorf("Enroll in no course: error = %v, want ErrNotFound", err)
	}
}

// Once the time of enrollment is over, doing again what was done must not fail.
func TestWorldEnrollsAgainAfterTheWindow(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	course, _ := w.Course(cs101.String())
	course.EnrollmentEnd = w.now.Now().Add(-time.Hour)
	w.AddCourse(course)
	staff := w.client(t, "staff").Enrollments
	if _, err := staff.Enroll(t.Context(), edx.EnrollParams{Username: username, Course: cs101}); err != nil {
		t.Errorf("Enroll of one who is: %v", err)
	}
	params := edx.EnrollParams{Username: "bob", Course: cs101}
	if _, err := staff.Enroll(t.Context(), params); !errors.Is(err, proctorbook.ErrNotDone) {
		t.Errorf("Enroll after the window: error = %v, want ErrNotDone", err)
	}
	params.Force = true
	if got, err := staff.Enroll(t.Context(), params); err != nil || !got.Active {
		t.Errorf("Enroll by force: %+v, %v", got, err)
	}
}

// Who is not staff is answered yes, and nothing happens.
func TestWorldTellsWhatWasNotApplied(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ada := w.client(t, "ada").Enrollments
	if _, err := ada.Deactivate(t.Context(), username, cs101); !errors.Is(err, edx.ErrNotApplied) {
		t.Errorf("Deactivate of oneself: error = %v, want ErrNotApplied", err)
	}
	if _, err := ada.SetMode(t.Context(), username, cs101, edx.Honor); err == nil {
		t.Error("SetMode of oneself to what is not on offer: no error")
	}
}

// Links with another scheme are followed, those to another host are not.
func TestWorldsOddLinks(t *testing.T) {
	t.Parallel()
	for alternative, want := range map[string]error{"same-host": nil, "http": nil, "foreign-host": edx.ErrNotJSON, "itself": edx.ErrNotJSON} {
		w := newWorld(t)
		for i := range 250 {
			w.AddEnrollment(edxtest.Enrollment{Username: "learner" + string(rune('a'+i%26)) + strings.Repeat("x", i/26), Course: cs101.String(), Mode: "audit", Active: i%2 == 0})
		}
		if err := w.Play(edxtest.VariantNextLinks, alternative); err != nil {
			t.Fatal(err)
		}
		n, failed := 0, error(nil)
		for _, err := range w.client(t, "staff").Enrollments.All(t.Context(), edx.ListEnrollmentsParams{Course: cs101}) {
			if err != nil {
				failed = err
				break
			}
			n++
		}
		if !errors.Is(failed, want) || want == nil && n != 251 {
			t.Errorf("%s: %d rows, %v, want %v", alternative, n, failed, want)
		}
	}
}

// edx-proctoring says 403 for a token that was revoked, in words of its own.
func TestWorldRenewsForProctoring(t *testing.T) {
	t.Parallel()
	for _, words := range []string{"documented", "other"} {
		w := newWorld(t)
		if err := w.Play(edxtest.VariantTokenTexts, words); err != nil {
			t.Fatal(err)
		}
		client := w.client(t, "staff")
		if _, err := client.SpecialExams.List(t.Context(), cs101); err != nil {
			t.Fatal(err)
		}
		w.now.Advance(10 * time.Minute)
		w.RevokeTokens()
		if _, err := client.SpecialExams.List(t.Context(), cs101); err != nil {
			t.Errorf("%s words: %v", words, err)
		}
		if got := w.Counts().TokenRequests; got != 2 {
			t.Errorf("%s words: %d token requests, want 2", words, got)
		}
	}
}

// Somebody who may not is told so, and does not wear the token endpoint out.
func TestWorldForbidsProctoring(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	bob := w.client(t, "bob")
	for range 10 {
		if _, err := bob.SpecialExams.Allowances(t.Context(), cs101); !errors.Is(err, edx.ErrForbidden) {
			t.Errorf("error = %v, want ErrForbidden", err)
		}
		w.now.Advance(10 * time.Second)
	}
	if got := w.Counts().TokenRequests; got > 2 {
		t.Errorf("%d token requests for a hundred seconds of refusals, want 2 at most", got)
	}
}

// These tests run against the stateful fake, which was written from the
// platform's bytes and knows nothing of this package's types.

func platformClient(t *testing.T, server *edxtest.Server, id, secret string, opts ...edx.Option) *edx.Client {
	t.Helper()
	opts = append([]edx.Option{edx.WithClientCredentials(id, secret), edx.WithLimiter(noLimit{}), edx.WithClock(newClock())}, opts...)
	client, err := edx.NewClient(server.URL, opts...)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

func TestPlatformAsStaffAndAsStranger(t *testing.T) {
	t.Parallel()
	server := newPlatform()
	defer server.Close()
	server.AddUser(edxtest.User{Username: "bob"})
	server.AddClient("bobs-client", "bobs-secret", "bob")
	staff := platformClient(t, server, server.ClientID, server.ClientSecret)
	stranger := platformClient(t, server, "bobs-client", "bobs-secret")

	if _, err := stranger.Enrollments.Get(t.Context(), username, cs101); !errors.Is(err, edx.ErrForbidden) {
		t.Errorf("another's enrollment: error = %v, want ErrForbidden", err)
	}
	if _, err := stranger.Preferences.Get(t.Context(), username); !errors.Is(err, edx.ErrForbidden) && !errors.Is(err, edx.ErrNotFound) {
		t.Errorf("another's preferences: error = %v, want ErrForbidden or ErrNotFound", err)
	}
	if got, err := stranger.Accounts.Get(t.Context(), username); err != nil || got.ID != 0 || got.Email != "" {
		t.Errorf("another's account: %v, %v, want one without id and address", got, err)
	}
	if _, err := staff.Accounts.Get(t.Context(), "nobody"); !errors.Is(err, edx.ErrUserUnknown) {
		t.Errorf("an unknown user's account: error = %v, want ErrUserUnknown", err)
	}
	if _, err := staff.Enrollments.Get(t.Context(), "nobody", cs101); !errors.Is(err, edx.ErrNotEnrolled) {
		t.Errorf("an unknown user's enrollment: error = %v, want ErrNotEnrolled", err)
	}
}

func TestPlatformAfterLeavingAndDeletion(t *testing.T) {
	t.Parallel()
	server := newPlatform()
	defer server.Close()
	client := platformClient(t, server, server.ClientID, server.ClientSecret)

	server.Enroll(username, cs101.String(), "audit", false)
	got, err := client.Enrollments.Get(t.Context(), username, cs101)
	if err != nil || got.Active || got.Mode != edx.Audit || got.Course == nil {
		t.Errorf("after leaving: %+v, %v, want an inactive audit enrollment", got, err)
	}
	server.RemoveCourse(cs101.String())
	got, err = client.Enrollments.Get(t.Context(), username, cs101)
	if err != nil || got.Course != nil {
		t.Errorf("after the course's deletion: %+v, %v, want an enrollment without course", got, err)
	}
	if _, err := client.Courses.Get(t.Context(), cs101, edx.GetCourseParams{Username: username}); !errors.Is(err, edx.ErrNotFound) {
		t.Errorf("a deleted course: error = %v, want ErrNotFound", err)
	}
}

// One clock drives client and platform over a day of exams: tokens run out, are
// revoked, and the service stays signed in.
func TestPlatformStaysSignedIn(t *testing.T) {
	t.Parallel()
	now := proctorbooktest.NewClock(time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC))
	server := edxtest.NewServer(edxtest.WithClock(now))
	defer server.Close()
	server.AddUser(edxtest.User{Username: username})
	client := platformClient(t, server, server.ClientID, server.ClientSecret, edx.WithClock(now))

	for minute := range 24 * 60 {
		if minute%100 == 99 {
			server.RevokeTokens()
		}
		if err := get(t.Context(), client); err != nil {
			t.Fatalf("minute %d: %v", minute, err)
		}
		now.Advance(time.Minute)
	}
	if got := server.Counts().TokensIssued; got < 24*60/48 || got > 24*60/48+24*60/100+1 {
		t.Errorf("%d tokens for a day, want one per 48 minutes and one per revocation at most", got)
	}
}

func TestPlatformFaults(t *testing.T) {
	t.Parallel()
	for kind, want := range map[proctorbooktest.FaultKind]error{
		proctorbooktest.LoseRequest: edx.ErrUnavailable,
		proctorbooktest.LoseAnswer:  edx.ErrUnavailable,
		proctorbooktest.Status500:   edx.ErrUnavailable,
		proctorbooktest.Status503:   edx.ErrUnavailable,
		proctorbooktest.Status429:   edx.ErrThrottled,
		proctorbooktest.HTML200:     edx.ErrNotJSON,
		proctorbooktest.Redirect:    proctorbook.ErrRedirect,
	} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			server := newPlatform()
			defer server.Close()
			client := platformClient(t, server, server.ClientID, server.ClientSecret)
			server.Fault(proctorbooktest.Fault{Kind: kind, Endpoint: "accounts", Nth: 1, Times: -1})
			if err := get(t.Context(), client); !errors.Is(err, want) {
				t.Errorf("error = %v, want %v", err, want)
			}
			server.ClearFaults()
			if err := get(t.Context(), client); err != nil {
				t.Errorf("when it is over: %v", err)
			}
		})
	}
}

// Digits are the user of that name where there is one, and an id elsewhere.
func TestAllowanceOfANumber(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.AddUser(edxtest.User{ID: 5000, Username: "4212", Email: "digits@example.org"})
	client := w.client(t, "staff")
	for user, want := range map[string]string{"4211": username, "4212": "4212"} {
		if err := client.SpecialExams.SetAllowance(t.Context(), edx.SetAllowanceParams{ExamID: 8, User: user, Key: edx.AllowanceExtraTime, Value: "15"}); err != nil {
			t.Fatalf("user %s: %v", user, err)
		}
		if granted := w.Allowances(8); granted[len(granted)-1].Username != want {
			t.Errorf("user %s: granted to %q, want %q", user, granted[len(granted)-1].Username, want)
		}
	}
	w.Fault(proctorbooktest.Fault{Kind: proctorbooktest.Status500, Endpoint: "accounts", Nth: 1, Times: -1})
	err := client.SpecialExams.SetAllowance(t.Context(), edx.SetAllowanceParams{ExamID: 8, User: "4213", Key: edx.AllowanceExtraTime, Value: "15"})
	if !errors.Is(err, edx.ErrUnavailable) || !errors.Is(err, proctorbook.ErrNotDone) {
		t.Errorf("nobody tells whose it is: %v, want ErrUnavailable and ErrNotDone", err)
	}
}
