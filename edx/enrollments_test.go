package edx_test

import (
	"errors"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/edx"
)

func TestEnrollmentsGet(t *testing.T) {
	t.Parallel()
	p := newLMS(t)
	p.json(enrollmentRoute, wire(t, "enrollment.json"))

	got, err := p.client(t).Enrollments.Get(t.Context(), username, cs101)
	if err != nil {
		t.Fatal(err)
	}
	want := &edx.Enrollment{
		Username: username, Mode: edx.Verified, Active: true,
		Created: time.Date(2026, 2, 11, 19, 44, 31, 802434000, time.UTC),
		Course: &edx.CourseDetails{
			Key: cs101, Name: "Logic & Proof", Pacing: edx.PacingInstructor,
			Start:         time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC),
			End:           time.Date(2026, 7, 31, 22, 0, 0, 0, time.UTC),
			EnrollmentEnd: time.Date(2026, 3, 16, 22, 0, 0, 0, time.UTC),
			Modes: []edx.CourseMode{{
				Mode: edx.Verified, Name: "Verified Certificate", MinPrice: "49", Currency: "usd",
				Expires: time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC),
			}},
		},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("Get = %+v (course %+v), want %+v (course %+v)", got, got.Course, want, want.Course)
	}
}

// The platform answers the question "is she enrolled?" in five ways, and two of
// them have no body at all.
func TestEnrollmentsGetAnswers(t *testing.T) {
	t.Parallel()
	const details = `,"created":"2026-02-11T19:44:31Z","user":"ada_l","course_details":null}`
	tests := map[string]struct {
		status      int
		contentType string
		body        string
		wantMode    edx.Mode
		wantActive  bool
		wantErr     error
	}{
		"enrolled":             {200, "application/json", `{"mode":"verified","is_active":true` + details, edx.Verified, true, nil},
		"has left the course":  {200, "application/json", `{"mode":"verified","is_active":false` + details, edx.Verified, false, nil},
		"another mode":         {200, "application/json", `{"mode":"audit","is_active":true` + details, edx.Audit, true, nil},
		"a mode of the future": {200, "application/json", `{"mode":"microdegree","is_active":true` + details, "microdegree", true, nil},
		"flag as text":         {200, "application/json", `{"mode":"honor","is_active":"True"` + details, edx.Honor, true, nil},
		"never enrolled":       {200, "", "", "", false, edx.ErrNotEnrolled},
		"never enrolled, 204":  {204, "", "", "", false, edx.ErrNotJSON}, // a proxy's: the platform says it with 200
		"after a mark":         {200, "application/json", "\xef\xbb\xbf" + `{"mode":"verified","is_active":true` + details, edx.Verified, true, nil},
		"refused after a mark": {401, "application/json", "\xef\xbb\xbf" + `{"detail":"Token has expired."}`, "", false, edx.ErrUnauthorized},
		"never enrolled, null": {200, "application/json", "null\n", "", false, edx.ErrNotEnrolled},
		"no right to look":     {404, "", "", "", false, edx.ErrForbidden},
		"not authenticated":    {401, "application/json", `{"detail":"Token has expired."}`, "", false, edx.ErrUnauthorized},
		"wrong base URL":       {404, "text/html", "<h1>Page not found</h1>", "", false, edx.ErrNotFound},
		"no mode":              {200, "application/json", `{"is_active":true` + details, "", false, edx.ErrNotJSON},
		"no flag":              {200, "application/json", `{"mode":"audit","is_active":null` + details, "", false, edx.ErrNotJSON},
		"a page":               {200, "text/html", "<html>Down for maintenance</html>", "", false, edx.ErrNotJSON},
		"a list":               {200, "application/json", `[]`, "", false, edx.ErrNotJSON},
		"half a body":          {200, "application/json", `{"mode":"audit","is_act`, "", false, edx.ErrNotJSON},
		"a date without zone": {
			200, "application/json", `{"mode":"audit","is_active":true,"created":"2026-02-11T19:44:31"}`,
			edx.Audit, true, nil,
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newLMS(t)
			p.reply(enrollmentRoute, tt.status, tt.contentType, tt.body)

			got, err := p.client(t).Enrollments.Get(t.Context(), username, cs101)

			if !errors.Is(err, tt.wantErr) {
				t.Fatalf("Get error = %v, want %v", err, tt.wantErr)
			}
			if err != nil {
				if got != nil {
					t.Errorf("Get = %+v beside an error", got)
				}
				return
			}
			if got.Mode != tt.wantMode || got.Active != tt.wantActive || got.Course != nil {
				t.Errorf("Get = %+v, want mode %q, active %v, no course", got, tt.wantMode, tt.wantActive)
			}
		})
	}
}

