package openedx_test

import (
	"fmt"
	"testing"

	"github.com/proctorbook/proctorbook/edx/backend"
	"github.com/proctorbook/proctorbook/scheduling"
)

// play is a whole sitting, from the registration to the verdict, whoever dies.
func (w *world) play(c *campus) (n int64, booked scheduling.BookingID) {
	w.t.Helper()
	n = w.register(c)
	id := w.attempt(c, n)
	w.identified(id)
	b := w.book(id)
	w.unlock(id, b)
	w.sit(c)
	w.end(b, clean)
	for range 5 {
		if s, _ := c.lms.Sitting(n); s.Status == "verified" {
			break
		}
		w.pass()
	}
	return n, b.ID
}

// wellDone checks what must hold of every sitting that was played to its end.
func (w *world) wellDone(c *campus, n int64, booked scheduling.BookingID) {
	w.t.Helper()
	sitting, _ := c.lms.Sitting(n)
	b := w.booking(booked)
	switch {
	case sitting.Status != "verified":
		w.t.Errorf("the attempt is %s, want verified: %+v\n%s", sitting.Status, w.kept(backend.AttemptID(sitting.ExternalID)), w.log)
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
	n, b := w.play(w.north)
	w.wellDone(w.north, n, b)
	sitting, _ := w.north.lms.Sitting(n)
	if len(sitting.Ready) != 1 || len(sitting.Reviewed) != 1 || len(w.north.lms.Seen().Troubles) != 0 {
		t.Errorf("the platform has seen %+v and %+v, want each callback once and no trouble", sitting, w.north.lms.Seen().Troubles)
	}
	if a := w.kept(w.attempt(w.north, n)); a.Learner != "north-4211" || a.Booking != b || a.Trouble != "" || !a.DueAt.IsZero() || a.Ready.Done.IsZero() || a.Review.Done.IsZero() {
		t.Errorf("at the end the attempt is %+v", a)
	}
}

// Wherever a process dies, before a step or after it, the sitting ends as it should: each
// commit and each request of a whole sitting is one of these steps.
func TestWholeSittingWhoeverDies(t *testing.T) {
	t.Parallel()
	calm := newWorld(t)
	calm.play(calm.north)
	steps := calm.life.steps
	if steps < 30 {
		t.Fatalf("a sitting has %d steps, want more", steps)
	}
	for _, late := range []bool{false, true} {
		for k := 1; k <= steps; k++ {
			t.Run(fmt.Sprintf("step %d, late %t", k, late), func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				w.life.ends, w.life.late = w.life.steps+k, late
				n, b := w.play(w.north)
				w.wellDone(w.north, n, b)
			})
		}
	}
}
