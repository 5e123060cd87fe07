package edxtest_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/edx/edxtest"
	"github.com/proctorbook/proctorbook/proctorbooktest"
)

// provider is a proctoring provider that notes what the platform says to it.
type provider struct {
	seen     []string
	tokens   int
	statuses map[string]int    // by method and path; 200 is the default
	bodies   map[string]string // by method and path
	queries  map[string]string // that came last, by method and path
	tokenIs  string            // the answer to a request for a token; "" is a good one
	requests []recorded
}

func (v *provider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	line := r.Method + " " + r.URL.Path
	w.Header().Set("Content-Type", "application/json")
	v.requests = append(v.requests, recorded{r.Method, r.URL.RequestURI(), headersOf(r), string(body)})
	v.queries[line] = r.URL.RawQuery
	if r.URL.Path == "/oauth2/access_token" && v.tokenIs != "" {
		fmt.Fprint(w, v.tokenIs)
		return
	}
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
	v := &provider{statuses: map[string]int{}, queries: map[string]string{}, bodies: map[string]string{
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
		review("an unknown verdict", "reviewer", `{"status":"Passed"}`, detail(400, "Passed")),
		review("no verdict", "reviewer", `{"comments":[]}`, "500 text/html"),
		review("half a comment", "reviewer", `{"status":"passed","comments":[{"comment":"hm"}]}`, "500 text/html"),
		review("suspicious", "reviewer", `{"status":"suspicious","comments":[{"comment":"hm","status":"Suspicious"}]}`, good),
		{name: "no attempt", request: "POST " + api + "attempt/none/reviewed", as: "reviewer", body: `{}`, want: detail(400, "Attempted to access exam attempt with external_id=none but it does not exist.")},
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
}

// An attempt that the provider never registered is none of its business. An exam that
// is no longer proctored is, once more.
func TestWhatAProviderDoesNotHear(t *testing.T) {
	t.Parallel()
	p, v := newProvider(t)
	p.run([]step{{name: "save", request: "POST " + api + "exam", as: staff, body: newProctored, want: `200 application/json {"exam_id":1}`}})
	v.seen = nil
	unknown := p.fake.AddAttempt(edxtest.Attempt{ExamID: 1, Username: "ada_l", Status: "started"})
	p.run([]step{
		{name: "an attempt that the provider does not know", request: fmt.Sprintf("PUT %sattempt/%d", api, unknown), as: learner, body: `{"action":"submit"}`, want: "200 application/json {"},
		{name: "and its end", request: fmt.Sprintf("DELETE %sattempt/%d", api, unknown), as: teacher, want: "200"},
		{name: "now a timed exam", request: "PUT " + api + "exam", as: staff, body: `{"exam_id":1,"review_policy":"Closed book","is_proctored":false}`, want: "200 application/json {"},
		{name: "sit it", request: "POST " + api + "attempt", as: learner, body: `{"exam_id":1}`, want: "200 application/json {"},
	})
	v.expect(t, "POST /api/v1/exam/ext-exam-1/ <nil>")
	if last := v.requests[len(v.requests)-1].Body; !strings.Contains(last, `"is_proctored": false, "is_practice_exam": false, "is_active": false`) || strings.Contains(last, "rule_summary") {
		t.Errorf("the last word about the exam was %s, want it neither proctored nor active, and without the policy", last)
	}
}

// A learner's set-up fails with the words and the status of the provider.
func TestAProviderThatRefuses(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		status int
		body   string
		want   string
	}{
		"created is not 200":   {201, `{"id":"ext-att-1"}`, `201 application/json {"detail":"(BackendProviderCannotRegisterAttempt(), b'{\"id\":\"ext-att-1\"}')"}`},
		"no id":                {200, `{}`, `200 application/json {"detail":"(BackendProviderSentNoAttemptID(), b'{}')"}`},
		"busy":                 {503, `sorry`, `503 application/json {"detail":"(BackendProviderCannotRegisterAttempt(), b'sorry')"}`},
		"a list":               {200, `[]`, "500 text/html"},
		"onboarding is wanted": {200, `{"status":"onboarding_missing","id":"ext-att-1"}`, `200 application/json {"exam_attempt_id":2}`},
		"a number":             {200, `{"id":5}`, `200 application/json {"exam_attempt_id":2}`},
	} {
		p, v := newProvider(t)
		v.statuses["POST /api/v1/exam/ext-exam-1/attempt/"], v.bodies["POST /api/v1/exam/ext-exam-1/attempt/"] = tt.status, tt.body
		p.run([]step{
			{name: name, request: "POST " + api + "exam", as: staff, body: newProctored, want: "200 application/json {"},
			{name: name, request: "POST " + api + "attempt", as: learner, body: `{"exam_id":1,"attempt_proctored":"true"}`, want: tt.want},
		})
		if a, made := p.fake.Attempt(2); made != strings.Contains(tt.want, "exam_attempt_id") || made && a.ExternalID+a.Status != "5created" && a.ExternalID+a.Status != "onboarding_missing" {
			t.Errorf("%s: attempt = %+v, %v", name, a, made)
		}
	}
}

// What a provider says about an exam is adopted, passed over, or not handled at all.
func TestAProviderThatNumbersExams(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		status   int
		body     string
		want, id string
	}{
		"an error with an id is adopted": {500, `{"id":"adopted"}`, "200 application/json {", "adopted"},
		"an id that is a number":         {200, `{"id":5}`, "200 application/json {", "5"},
		"a page":                         {200, `<html>`, "200 application/json {", ""},
		"no id":                          {404, `{"detail":"no"}`, "200 application/json {", ""},
		"a list":                         {200, `[]`, "500 text/html", ""},
	} {
		p, v := newProvider(t)
		v.statuses["POST /api/v1/exam/"], v.bodies["POST /api/v1/exam/"] = tt.status, tt.body
		p.run([]step{{name: name, request: "POST " + api + "exam", as: staff, body: newProctored, want: tt.want}})
		if e, saved := p.fake.Exam(1); e.ExternalID != tt.id || saved != (tt.want != "500 text/html") {
			t.Errorf("%s: exam = %+v, %v; want the external id %q", name, e, saved, tt.id)
		}
	}
	p, v := newProvider(t)
	v.bodies["POST /api/v1/exam/ext-exam-1/"], v.bodies["POST /api/v1/exam/other/"] = `{"id":"other"}`, `{"id":"other"}`
	p.run([]step{{name: "another id", request: "POST " + api + "exam", as: staff, body: newProctored, want: "200 application/json {"}})
	v.expect(t, "POST /api/v1/exam/ <nil>", "POST /api/v1/exam/ext-exam-1/ <nil>", "POST /api/v1/exam/other/ <nil>")
}

