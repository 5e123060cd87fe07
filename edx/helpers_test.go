package edx_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/edx"
)

var cs101 = edx.MustCourseKey("course-v1:ExampleX+CS101+2026_T1")

// What must never be seen in a log or an error.
const (
	clientID     = "exam-service"
	clientSecret = "s3cr3t-of-the-client"
	username     = "ada_l"
)

// The routes of the calls that the tests make, as they are on the wire.
const (
	tokenRoute      = "POST /oauth2/access_token"
	enrollmentRoute = "GET /api/enrollment/v1/enrollment/ada_l,course-v1:ExampleX+CS101+2026_T1"
	enrollRoute     = "POST /api/enrollment/v1/enrollment"
	accountRoute    = "GET /api/user/v1/accounts/ada_l"
	preferenceRoute = "GET /api/user/v1/preferences/ada_l"
	courseRoute     = "GET /api/courses/v1/courses/course-v1:ExampleX+CS101+2026_T1?username=ada_l"
)

// lms is a platform that answers with the bytes it is given. It knows a route
// by method and raw request URI, so that a wrongly escaped path is not found.
type lms struct {
	URL string

	mu      sync.Mutex
	answers map[string]http.HandlerFunc
	seen    map[string][]request
}

type request struct {
	header http.Header
	form   url.Values
	body   string
}

// newLMS starts a platform that gives out the tokens token-1, token-2, ...,
// each good for an hour.
func newLMS(t testing.TB) *lms {
	t.Helper()
	p := &lms{answers: map[string]http.HandlerFunc{}, seen: map[string][]request{}}
	server := httptest.NewServer(p)
	t.Cleanup(server.Close)
	p.URL = server.URL
	p.handle(tokenRoute, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"access_token":"token-%d","expires_in":3600,"token_type":"JWT","scope":"read write email profile"}`, p.count(tokenRoute))
	})
	return p
}

func (p *lms) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	raw, _ := io.ReadAll(r.Body)
	form, _ := url.ParseQuery(string(raw))
	route := r.Method + " " + r.RequestURI
	p.mu.Lock()
	p.seen[route] = append(p.seen[route], request{r.Header, form, string(raw)})
	answer := p.answers[route]
	p.mu.Unlock()
	if answer == nil {
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(http.StatusNotFound)
		io.WriteString(w, "<h1>no such route: "+route+"</h1>")
		return
	}
	answer(w, r)
}

// handle sets who answers a route.
func (p *lms) handle(route string, answer http.HandlerFunc) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.answers[route] = answer
}

// reply sets the answer of a route: status, content type ("" for none) and body.
func (p *lms) reply(route string, status int, contentType, body string) {
	p.handle(route, answer(status, contentType, body))
}

// json sets a 200 with a JSON body.
func (p *lms) json(route, body string) { p.reply(route, http.StatusOK, "application/json", body) }

// answer returns a handler that always says the same.
func answer(status int, contentType, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header()["Content-Type"] = nil
		if contentType != "" {
			w.Header().Set("Content-Type", contentType)
		}
		w.WriteHeader(status)
		io.WriteString(w, body)
	}
}

// count says how often a route was asked for.
func (p *lms) count(route string) int { return len(p.requests(route)) }

func (p *lms) requests(route string) []request {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]request(nil), p.seen[route]...)
}

// client returns a client of p that signs in by itself.
func (p *lms) client(t testing.TB, opts ...edx.Option) *edx.Client {
	t.Helper()
	defaults := []edx.Option{
		edx.WithClientCredentials(clientID, clientSecret),
		edx.WithClock(newClock()), edx.WithLimiter(noLimit{}), edx.WithExamsURL(p.URL),
	}
	client, err := edx.NewClient(p.URL, append(defaults, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// wire returns a file of bytes as the platform sends them.
func wire(t testing.TB, name string) string {
	t.Helper()
	raw, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

type noLimit struct{}

func (noLimit) Wait(ctx context.Context) error { return ctx.Err() }

// clock moves only when told to, or when someone sleeps.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func (c *clock) Sleep(ctx context.Context, d time.Duration) error {
	c.advance(d)
	return ctx.Err()
}
