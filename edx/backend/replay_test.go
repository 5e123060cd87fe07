package backend_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/proctorbook/proctorbook/edx"
	"github.com/proctorbook/proctorbook/edx/backend"
)

// recorded is one request that a real platform sent to a stub of a provider.
type recorded struct {
	Method, Target, Body string
	Headers              map[string]string
}

func recordedRequests(t testing.TB) (all []recorded) {
	t.Helper()
	raw, err := os.ReadFile("testdata/lms-to-provider.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	for line := range bytes.Lines(raw) {
		var r recorded
		if err := json.Unmarshal(line, &r); err != nil {
			t.Fatal(err)
		}
		all = append(all, r)
	}
	return all
}

// send puts the request on the wire, byte for byte as it was recorded, and answers it.
func (s *service) send(t testing.TB, r recorded) *httptest.ResponseRecorder {
	t.Helper()
	wire := r.Method + " " + r.Target + " HTTP/1.1\r\nHost: exams.example.org\r\n"
	for name, value := range r.Headers {
		wire += name + ": " + value + "\r\n"
	}
	if r.Body != "" {
		wire += fmt.Sprintf("Content-Length: %d\r\n", len(r.Body))
	}
	request, err := http.ReadRequest(bufio.NewReader(strings.NewReader(wire + "\r\n" + r.Body)))
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, request)
	return w
}

// stub is the provider of the recording: which of its ids and tokens are which of ours.
type stub struct {
	tokens   map[string]string // by the recorder's
	exams    map[string]string
	attempts map[string]string
	token    string   // the last one that we gave out
	waiting  []string // our attempts, in the order of their registrations
}

// ours returns the request with our token and ids in place of the recorder's.
func (p *stub) ours(r recorded) recorded {
	headers := map[string]string{}
	for name, value := range r.Headers {
		headers[name] = value
	}
	if value := headers["Authorization"]; strings.HasPrefix(value, "JWT provider-token-") {
		if p.tokens[value] == "" {
			p.tokens[value] = p.token
		}
		headers["Authorization"] = "JWT " + p.tokens[value]
	}
	r.Headers = headers
	var body struct {
		External string        `json:"external_id"`
		Course   edx.CourseKey `json:"course_id"`
		Content  edx.UsageKey  `json:"content_id"`
	}
	if json.Unmarshal([]byte(r.Body), &body) == nil && body.External != "" {
		p.exams[body.External] = string(backend.NewExamID("north", body.Course, body.Content))
		r.Body = strings.Replace(r.Body, `"`+body.External+`"`, `"`+p.exams[body.External]+`"`, 1)
	}
	parts := strings.Split(r.Target, "/")
	for i, part := range parts {
		if i > 0 && parts[i-1] == "exam" && p.exams[part] != "" {
			parts[i] = p.exams[part]
		}
		if strings.HasPrefix(part, "ext-att-") {
			if p.attempts[part] == "" {
				p.attempts[part], p.waiting = p.waiting[0], p.waiting[1:]
			}
			parts[i] = p.attempts[part]
		}
	}
	r.Target = strings.Join(parts, "/")
	return r
}

// learn takes what the platform would keep of our answer to a registration.
func (p *stub) learn(want row, w *httptest.ResponseRecorder, t testing.TB) {
	switch {
	case want.call == "token" && w.Code == http.StatusOK:
		p.token = member(t, w, "access_token")
	case want.call == "register" && want.sits:
		p.waiting = append(p.waiting, member(t, w, "id"))
	}
}

// TestRecordedRequests answers all of the recorded requests, in their order. The
// table says what is answered to each, and what the platform's class makes of it. It
// does not depend on the provider.
func TestRecordedRequests(t *testing.T) {
	t.Parallel()
	for name, provider := range map[string]func(backend.Provider) backend.Provider{
		"Memory":      nil,
		"the example": func(backend.Provider) backend.Provider { return &desk{} },
	} {
		t.Run(name, func(t *testing.T) { replay(t, newService(t, provider)) })
	}
}

