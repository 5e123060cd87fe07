package edx_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/edx"
)

// failure is what can come back instead of an answer.
type failure struct {
	name   string
	answer http.HandlerFunc
	status int                             // of the *Error
	html   bool                            // of the *Error
	want   error                           // nil: only that it is an *Error
	good   func(testing.TB, endpoint) bool // whether it is a good answer all the same
}

var failures = []failure{
	{"401", answer(401, "application/json", `{"detail":"Token has expired."}`), 401, false, edx.ErrUnauthorized, nil},
	{"403", answer(403, "application/json", `{"detail":"You do not have permission to perform this action."}`), 403, false, edx.ErrForbidden, nil},
	{"404 page", answer(404, "text/html", "<h1>Page not found</h1>"), 404, true, edx.ErrNotFound, nil},
	{"400", answer(400, "application/json", `{"message":"An error occurred"}`), 400, false, nil, nil},
	{"400 page", answer(400, "text/html", `<h1>Bad request</h1>`), 400, true, nil, nil},
	{"429", answer(429, "application/json", `{"detail":"Request was throttled."}`), 429, false, edx.ErrThrottled, nil},
	{"500 page", func(w http.ResponseWriter, r *http.Request) {
		answer(500, "text/html; charset=utf-8", serverErrorPage)(w, r)
	}, 500, true, edx.ErrUnavailable, nil},
	{"500 in plain words", answer(500, "text/plain", "Encountered error while rendering error page."), 500, false, edx.ErrUnavailable, nil},
	{"503", answer(503, "", ""), 503, false, edx.ErrUnavailable, nil},
	{"502 without a page", answer(502, "text/html", ""), 502, false, edx.ErrUnavailable, nil},
	{"200 page", answer(200, "text/html", "<html>Log in</html>"), 200, true, edx.ErrNotJSON, nil},
	{"200 list", answer(200, "application/json", "[]"), 200, false, edx.ErrNotJSON, func(t testing.TB, e endpoint) bool { return e.silent || e.takesEmptyList(t) }},
	{"200 null in a list", answer(200, "application/json", "[null]"), 200, false, edx.ErrNotJSON, func(t testing.TB, e endpoint) bool { return e.silent || e.takesEmptyList(t) }},
	{"200 cut off in the JSON", answer(200, "application/json", `{"id":`), 200, false, edx.ErrNotJSON, isSilent},
	{"200 and more after it", answer(200, "application/json", `{} {}`), 200, false, edx.ErrNotJSON, isSilent},
	{"truncated", truncate, 0, false, edx.ErrUnavailable, nil},
	{"connection lost", drop, 0, false, edx.ErrUnavailable, nil},
}

func isSilent(_ testing.TB, e endpoint) bool { return e.silent }

// knows400 are the methods for which the platform's own 400 proves that nothing
// was done: it checks everything before it begins.
var knows400 = []string{
	"Enrollments.Enroll", "Enrollments.SetMode", "Enrollments.Activate", "Enrollments.Deactivate", "Enrollments.Allowed.Add",
	"Modes.Create", "Modes.Update", "Accounts.Update", "Preferences.Update", "Exams.SetAllowances", "Callbacks.Reviewed", "Callbacks.MayReview",
}

// outcome is what is known after a write that failed so.
func (f failure) outcome(e endpoint) error {
	switch f.status {
	case 401, 403, 404, 429:
		return proctorbook.ErrNotDone
	case 400:
		if !f.html && slices.Contains(knows400, e.name) {
			return proctorbook.ErrNotDone
		}
	}
	return proctorbook.ErrOutcomeUnknown
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
			if failure.good != nil && failure.good(t, endpoint) {
				continue
			}
			t.Run(endpoint.name+"/"+failure.name, func(t *testing.T) {
				t.Parallel()
				p := endpoint.start(t)
				p.handle(endpoint.route, failure.answer)
				err := endpoint.call(t.Context(), p.client(t), ada)
				failed, ok := errors.AsType[*edx.Error](err)
				if !ok || failed.Op != endpoint.name || failed.Status != failure.status || failed.HTML != failure.html {
					t.Fatalf("error = %#v, want an *Error of %s with status %d, HTML %v", err, endpoint.name, failure.status, failure.html)
				}
				if failure.want != nil && !errors.Is(err, failure.want) {
					t.Errorf("error = %v, want %v", err, failure.want)
				}
				if endpoint.writes && !errors.Is(err, failure.outcome(endpoint)) {
					t.Errorf("error = %v, want %v", err, failure.outcome(endpoint))
				}
				if !endpoint.writes && (errors.Is(err, proctorbook.ErrNotDone) || errors.Is(err, proctorbook.ErrOutcomeUnknown)) {
					t.Errorf("error of a read = %v, want one without an outcome", err)
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
			p := endpoint.start(t)
			body := endpoint.body(t)
			p.handle(endpoint.route, func(w http.ResponseWriter, r *http.Request) {
				if r.Header.Get("Authorization") == "JWT token-1" {
					answer(401, "application/json", `{"detail":"Token has expired."}`)(w, r)
					return
				}
				answer(200, "application/json", body)(w, r)
			})
			if err := endpoint.call(t.Context(), p.client(t), ada); err != nil {
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
			p := endpoint.start(t)
			p.handle(endpoint.route, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
			client := p.client(t, edx.WithTimeout(20*time.Millisecond, 200*time.Millisecond))
			err := endpoint.call(t.Context(), client, ada)
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
			p := endpoint.start(t)
			ctx, cancel := context.WithCancel(t.Context())
			p.handle(endpoint.route, func(_ http.ResponseWriter, r *http.Request) {
				cancel()
				<-r.Context().Done()
			})
			err := endpoint.call(ctx, p.client(t), ada)
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
		err := endpoint.call(t.Context(), p.client(t, edx.WithLimiter(full{})), ada)
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

// A list without pages may be longer than other answers.
func TestLongListsAreRead(t *testing.T) {
	t.Parallel()
	for name, item := range map[string]string{
		"Enrollments.ListForUser": enrolled("audit", "true"), "SpecialExams.Allowances": allowanceReply, "Certificates.List": certificateReply,
	} {
		e := endpointNamed(t, name)
		p := newLMS(t)
		p.json(e.route, "["+strings.Repeat(item+",", (2<<20)/len(item))+item+"]")
		if err := e.call(t.Context(), p.client(t), ada); err != nil {
			t.Errorf("%s: 2 MiB: %v", name, err)
		}
	}
}
