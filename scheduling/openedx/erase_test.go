package openedx_test

import (
	"errors"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/edx/backend"
	"github.com/proctorbook/proctorbook/edx/edxtest"
	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/openedx"
)

// forgotten fails if something personal of the attempt's learner is left, here or with the
// bookings.
func (w *world) forgotten(id backend.AttemptID) {
	w.t.Helper()
	a := w.kept(id)
	p, err := w.store.Person(w.t.Context(), a.Platform, a.User)
	w.do(err)
	if _, had := a.WithoutWords(); had || p != p.WithoutWords() || p.Erased.IsZero() {
		w.t.Errorf("after Erase something personal is left, or it is not said when it went: %s, erased %v", p, p.Erased)
	}
	if _, err := w.bookings.Learner(w.t.Context(), "north-4211", 0); !errors.Is(err, scheduling.ErrNotFound) {
		w.t.Errorf("the learner's record: %v, want ErrNotFound", err)
	}
}

// Staff erase a learner who came by a platform with the one call that erases everybody:
// nothing personal is left, whatever has become of the attempt, and the background brings
// nothing back.
func TestStaffErase(t *testing.T) {
	t.Parallel()
	for _, at := range []string{"identified", "submitted", "reviewed"} {
		t.Run(at, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.north.lms.AddAllowance(edxtest.Allowance{ExamID: w.north.exam.ID, Username: "ada_l", Key: "review_policy_exception", Value: "Personal allowance"})
			x := w.play(w.north, at, nil)
			w.clock.Set(day.AddDate(0, 0, 3))
			for range 3 {
				w.pass()
			}
			w.do(w.s.Staff.Erase(t.Context(), "north-4211"))
			w.forgotten(x.id)
			for range 3 {
				w.clock.Advance(24 * time.Hour)
				w.pass()
				w.forgotten(x.id)
			}
			w.do(w.s.Staff.Erase(t.Context(), "north-4211"))
			w.private()
		})
	}
}

// An active booking stands against it, on both sides.
func TestStaffEraseOfABookedLearner(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	x := w.play(w.north, "booked", nil)
	if err := w.s.Staff.Erase(t.Context(), "north-4211"); !is[*scheduling.NotErasableError](err) {
		t.Errorf("Erase = %v, want a NotErasableError", err)
	}
	if p, err := w.p.Person(t.Context(), "north", w.kept(x.id).User); err != nil || p.Username == "" || p.FullName == "" {
		t.Errorf("the refused Erase erased: %v", err)
	}
}

func is[E error](err error) bool { _, ok := errors.AsType[E](err); return ok }

// The tie of a learner is stored, and the process dies before the attempt has it: Erase
// finds the learner all the same.
func TestStaffEraseFindsWhoIsTiedAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	x := w.play(w.north, "identified", nil)
	a := w.kept(x.id)
	a.Learner = ""
	_, err := w.store.PutAttempt(t.Context(), a)
	w.do(err)
	w.do(w.s.Staff.Erase(t.Context(), "north-4211"))
	if p, err := w.store.Person(t.Context(), "north", a.User); err != nil || p != p.WithoutWords() {
		t.Errorf("something personal is left, %v", err)
	}
}

// One of another platform with the same number stays.
func TestStaffEraseLeavesOthers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	south := w.join("south")
	w.restart()
	w.publish(south)
	w.play(w.north, "identified", nil)
	y := &sitter{w: w, c: south}
	y.goOn("", "identified", nil)
	w.do(w.s.Staff.Erase(t.Context(), "north-4211"))
	if p, err := w.p.Person(t.Context(), "south", w.kept(y.id).User); err != nil || p.Username != "ada_l" || !p.Erased.IsZero() {
		t.Errorf("the other platform's learner is erased, too, %v", err)
	}
}

// Whoever was erased, and whom the platform has not retired, may come back: with an attempt
// that is still open once they open its link, and with another one once it is registered.
func TestErasedLearnersComeBack(t *testing.T) {
	t.Parallel()
	for name, back := range map[string]func(w *world, x *sitter){
		"the open attempt": func(w *world, x *sitter) {
			if _, err := w.p.Sitting(w.t.Context(), x.id); !errors.Is(err, openedx.ErrNotIdentified) {
				w.t.Errorf("Sitting of an erased learner = %v, want ErrNotIdentified", err)
			}
			w.north.down = true
			if _, err := w.p.Identify(w.t.Context(), x.id); !errors.Is(err, openedx.ErrNotIdentified) {
				w.t.Errorf("Identify while the platform is down = %v, want ErrNotIdentified", err)
			}
			w.north.down = false // the background goes on with it
		},
		"another attempt": func(w *world, x *sitter) {
			w.do(w.north.grace.Reset(w.t.Context(), w.north.exam.ID, "ada_l"))
			w.pass()
			x.goOn("", "registered", nil)
		},
		"tied by hand": func(w *world, x *sitter) {
			_, err := w.p.Tie(w.t.Context(), "north", w.kept(x.id).User, "ada_l", "grace")
			w.do(err)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			x := w.play(w.north, "identified", nil)
			w.do(w.s.Staff.Erase(t.Context(), "north-4211"))
			back(w, x)
			w.identified(x.id)
			if p, err := w.store.Person(t.Context(), "north", w.kept(x.id).User); err != nil || p.Username != "ada_l" || !p.Erased.IsZero() {
				t.Errorf("the learner who is back is %s, erased %v, %v", p, p.Erased, err)
			}
			x.start = nine
			x.goOn("identified", "reviewed", nil)
			x.wellDone()
		})
	}
}