// A learner's act fails with the provider only where its answer can't be read, or none
// comes.
func TestAProviderThatSaysNothingUseful(t *testing.T) {
	t.Parallel()
	const told = "PATCH /api/v1/exam/ext-exam-1/attempt/ext-att-1/"
	for name, tt := range map[string]struct {
		status            int
		body, token, want string
	}{
		"an error page":        {500, "<html>", "", "200 application/json {"},
		"a list":               {200, "[]", "", "500 text/html"},
		"null":                 {200, "null", "", "500 text/html"},
		"no token":             {200, "{}", `{"access_token":"t"}`, "500 text/html"},
		"a token that is none": {200, "{}", `<html>`, "500 text/html"},
	} {
		p, v := newProvider(t)
		p.run([]step{
			{name: name, request: "POST " + api + "exam", as: staff, body: newProctored, want: "200 application/json {"},
			{name: name, request: "POST " + api + "attempt", as: learner, body: `{"exam_id":1,"attempt_proctored":"true"}`, want: "200 application/json {"},
		})
		v.statuses[told], v.bodies[told], v.tokenIs = tt.status, tt.body, tt.token
		if tt.token != "" {
			p.clock.Advance(2 * time.Hour)
		}
		p.run([]step{{name: name, request: "PUT " + api + "attempt/2", as: learner, body: `{"action":"start"}`, want: tt.want}})
		a, _ := p.fake.Attempt(2)
		if started := a.Status == "started" && !a.Started.IsZero(); started != (tt.want != "500 text/html") {
			t.Errorf("%s: the attempt is %+v", name, a)
		}
	}
}

