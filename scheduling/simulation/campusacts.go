package simulation

import (
	"context"
	"errors"
	"time"

	"github.com/proctorbook/proctorbook/edx/backend"
	"github.com/proctorbook/proctorbook/edx/edxtest"
	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/openedx"
)

// This file is what happens on the platforms, and what the deployment does about it.

// someone is a learner of a platform, at one exam.
type someone struct {
	*campus
	learner int // of the world's first two
	exam    int // of the world's
}

// username is the learner's at the platform.
func (s someone) username(w *world) string { return w.learners[s.learner].Username }

func (s someone) page(w *world) *edxtest.Learner {
	front := edxtest.LearningApp
	if s.learner == 1 {
		front = edxtest.OldPage
	}
	return s.lms.Learner(s.username(w), front)
}

// onCampus lets something begin on one of the platforms, or in the background.
func (w *world) onCampus(d *deployment, p *process) {
	s := someone{w.campuses[0], 0, 0} // who gets somewhere
	if w.steps.chance(0.4) {
		s = someone{w.campuses[w.steps.n(len(w.campuses))], w.steps.n(2), w.steps.n(len(w.exams))}
	}
	c := userCall{slot: w.steps.n(len(w.plan.slots)), hand: w.steps.n(100), wrong: w.steps.chance(0.15)}
	switch roll := w.steps.n(100); {
	case roll < 20:
		w.carryOn(d, p)
	case roll < 21:
		w.atPlatform("publish", func(context.Context) { w.publish(s.campus, s.exam) })
	case roll < 24:
		w.onPage(s, "set up", func(ctx context.Context) { w.setUp(ctx, s) })
	case roll < 90:
		w.sitHere(d, p, s, c)
	case roll < 91 && w.steps.chance(0.2):
		w.onPage(s, "reset", func(ctx context.Context) { w.reset(ctx, s) })
	case roll < 92:
		w.retire(s)
	case roll < 94:
		if w.chance(decideProvider, 0.5, "the platform is down") {
			s.downTil = w.now.Add(time.Duration(1+w.steps.n(20)) * time.Minute)
			w.trace.add(w.elapsed(), string(s.id), "is down until", s.downTil.Format(time.TimeOnly))
		}
	case roll < 95 && w.steps.chance(0.2):
		w.onPage(s, "lose the software", func(ctx context.Context) { _, _ = s.page(w).LoseSoftware(ctx, s.exams[s.exam]) })
	default:
		w.tick()
	}
}

// atPlatform starts a task of a platform, which no process of ours takes with it.
func (w *world) atPlatform(name string, body func(ctx context.Context)) *task {
	w.counts.hit("platform", name)
	return w.start(w.bridge.platforms, "platform: "+name, body)
}

// onPage is a click of a learner, or of staff about one, and waits for the one before: of
// two at once the platform makes two attempts under one id.
func (w *world) onPage(s someone, name string, body func(ctx context.Context)) {
	if last := s.pages[s.learner]; last == nil || last.done {
		s.pages[s.learner] = w.atPlatform(name, body)
	}
}

// carryOn hears of events, and works on what is due.
func (w *world) carryOn(d *deployment, p *process) {
	if w.bridge.handling == nil || w.bridge.handling.done {
		w.bridge.handling = w.start(p, "handle events", func(ctx context.Context) { w.handle(ctx, d, p) })
	}
	if p.working == nil || p.working.done {
		p.working = w.start(p, "work for platforms", func(ctx context.Context) { _, _ = p.bridge.Work(ctx) })
	}
}

// handle handles events in their order, each at least once.
func (w *world) handle(ctx context.Context, d *deployment, p *process) {
	for e, err := range p.Events(ctx, scheduling.EventQuery{After: w.bridge.heard}) {
		if err != nil || p.bridge.Handle(ctx, e) != nil {
			return // once more from here
		}
		w.bridge.heard = e.Cursor
	}
}

// setUp opens the set-up page, which registers the learner.
func (w *world) setUp(ctx context.Context, s someone) {
	if s.exams[s.exam] == 0 {
		return
	}
	view, err := s.page(w).SetUp(ctx, s.exams[s.exam])
	if err != nil { // of an attempt that is there the page is loaded again
		view, err = s.page(w).Look(ctx, s.exams[s.exam])
	}
	w.seen(s, "set up", view, err)
	if err == nil && view.Attempt != 0 {
		w.remember(s.campus, view.Attempt)
	}
}

// seen traces what a learner sees on the platform.
func (w *world) seen(s someone, did string, view edxtest.View, err error) {
	what := view.Status
	if err != nil {
		what = err.Error()
	}
	w.trace.add(w.elapsed(), string(s.id), s.username(w), did, what)
}

func (w *world) remember(c *campus, n int64) {
	for _, known := range c.sitting {
		if known == n {
			return
		}
	}
	c.sitting = append(c.sitting, n)
}

