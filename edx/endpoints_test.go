package edx_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/edx"
)

// endpoints are all calls of the client. A new one adds a row here and gets
// every failure below.
var endpoints = []struct {
	name, route, file string
	call              func(context.Context, *edx.Client) error
}{
	{"Courses.Get", courseRoute, "course.json", func(ctx context.Context, c *edx.Client) error {
		_, err := c.Courses.Get(ctx, cs101, edx.GetCourseParams{Username: username})
		return err
	}},
	{"Enrollments.Get", enrollmentRoute, "enrollment.json", func(ctx context.Context, c *edx.Client) error {
		_, err := c.Enrollments.Get(ctx, username, cs101)
		return err
	}},
	{"Accounts.Get", accountRoute, "account.json", func(ctx context.Context, c *edx.Client) error {
		_, err := c.Accounts.Get(ctx, username)
		return err
	}},
	{"Preferences.Get", preferenceRoute, "preferences.json", func(ctx context.Context, c *edx.Client) error {
		_, err := c.Preferences.Get(ctx, username)
		return err
	}},
}

// failures are what can come back instead of an answer.
var failures = []struct {
	name   string
	answer http.HandlerFunc
	status int   // of the *Error
	html   bool  // of the *Error
	want   error // nil: only that it is an *Error
}{
	{"401", answer(401, "application/json", `{"detail":"Token has expired."}`), 401, false, edx.ErrUnauthorized},
	{"403", answer(403, "application/json", `{"detail":"You do not have permission to perform this action."}`), 403, false, edx.ErrForbidden},
	{"404 page", answer(404, "text/html", "<h1>Page not found</h1>"), 404, true, edx.ErrNotFound},
	{"400", answer(400, "application/json", `{"message":"An error occurred"}`), 400, false, nil},
	{"429", answer(429, "application/json", `{"detail":"Request was throttled."}`), 429, false, edx.ErrThrottled},
	{"500 page", func(w http.ResponseWriter, r *http.Request) {
		answer(500, "text/html; charset=utf-8", serverErrorPage)(w, r)
	}, 500, true, edx.ErrUnavailable},
	{"500 in plain words", answer(500, "text/plain", "Encountered error while rendering error page."), 500, false, edx.ErrUnavailable},
	{"503", answer(503, "", ""), 503, false, edx.ErrUnavailable},
	{"502 without a page", answer(502, "text/html", ""), 502, false, edx.ErrUnavailable},
	{"200 page", answer(200, "text/html", "<html>Log in</html>"), 200, true, edx.ErrNotJSON},
	{"200 list", answer(200, "application/json", "[]"), 200, false, edx.ErrNotJSON},
	{"200 cut off in the JSON", answer(200, "application/json", `{"id":`), 200, false, edx.ErrNotJSON},
	{"200 and more after it", answer(200, "application/json", `{} {}`), 200, false, edx.ErrNotJSON},
	{"truncated", truncate, 0, false, edx.ErrUnavailable},
	{"connection lost", drop, 0, false, edx.ErrUnavailable},
}

const serverErrorPage = "<!DOCTYPE html><h1>There has been a 500 error</h1><p>Ask ada_l, ada@example.org.</p>"

// truncate promises more bytes than it sends.
func truncate(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", "1000")
	_, _ = w.Write([]byte(`{"username":"ada_l",`))
	panic(http.ErrAbortHandler)
}

func drop(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }

func TestEveryEndpointEveryFailure(t *testing.T) {
	t.Parallel()
	for _, endpoint := range endpoints {
		for _, failure := range failures {
			t.Run(endpoint.name+"/"+failure.name, func(t *testing.T) {
				t.Parallel()
				p := newLMS(t)
				p.handle(endpoint.route, failure.answer)
				err := endpoint.call(t.Context(), p.client(t))
				failed, ok := errors.AsType[*edx.Error](err)
				if !ok || failed.Op != endpoint.name || failed.Status != failure.status || failed.HTML != failure.html {
					t.Fatalf("error = %#v, want an *Error of %s with status %d, HTML %v", err, endpoint.name, failure.status, failure.html)
				}
				if failure.want != nil && !errors.Is(err, failure.want) {
					t.Errorf("error = %v, want %v", err, failure.want)
				}
				if len(err.Error()) > 400 || strings.Contains(err.Error(), "<") {
					t.Errorf("error quotes the page: %v", err)
				}
			})
		}
	}
}

