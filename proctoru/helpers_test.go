package proctoru_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/proctoru"
)

const testToken = "0badc0de-0000-4000-8000-00000000cafe"

// now is where the test clock stands.
var now = time.Date(2026, 8, 20, 9, 0, 0, 0, time.UTC)

// stillClock stands still, and does not wait.
type stillClock struct{}

func (stillClock) Now() time.Time                                   { return now }
func (stillClock) Sleep(ctx context.Context, _ time.Duration) error { return context.Cause(ctx) }

type noLimit struct{}

func (noLimit) Wait(ctx context.Context) error { return context.Cause(ctx) }

// provider answers each wire method with fixed bytes and keeps what was sent.
// It lives below a path prefix, so that a forgotten prefix fails loudly.
type provider struct {
	URL string

	mu      sync.Mutex
	replies map[string]reply
	sent    map[string][]request
}

type reply struct {
	status int
	header http.Header
	body   string
}

type request struct {
	Header http.Header
	Query  url.Values
	Form   url.Values // of the body alone
}

func newProvider(t testing.TB) *provider {
	p := &provider{replies: map[string]reply{}, sent: map[string][]request{}}
	server := httptest.NewServer(http.StripPrefix("/prefix/api", p))
	t.Cleanup(server.Close)
	p.URL = server.URL + "/prefix/api"
	return p
}

func (p *provider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	endpoint := r.Method + " " + r.URL.Path
	_ = r.ParseForm()
	p.mu.Lock()
	answer, ok := p.replies[endpoint]
	p.sent[endpoint] = append(p.sent[endpoint], request{Header: r.Header, Query: r.URL.Query(), Form: r.PostForm})
	p.mu.Unlock()
	if !ok {
		http.NotFound(w, r)
		return
	}
	for k, v := range answer.header {
		w.Header()[k] = v
	}
	w.WriteHeader(answer.status)
	_, _ = w.Write([]byte(answer.body))
}

// Reply sets the answer of an endpoint: a file below testdata, or the bytes.
func (p *provider) Reply(endpoint, body string) {
	if strings.HasSuffix(body, ".json") {
		raw, err := os.ReadFile(filepath.Join("testdata", body))
		if err != nil {
			panic(err)
		}
		body = string(raw)
	}
	p.ReplyStatus(endpoint, http.StatusOK, body)
}

func (p *provider) ReplyStatus(endpoint string, status int, body string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.replies[endpoint] = reply{status: status, header: http.Header{"Date": {now.Format(http.TimeFormat)}}, body: body}
}

func (p *provider) Requests(endpoint string) []request {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.sent[endpoint]
}

// Last returns the last request, which must exist.
func (p *provider) Last(t testing.TB, endpoint string) request {
	t.Helper()
	all := p.Requests(endpoint)
	if len(all) == 0 {
		t.Fatalf("nothing was sent to %s", endpoint)
	}
	return all[len(all)-1]
}

func newClient(t testing.TB, baseURL string, opts ...proctoru.Option) *proctoru.Client {
	t.Helper()
	opts = append([]proctoru.Option{proctoru.WithClock(stillClock{}), proctoru.WithLimiter(noLimit{})}, opts...)
	client, err := proctoru.NewClient(baseURL, testToken, opts...)
	if err != nil {
		t.Fatalf("NewClient: %v", err)
	}
	return client
}

func newTestClient(t testing.TB, opts ...proctoru.Option) (*proctoru.Client, *provider) {
	t.Helper()
	p := newProvider(t)
	return newClient(t, p.URL, opts...), p
}

var paris = mustLoad("Europe/Paris")

func mustLoad(name string) *time.Location {
	loc, err := time.LoadLocation(name)
	if err != nil {
		panic(err)
	}
	return loc
}

// ada is a learner, every field of whom is a canary that must not leak.
var ada = proctoru.Student{
	ID: "learner-7", FirstName: "Ada", LastName: "Exampleova", Email: "ada@example.org", Address1: "1 Secret Street",
	Address2: "Flat Canary", City: "Rueil-Exemple", State: "Ile-Test", ZipCode: "ZIP-0042", Country: "FR", Phone: "+33100000000", ZoneID: "romance standard time",
}

// tuesdayTwoInParis is a valid reservation, in a zone that is not UTC.
var tuesdayTwoInParis = proctoru.CreateReservationParams{
	ID: "c0ffee00-1111-4222-8333-444455556666", Student: ada, Start: time.Date(2026, 9, 1, 14, 0, 0, 0, paris), Duration: 90 * time.Minute,
	Description: "COURSE run1 - Final exam", Notes: "Closed book & open window", ExamPassword: "canary-password",
}

// envelope wraps data as the provider does on success.
func envelope(data string) string {
	return `{"time_sent": "2026-09-01T12:00:05Z", "response_code": 1, "message": "", "data": ` + data + `}`
}

// refusal is an error as the provider reports it.
func refusal(message string) string {
	return `{"time_sent": "2026-09-01T12:00:05.075Z", "response_code": 2, "message": "` + message + `", "data": null}`
}

func (p *provider) setStatus(endpoint string, status int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	r := p.replies[endpoint]
	r.status = status
	p.replies[endpoint] = r
}

// setHeader sets a header of the answer; an empty value leaves the header out.
func (p *provider) setHeader(endpoint, key, value string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.replies[endpoint].header[key] = []string{value}
	if value == "" {
		p.replies[endpoint].header[key] = nil
	}
}

// ctx is for code that runs without a test of its own, such as a property check.
var ctx = context.Background()

// noT is a testing.TB for helpers that are called from a property check, which has
// a T of its own. Its failures panic.
type noT struct{ testing.TB }

func (*noT) Helper()                   {}
func (*noT) Fatalf(f string, a ...any) { panic(fmt.Sprintf(f, a...)) }
func (*noT) Fatal(a ...any)            { panic(fmt.Sprint(a...)) }