// latest is the learner's last attempt at the exam, on the platform.
func (w *world) latest(s someone) (found edxtest.Sitting, ok bool) {
	for _, n := range s.sitting {
		a, known := s.lms.Sitting(n)
		if known && !a.Removed && a.Username == s.username(w) && a.ExamID == s.exams[s.exam] && a.Attempt >= found.Attempt {
			found, ok = a, true
		}
	}
	return found, ok
}

// sitHere lets the learner take the next step towards the end of the exam, or a needless
// one.
func (w *world) sitHere(d *deployment, p *process, s someone, c userCall) {
	a, ok := w.latest(s)
	if !ok || a.ExternalID == "" {
		w.onPage(s, "set up", func(ctx context.Context) { w.setUp(ctx, s) })
		return
	}
	id := backend.AttemptID(a.ExternalID)
	booking := d.shown(s.learnerID(s.learner), w.exams[s.exam].Key())
	switch b := d.rows[booking]; {
	case a.Status == "error" || a.Status == "submitted" && w.steps.chance(0.1):
		w.onPage(s, "reset", func(ctx context.Context) { w.reset(ctx, s) })
	case a.Status == "ready_to_start":
		w.onPage(s, "start", func(ctx context.Context) {
			view, err := s.page(w).Start(ctx, a.ExamID)
			w.seen(s, "start", view, err)
		})
	case a.Status == "started" && w.steps.chance(0.4):
		w.onPage(s, "submit", func(ctx context.Context) {
			view, err := s.page(w).Submit(ctx, a.ExamID)
			w.seen(s, "submit", view, err)
		})
	case b != nil && b.row.State == scheduling.StateUnlocked && a.Status == "created":
		w.carryOn(d, p)
	case b != nil && b.row.State == scheduling.StateBegun:
		w.start(p, "learner types the code", func(ctx context.Context) { w.toldError(p, w.unlock(ctx, p, booking, c)) })
	case b != nil && b.row.State == scheduling.StateScheduled && b.row.Start.Sub(w.now) < 15*time.Minute:
		w.start(p, "learner begins", func(ctx context.Context) { w.bridgeError(p, w.beginHere(ctx, p, id)) })
	case w.strange(id) && w.steps.chance(0.9):
		w.carryOn(d, p)
		w.tick()
	case b == nil || !b.row.State.Active():
		w.start(p, "learner books", func(ctx context.Context) { w.bookHere(ctx, p, id, w.plan.slots[c.slot]) })
	case w.steps.chance(0.5):
		w.proctor(w.steps.next())
	default:
		w.approach(d)
	}
}

// strange reports whether nobody knows yet who the attempt's learner is.
func (w *world) strange(id backend.AttemptID) bool {
	a, err := w.bridge.store.Attempt(context.Background(), id)
	return err != nil || a.Learner == ""
}

func (w *world) beginHere(ctx context.Context, p *process, id backend.AttemptID) error {
	_, err := p.bridge.Begin(ctx, id)
	return err
}

// bookHere books for an attempt. What the learner is told of the booking is judged as of
// everybody.
func (w *world) bookHere(ctx context.Context, p *process, id backend.AttemptID, start time.Time) {
	b, err := p.bridge.Book(ctx, id, start)
	if bridgeRefuses(err) {
		w.counts.hit("platform", "not yet identified, or no more")
		return
	}
	w.counts.hit("platform", "booked for an attempt")
	w.told(p.deployment, p, scheduling.OpReserve, b, start, err)
}

func (w *world) bridgeError(p *process, err error) {
	if !bridgeRefuses(err) {
		w.toldError(p, err)
	}
}

// bridgeRefuses reports whether the error is one of package openedx.
func bridgeRefuses(err error) bool {
	for _, of := range []error{openedx.ErrNotIdentified, openedx.ErrRetired, openedx.ErrNotOffered, backend.ErrNotFound, backend.ErrRefused} {
		if errors.Is(err, of) {
			return true
		}
	}
	return false
}

// inSession reports whether a learner sits an exam.
func (d *deployment) inSession() bool {
	for _, id := range d.ids {
		if s := d.rows[id].row.State; s == scheduling.StateBegun || s == scheduling.StateUnlocked {
			return true
		}
	}
	return false
}

// reset takes the learner's attempts away, so that there may be a new one.
func (w *world) reset(ctx context.Context, s someone) {
	if a, ok := w.latest(s); ok {
		_ = s.grace.RemoveAttempt(ctx, a.Attempt)
	}
}

// retire asks to forget the learner, once in a while.
func (w *world) retire(s someone) {
	if !w.chance(decideProvider, 0.1, "a learner is retired") {
		return
	}
	name := s.username(w)
	s.retired[name] = true
	w.trace.add(w.elapsed(), string(s.id), "retires", name)
	w.atPlatform("retire", func(ctx context.Context) { _ = s.grace.RetireAtProviders(ctx, name) })
}