// Only one reason fits each failure: a page about enrolling must not be shown to
// somebody whom the client was not allowed to look up.
func TestEnrollmentsGetReasonsAreDistinct(t *testing.T) {
	t.Parallel()
	p := newLMS(t)
	p.reply(enrollmentRoute, http.StatusNotFound, "", "")
	_, err := p.client(t).Enrollments.Get(t.Context(), username, cs101)
	if errors.Is(err, edx.ErrNotEnrolled) || errors.Is(err, edx.ErrNotFound) {
		t.Errorf("no right to look: error = %v, want ErrForbidden alone", err)
	}
}

func TestUsernamesAndKeysInPaths(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ username, course, route string }{
		"plus, at sign, space": {"ada+l@x y", "course-v1:ExampleX+CS101+2026_T1", "ada+l%40x%20y,course-v1:ExampleX+CS101+2026_T1"},
		"unicode":              {"жанна", "course-v1:ÉcoleX+数学+2026", "%D0%B6%D0%B0%D0%BD%D0%BD%D0%B0,course-v1:%C3%89coleX+%E6%95%B0%E5%AD%A6+2026"},
		"old key":              {"ada_l", "ExampleX/CS%20101/2026", "ada_l,ExampleX/CS%2520101/2026"},
		"custom course":        {"ada_l", "ccx-v1:ExampleX+CS101+2026+ccx@7", "ada_l,ccx-v1:ExampleX+CS101+2026+ccx%407"},
		"query and fragment":   {"a?b#c%2Fd", "course-v1:a+b+c", "a%3Fb%23c%252Fd,course-v1:a+b+c"},
		"dots inside":          {"..a", "course-v1:a+b+c", "..a,course-v1:a+b+c"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newLMS(t)
			p.json("GET /api/enrollment/v1/enrollment/"+tt.route, `{"mode":"audit","is_active":true}`)
			if _, err := p.client(t).Enrollments.Get(t.Context(), tt.username, edx.MustCourseKey(tt.course)); err != nil {
				t.Errorf("Get %q of %s: %v, want a request to %s", tt.username, tt.course, err, tt.route)
			}
		})
	}
}

// The base URL may have a path of its own.
func TestBaseURLWithPath(t *testing.T) {
	t.Parallel()
	p := newLMS(t)
	p.json("POST /lms/oauth2/access_token", `{"access_token":"t","expires_in":60,"token_type":"JWT"}`)
	p.json("GET /lms/api/user/v1/accounts/ada_l", `{"username":"ada_l"}`)
	for _, base := range []string{p.URL + "/lms", p.URL + "/lms/"} {
		client, err := edx.NewClient(base, edx.WithClientCredentials(clientID, clientSecret), edx.WithLimiter(noLimit{}))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := client.Accounts.Get(t.Context(), username); err != nil {
			t.Errorf("base URL %q: %v", base, err)
		}
	}
}

// Bad input is refused by name, before even a token is asked for.
func TestBadInput(t *testing.T) {
	t.Parallel()
	names := map[string]string{
		"empty": "", "dot": ".", "two dots": "..", "comma": "ada,l", "slash": "ada/l", "backslash": `ada\l`,
		"newline": "ada\nl", "delete": "ada\x7fl", "not UTF-8": "ada\xff", "too long": strings.Repeat("a", 151),
	}
	for name, bad := range names {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newLMS(t)
			client := p.client(t)
			_, enrollment := client.Enrollments.Get(t.Context(), bad, cs101)
			_, account := client.Accounts.Get(t.Context(), bad)
			_, preferences := client.Preferences.Get(t.Context(), bad)
			errs := []error{enrollment, account, preferences}
			if bad != "" { // a course may be asked for without a user
				_, course := client.Courses.Get(t.Context(), cs101, edx.GetCourseParams{Username: bad})
				errs = append(errs, course)
			}
			for _, err := range errs {
				wantRefused(t, "username", bad, true, err)
			}
			if p.count(tokenRoute) != 0 {
				t.Error("a token was asked for")
			}
		})
	}
}

func TestNoCourse(t *testing.T) {
	t.Parallel()
	client := newLMS(t).client(t)
	_, enrollment := client.Enrollments.Get(t.Context(), username, edx.CourseKey{})
	_, course := client.Courses.Get(t.Context(), edx.CourseKey{}, edx.GetCourseParams{})
	wantRefused(t, "course", "", true, enrollment)
	wantRefused(t, "course", "", true, course)
}