func replay(t *testing.T, s *service) {
	requests := recordedRequests(t)
	if len(requests) != len(replayed) {
		t.Fatalf("%d requests, and a table of %d", len(requests), len(replayed))
	}
	p := &stub{tokens: map[string]string{}, exams: map[string]string{}, attempts: map[string]string{}}
	ids := namer{}
	for i, r := range requests {
		want := replayed[i]
		w := s.send(t, p.ours(r))
		p.learn(want, w, t)
		if got := readByClass(want.call, w, ids); want.n != i+1 || w.Code != want.status || got != want.reads || !strings.Contains(r.Method+" "+r.Target, callPaths[want.call]) {
			t.Errorf("%d: %s %.80s: %s, status %d, the class reads %q; want %s, %d, %q", i+1, r.Method, r.Target, want.call, w.Code, got, want.call, want.status, want.reads)
		}
	}
	for _, personal := range []string{"Ada", "ada@", "bob@", "Staff", "461807b", "eyJ", "provider-secret"} {
		if strings.Contains(s.log.String(), personal) {
			t.Errorf("the log holds %q", personal)
		}
	}
}

// callPaths are what the method and target of each call have in them.
var callPaths = map[string]string{
	"token": "POST /oauth2/access_token", "config": "GET /api/v1/config/", "exam": "POST /api/v1/exam/", "exam number": "GET /api/v1/exam/",
	"register": "/attempt/", "attempt": "GET /api/v1/exam/", "started": "PATCH ", "submitted": "PATCH ", "error": "PATCH ", "remove": "DELETE /api/v1/exam/",
	"retire": "DELETE /api/v1/user/", "onboarding": "onboarding_statuses?user_id=", "onboarding list": "onboarding_statuses?status=", "dashboard": "GET /api/v1/instructor/",
}

// namer numbers the ids of one kind in the order in which they first came.
type namer map[string]string

func (n namer) name(id string) string {
	kind, _, _ := strings.Cut(id, "-")
	if n[id] == "" {
		n[kind] += "I"
		n[id] = fmt.Sprintf("%s %d", kind, len(n[kind]))
	}
	return n[id]
}

var idPattern = regexp.MustCompile(`^[-a-zA-Z0-9_]{1,255}$`)

// readByClass reads an answer as edx_proctoring/backends/rest.py does.
func readByClass(call string, w *httptest.ResponseRecorder, ids namer) string {
	var value any
	isJSON := json.Unmarshal(w.Body.Bytes(), &value) == nil
	object, isObject := value.(map[string]any)
	id, _ := object["id"].(string)
	status, _ := object["status"].(string)
	switch call {
	case "token":
		life, isNumber := object["expires_in"].(float64)
		if _, isText := object["access_token"].(string); w.Code/100 != 2 || !isNumber || !isText {
			return "RequestException"
		}
		return fmt.Sprintf("a token for %v s", life)
	case "config":
		texts, _ := object["instructions"].([]any)
		url, _ := object["download_url"].(string)
		switch {
		case !isJSON:
			return "exception: the settings view is a 500"
		case len(texts) == 0:
			return "no URL, no texts"
		}
		return url + ", " + firstWord(texts)
	case "exam":
		switch {
		case !isObject && isJSON:
			return "AttributeError: the save is a 500"
		case id == "":
			return "no external_id, the save goes on"
		}
		return ids.name(id)
	case "exam number":
		return string(bytes.TrimSpace(w.Body.Bytes()))
	case "register":
		switch {
		case w.Code != http.StatusOK:
			return fmt.Sprintf("BackendProviderCannotRegisterAttempt: %v", object["detail"])
		case !isObject, strings.HasPrefix(status, "onboarding_"), !idPattern.MatchString(id):
			return "an exception"
		}
		return ids.name(id)
	case "attempt":
		texts, _ := object["instructions"].([]any)
		switch {
		case !isObject && isJSON:
			return "exception"
		case len(texts) == 0:
			return "no texts, no URL"
		}
		url, _ := object["download_url"].(string)
		return url[:strings.Index(url, "=")] + ", " + firstWord(texts)
	case "started", "submitted", "error":
		if !isObject && isJSON {
			return "AttributeError: the learner sees a 500"
		}
		return status
	case "remove":
		if status == "deleted" {
			return "true"
		}
		return "logged, the row is gone"
	case "retire":
		if value != true && value != false {
			return "BackendProviderCannotRetireUser"
		}
		return fmt.Sprint(value)
	case "onboarding", "onboarding list":
		if w.Code != http.StatusOK {
			return map[string]string{"onboarding": "the platform's own data", "onboarding list": "503 to the staff"}[call]
		}
		return status
	case "dashboard":
		return "a browser shows: " + strings.SplitAfter(w.Body.String(), ".")[0]
	}
	return "what call is that"
}

func firstWord(texts []any) string {
	word, _, _ := strings.Cut(texts[0].(string), " ")
	return word
}
