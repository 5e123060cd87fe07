package main

import (
	"context"
	"net/http"
	"slices"
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

// offer completes an exam of the platform by the one that is offered here. The name, the
// time limit and the last day are the platform's.
func (p *portal) offer(_ context.Context, _ openedx.Exam, known scheduling.Exam) (scheduling.Exam, error) {
	o, ok := keyed(p.Exams, known.Key())
	if !ok {
		return scheduling.Exam{}, openedx.ErrNotOffered
	}
	if o.Exam.Name, o.Exam.Duration = known.Name, known.Duration; !known.Window.End.IsZero() {
		o.Exam.Window.End = known.Window.End
	}
	return o.Exam, nil
}

// arrive signs in the learner whom the gate has let in, and leads to the exam. Whoever was
// signed in before is not any more.
func (p *portal) arrive(w http.ResponseWriter, r *http.Request, at openedx.Visit) {
	v := p.visit(w, r)
	v.Person, v.attempt, v.since = nil, at.Attempt, v.Now
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
	if !slices.ContainsFunc(v.sitting.Attempt.Browsers, func(b openedx.Browser) bool { return !b.Since.Truncate(time.Second).After(v.since) }) {
		return errForgotten
	}
	o, _ := keyed(p.Exams, v.sitting.Exam.Key())
	v.exams = []offered{{o.Slug, v.sitting.Exam}}
	if v.learner, err = p.store.Learner(v.ctx(), v.sitting.Learner, 0); err == nil {
		v.Person = &person{Username: v.learner.Username, Name: v.learner.Name}
	}
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