func TestEveryEndpointRenewsItsToken(t *testing.T) {
	t.Parallel()
	for _, endpoint := range endpoints {
		t.Run(endpoint.name, func(t *testing.T) {
			t.Parallel()
			p := newLMS(t)
			body := wire(t, endpoint.file)
			p.handle(endpoint.route, func(w http.ResponseWriter, r *http.Request) {
				if r.Header.Get("Authorization") == "JWT token-1" {
					answer(401, "application/json", `{"detail":"Token has expired."}`)(w, r)
					return
				}
				answer(200, "application/json", body)(w, r)
			})
			if err := endpoint.call(t.Context(), p.client(t)); err != nil {
				t.Error(err)
			}
			if got := p.count(endpoint.route); got != 2 {
				t.Errorf("%d requests, want 2", got)
			}
		})
	}
}

func TestEveryEndpointTimesOut(t *testing.T) {
	t.Parallel()
	for _, endpoint := range endpoints {
		t.Run(endpoint.name, func(t *testing.T) {
			t.Parallel()
			p := newLMS(t)
			p.handle(endpoint.route, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
			client := p.client(t, edx.WithTimeout(20*time.Millisecond, 200*time.Millisecond))
			err := endpoint.call(t.Context(), client)
			if !errors.Is(err, edx.ErrUnavailable) || !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("error = %v, want ErrUnavailable and DeadlineExceeded", err)
			}
		})
	}
}

// Who cancels learns that, and not that the platform is down.
func TestEveryEndpointCanBeCanceled(t *testing.T) {
	t.Parallel()
	for _, endpoint := range endpoints {
		t.Run(endpoint.name, func(t *testing.T) {
			t.Parallel()
			p := newLMS(t)
			ctx, cancel := context.WithCancel(t.Context())
			p.handle(endpoint.route, func(_ http.ResponseWriter, r *http.Request) {
				cancel()
				<-r.Context().Done()
			})
			err := endpoint.call(ctx, p.client(t))
			if !errors.Is(err, context.Canceled) || errors.Is(err, edx.ErrUnavailable) {
				t.Errorf("error = %v, want context.Canceled alone", err)
			}
			if got := p.count(endpoint.route); got != 1 {
				t.Errorf("%d requests, want 1", got)
			}
		})
	}
}

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	p := newLMS(t)
	p.handle(accountRoute, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Retry-After", "37")
		w.WriteHeader(http.StatusTooManyRequests)
	})
	err := get(t.Context(), p.client(t))
	if throttled, ok := errors.AsType[*edx.Error](err); !ok || throttled.RetryAfter != 37*time.Second {
		t.Errorf("error = %v, want one that asks to wait 37 s", err)
	}
}

// full refuses every attempt, as a limiter does that can't grant one in time.
type full struct{}

func (full) Wait(context.Context) error { return errors.New("no turn in time") }

// A call that we never sent says nothing about the platform.
func TestLimiterRefuses(t *testing.T) {
	t.Parallel()
	p := newLMS(t)
	for _, endpoint := range endpoints {
		err := endpoint.call(t.Context(), p.client(t, edx.WithLimiter(full{})))
		if err == nil || errors.Is(err, edx.ErrUnavailable) {
			t.Errorf("%s: error = %v, want one that is not ErrUnavailable", endpoint.name, err)
		}
	}
	if p.count(tokenRoute) != 0 {
		t.Error("a request was sent")
	}
}

func TestOversizeAnswer(t *testing.T) {
	t.Parallel()
	p := newLMS(t)
	p.json(accountRoute, `{"username":"`+strings.Repeat("a", 2<<20)+`"}`)
	err := get(t.Context(), p.client(t))
	if !errors.Is(err, edx.ErrNotJSON) || errors.Is(err, edx.ErrUnavailable) {
		t.Errorf("error = %v, want ErrNotJSON alone", err)
	}
}

func TestUserAgent(t *testing.T) {
	t.Parallel()
	p := newLMS(t)
	p.json(accountRoute, anyAccount)
	if err := get(t.Context(), p.client(t, edx.WithUserAgent("exam-desk/2"))); err != nil {
		t.Fatal(err)
	}
	for _, route := range []string{tokenRoute, accountRoute} {
		if got := p.requests(route)[0].header.Get("User-Agent"); got != "exam-desk/2" {
			t.Errorf("%s was sent with User-Agent %q", route, got)
		}
	}
}
