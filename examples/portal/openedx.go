package main

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/proctorbook/proctorbook/edx/backend"
	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/openedx"
)

// This file makes the portal the proctoring provider of the course platform, an Open edX
// that needs no change: it answers the platform's calls, and is the page to which the links
// on the platform's pages lead.

// platformID is our name of the platform, which stands in the ids of its exams.
const platformID backend.PlatformID = "lms"

// lms is the platform that the portal serves.
type lms struct {
	bridge *openedx.Provider
	calls  http.Handler // of the platform
	gate   http.Handler // for the learners' links
}

// serveLMS makes what the platform calls, and what its learners' links lead to.
func (p *portal) serveLMS() error {
	links, err := openedx.NewLinks(p.Public+"/sit", []backend.Secret{backend.Secret(p.LinkKey)}, openedx.WithLinkClock(p.clock))
	if err != nil {
		return err
	}
	p.lms = &lms{}
	if p.bridge, err = openedx.New(p.s, p.platforms, p.offer, openedx.WithClock(p.clock), openedx.WithLogger(p.log), openedx.WithLink(links.URL)); err != nil {
		return err
	}
	if p.gate, err = p.bridge.Gate(links, p.arrive); err != nil {
		return err
	}
	p.calls, err = backend.NewHandler(p.bridge, []backend.Platform{{ID: platformID, ClientID: p.CallerID, Secrets: []backend.Secret{backend.Secret(p.CallerSecret)}}},
		backend.WithClock(p.clock), backend.WithLogger(p.log), backend.WithConfig(backend.Config{Name: "Exam portal", URL: p.Public + "/"}))
	return err
}

// withCalls sends the platform's calls their way. No ServeMux does: it would rewrite their
// paths. They have a sign-in, limits and a log of their own.
func (p *portal) withCalls(pages http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if p.lms != nil && (strings.HasPrefix(r.URL.Path, "/oauth2/") || strings.HasPrefix(r.URL.Path, "/api/")) {
			p.calls.ServeHTTP(w, r)
			return
		}
		pages.ServeHTTP(w, r)
	})
}

// offer completes an exam of the platform by the one that is offered here. The name, the
// time limit and the last day are the platform's.
func (p *portal) offer(_ context.Context, _ openedx.Exam, known scheduling.Exam) (scheduling.Exam, error) {
	i := p.offeredAt(known.Key())
	if i < 0 {
		return scheduling.Exam{}, openedx.ErrNotOffered
	}
	exam := p.Exams[i].Exam
	exam.Name, exam.Duration = known.Name, known.Duration
	if !known.Window.End.IsZero() {
		exam.Window.End = known.Window.End
	}
	return exam, nil
}

func (p *portal) offeredAt(key scheduling.ExamKey) int {
	return slices.IndexFunc(p.Exams, func(o offered) bool { return o.Exam.Key() == key })
}

// arrive signs in the learner whom the gate has let in, and leads to the exam. Whoever was
// signed in before is not any more.
func (p *portal) arrive(w http.ResponseWriter, r *http.Request, at openedx.Visit) {
	v := p.visit(w, r)
	v.person, v.attempt = nil, at.Attempt
	p.answer(v, func(v *visit) error {
		if r.URL.Path != "/" {
			return errNoPage
		}
		if err := p.sit(v); err != nil {
			return err
		}
		p.begins(v, "", at.Attempt)
		return v.goTo("/exams/" + v.exams[0].Slug)
	})
}

// sit finds the learner of the visitor's attempt, and shows its exam alone.
func (p *portal) sit(v *visit) (err error) {
	if p.lms == nil {
		return backend.ErrNotFound // the portal no longer serves the platform
	}
	if v.sitting, err = p.bridge.Sitting(v.ctx(), v.attempt); err != nil {
		return err
	}
	v.exams = []offered{{p.Exams[p.offeredAt(v.sitting.Exam.Key())].Slug, v.sitting.Exam}}
	v.learner, err = p.store.Learner(v.ctx(), v.sitting.Learner, 0)
	v.person = &person{Username: v.learner.Username, Name: v.learner.Name}
	return err
}

// status is how the exam stands for the learner. For an attempt that is submitted nothing
// can be booked.
func (p *portal) status(v *visit, exam scheduling.Exam) (scheduling.Status, error) {
	s, err := p.s.Status(v.ctx(), exam, v.learner.ID)
	if v.ByLink() && !v.sitting.Attempt.Submitted.IsZero() && s.May(scheduling.ActionBook) {
		s.Actions = slices.DeleteFunc(s.Actions, func(a scheduling.Action) bool { return a == scheduling.ActionBook })
		s.Reasons = []scheduling.Reason{{Code: scheduling.ReasonAttemptFinished}}
		s.Why = map[scheduling.Action][]scheduling.Reason{scheduling.ActionBook: s.Reasons}
	}
	return s, err
}

// tell tells the platform, until ctx ends, what becomes of its attempts.
func (p *portal) tell(interval time.Duration) []func(context.Context) error {
	if p.lms == nil {
		return nil
	}
	return []func(context.Context) error{
		func(ctx context.Context) error { return p.bridge.Serve(ctx, interval) },
		func(ctx context.Context) error {
			return p.s.Consume(ctx, "openedx", p.bridge.Handle, scheduling.ConsumeOptions{Poll: interval})
		},
	}
}
