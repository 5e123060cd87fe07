package edxtest_test

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/edx/edxtest"
)

// dashboardClaims opens the dashboard and reads the token in its URL.
func dashboardClaims(t *testing.T, p *platform, more string) (location, claims string) {
	t.Helper()
	got := p.take(step{request: "GET /api/edx_proctoring/v1/instructor/" + logic + more, as: teacher})
	location = got.header.Get("Location")
	parts := strings.Split(location, ".")
	if got.status != http.StatusFound || len(parts) < 3 {
		t.Fatalf("got %s to %q, want a 302 with a token", got.brief(), location)
	}
	raw, err := base64.RawURLEncoding.DecodeString(parts[len(parts)-2])
	if err != nil {
		t.Fatal(err)
	}
	return location, string(raw)
}

// The claims tell the provider which page is meant.
func TestDashboardsOfAnExam(t *testing.T) {
	t.Parallel()
	p, _ := newProvider(t)
	p.run([]step{{name: "save", request: "POST " + api + "exam", as: staff, body: newProctored, want: "200 application/json {"}})
	timed := p.fake.AddExam(edxtest.Exam{Course: logic})
	for more, want := range map[string]string{
		"":                     `.4821}`,
		"/1":                   `.4821,"exam_id":"ext-exam-1"}`,
		"/1?config=true":       `.4821,"exam_id":"ext-exam-1","config":true}`,
		"/1?config=false":      `.4821,"exam_id":"ext-exam-1"}`,
		"/1?attempt=ext-att-1": `.4821,"exam_id":"ext-exam-1","attempt_id":"ext-att-1"}`,
	} {
		if _, got := dashboardClaims(t, p, more); !strings.HasSuffix(got, want) || !strings.HasPrefix(got, `{"course_id":"`+logic+`","user":{"id":"`) {
			t.Errorf("%q: claims = %s, want %s at the end", more, got, want)
		}
	}
	path := "GET /api/edx_proctoring/v1/instructor/" + logic
	p.run([]step{
		{name: "no such exam is not handled", request: path + "/99", as: teacher, want: "500 text/html"},
		{name: "a timed exam", request: fmt.Sprintf("%s/%d", path, timed), as: teacher, want: `404 application/json "No exams`},
		{name: "the learner", request: path + "/1", as: learner, want: denied},
	})
}

// Every provider that has met the user must say true to its retirement.
func TestRetiringAUserAtProviders(t *testing.T) {
	t.Parallel()
	p, v := newProvider(t)
	p.fake.AddUser(edxtest.User{Username: "retirer", MayRetire: true})
	p.fake.AddClient("retirer", "s3cret", "retirer")
	p.fake.AddAttempt(edxtest.Attempt{ExamID: p.fake.AddExam(edxtest.Exam{Course: logic, Backend: "x", Proctored: true}), Username: "ada_l"})
	const path = "POST /api/edx_proctoring/v1/retire_backend_user/"
	p.run([]step{
		{name: "the page that answers is no JSON", request: path + "4211/", as: "retirer", want: `500 application/json {"x":false}`},
		{name: "nobody has met him", request: path + "5001/", as: "retirer", want: `200 application/json {}`},
		{name: "staff may not", request: path + "4211/", as: staff, want: denied},
	})
	line, _, _ := strings.Cut(v.seen[0], "/ ")
	for body, want := range map[string]string{"true": `200 application/json {"x":true}`, "false": `500 application/json {"x":false}`, `"`: `500 application/json {"x":false}`} {
		v.bodies[line+"/"] = body
		p.run([]step{{name: body, request: path + "4211/", as: "retirer", want: want}})
	}
	v.tokenIs = "none"
	p.clock.Advance(2 * time.Hour)
	p.run([]step{{name: "no answer is not handled", request: path + "4211/", as: "retirer", want: "500 text/html"}})
	if n := len(p.fake.Seen().Troubles); n != 4 {
		t.Errorf("%d troubles, want one for each answer but true", n)
	}
	if !strings.HasPrefix(line, "DELETE /api/v1/user/") || len(line) != len("DELETE /api/v1/user/")+40 {
		t.Errorf("the provider heard %s, want a DELETE of a user", line)
	}
}
