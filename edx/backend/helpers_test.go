package backend_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/edx"
	"github.com/proctorbook/proctorbook/edx/backend"
	"github.com/proctorbook/proctorbook/proctorbooktest"
)

// Two platforms. The secret of the first is that of the recorded requests.
const (
	lmsA, lmsB       = "lms-at-provider", "other-lms"
	secretA, secretB = "provider-secret", "the secret of the other platform"
)

func platforms() []backend.Platform {
	return []backend.Platform{
		{ID: "north", ClientID: lmsA, Secrets: []backend.Secret{secretA}},
		{ID: "south", ClientID: lmsB, Secrets: []backend.Secret{secretB}},
	}
}

// recordedAt is when the requests of testdata were recorded.
var recordedAt = time.Unix(1795886040, 0)

const (
	ada      = "461807b077e19b527cae1a298c7f1b6cc8a19901"
	bob      = "fe756187fd7f59c98f48aec643d2787e319cacbf"
	ownPages = "https://exams.example.org/"
)

// service is a handler under test, with all that its operator sees.
type service struct {
	http.Handler
	clock  *proctorbooktest.Clock
	memory *backend.Memory
	log    *syncBuffer
}

type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// newService returns a handler in front of a Memory, or of the provider that wrap
// makes of it.
func newService(t testing.TB, wrap func(backend.Provider) backend.Provider, opts ...backend.Option) *service {
	t.Helper()
	s := &service{clock: proctorbooktest.NewClock(recordedAt), log: &syncBuffer{}}
	var views atomic.Int64
	s.memory = backend.NewMemory(func(ref backend.AttemptRef) string {
		return ownPages + "setup?attempt=" + string(ref.Attempt) + "&view=" + strings.Repeat("x", int(views.Add(1)%7))
	})
	var provider backend.Provider = s.memory
	if wrap != nil {
		provider = wrap(provider)
	}
	all := append([]backend.Option{
		backend.WithClock(s.clock), backend.WithLogger(slog.New(slog.NewTextHandler(s.log, &slog.HandlerOptions{Level: slog.LevelDebug}))),
		backend.WithConfig(backend.Config{Name: "Proctors", URL: ownPages, Rules: map[string]string{"allow_notes": "Allow paper notes"}}),
	}, opts...)
	h, err := backend.NewHandler(provider, platforms(), all...)
	if err != nil {
		t.Fatal(err)
	}
	s.Handler = h
	return s
}

// token signs a client in.
func (s *service) token(t testing.TB, client, secret string) string {
	t.Helper()
	w := s.do(http.MethodPost, "/oauth2/access_token", "", url.Values{
		"grant_type": {"client_credentials"}, "client_id": {client}, "client_secret": {secret}, "token_type": {"jwt"},
	}.Encode())
	var answer struct {
		Token string `json:"access_token"`
	}
	if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil || w.Code != http.StatusOK || answer.Token == "" {
		t.Fatalf("no token: status %d, %s", w.Code, w.Body)
	}
	return answer.Token
}

// do sends a request: a form without a token, JSON with one.
func (s *service) do(method, path, token, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	switch {
	case body == "":
	case token == "":
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	default:
		r.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		r.Header.Set("Authorization", "JWT "+token)
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

// member returns a text member of an answer, which must be a JSON object.
func member(t testing.TB, w *httptest.ResponseRecorder, name string) string {
	t.Helper()
	var members map[string]any
	if err := json.Unmarshal(w.Body.Bytes(), &members); err != nil || members == nil {
		t.Fatalf("status %d: the answer is no JSON object: %q", w.Code, w.Body)
	}
	text, _ := members[name].(string)
	return text
}

var (
	course  = edx.MustCourseKey("course-v1:edX+DemoX+Demo_Course")
	content = edx.MustUsageKey("block-v1:edX+DemoX+Demo_Course+type@sequential+block@final")
)

const (
	examBody = `{"id": 2, "course_id": "course-v1:edX+DemoX+Demo_Course", "content_id": "block-v1:edX+DemoX+Demo_Course+type@sequential+block@final", "external_id": null, ` +
		`"exam_name": "Final & more", "time_limit_mins": 90, "is_proctored": true, "is_practice_exam": false, "is_active": true, "due_date": "2027-07-01T16:00:00Z", ` +
		`"hide_after_due": false, "backend": "peers", "rule_summary": "Closed book", "rules": {"allow_notes": false}}`
	adaBody = `{"lms_host": "http://lms.example.org", "time_limit_mins": 105, "is_sample_attempt": false, "user_id": "` + ada + `", "full_name": "Ada Lovelace", ` +
		`"email": "ada@example.org", "review_policy": "Closed book", "review_policy_exception": "May use a calculator", "status": "created"}`
)

// sitting registers the exam and Ada at it, and returns the path of her attempt.
func (s *service) sitting(t testing.TB, token string) (path string) {
	t.Helper()
	exam := member(t, s.do(http.MethodPost, "/api/v1/exam/", token, examBody), "id")
	attempt := member(t, s.do(http.MethodPost, "/api/v1/exam/"+exam+"/attempt/", token, adaBody), "id")
	if exam == "" || attempt == "" {
		t.Fatalf("exam %q, attempt %q", exam, attempt)
	}
	return "/api/v1/exam/" + exam + "/attempt/" + attempt + "/"
}
