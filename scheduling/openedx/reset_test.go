package openedx_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/edx/backend"
	"github.com/proctorbook/proctorbook/edx/edxtest"
	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/openedx"
)

// interrupted are bookings before whose next write something else happens, once.
type interrupted struct {
	scheduling.Store
	create, putLearner func()
}

func once(f *func()) {
	if do := *f; do != nil {
		*f = nil
		do()
	}
}

func (i *interrupted) Create(ctx context.Context, b scheduling.Booking, events ...scheduling.Event) (scheduling.Booking, error) {
	once(&i.create)
	return i.Store.Create(ctx, b, events...)
}

func (i *interrupted) PutLearner(ctx context.Context, l scheduling.Learner) (scheduling.Learner, error) {
	once(&i.putLearner)
	return i.Store.PutLearner(ctx, l)
}

// interruptible is a world whose bookings can be interrupted.
func interruptible(t *testing.T) (*world, *interrupted) {
	t.Helper()
	w := newWorld(t)
	i := &interrupted{Store: w.bookings}
	w.bookings = i
	w.restart()
	return w, i
}

// Staff reset an attempt while its learner is just booking: the booking that is made after
// that is canceled, and the learner begins anew.
func TestResetWhileTheLearnerBooks(t *testing.T) {
	t.Parallel()
	w, i := interruptible(t)
	x := w.play(w.north, "identified", nil)
	i.create = func() {
		w.do(w.north.grace.Reset(t.Context(), w.north.exam.ID, "ada_l"))
		_, err := w.p.Work(t.Context())
		w.do(err)
	}
	b, err := w.p.Book(t.Context(), x.id, nine)
	w.do(err)
	for range 2 {
		w.pass()
	}
	if now := w.booking(b.ID); now.State != scheduling.StateCanceled {
		t.Fatalf("after the reset the booking is %s, want canceled; the attempt is %+v", now.State, w.kept(x.id))
	}
	y := &sitter{w: w, c: w.north, start: nine.AddDate(0, 0, 1)}
	y.goOn("", "reviewed", nil)
	y.wellDone()
}

// The platform has removed an attempt and registers another one, and the clock steps back
// in between: what is booked then is for the second one.
func TestTheClockStepsBackBetweenTwoAttempts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.play(w.north, "booked", nil)
	w.do(w.north.grace.Reset(t.Context(), w.north.exam.ID, "ada_l"))
	w.pass()
	w.clock.Advance(2 * time.Hour)
	y := &sitter{w: w, c: w.north, start: nine.AddDate(0, 0, 1)}
	y.goOn("", "identified", nil)
	w.clock.Set(w.clock.Now().Add(-time.Hour))
	y.goOn("identified", "booked", nil)
	w.pass()
	s, err := w.p.Sitting(t.Context(), y.id)
	if w.do(err); s.Booking.ID != y.b.ID || s.Booking.State != scheduling.StateScheduled {
		t.Errorf("the second attempt has the booking %q, %s, want %s, scheduled", s.Booking.ID, s.Booking.State, y.b.ID)
	}
	y.goOn("booked", "reviewed", nil)
	y.wellDone()
}

// deafTo lets no request of the method through to us while do runs.
func (w *world) deafTo(method string, do func()) {
	hears := w.handler
	w.handler = http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.Method == method {
			http.Error(rw, "Bad Gateway", http.StatusBadGateway)
			return
		}
		hears.ServeHTTP(rw, r)
	})
	do()
	w.handler = hears
}

// We never hear that an attempt is reset, of which the platform tells once. The learner
// sets up again, under the same id: the platform is told "ready" for the second one, too.
func TestResetThatNobodyHears(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	x := w.play(w.north, "unlocked", nil)
	if w.pass(); w.kept(x.id).Ready.Done.IsZero() {
		t.Fatalf("the attempt is %+v, want it ready", w.kept(x.id))
	}
	w.deafTo(http.MethodDelete, func() { w.do(w.north.grace.Reset(t.Context(), w.north.exam.ID, "ada_l")) })
	y := &sitter{w: w, c: w.north, b: x.b}
	way[0].do(y)
	if y.id != x.id || y.n == x.n {
		t.Fatalf("the second attempt is %d, %s; want another one than %d, and the same id", y.n, y.id, x.n)
	}
	y.goOn("unlocked", "reviewed", nil)
	y.wellDone()
}

