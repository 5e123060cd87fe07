package edxtest_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/proctorbook/proctorbook/edx/edxtest"
	"github.com/proctorbook/proctorbook/proctorbooktest"
)

// provider is a proctoring provider that notes what the platform says to it.
type provider struct {
	seen     []string
	tokens   int
	statuses map[string]int    // by method and path; 200 is the default
	bodies   map[string]string // by method and path
}

func (v *provider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	line := r.Method + " " + r.URL.Path
	w.Header().Set("Content-Type", "application/json")
	if r.URL.Path == "/oauth2/access_token" {
		v.tokens++
		fmt.Fprint(w, `{"access_token":"t","expires_in":3600,"token_type":"JWT"}`)
		return
	}
	var sent map[string]any
	_ = json.Unmarshal(body, &sent)
	v.seen = append(v.seen, strings.TrimSpace(line+" "+fmt.Sprint(sent["status"])+" "+r.Header.Get("Authorization")))
	if status := v.statuses[line]; status != 0 {
		w.WriteHeader(status)
	}
	fmt.Fprint(w, v.bodies[line])
}

// expect compares what was said to the provider since the last time.
func (v *provider) expect(t *testing.T, lines ...string) {
	t.Helper()
	for i := range lines {
		lines[i] += " JWT t"
	}
	if got, want := strings.Join(v.seen, "\n"), strings.Join(lines, "\n"); got != want {
		t.Errorf("the provider heard\n%s\nwant\n%s", got, want)
	}
	v.seen = nil
}

func newProvider(t *testing.T) (*platform, *provider) {
	t.Helper()
	p := newCampus(t)
	v := &provider{statuses: map[string]int{}, bodies: map[string]string{
		"POST /api/v1/exam/": `{"id":"ext-exam-1"}`, "POST /api/v1/exam/ext-exam-1/attempt/": `{"id":"ext-att-1"}`,
	}}
	p.fake.AddBackend(edxtest.Backend{Name: "x", URL: "http://127.0.0.1", ClientID: "id", ClientSecret: "s", Transport: proctorbooktest.InProcess(v)})
	return p, v
}

const newProctored = `{"course_id":"` + logic + `","content_id":"final","exam_name":"Final","time_limit_mins":90,"is_proctored":true,"backend":"x"}`

func TestASittingAtAProvider(t *testing.T) {
	t.Parallel()
	p, v := newProvider(t)
	p.fake.AddUser(edxtest.User{Username: "reviewer", Groups: []string{"x_review"}, Email: "rev@example.org"})
	p.fake.AddClient("reviewer", "s3cret", "reviewer")
	p.run([]step{{name: "save", request: "POST " + api + "exam", as: staff, body: newProctored, want: `200 application/json {"exam_id":1}`}})
	v.expect(t, "POST /api/v1/exam/ <nil>", "POST /api/v1/exam/ext-exam-1/ <nil>")
	p.run([]step{{name: "save again", request: "PUT " + api + "exam", as: staff, body: `{"exam_id":1,"review_policy":"Closed book"}`, want: `200 application/json {"exam_id":1}`}})
	v.expect(t, "POST /api/v1/exam/ext-exam-1/ <nil>")
	p.run([]step{{name: "set up", request: "POST " + api + "attempt", as: learner, body: `{"exam_id":1,"attempt_proctored":"true"}`, want: `200 application/json {"exam_attempt_id":2}`}})
	v.expect(t, "POST /api/v1/exam/ext-exam-1/attempt/ created")
	act := func(action string) step {
		return step{name: action, request: "PUT " + api + "attempt/2", as: learner, body: `{"action":"` + action + `"}`, want: "200 application/json {"}
	}
	p.run([]step{
		{name: "ready", request: "POST " + api + "attempt/ext-att-1/ready", as: "reviewer", body: `{"status":"ready"}`, want: `200 application/json "OK"`},
		{name: "ready, no attempt", request: "POST " + api + "attempt/none/ready", as: "reviewer", want: `404 application/json "You have entered an exam code that is not valid."`},
		act("start"), act("submit"),
	})
	v.expect(t, "PATCH /api/v1/exam/ext-exam-1/attempt/ext-att-1/ started", "PATCH /api/v1/exam/ext-exam-1/attempt/ext-att-1/ submitted")
	review := func(name, as, body, want string) step {
		return step{name: name, request: "POST " + api + "attempt/ext-att-1/reviewed", as: as, body: body, want: want}
	}
	const good = `200 application/json "OK"`
	p.run([]step{
		review("not in the group", stranger, `{"status":"passed"}`, "403"),
		review("an unknown verdict", "reviewer", `{"status":"Passed"}`, "400 application/json {"),
		review("half a comment", "reviewer", `{"status":"passed","comments":[{"comment":"hm"}]}`, "500 text/html"),
		review("suspicious", "reviewer", `{"status":"suspicious","comments":[{"comment":"hm","status":"Suspicious"}]}`, good),
		{name: "no attempt", request: "POST " + api + "attempt/none/reviewed", as: "reviewer", body: `{}`, want: "400 application/json {"},
	})
	after := func(want string) {
		t.Helper()
		if a, _ := p.fake.Attempt(2); a.Status != want {
			t.Errorf("the attempt is %q, want %q", a.Status, want)
		}
	}
	after("second_review_required")
	p.run([]step{review("by somebody known", "reviewer", `{"status":"violation","reviewed_by":"rev@example.org"}`, good)})
	after("rejected")
	p.run([]step{review("passed", "reviewer", `{"status":"passed"}`, good)})
	after("verified")
	p.run([]step{review("not reviewed", "reviewer", `{"status":"not_reviewed"}`, good)})
	after("error")
	v.expect(t, "PATCH /api/v1/exam/ext-exam-1/attempt/ext-att-1/ error")
	p.run([]step{
		{name: "dashboard, the learner", request: "GET /api/edx_proctoring/v1/instructor/" + logic, as: learner, want: denied},
		{name: "dashboard, no exams", request: "GET /api/edx_proctoring/v1/instructor/a/b/c", as: staff, want: `404 application/json "No exams`},
		{name: "remove", request: "DELETE " + api + "attempt/2", as: teacher, want: "200"},
	})
	v.expect(t, "DELETE /api/v1/exam/ext-exam-1/attempt/ext-att-1/ <nil>")
	p.fake.AddAttempt(edxtest.Attempt{ExamID: p.fake.AddExam(edxtest.Exam{Course: logic}), Username: "ada_l", ExternalID: "timed"})
	p.run([]step{{name: "no longer proctored", request: "POST " + api + "attempt/timed/reviewed", as: staff, body: `{"status":"passed"}`, want: `412 application/json "Exam no longer proctored"`}})
	if v.tokens != 1 {
		t.Errorf("the platform fetched %d tokens, want 1", v.tokens)
	}
	unknown := p.fake.AddAttempt(edxtest.Attempt{ExamID: 1, Username: "ada_l", Status: "started"})
	p.run([]step{
		{name: "an attempt that the provider does not know", request: fmt.Sprintf("PUT %sattempt/%d", api, unknown), as: learner, body: `{"action":"submit"}`, want: "200 application/json {"},
		{name: "and its end", request: fmt.Sprintf("DELETE %sattempt/%d", api, unknown), as: teacher, want: "200"},
		{name: "now a timed exam", request: "PUT " + api + "exam", as: staff, body: `{"exam_id":1,"is_proctored":false}`, want: "200 application/json {"},
		{name: "sit it", request: "POST " + api + "attempt", as: learner, body: `{"exam_id":1}`, want: "200 application/json {"},
	})
	v.expect(t)
}

