package main

import (
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"runtime/debug"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/proctorbook/proctorbook/edx/backend"
	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/openedx"
	"github.com/proctorbook/proctorbook/scheduling/problem"
)

// maxForm bounds what a form may send: a profile has less than a kilobyte.
const maxForm = 16 << 10

// guard puts before the pages what every site needs: headers, a limit for each
// visitor, no writes from other sites, no panic that ends the process, and a log
// without anything personal: neither addresses with their ids nor who it was.
func guard(next http.Handler, limits *limits, visitor func(*http.Request) string, log *slog.Logger) http.Handler {
	next = http.NewCrossOriginProtection().Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		setHeaders(w.Header())
		answer := &answered{ResponseWriter: w, status: http.StatusOK}
		defer func() {
			if problem := recover(); problem != nil {
				if problem == http.ErrAbortHandler {
					panic(problem)
				}
				log.Error("a page panicked", "page", r.Pattern, "stack", string(debug.Stack()))
				http.Error(answer, "Something went wrong here. Please try again.", http.StatusInternalServerError)
			}
			log.Debug("page", "page", r.Pattern, "status", answer.status)
		}()
		if !limits.allow(visitor(r)) {
			w.Header().Set("Retry-After", "1")
			http.Error(answer, "Too many requests. Please wait a moment.", http.StatusTooManyRequests)
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, maxForm)
		next.ServeHTTP(answer, r)
	})
}

// policy lets the page load nothing but its own style sheet and pictures, run no
// script at all, and send forms nowhere else.
const policy = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

func setHeaders(h http.Header) {
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
	h.Set("Cache-Control", "no-store") // pages are about people
}

// answered remembers the status for the log.
type answered struct {
	http.ResponseWriter
	status int
}

func (a *answered) WriteHeader(status int) {
	a.status = status
	a.ResponseWriter.WriteHeader(status)
}

// machineOf names the machine that a request comes from.
func machineOf(r *http.Request) string {
	host, _, _ := net.SplitHostPort(r.RemoteAddr) // as the server has it, it can be split
	return host
}

// limits has a limiter for each visitor, and forgets those who are gone.
type limits struct {
	mu            sync.Mutex
	rate          rate.Limit
	by            map[string]*rate.Limiter
	swept         time.Time
	at            func() time.Time
	burst, bounds int
}

func newLimits(perSecond float64) *limits {
	return &limits{rate: rate.Limit(perSecond), by: map[string]*rate.Limiter{}, at: time.Now, burst: 40, bounds: 10_000}
}

func (l *limits) allow(visitor string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.at()
	if now.Sub(l.swept) > time.Minute || len(l.by) >= l.bounds {
		maps.DeleteFunc(l.by, func(_ string, of *rate.Limiter) bool {
			return of.TokensAt(now) >= float64(l.burst) || len(l.by) >= l.bounds
		})
		l.swept = now
	}
	limiter := l.by[visitor]
	if limiter == nil {
		limiter = rate.NewLimiter(l.rate, l.burst)
		l.by[visitor] = limiter
	}
	return limiter.AllowN(now, 1)
}

// Errors that are pages of their own.
var (
	errNoPage  = fmt.Errorf("portal: no such page: %w", scheduling.ErrNotFound) // also what exists and is somebody else's
	errBadForm = errors.New("portal: the form can't be read")

	errAnother   = errors.New("portal: the form was shown to another learner")
	errForgotten = errors.New("portal: staff have made the attempt's browsers forgotten since the session began")
)

// problems are the errors of which package problem knows nothing, as pages.
var problems = []struct {
	err error
	problem.Problem
}{
	{scheduling.ErrNotFound, problem.Problem{Status: http.StatusNotFound, Title: "There is no such page", Detail: "Perhaps the address is mistyped, or the page belongs to somebody else."}},
	{errBadForm, problem.Problem{Status: http.StatusBadRequest, Title: "The form can't be read", Detail: "Please go back and try again."}},
	{errAnother, problem.Problem{Status: http.StatusConflict, Title: "Somebody else has signed in here", Detail: "Since you opened the page another learner has signed in with this browser. Nothing was done. Please sign in again as yourself."}},
	{openedx.ErrNotIdentified, problem.Problem{Status: http.StatusServiceUnavailable, RetryAfter: 10, Title: "We are asking who you are",
		Detail: "Your course platform has not told us yet who you are. This page looks again by itself. If it stays so for some minutes, please tell your exam office."}},
	{errForgotten, problem.Problem{Status: http.StatusForbidden, Title: "We no longer know this browser", Detail: "Please go back to your exam on your course platform, and follow the link there."}},
	{openedx.ErrNotOffered, problem.Problem{Status: http.StatusConflict, Title: "This exam can't be booked yet", Detail: "The exam office does not offer it. Please tell your exam office."}},
	{openedx.ErrRetired, problem.Problem{Status: http.StatusGone, Title: "You are no longer known here", Detail: "Your account on the course platform was closed, and what we knew of you is being deleted."}},
	{backend.ErrNotFound, problem.Problem{Status: http.StatusGone, Title: "This attempt is no longer there", Detail: "Please go back to your exam on your course platform, and follow the link there."}},
	{backend.ErrRefused, problem.Problem{Status: http.StatusConflict, Title: "You have submitted the exam", Detail: "Nothing more can be booked for it."}},
}

// problemOf returns what is said of an error. Those of the portal itself have no Type.
func problemOf(err error) problem.Problem {
	for _, known := range problems {
		if errors.Is(err, known.err) {
			return known.Problem
		}
	}
	return problem.Of(err)
}
