package platform_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/oauth2"

	"github.com/proctorbook/proctorbook/edx"
	"github.com/proctorbook/proctorbook/edx/edxtest"
	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/scheduling/platform"
	"github.com/proctorbook/proctorbook/scheduling/preflight"
)

const courseID = "course-v1:ExampleX+CS101+2027"

var (
	course = edx.MustCourseKey(courseID)
	exam   = edx.MustUsageKey("block-v1:ExampleX+CS101+2027+type@sequential+block@final")
)

// freely lets every request pass at once.
type freely struct{}

func (freely) Wait(ctx context.Context) error { return ctx.Err() }

// newOpenEdX is the adapter, and a fake with a course in which ada_l is enrolled.
func newOpenEdX(t *testing.T, opts ...edx.Option) (platform.OpenEdX, *edxtest.Server) {
	t.Helper()
	server := edxtest.NewUnstartedServer()
	server.AddCourse(edxtest.Course{Key: courseID, Name: "Logic"})
	server.AddUser(edxtest.User{ID: 4211, Username: "ada_l", Name: "Ada Example", Email: "ada@example.org", TimeZone: "Europe/Paris"})
	server.Enroll("ada_l", courseID, "verified", true)
	return platform.OpenEdX{Client: newClient(t, server, server.ClientID, server.ClientSecret, opts...)}, server
}