func TestAProviderThatRefuses(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		status int
		body   string
		want   string
	}{
		"created is not 200":   {201, `{"id":"ext-att-1"}`, "201 application/json {\"detail\":"},
		"no id":                {200, `{}`, "200 application/json {\"detail\":"},
		"busy":                 {503, `sorry`, "503 application/json {\"detail\":"},
		"onboarding is wanted": {200, `{"status":"onboarding_missing"}`, `200 application/json {"exam_attempt_id":2}`},
	} {
		p, v := newProvider(t)
		v.statuses["POST /api/v1/exam/ext-exam-1/attempt/"], v.bodies["POST /api/v1/exam/ext-exam-1/attempt/"] = tt.status, tt.body
		p.run([]step{
			{name: name, request: "POST " + api + "exam", as: staff, body: newProctored, want: "200 application/json {"},
			{name: name, request: "POST " + api + "attempt", as: learner, body: `{"exam_id":1}`, want: tt.want},
		})
	}
	p, v := newProvider(t)
	v.statuses["POST /api/v1/exam/"], v.bodies["POST /api/v1/exam/"] = 500, `{"id":"adopted"}`
	p.run([]step{{name: "an error with an id is adopted", request: "POST " + api + "exam", as: staff, body: newProctored, want: "200 application/json {"}})
	if e, _ := p.fake.Exam(1); e.ExternalID != "adopted" {
		t.Errorf("external id = %q, want adopted", e.ExternalID)
	}
}

// dashboardClaims opens the dashboard and reads the token in its URL.
func dashboardClaims(t *testing.T, p *platform) (location, claims string) {
	t.Helper()
	got := p.take(step{request: "GET /api/edx_proctoring/v1/instructor/" + logic, as: teacher})
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

func TestATimedExamIsNotRegisteredAtAProvider(t *testing.T) {
	t.Parallel()
	server, _ := newServer(t)
	server.AddBackend(edxtest.Backend{Name: "x", URL: server.URL, Transport: http.DefaultTransport})
	staff := token(t, server, server.ClientID, server.ClientSecret)
	got := ask(t, "POST "+server.URL+"/api/edx_proctoring/v1/proctored_exam/exam", `{"course_id":"`+logic+`","content_id":"c","exam_name":"E","time_limit_mins":1,"is_proctored":false,"backend":"x"}`, staff)
	if want := `200 {"exam_id":1}`; got != want {
		t.Errorf("got %s, want %s: the provider hears nothing of a timed exam", got, want)
	}
}