// The learner's machine breaks before the exam is started. Staff let the learner go on, and
// the platform registers another attempt, with an id of its own: of two with one id it could
// hear nothing any more.
func TestInErrorBeforeTheStart(t *testing.T) {
	t.Parallel()
	for _, at := range []string{"registered", "identified", "booked", "begun", "unlocked"} {
		t.Run(at, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			x := w.play(w.north, at, nil)
			w.pass()
			if _, err := w.north.ada.LoseSoftware(t.Context(), w.north.exam.ID); err != nil {
				t.Fatal(err)
			}
			w.do(w.north.grace.LetResume(t.Context(), x.n))
			y := &sitter{w: w, c: w.north, b: x.b, start: nine}
			if way[0].do(y); y.id == x.id {
				t.Fatalf("both attempts have the id %s", y.id)
			}
			w.pass()
			y.goOn(at, "reviewed", nil)
			y.wellDone()
		})
	}
}

// A learner goes on in another attempt, and staff remove the one that was in error: the
// sitting goes on.
func TestTheAttemptInErrorIsRemoved(t *testing.T) {
	t.Parallel()
	for _, settled := range []bool{false, true} {
		w := newWorld(t)
		x := w.play(w.north, "started", nil)
		if _, err := w.north.ada.LoseSoftware(t.Context(), w.north.exam.ID); err != nil {
			t.Fatal(err)
		}
		w.do(w.north.grace.LetResume(t.Context(), x.n))
		y := &sitter{w: w, c: w.north, b: x.b}
		w.clock.Advance(time.Minute)
		way[0].do(y)
		w.clock.Advance(time.Minute)
		if settled {
			w.pass()
		}
		w.do(w.north.grace.RemoveAttempt(t.Context(), x.n))
		for range 2 {
			w.pass()
		}
		if b := w.booking(x.b.ID); b.State != scheduling.StateUnlocked || w.kept(y.id).Booking != b.ID {
			t.Errorf("settled %t: the booking is %s, and the second attempt %+v; want it unlocked, for that", settled, b.State, w.kept(y.id))
			continue
		}
		y.goOn("unlocked", "reviewed", nil)
		y.wellDone()
	}
}

// A cancel that is refused long after we asked for it is seen, and staff are told.
func TestTheCancelIsRefusedLater(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	x := w.play(w.north, "booked", nil)
	w.clock.Set(nine)
	for range 3 {
		w.proctors.Fault(proctorbooktest.Fault{Kind: proctorbooktest.LoseAnswer, Endpoint: "beginReservation"})
	}
	if _, err := w.p.Begin(t.Context(), x.id); err == nil {
		t.Fatal("a begin without an answer succeeded")
	}
	for range 10 {
		w.proctors.Fault(proctorbooktest.Fault{Kind: proctorbooktest.Status503, Endpoint: "removeReservation"})
	}
	w.do(w.north.grace.Reset(t.Context(), w.north.exam.ID, "ada_l"))
	if _, err := w.p.Work(t.Context()); err != nil {
		t.Fatal(err)
	}
	if a := w.kept(x.id); a.Trouble != "" || a.DueAt.IsZero() {
		t.Errorf("while the cancel is open the attempt is %+v, want no trouble, and another look", a)
	}
	w.proctors.ClearFaults()
	for range 2 {
		w.pass()
	}
	if a := w.kept(x.id); a.Trouble != openedx.TroubleNotCanceled || w.booking(x.b.ID).State != scheduling.StateScheduled {
		t.Errorf("the booking is %s, and the attempt %+v, want the trouble %s", w.booking(x.b.ID).State, a, openedx.TroubleNotCanceled)
	}
}

// A learner is retired while the platform just tells who it is: what was read of them is
// erased again.
func TestRetiredWhileIdentified(t *testing.T) {
	t.Parallel()
	w, i := interruptible(t)
	x := w.play(w.north, "registered", nil)
	gone := false
	i.putLearner = func() {
		w.do(w.north.grace.RetireAtProviders(t.Context(), "ada_l"))
		gone = true
	}
	for range 3 {
		w.pass()
	}
	if _, err := w.bookings.Learner(t.Context(), "north-4211", 0); !gone || !errors.Is(err, scheduling.ErrNotFound) {
		t.Errorf("retired: %t; the learner's record: %v, want ErrNotFound; the attempt is %+v", gone, err, w.kept(x.id))
	}
	person, err := w.p.Person(t.Context(), "north", w.kept(x.id).User)
	if w.do(err); person != person.WithoutWords() || person.Erased.IsZero() {
		t.Error("something personal is left")
	}
}

// Staff tie a learner who is retired: nothing is read of them.
func TestTieOfARetiredLearner(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	x := w.play(w.north, "registered", nil)
	user := w.kept(x.id).User
	w.do(w.north.grace.RetireAtProviders(t.Context(), "ada_l"))
	if _, err := w.p.Tie(t.Context(), "north", user, "ada_l", "grace"); !errors.Is(err, openedx.ErrRetired) {
		t.Errorf("Tie = %v, want ErrRetired", err)
	}
	if _, err := w.bookings.Learner(t.Context(), "north-4211", 0); !errors.Is(err, scheduling.ErrNotFound) {
		t.Errorf("the learner's record: %v, want ErrNotFound", err)
	}
	if _, err := w.p.Tie(t.Context(), "north", "0000000000000000000000000000000000000000", "ada_l", "grace"); !errors.Is(err, backend.ErrNotFound) {
		t.Errorf("Tie of an unknown learner = %v, want ErrNotFound", err)
	}
}

