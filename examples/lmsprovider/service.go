package main

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/edx"
	"github.com/proctorbook/proctorbook/edx/backend"
	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/openedx"
	"github.com/proctorbook/proctorbook/scheduling/openedx/page"
	"github.com/proctorbook/proctorbook/scheduling/provider"
)

// platformID is our name of the platform. It stands in the ids of learners and exams, so
// it stays the same for good.
const platformID backend.PlatformID = "lms"

// outfit is what a service works with.
type outfit struct {
	proctor  *proctoru.Client
	lms      *edx.Client
	bookings scheduling.Store
	attempts openedx.Store
	exams    openedx.ExamFunc
	key      []byte         // makes the unlock codes
	clientID string         // with which the platform signs in here
	secret   backend.Secret // likewise
	public   string         // URL of the service as browsers see it, without a slash at the end
	linkKey  backend.Secret // signs the links on which learners come
	clock    proctorbook.Clock
	log      *slog.Logger
	tuning   scheduling.Tuning
}

// service is the proctoring provider of a platform: what the platform calls, and the work
// in the background.
type service struct {
	bookings  scheduling.Store
	scheduler *scheduling.Scheduler
	bridge    *openedx.Provider
	root      string       // the path of the service's public URL, without a slash at the end
	calls     http.Handler // of the platform
	pages     http.Handler // of the learners: what their links lead to
}

// newService is all that a service does when it starts.
func newService(o outfit) (*service, error) {
	platforms, err := openedx.NewPlatforms(o.attempts, o.log, openedx.LMS{ID: platformID, Client: o.lms})
	if err != nil {
		return nil, err
	}
	links, err := openedx.NewLinks(o.public+"/sit", []backend.Secret{o.linkKey}, openedx.WithLinkClock(o.clock))
	if err != nil {
		return nil, err
	}
	public, err := url.Parse(o.public)
	if err != nil {
		return nil, err
	}
	s := &service{bookings: o.bookings, root: public.Path}
	s.scheduler, err = scheduling.New(provider.ProctorU{Client: o.proctor}, platforms, o.bookings, scheduling.WithClock(o.clock),
		scheduling.WithLogger(o.log), scheduling.WithTuning(o.tuning), scheduling.WithUnlockKeys(scheduling.UnlockKey{ID: "1", Secret: o.key}))
	if err != nil {
		return nil, err
	}
	s.bridge, err = openedx.New(s.scheduler, platforms, o.exams, openedx.WithClock(o.clock), openedx.WithLogger(o.log), openedx.WithLink(links.URL))
	if err != nil {
		return nil, err
	}
	plain, err := page.New(s.bridge, s.scheduler, o.bookings, page.WithLogger(o.log))
	if err != nil {
		return nil, err
	}
	if s.pages, err = s.bridge.Gate(links, plain.Serve); err != nil {
		return nil, err
	}
	calls, err := backend.NewHandler(s.bridge, []backend.Platform{{ID: platformID, ClientID: o.clientID, Secrets: []backend.Secret{o.secret}}},
		backend.WithClock(o.clock), backend.WithLogger(o.log))
	s.calls = http.StripPrefix(s.root, calls)
	return s, err
}

// welcome is what a browser sees that comes without a learner's link.
func welcome(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = io.WriteString(w, "This is the exam office's proctoring service. Learners come here from the page of their exam.\n") // the browser may be gone
}

// ServeHTTP sends the platform's calls and the learners' browsers their ways. No ServeMux
// does: it would rewrite the platform's paths.
func (s *service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path, ours := strings.CutPrefix(r.URL.Path, s.root)
	switch {
	case ours && (strings.HasPrefix(path, "/oauth2/") || strings.HasPrefix(path, "/api/")):
		s.calls.ServeHTTP(w, r)
	case ours && strings.HasPrefix(path, "/sit/"):
		s.pages.ServeHTTP(w, r)
	default:
		welcome(w, r)
	}
}

// run does the work in the background until ctx ends: the bookings, the attempts, and what
// the attempts must hear of the bookings. It returns why it ended before.
func (s *service) run(ctx context.Context) error {
	inner, end := context.WithCancelCause(ctx)
	defer end(nil)
	var all sync.WaitGroup
	for _, work := range []func() error{
		func() error { return s.scheduler.Serve(inner, scheduling.ServeOptions{}) },
		func() error { return s.bridge.Serve(inner, 10*time.Second) },
		func() error {
			return s.scheduler.Consume(inner, "openedx", s.bridge.Handle, scheduling.ConsumeOptions{})
		},
	} {
		all.Go(func() { end(work()) }) // none works well without the others
	}
	all.Wait()
	if ctx.Err() != nil {
		return nil
	}
	return context.Cause(inner)
}