// The settings of an exam, and the page of its set-up, come from the provider.
func TestWhatAProviderSaysToLearners(t *testing.T) {
	t.Parallel()
	p, v := newProvider(t)
	const config, attempt = "GET /api/v1/config/", "GET /api/v1/exam/ext-exam-1/attempt/ext-att-1/"
	p.fake.AddUser(edxtest.User{ID: 4211, Username: "ada_l", Preferences: map[string]string{"pref-lang": "fr"}})
	p.run([]step{
		{name: "save", request: "POST " + api + "exam", as: staff, body: newProctored, want: "200 application/json {"},
		{name: "set up", request: "POST " + api + "attempt", as: learner, body: `{"exam_id":1,"attempt_proctored":"true"}`, want: "200 application/json {"},
	})
	settings := func(body, want string) step {
		v.bodies[config] = body
		return step{name: body, request: "GET " + api + "settings/exam_id/1/", as: learner, want: want}
	}
	const head = `200 application/json {"platform_name":"Example University","contact_us":"support@lms.example.org","link_urls":{},"exam_proctoring_backend":`
	p.run([]step{settings(`{"download_url":"https://x.example/d","rules":{"a":[1,true,null]}}`, head+`{"download_url":"https://x.example/d","rules":{"a":[1,true,null]}},"provider_tech`)})
	if got := v.requests[len(v.requests)-1].Headers["Accept-Language"]; got != "fr;en" {
		t.Errorf("Accept-Language = %q, want fr;en", got)
	}
	p.run([]step{settings(`"odd"`, head+`"odd",`)})
	p.run([]step{settings("<html>", "500 text/html")})
	for body, want := range map[string]string{
		`{"instructions":["Sit down.",2],"download_url":"https://x.example/d"}`: "Sit down., 2", "<html>": "", "[]": "an error",
	} {
		v.bodies[config], v.bodies[attempt] = `{}`, body
		instructions, err := p.fake.ViewSetUp(t.Context(), 2)
		if got := strings.Join(instructions, ", "); (err != nil) != (want == "an error") || err == nil && got != want {
			t.Errorf("%s: the page says %q, %v; want %q", body, got, err, want)
		}
	}
	v.seen = nil
	p.run([]step{{name: "start", request: "PUT " + api + "attempt/2", as: learner, body: `{"action":"start"}`, want: "200 application/json {"}})
	if _, err := p.fake.ViewSetUp(t.Context(), 2); err != nil {
		t.Error(err)
	}
	v.expect(t, "PATCH /api/v1/exam/ext-exam-1/attempt/ext-att-1/ started")
	if _, err := p.fake.ViewSetUp(t.Context(), 99); err == nil {
		t.Error("there is a page for an attempt that does not exist")
	}
}

// recorded is a request to a provider.
type recorded struct {
	Method, Target string
	Headers        map[string]string
	Body           string
}

func headersOf(r *http.Request) map[string]string {
	headers := map[string]string{}
	for name := range r.Header {
		headers[name] = r.Header.Get(name)
	}
	delete(headers, "Content-Length") // which the recorder left out
	return headers
}

// A provider hears from the fake, byte for byte, what it heard from the real code, which
// was recorded.
func TestAProviderHearsWhatWasRecorded(t *testing.T) {
	t.Parallel()
	for name, story := range map[string]func(*platform, *provider){
		"lms-to-provider.jsonl": sitAsRecorded, "lms-to-provider-flow.jsonl": goThroughAsRecorded, "lms-to-provider-more.jsonl": failAsRecorded,
	} {
		p, v := newProvider(t)
		story(p, v)
		file, err := os.ReadFile("testdata/" + name)
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(strings.TrimSpace(string(file)), "\n")
		if len(lines) != len(v.requests) {
			t.Errorf("%s: the provider heard %d requests, want %d", name, len(v.requests), len(lines))
		}
		for i := range min(len(lines), len(v.requests)) {
			var want recorded
			if err := json.Unmarshal([]byte(lines[i]), &want); err != nil {
				t.Fatal(err)
			}
			if got, want := v.requests[i].comparable(), want.comparable(); got != want {
				t.Errorf("%s: request %d:\ngot  %s\nwant %s", name, i, got, want)
			}
		}
	}
}

