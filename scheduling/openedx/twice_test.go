package openedx_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/edx/edxtest"
	"github.com/proctorbook/proctorbook/scheduling/openedx"
)

// doubleClick opens the set-up page of the learner once more while the answer to the first
// registration is on its way.
func (w *world) doubleClick() int64 {
	w.t.Helper()
	hears, clicked := w.handler, false
	w.handler = http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		hears.ServeHTTP(rw, r)
		if !clicked && r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/attempt/") {
			clicked = true
			_, err := w.north.lms.Learner("ada_l", edxtest.OldPage).SetUp(w.t.Context(), w.north.exam.ID)
			w.do(err)
			w.clock.Advance(10 * time.Second) // the platform keeps the first one only when it has our answer
			w.worked()
		}
	})
	defer func() { w.handler = hears }()
	return w.register(w.north)
}

// unheardError ends the attempt on the platform by an error of which we never hear, and
// staff let the learner go on.
func (w *world) unheardError() int64 {
	w.t.Helper()
	n := w.register(w.north)
	w.pass()
	w.deafTo(http.MethodPatch, func() { _, _ = w.north.ada.LoseSoftware(w.t.Context(), w.north.exam.ID) })
	w.do(w.north.grace.LetResume(w.t.Context(), n))
	return w.register(w.north)
}

// The platform gives one id to two attempts, and can be told of neither any more. Staff
// see it at the set-up, not when the proctor waits; after a reset there the learner sits the exam.
func TestKnownTwice(t *testing.T) {
	t.Parallel()
	for name, setUp := range map[string]func(w *world) int64{"two set-ups at once": (*world).doubleClick, "an error that nobody heard of": (*world).unheardError} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			id := w.attempt(w.north, setUp(w))
			if troubles := w.north.lms.Seen().Troubles; len(troubles) == 0 {
				t.Fatal("the platform has no two attempts of one id")
			}
			w.identified(id)
			if a := w.kept(id); a.Trouble != openedx.TroubleTwice || !a.Twice || a.DueAt.IsZero() {
				t.Fatalf("after the set-up the attempt is %+v, want the trouble %s", a, openedx.TroubleTwice)
			}
			b := w.book(id, nine)
			w.begin(id, b)
			w.unlock(b)
			w.pass()
			if a := w.kept(id); a.Trouble != openedx.TroubleTwice || !a.Ready.Done.IsZero() {
				t.Errorf("after the code the attempt is %+v, want the trouble %s still", a, openedx.TroubleTwice)
			}
			w.do(w.north.grace.Reset(t.Context(), w.north.exam.ID, "ada_l"))
			w.pass()
			if a := w.kept(id); a.Removed.IsZero() || a.Trouble == openedx.TroubleTwice {
				t.Errorf("after the reset the attempt is %+v, want it removed and without that trouble", a)
			}
			y := &sitter{w: w, c: w.north, start: nine.Add(24 * time.Hour)}
			y.goOn("", "reviewed", nil)
			if sitting, _ := w.north.lms.Sitting(y.n); sitting.Status != "verified" || y.id == id {
				t.Errorf("after the reset the attempt %s is %s, want another id than %s, and verified", y.id, sitting.Status, id)
			}
			w.private()
		})
	}
}

// Once the platform has the id once again, whatever staff did there, the trouble is over.
func TestTwiceNoMore(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	n := w.doubleClick()
	x := &sitter{w: w, c: w.north, n: n, id: w.attempt(w.north, n), start: nine}
	if w.identified(x.id); w.kept(x.id).Trouble != openedx.TroubleTwice {
		t.Fatalf("the attempt is %+v, want the trouble %s", w.kept(x.id), openedx.TroubleTwice)
	}
	for _, sitting := range w.north.lms.Seen().Sittings {
		if sitting.Attempt != n {
			w.deafTo(http.MethodDelete, func() { w.do(w.north.grace.RemoveAttempt(t.Context(), sitting.Attempt)) })
		}
	}
	for range 3 {
		w.pass()
	}
	if a := w.kept(x.id); a.Trouble != "" || a.Twice || !a.Again.IsZero() {
		t.Errorf("the attempt is %+v, want no trouble", a)
	}
	x.goOn("identified", "reviewed", nil)
	x.wellDone()
}

// A registration whose answer the platform did not get is asked for again, and is one
// attempt: nobody is called.
func TestRegisteredAgainIsNotTwice(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.north.deaf = true
	_, _ = w.north.ada.SetUp(t.Context(), w.north.exam.ID)
	w.north.deaf = false
	x := w.play(w.north, "registered", nil)
	if w.kept(x.id).Again.IsZero() {
		t.Fatal("nobody looks whether the platform has the id twice")
	}
	x.goOn("registered", "booked", nil)
	w.pass()
	if a := w.kept(x.id); a.Trouble != "" || a.Twice || !a.Again.IsZero() {
		t.Errorf("the attempt is %+v, want no trouble", a)
	}
	x.goOn("booked", "reviewed", nil)
	x.wellDone()
}
