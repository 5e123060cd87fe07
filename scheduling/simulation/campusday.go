package simulation

import (
	"context"
	"strconv"
	"time"

	"github.com/proctorbook/proctorbook/edx/backend"
	"github.com/proctorbook/proctorbook/edx/edxtest"
	"github.com/proctorbook/proctorbook/scheduling"
)

// This file plays one whole sitting on a platform when all else is over, with one thing
// going wrong at each step, perhaps, and a verdict that is changed later.

// campusDay lets a learner come late, and sit the first exam.
func (w *world) campusDay(s *stream) {
	d, c := w.deployments[0], w.campuses[s.n(len(w.campuses))]
	start := w.now.Add(49 * time.Hour).Truncate(time.Hour)
	if start.Add(24 * time.Hour).After(w.exams[0].Window.End) {
		return
	}
	w.plan.slots = append(w.plan.slots, start)
	c.lms.AddUser(edxtest.User{ID: 429, Username: "late", Name: "Late Example", Email: "late@example.org", TimeZone: "Europe/Paris"})
	late := w.learners[0]
	late.ID, late.Username, late.Accommodations = c.learnerID(9), "late", nil
	w.learners, w.granted = append(w.learners, late), append(w.granted, []scheduling.Accommodation{{}})
	page := c.lms.Learner("late", edxtest.LearningApp)
	id, n := w.comeLate(s, c, page)
	if id == "" {
		return
	}
	ctx := context.Background()
	if err := d.processes[0].SaveProfile(ctx, late.ID, late.Profile); err != nil {
		w.unsettled("a learner of a platform is not identified", "", "")
		return
	}
	w.mishap(s, c)
	b, err := d.processes[0].bridge.Book(ctx, id, start)
	w.observe(byWire)
	if err != nil {
		w.trace.add(w.elapsed(), "late:", errorKind(err))
		return
	}
	w.mishap(s, c)
	if !w.letIn(b.ID) {
		return
	}
	w.mishap(s, c)
	w.background(3)
	if _, err := page.Start(ctx, c.exams[0]); err != nil {
		w.counts.hit("platform", "too late to start")
		return
	}
	w.mishap(s, c)
	if _, err := page.Submit(ctx, c.exams[0]); err != nil {
		w.unsettled("a learner can't submit", "", b.ID)
		return
	}
	w.counts.hit("platform", "whole sitting")
	w.mishap(s, c)
	w.findings(s, c, b.ID)
	if sat, _ := c.lms.Sitting(n); sat.Opened.IsZero() {
		w.unsettled("an exam was submitted, and never open", "", b.ID)
	}
}

// comeLate registers the learner, and waits until it is known who that is.
func (w *world) comeLate(s *stream, c *campus, page *edxtest.Learner) (backend.AttemptID, int64) {
	ctx := context.Background()
	view, err := page.SetUp(ctx, c.exams[0])
	if err != nil {
		return "", 0
	}
	w.remember(c, view.Attempt)
	w.mishap(s, c)
	w.advance(5 * time.Second)
	w.background(2)
	a, _ := c.lms.Sitting(view.Attempt)
	return backend.AttemptID(a.ExternalID), view.Attempt
}

// letIn begins the session at its start, and types the proctor's code.
func (w *world) letIn(id scheduling.BookingID) bool {
	d, ctx := w.deployments[0], context.Background()
	w.advanceTo(d.rows[id].row.Start)
	p := d.processes[0]
	if _, err := p.Begin(ctx, id); err != nil {
		w.trace.add(w.elapsed(), "late: begin:", errorKind(err))
		return false
	}
	if number, err := strconv.ParseInt(string(d.rows[id].row.Number), 10, 64); err == nil {
		_ = w.provider.ProctorStarts(number)
	}
	if err := w.unlock(ctx, p, id, userCall{}); err != nil {
		w.trace.add(w.elapsed(), "late: unlock:", errorKind(err))
		return false
	}
	return true
}

// findings lets the proctor say what was found, and somebody change that.
func (w *world) findings(s *stream, c *campus, id scheduling.BookingID) {
	d, ctx := w.deployments[0], context.Background()
	number, err := strconv.ParseInt(string(d.rows[id].row.Number), 10, 64)
	if err != nil {
		w.t.Fatal(err)
	}
	_ = w.provider.ProctorEnds(number, verdicts[s.n(len(verdicts))])
	w.background(4)
	w.mishap(s, c)
	if s.chance(0.5) {
		_ = w.provider.ProctorRevises(number, verdicts[s.n(len(verdicts))])
	} else {
		by := scheduling.Request{Reason: "after a complaint", By: "office"}
		_, _ = d.processes[0].Staff.OverrideOutcome(ctx, id, pick(s, scheduling.VerdictPassed, scheduling.VerdictFailed), by)
	}
	w.background(4)
}

// mishap lets something go wrong, perhaps: the platform is away for an hour, all processes
// die, a page is loaded again, an exam is saved again.
func (w *world) mishap(s *stream, c *campus) {
	switch s.n(8) {
	case 0:
		c.downTil = w.now.Add(time.Hour)
		w.trace.add(w.elapsed(), string(c.id), "is down for an hour")
	case 1:
		for _, p := range w.deployments[0].processes {
			w.crash(p, point{"work", atStart})
		}
	case 2:
		_, _ = c.lms.Learner("late", edxtest.LearningApp).SetUp(context.Background(), c.exams[0])
	case 3:
		w.publish(c, 0)
	}
}

// background lets the processes work for some rounds of two minutes.
func (w *world) background(rounds int) {
	d, ctx := w.deployments[0], context.Background()
	for i := range rounds {
		w.look(d, i == 0)
		for _, p := range d.processes {
			w.handle(ctx, d, p)
			if _, err := p.bridge.Work(ctx); err != nil {
				w.unsettled("the work for platforms fails without a fault", ": "+err.Error(), "")
			}
		}
		w.advance(2 * time.Minute)
	}
}