// comparable leaves out what is another one in each installation: ids of users and
// attempts, and tokens. The names of headers are written in many ways.
func (r recorded) comparable() string {
	headers := map[string]string{}
	for name, value := range r.Headers {
		headers[http.CanonicalHeaderKey(name)] = value
	}
	text := fmt.Sprint(r.Method, " ", r.Target, " ", headers, " ", r.Body)
	text = regexp.MustCompile(`JWT [\w-]+`).ReplaceAllString(text, "JWT token")
	text = regexp.MustCompile(`ext-att-[0-9a-f]{8}`).ReplaceAllString(text, "ext-att")
	return regexp.MustCompile(`[0-9a-f]{40}`).ReplaceAllString(text, "user")
}

// goThroughAsRecorded is a whole sitting on the learning front end.
func goThroughAsRecorded(p *platform, v *provider) {
	const course = "course-v1:flow+dc7344+1"
	ctx := p.t.Context()
	p.clock.Set(time.Date(2027, 3, 1, 9, 0, 0, 0, time.UTC))
	v.bodies = map[string]string{
		"POST /api/v1/exam/": `{"id":"ext-exam-23"}`, "POST /api/v1/exam/ext-exam-23/attempt/": `{"id":"ext-att-5bb6ca24"}`, "GET /api/v1/config/": `{}`,
		"GET /api/v1/exam/ext-exam-23/attempt/ext-att-5bb6ca24/": `{"download_url":"https://x.example/d"}`,
	}
	p.fake.AddCourse(edxtest.Course{Key: course})
	p.fake.AddUser(edxtest.User{Username: "root", Staff: true})
	p.fake.AddBackend(peers(v, "http://lms.example.org"))
	exam := edxtest.Exam{
		ID: 23, Course: course, Content: "block-v1:flow+dc7344+1+type@sequential+block@final", Name: "Final", Minutes: 90,
		Due: time.Date(2027, 7, 1, 16, 0, 0, 0, time.UTC), Proctored: true, Backend: "peers",
	}
	publish := func(change func(*edxtest.Exam)) {
		changed := exam
		change(&changed)
		if _, err := p.fake.PublishExam(ctx, changed); err != nil {
			p.t.Error(err)
		}
	}
	publish(func(*edxtest.Exam) {})
	publish(func(e *edxtest.Exam) { e.Name = "Final 2" })
	ada := p.fake.Learner("ada_l", edxtest.LearningApp)
	mustView(p.t)(ada.Look(ctx, 23))
	mustView(p.t)(ada.SetUp(ctx, 23))
	p.run([]step{{name: "ready", request: "POST " + api + "attempt/ext-att-5bb6ca24/ready", as: staff, body: `{"status":"ready"}`, want: `200 application/json "OK"`}})
	mustView(p.t)(ada.Start(ctx, 23))
	mustView(p.t)(ada.Submit(ctx, 23))
	if err := p.fake.Staff("root").Reset(ctx, 23, "ada_l"); err != nil {
		p.t.Error(err)
	}
	publish(func(e *edxtest.Exam) { e.Proctored = false })
}

// failAsRecorded is a learner of whom little is known, on the old page.
func failAsRecorded(p *platform, v *provider) {
	ctx := p.t.Context()
	v.bodies = map[string]string{
		"POST /api/v1/exam/ext-exam-7/attempt/":                 `{"id":"ext-att-360723d4"}`,
		"GET /api/v1/exam/ext-exam-7/attempt/ext-att-360723d4/": `{"download_url":"https://x.example/d"}`,
	}
	p.fake.AddBackend(peers(v, ""))
	p.fake.AddUser(edxtest.User{Username: "nameless", Preferences: map[string]string{"pref-lang": "fr"}})
	p.fake.AddUser(edxtest.User{Username: "retirer", MayRetire: true})
	p.fake.AddExam(edxtest.Exam{ID: 7, Course: logic, Proctored: true, Backend: "peers", ExternalID: "ext-exam-7"})
	nameless := p.fake.Learner("nameless", edxtest.OldPage)
	mustView(p.t)(nameless.SetUp(ctx, 7))
	mustView(p.t)(nameless.LoseSoftware(ctx, 7))
	if err := p.fake.Staff("retirer").RetireAtProviders(ctx, "nameless"); err == nil {
		p.t.Error("the user is retired by an answer that is no JSON")
	}
}