func newClient(t *testing.T, server *edxtest.Server, id, secret string, opts ...edx.Option) *edx.Client {
	t.Helper()
	all := []edx.Option{edx.WithClientCredentials(id, secret), edx.WithTransport(proctorbooktest.InProcess(server)), edx.WithLimiter(freely{})}
	client, err := edx.NewClient(proctorbooktest.InProcessURL, append(all, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

func TestOpenEdXAccount(t *testing.T) {
	t.Parallel()
	lms, server := newOpenEdX(t)
	want := platform.Account{ID: "4211", Username: "ada_l", Name: "Ada Example", Email: "ada@example.org", Zone: "Europe/Paris"}
	if got, err := lms.Account(t.Context(), "ada_l"); err != nil || got != want {
		t.Errorf("Account is not as expected (%s), %v", got, err)
	}
	if _, err := lms.Account(t.Context(), "nobody"); !errors.Is(err, edx.ErrNotFound) {
		t.Errorf("Account of nobody: %v, want ErrNotFound", err)
	}
	server.AddUser(edxtest.User{ID: 4400, Username: "service"})
	server.AddClient("weak", "weak-secret", "service")
	weak := platform.OpenEdX{Client: newClient(t, server, "weak", "weak-secret")}
	if _, err := weak.Account(t.Context(), "ada_l"); !errors.Is(err, platform.ErrNoAccountID) {
		t.Errorf("Account for a user who is not staff: %v, want ErrNoAccountID", err)
	}
}

func TestOpenEdXEnrollment(t *testing.T) {
	t.Parallel()
	lms, _ := newOpenEdX(t)
	want := platform.Enrollment{Username: "ada_l", Active: true, Mode: edx.Verified}
	if got, err := lms.Enrollment(t.Context(), "ada_l", course); err != nil || got != want {
		t.Errorf("Enrollment = %+v, %v; want %+v", got, err, want)
	}
	if _, err := lms.Enrollment(t.Context(), "nobody", course); !errors.Is(err, edx.ErrNotEnrolled) {
		t.Errorf("Enrollment of nobody: %v, want ErrNotEnrolled", err)
	}
}

// Enrolled yields a course's enrollments, and stops when the loop does.
func TestOpenEdXEnrolled(t *testing.T) {
	t.Parallel()
	lms, server := newOpenEdX(t)
	server.AddUser(edxtest.User{ID: 4212, Username: "bob"})
	server.Enroll("bob", courseID, "audit", false)
	var got []string
	for e, err := range lms.Enrolled(t.Context(), course) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, fmt.Sprint(e.Username, " ", e.Mode, " ", e.Active))
	}
	slices.Sort(got)
	if want := []string{"ada_l verified true", "bob audit false"}; !slices.Equal(got, want) {
		t.Errorf("Enrolled = %v, want %v", got, want)
	}
	for range lms.Enrolled(t.Context(), course) {
		break
	}
	for _, err := range lms.Enrolled(t.Context(), edx.CourseKey{}) {
		if err == nil {
			t.Error("Enrolled in no course yields somebody, want an error")
		}
	}
}

// grant gives ada_l extra minutes in the exam, beside allowances that are of
// another exam, another learner and another kind.
func grant(server *edxtest.Server, minutes string) {
	id := server.AddExam(edxtest.Exam{Course: courseID, Content: exam.String(), Name: "Final", Minutes: 90, Proctored: true})
	other := server.AddExam(edxtest.Exam{Course: courseID, Content: "block-v1:ExampleX+CS101+2027+type@sequential+block@midterm", Name: "Midterm", Minutes: 90})
	const extra = "additional_time_granted"
	server.AddAllowance(edxtest.Allowance{ExamID: other, Username: "ada_l", Key: extra, Value: "900"})
	server.AddAllowance(edxtest.Allowance{ExamID: id, Username: "somebody", Key: extra, Value: "800"})
	server.AddAllowance(edxtest.Allowance{ExamID: id, Username: "ada_l", Key: "review_policy_exception", Value: "700"})
	server.AddAllowance(edxtest.Allowance{ExamID: id, Username: "ada_l", Key: extra, Value: minutes})
}

// wantExtraTime wants ada_l to have the extra time in the exam.
func wantExtraTime(t *testing.T, lms platform.OpenEdX, want time.Duration) {
	t.Helper()
	grants, err := lms.ExtraTime(t.Context(), course, exam)
	var got time.Duration
	for _, g := range grants {
		if g.AccountID == "4211" && g.Err == nil {
			got = max(got, g.Time)
		}
	}
	if err != nil || got != want {
		t.Errorf("ExtraTime = %v, %v; want %s for ada_l", grants, err, want)
	}
}

func TestAllowancesOfTheLMS(t *testing.T) {
	t.Parallel()
	lms, server := newOpenEdX(t)
	wantExtraTime(t, lms, 0)
	grant(server, "30")
	wantExtraTime(t, lms, 30*time.Minute)
	lms.NoAllowances = true
	if _, err := lms.ExtraTime(t.Context(), course, exam); !errors.Is(err, platform.ErrNoAllowances) {
		t.Errorf("with NoAllowances: %v, want ErrNoAllowances", err)
	}
}

// What is no number of minutes is not taken for none, and stops nobody else.
func TestAllowancesThatCannotBeRead(t *testing.T) {
	t.Parallel()
	lms, server := newOpenEdX(t)
	grant(server, "half an hour")
	grants, err := lms.ExtraTime(t.Context(), course, exam)
	if err != nil || len(grants) != 2 {
		t.Fatalf("ExtraTime = %v, %v; want two grants", grants, err)
	}
	for _, g := range grants {
		if unreadable := errors.Is(g.Err, platform.ErrUnreadableTime); unreadable != (g.AccountID == "4211") {
			t.Errorf("%v: error %v, time %s", g, g.Err, g.Time)
		}
	}
	if text := fmt.Sprintf("%v %+v %#v", grants, grants[0], grants[1].Err); strings.Contains(text, "ada_l") || strings.Contains(text, "half") {
		t.Errorf("prints what is personal: %s", text)
	}
}

// hosts sends requests to the service that has the host.
type hosts map[string]http.RoundTripper

func (h hosts) RoundTrip(r *http.Request) (*http.Response, error) {
	if next, ok := h[r.URL.Host]; ok {
		return next.RoundTrip(r)
	}
	return nil, fmt.Errorf("no host %s", r.URL.Host)
}

// Some courses keep their exams, and the extra time, in edx-exams.
func TestAllowancesOfEdxExams(t *testing.T) {
	t.Parallel()
	_, server := newOpenEdX(t)
	host, _ := url.Parse(proctorbooktest.InProcessURL)
	lms := platform.OpenEdX{Client: newClient(t, server, server.ClientID, server.ClientSecret, edx.WithExamsURL("https://exams.example.org"),
		edx.WithTransport(hosts{host.Host: proctorbooktest.InProcess(server), "exams.example.org": proctorbooktest.InProcess(server.ExamsHandler())}),
		edx.WithClock(proctorbooktest.NewClock(time.Date(2027, 1, 7, 0, 0, 0, 0, time.UTC))))}
	wantExtraTime(t, lms, 0) // the exams of the course are in the LMS
	server.AddCourse(edxtest.Course{Key: courseID, Name: "Logic", ExamProvider: "proctor_tool"})
	wantExtraTime(t, lms, 0) // edx-exams does not have this one
	grant(server, "45")
	wantExtraTime(t, lms, 45*time.Minute)
	server.Fault(proctorbooktest.Fault{Kind: proctorbooktest.Status500, Endpoint: "GET /api/v1/exams/course_id/{course}", Times: -1})
	if got, err := lms.ExtraTime(t.Context(), course, exam); err == nil {
		t.Errorf("with edx-exams failing: %v, want an error", got)
	}
}

// canned answers a path with the bytes it has for it, and all else with an empty list.
type canned map[string]string

func (c canned) RoundTrip(r *http.Request) (*http.Response, error) {
	body, ok := c[r.URL.Path]
	if !ok {
		body = "[]"
	}
	header := http.Header{"Content-Type": {"application/json"}}
	return &http.Response{StatusCode: http.StatusOK, Request: r, Header: header, Body: io.NopCloser(strings.NewReader(body))}, nil
}

// What can't be read of a row is no zero: it fails where it decides, and only there.
func TestOpenEdXOddRows(t *testing.T) {
	t.Parallel()
	const enrolled, allowances = "/api/enrollment/v1/enrollments", "/api/edx_proctoring/v1/proctored_exam/" + courseID + "/allowance"
	for body, wantErr := range map[string]bool{
		`{"user":"ada_l","mode":"audit","is_active":true,"course_id":"a b"}`:                 false,
		`{"user":"ada_l","mode":"audit","is_active":"maybe","course_id":"` + courseID + `"}`: true,
		`{"mode":"audit","is_active":true,"course_id":"` + courseID + `"}`:                   true,
	} {
		lms := withBodies(t, canned{enrolled: `{"results":[` + body + `]}`})
		for e, err := range lms.Enrolled(t.Context(), course) {
			if (err != nil) != wantErr {
				t.Errorf("%s: Enrolled yields %v, %v, want an error: %v", body, e, err, wantErr)
			}
		}
	}
	for body, wantErr := range map[string]bool{
		`{"key":"additional_time_granted","value":"30","user":{"username":"ada_l"},"proctored_exam":{"id":7,"content_id":"` + exam.String() + `","time_limit_mins":-5}}`: false,
		`{"key":"additional_time_granted","value":"30","user":"ada_l","proctored_exam":{"id":7,"content_id":"` + exam.String() + `"}}`:                                   true,
		`{"key":"additional_time_granted","value":[],"user":{"username":"ada_l"},"proctored_exam":{"id":7,"content_id":"` + exam.String() + `"}}`:                        true,
		`{"key":"additional_time_granted","value":[],"user":{"username":"ada_l"},"proctored_exam":{"id":8,"content_id":"test_content"}}`:                                 false,
	} {
		got, err := withBodies(t, canned{allowances: "[" + body + "]"}).ExtraTime(t.Context(), course, exam)
		unread := slices.ContainsFunc(got, func(g platform.Grant) bool { return errors.Is(g.Err, platform.ErrUnreadableTime) })
		if err != nil || unread != wantErr {
			t.Errorf("%s: ExtraTime = %v, %v, want a grant that can't be read: %v", body, got, err, wantErr)
		}
	}
}

// withBodies is the adapter over canned answers.
func withBodies(t *testing.T, bodies http.RoundTripper) platform.OpenEdX {
	t.Helper()
	token := oauth2.StaticTokenSource(&oauth2.Token{AccessToken: "t", TokenType: "JWT"})
	client, err := edx.NewClient("https://lms.example.org", edx.WithTokenSource(token), edx.WithTransport(bodies), edx.WithLimiter(freely{}))
	if err != nil {
		t.Fatal(err)
	}
	return platform.OpenEdX{Client: client}
}

func TestOpenEdXPreflight(t *testing.T) {
	t.Parallel()
	lms, server := newOpenEdX(t)
	for name, c := range map[string]struct {
		lms  platform.OpenEdX
		want preflight.Verdict
	}{
		"the right secret": {lms, preflight.VerdictOK},
		"a wrong secret":   {platform.OpenEdX{Client: newClient(t, server, server.ClientID, "wrong")}, preflight.VerdictFailed},
	} {
		checks := c.lms.Preflight(t.Context())
		if len(checks) != 1 || checks[0].Code != preflight.CodePlatformAccess || checks[0].Verdict != c.want {
			t.Errorf("%s: Preflight = %+v, want platform_access %s", name, checks, c.want)
		}
	}
}