// An exam that can't be booked any more is sat by whoever has booked it.
func TestTheExamIsChangedAfterTheBooking(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(e *edxtest.Exam){
		"it is due before its window": func(e *edxtest.Exam) { e.Due = day.Add(-time.Hour) },
		"it is not proctored":         func(e *edxtest.Exam) { e.Proctored = false },
		"it has no time":              func(e *edxtest.Exam) { e.Minutes = 0 },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			x := w.play(w.north, "booked", nil)
			e := w.north.exam
			change(&e)
			_, err := w.north.lms.PublishExam(t.Context(), e)
			w.do(err)
			s, err := w.p.Sitting(t.Context(), x.id)
			if err != nil || s.Booking.ID != x.b.ID || s.Exam.Duration != 90*time.Minute {
				t.Errorf("Sitting = %+v, %v, want the booking and its exam", s, err)
			}
			w.clock.Set(nine)
			if _, err := w.p.Begin(t.Context(), x.id); err != nil {
				t.Errorf("Begin = %v", err)
			}
		})
	}
}

// The learner's machine breaks, and staff let the learner go on when the proctor has long
// gone: the exam is not opened, staff see why, and after a reset the learner books anew.
func TestResumedWhenTheTimeIsOver(t *testing.T) {
	t.Parallel()
	for _, at := range []string{"unlocked", "started"} {
		w := newWorld(t)
		x := w.play(w.north, at, nil)
		if _, err := w.north.ada.LoseSoftware(t.Context(), w.north.exam.ID); err != nil {
			t.Fatal(err)
		}
		w.pass()
		if a := w.kept(x.id); a.Trouble != "" {
			t.Errorf("%s: the attempt in error is %+v, want no trouble", at, a)
		}
		w.clock.Advance(5 * time.Hour)
		w.do(w.north.grace.LetResume(t.Context(), x.n))
		y := &sitter{w: w, c: w.north, b: x.b}
		way[0].do(y)
		w.pass()
		sitting, _ := w.north.lms.Sitting(y.n)
		if a := w.kept(y.id); len(sitting.Ready) != 0 || a.Trouble != openedx.TroubleTimeOver {
			t.Errorf("%s: the platform heard %+v, and the attempt is %+v; want nothing, and the trouble %s", at, sitting.Ready, a, openedx.TroubleTimeOver)
		}
		w.do(w.north.grace.Reset(t.Context(), w.north.exam.ID, "ada_l"))
		w.pass()
		z := &sitter{w: w, c: w.north, start: nine.AddDate(0, 0, 1)}
		z.goOn("", "reviewed", nil)
		z.wellDone()
	}
}

// The platform lets a learner start who has waited until the proctor has gone: staff see it.
func TestStartedWhenTheTimeIsOver(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	x := w.play(w.north, "unlocked", nil)
	w.pass()
	w.clock.Advance(5 * time.Hour)
	w.start(w.north)
	w.pass()
	if a := w.kept(x.id); a.Trouble != openedx.TroubleTimeOver {
		t.Errorf("the attempt is %+v, want the trouble %s", a, openedx.TroubleTimeOver)
	}
}

// The platform has changed the key of its obscured ids, so that a learner has another one
// for the second attempt: what is booked then is for that.
func TestTheSecondAttemptHasAnotherUser(t *testing.T) {
	t.Parallel()
	for _, c := range []byte("05") {
		w := newWorld(t)
		w.north.lms.Enroll("ada_l", course.String(), "verified", true)
		w.play(w.north, "booked", nil)
		w.do(w.north.grace.Reset(t.Context(), w.north.exam.ID, "ada_l"))
		w.pass()
		w.clock.Advance(time.Hour)
		r := w.registration(c)
		id, err := w.p.Register(t.Context(), r)
		w.do(err)
		_, err = w.p.Tie(t.Context(), "north", r.Learner.ID, "ada_l", "grace")
		w.do(err)
		b := w.book(id, nine.AddDate(0, 0, 1))
		w.pass()
		s, err := w.p.Sitting(t.Context(), id)
		if w.do(err); s.Booking.ID != b.ID || s.Booking.State != scheduling.StateScheduled {
			t.Errorf("user %s: the second attempt has the booking %q, %s, want %s, scheduled", r.Learner.ID, s.Booking.ID, s.Booking.State, b.ID)
		}
	}
}