// peers is the provider of the records.
func peers(v *provider, host string) edxtest.Backend {
	return edxtest.Backend{
		Name: "peers", URL: "http://127.0.0.1", ClientID: "lms-at-provider", ClientSecret: "provider-secret",
		Transport: proctorbooktest.InProcess(v), Rules: map[string]bool{"allow_notes": false}, LMSHost: host,
	}
}

// mustView is for steps that must succeed.
func mustView(t *testing.T) func(edxtest.View, error) edxtest.View {
	return func(view edxtest.View, err error) edxtest.View {
		t.Helper()
		if err != nil {
			t.Error(err)
		}
		return view
	}
}

// sitAsRecorded does what was done to the real code when it was recorded.
func sitAsRecorded(p *platform, v *provider) {
	const course = "course-v1:edX+DemoX+Demo_Course"
	v.bodies = map[string]string{
		"POST /api/v1/exam/": `{"id":"ext-exam-2"}`, "POST /api/v1/exam/ext-exam-2/attempt/": `{"id":"ext-att-456d86a8"}`, "GET /api/v1/config/": `{}`,
	}
	p.clock.Set(time.Date(2027, 3, 1, 9, 0, 0, 0, time.UTC))
	p.fake.AddCourse(edxtest.Course{Key: course})
	p.fake.AddUser(edxtest.User{Username: "bob", Email: "bob@example.org"})
	p.fake.AddClient("bob", "s3cret", "bob")
	p.fake.AddExam(edxtest.Exam{ID: 1, Course: logic})
	p.fake.AddBackend(peers(v, "http://lms.example.org"))
	exam := func(block, name, minutes, practice, due string) string {
		return `{"course_id":"` + course + `","content_id":"block-v1:edX+DemoX+Demo_Course+type@sequential+block@` + block + `","exam_name":"` + name +
			`","time_limit_mins":` + minutes + `,"is_proctored":true,"is_practice_exam":` + practice + `,"due_date":` + due + `,"backend":"peers"}`
	}
	const ok, set = "200", "PUT " + api + "allowance"
	p.run([]step{{name: "exam", request: "POST " + api + "exam", as: staff, body: exam("final", "Final & more", "90", "false", `"2027-07-01T16:00:00Z"`), want: `200 application/json {"exam_id":2}`}})
	v.bodies["POST /api/v1/exam/"] = `{"id":"ext-exam-3"}`
	p.run([]step{
		{name: "practice", request: "POST " + api + "exam", as: staff, body: exam("practice", "Onboarding", "30", "true", "null"), want: `200 application/json {"exam_id":3}`},
		{name: "policy", request: "PUT " + api + "exam", as: staff, body: `{"exam_id":2,"review_policy":"Closed book"}`, want: `200 application/json {"exam_id":2}`},
		{name: "extra time", request: set, as: staff, body: `{"exam_id":2,"user_info":"ada_l","key":"additional_time_granted","value":"15"}`, want: ok},
		{name: "exception", request: set, as: staff, body: `{"exam_id":2,"user_info":"ada_l","key":"review_policy_exception","value":"May use a calculator"}`, want: ok},
		{name: "set up", request: "POST " + api + "attempt", as: learner, body: `{"exam_id":2,"attempt_proctored":"true"}`, want: `200 application/json {"exam_attempt_id":`},
		{name: "set up, bob", request: "POST " + api + "attempt", as: "bob", body: `{"exam_id":2,"attempt_proctored":"true"}`, want: `200 application/json {"exam_attempt_id":7}`},
		{name: "settings", request: "GET " + api + "settings/exam_id/2/", as: learner, want: "200 application/json {"},
	})
	v.statuses["GET /api/v1/courses/"+course+"/onboarding_statuses"] = 404
	p.mustPlay(edxtest.VariantOnboardingProfiles, "on")
	const onboarding = "GET /api/edx_proctoring/v1/user_onboarding/status"
	p.run([]step{
		{name: "onboarding", request: onboarding + "?course_id=course-v1:edX%2BDemoX%2BDemo_Course", as: learner, want: "200 application/json {"},
		{name: "list", request: onboarding + "/course_id/" + course, as: staff, want: "503 application/json {"},
		{name: "filter", request: onboarding + "/course_id/" + course + "?statuses=no-profile", as: staff, want: "503 application/json {"},
		{name: "remove", request: "DELETE " + api + "attempt/7", as: staff, want: ok},
	})
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
