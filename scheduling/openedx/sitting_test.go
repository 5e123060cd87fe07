package openedx_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/edx/backend"
	"github.com/proctorbook/proctorbook/scheduling"
)

// sitter is a learner on the way through an exam.
type sitter struct {
	w     *world
	c     *campus
	start time.Time // that is booked

	n  int64             // the platform's attempt
	id backend.AttemptID // ours
	b  scheduling.Booking
}

// way are the steps of a sitting, by what has been done after each.
var way = []struct {
	done string
	do   func(*sitter)
}{
	{"registered", func(x *sitter) { x.n = x.w.register(x.c); x.id = x.w.attempt(x.c, x.n) }},
	{"identified", func(x *sitter) { x.w.identified(x.id) }},
	{"booked", func(x *sitter) { x.b = x.w.book(x.id, x.start) }},
	{"begun", func(x *sitter) { x.w.begin(x.id, x.b) }},
	{"unlocked", func(x *sitter) { x.w.unlock(x.b) }},
	{"started", func(x *sitter) { x.w.start(x.c) }},
	{"submitted", func(x *sitter) { x.w.submit(x.c) }},
	{"reviewed", func(x *sitter) { x.w.end(x.b, clean); x.verified() }},
}

// verified waits until the platform has the verdict.
func (x *sitter) verified() {
	for range 8 {
		if s, _ := x.c.lms.Sitting(x.n); s.Status == "verified" {
			return
		}
		x.w.pass()
	}
}

// play is a sitting up to a step, whoever dies; with between, something happens after each.
func (w *world) play(c *campus, upTo string, between func(done string)) *sitter {
	w.t.Helper()
	x := &sitter{w: w, c: c, start: nine}
	x.goOn("", upTo, between)
	return x
}

// goOn plays the steps after one, up to another.
func (x *sitter) goOn(after, upTo string, between func(done string)) {
	x.w.t.Helper()
	begun := after == ""
	for _, step := range way {
		if begun {
			step.do(x)
			if between != nil {
				between(step.done)
			}
		}
		begun = begun || step.done == after
		if step.done == upTo {
			return
		}
	}
}

// wellDone checks what must hold of every sitting that was played to its end.
func (x *sitter) wellDone() {
	w := x.w
	w.t.Helper()
	sitting, _ := x.c.lms.Sitting(x.n)
	b := w.booking(x.b.ID)
	switch {
	case sitting.Status != "verified":
		w.t.Errorf("the attempt is %s, want verified: %+v\n%s", sitting.Status, w.kept(x.id), w.log)
	case sitting.Opened.IsZero() || b.UnlockedAt.IsZero() || sitting.Opened.Before(b.UnlockedAt):
		w.t.Errorf("the exam was open at %v, and the code was typed at %v", sitting.Opened, b.UnlockedAt)
	case b.State != scheduling.StateFinished:
		w.t.Errorf("the booking is %s, want finished", b.State)
	}
	if most := w.proctors.Counts().MostActiveAtOnce; most > 1 {
		w.t.Errorf("%d reservations were active at once", most)
	}
	w.private()
}

// An unmodified Open edX books through us: the attempt ends verified, and the exam was
// open only after the proctor's code.
func TestWholeSitting(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	x := w.play(w.north, "reviewed", nil)
	x.wellDone()
	sitting, _ := w.north.lms.Sitting(x.n)
	if len(sitting.Ready) != 1 || len(sitting.Reviewed) != 1 || len(w.north.lms.Seen().Troubles) != 0 {
		t.Errorf("the platform has seen %+v and %+v, want each callback once and no trouble", sitting, w.north.lms.Seen().Troubles)
	}
	if a := w.kept(x.id); a.Learner != "north-4211" || a.Booking != x.b.ID || a.Trouble != "" || a.DueAt.Sub(a.Review.Done) < 24*time.Hour || a.Ready.Done.IsZero() || a.Review.Done.IsZero() {
		t.Errorf("at the end the attempt is %+v", a)
	}
}

// Wherever a process dies, before a step or after it, the sitting ends as it should: each
// commit and each request of a whole sitting is one of these steps.
func TestWholeSittingWhoeverDies(t *testing.T) {
	t.Parallel()
	calm := newWorld(t)
	before := calm.life.steps
	calm.play(calm.north, "reviewed", nil)
	steps := calm.life.steps - before
	if steps < 30 {
		t.Fatalf("a sitting has %d steps, want more", steps)
	}
	for _, late := range []bool{false, true} {
		for k := 1; k <= steps; k++ {
			t.Run(fmt.Sprintf("step %d, late %t", k, late), func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				w.life.ends, w.life.late = w.life.steps+k, late
				w.play(w.north, "reviewed", nil).wellDone()
				if w.lives != 2 {
					t.Errorf("there were %d processes, want 2", w.lives)
				}
			})
		}
	}
}
