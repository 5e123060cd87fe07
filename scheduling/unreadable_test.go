package scheduling_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/memstore"
	"github.com/proctorbook/proctorbook/scheduling/metrics"
)

// memory returns the world's store, whose records can be spoiled.
func (w *world) memory() *memstore.Store { return w.store.(*memstore.Store) }

// wantUnread wants err to say that the booking, and no other one, can't be read.
func wantUnread(t *testing.T, what string, err error, id scheduling.BookingID) {
	t.Helper()
	bad, ok := errors.AsType[*scheduling.UnreadableError](err)
	if !ok || bad.Booking != id {
		t.Errorf("%s = %v, want an UnreadableError of booking %s", what, err, id)
	}
}

// One booking that can't be read keeps no pass of Reconcile and Sweep from the others,
// and is reported each time; once it can be read it is worked on like any other.
func TestUnreadableBookingStopsNoPass(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	bad := w.settled(nine)
	m := &meter{}
	w.restart(hasty, scheduling.WithObserver(m))
	other := w.bookedBy("bob", 4301, ten)
	w.fault(proctorbooktest.LoseAnswer, "addAdHocProcess")
	_, err := w.Book(w.t.Context(), w.exam, w.enroll("eve", 4302), noon)
	open := w.pendingID(err)
	for _, id := range []scheduling.BookingID{bad, other} {
		if err := w.Wake(t.Context(), string(id)); err != nil {
			t.Fatal(err)
		}
	}
	repair := w.memory().SpoilBooking(bad)
	extra := w.double(other, day.AddDate(0, 0, 1))

	for range 12 {
		w.clock.Advance(2 * time.Minute)
		r, err := w.Reconcile(t.Context())
		wantUnread(t, "Reconcile", err, bad)
		if !slices.Equal(r.Unreadable, []scheduling.BookingID{bad}) || r.Failed != 0 {
			t.Fatalf("report = %+v, want the one booking as unreadable", r)
		}
	}
	if b := w.booking(open); b.State != scheduling.StateScheduled || b.Intent != nil {
		t.Errorf("the lost booking is %s, want scheduled\n%s", b.State, w.history(open))
	}
	swept, err := w.Sweep(t.Context())
	wantUnread(t, "Sweep", err, bad)
	if len(swept.Surplus) != 1 || swept.Surplus[0].Number != extra || swept.Failed != 1 || len(swept.Unknown) != 0 {
		t.Errorf("swept = %+v, want the surplus of the other booking, and one that failed", swept)
	}
	if n := len(m.values(metrics.Unreadable, "record", "booking")); n != 13 {
		t.Errorf("unreadable was measured %d times, want 12 passes and a sweep", n)
	}

	repair()
	w.clock.Advance(2 * time.Minute)
	if r, err := w.Reconcile(t.Context()); err != nil || r.Worked == 0 {
		t.Errorf("after the repair: %+v, %v; want work, and no error", r, err)
	}
	if b := w.booking(bad); !b.SeenActive.Equal(w.clock.Now()) {
		t.Errorf("the repaired booking was last seen at %s, want now", b.SeenActive)
	}
}

// staysDue is a store that does not lease a row that it can't read.
type staysDue struct {
	scheduling.Store
	claims int
}

func (s *staysDue) Claim(context.Context, scheduling.ClaimQuery) ([]scheduling.Booking, error) {
	s.claims++
	return nil, &scheduling.UnreadableError{Booking: "pb-testtest-bad"}
}

// A row that can't be read and that a store gives again and again ends the pass.
func TestBadRowsThatStayDueEndThePass(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	store := &staysDue{Store: w.store}
	w.store = store
	w.restart()
	r, err := w.Reconcile(t.Context())
	wantUnread(t, "Reconcile", err, "pb-testtest-bad")
	if store.claims > 10 || len(r.Unreadable) != 1 {
		t.Errorf("%d claims, report %+v; want a few, and one unreadable booking", store.claims, r)
	}
}

// A learner whose active booking can't be read gets a typed error, and no second
// reservation; others book.
func TestUnreadableBookingBlocksASecondOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.settled(nine)
	defer w.memory().SpoilBooking(id)()

	_, err := w.Book(t.Context(), w.exam, w.learner, ten)
	wantUnread(t, "Book", err, id)
	_, _, err = w.TryBook(t.Context(), w.exam, w.learner, ten)
	wantUnread(t, "TryBook", err, id)
	_, err = w.Cancel(t.Context(), id, scheduling.Request{})
	wantUnread(t, "Cancel", err, id)
	w.bookedBy("bob", 4301, noon)
	if n := len(w.provider.Reservations()); n != 2 {
		t.Errorf("the provider has %d reservations, want two", n)
	}
}

// A worker on another machine can't read the booking, and leases it with each pass: a
// learner there, where it can be read, is not kept waiting.
func TestUnreadableClaimDelaysNobody(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.settled(nine)
	if err := w.Wake(t.Context(), string(id)); err != nil {
		t.Fatal(err)
	}
	repair := w.memory().SpoilBooking(id)
	if _, err := w.Reconcile(t.Context()); err == nil {
		t.Fatal("Reconcile = no error, want the unreadable booking")
	}
	repair()
	began := w.clock.Now()

	if _, err := w.Cancel(t.Context(), id, scheduling.Request{}); err != nil || w.clock.Now().Sub(began) > 10*time.Second {
		t.Errorf("Cancel = %v after %s, want none at once", err, w.clock.Now().Sub(began))
	}
	w.wantCanceled(id)
}

// The feed goes on behind an event that can't be read, in a range and after its cursor.
func TestUnreadableEvent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.settled(nine)
	var cursors []scheduling.Cursor
	for e := range w.Events(t.Context(), scheduling.EventQuery{}) {
		cursors = append(cursors, e.Cursor)
	}
	defer w.memory().SpoilEvent(cursors[1])()

	var got []scheduling.Cursor
	for e, err := range w.Events(t.Context(), scheduling.EventQuery{Limit: len(cursors)}) {
		got = append(got, e.Cursor)
		if (err != nil) != (e.Cursor == cursors[1]) {
			t.Errorf("event %s: error = %v", e.Cursor, err)
		}
		if bad, ok := errors.AsType[*scheduling.UnreadableError](err); ok && (bad.Cursor != e.Cursor || bad.Booking != id || e.Learner != w.learner) {
			t.Errorf("event %+v, error = %+v; want its cursor, booking and learner", e, bad)
		}
	}
	if !slices.Equal(got, cursors) {
		t.Errorf("the feed yielded %v, want %v", got, cursors)
	}
	x, err := w.Staff.Explain(t.Context(), id)
	wantUnread(t, "Explain", err, id)
	if len(x.History) != len(cursors)-1 || x.Booking.ID != id {
		t.Errorf("Explain has %d events of booking %s, want all others of %d", len(x.History), x.Booking.ID, len(cursors))
	}
}

// The report is stored on the others; settings are applied to them.
func TestUnreadableBookingAndTheOffice(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	bad, good := w.settled(nine), w.bookedBy("bob", 4301, ten)
	third := w.bookedBy("eve", 4302, noon)
	defer w.memory().SpoilBooking(bad)()
	defer w.memory().SpoilLearner(w.booking(third).Learner)()
	w.clock.Set(nine)

	r, err := w.ReadReport(t.Context(), day, day.AddDate(0, 0, 1))
	wantUnread(t, "ReadReport", err, bad)
	if r.Failed != 1 || r.Bookings != 2 {
		t.Errorf("ReadReport = %+v, want two bookings stored, and one that failed", r)
	}

	w.exam.ProctorNotes = "Open book."
	var affected []scheduling.BookingID
	errs := 0
	for a, err := range w.Staff.Affected(t.Context(), w.exam) {
		if err != nil {
			errs++
			continue
		}
		affected = append(affected, a.Booking.ID)
	}
	if errs != 2 || !slices.Equal(affected, []scheduling.BookingID{good}) {
		t.Errorf("Affected = %v, and %d errors; want the other booking, and an error for each of two", affected, errs)
	}
	left, err := w.Staff.ApplyExam(t.Context(), w.exam, byStaff)
	wantUnread(t, "ApplyExam", err, bad)
	if len(left) != 1 || w.booking(good).Exam.ProctorNotes != "Open book." {
		t.Errorf("ApplyExam left %v, want the other booking, applied", left)
	}
}

// joinsNothing is an error that joins no other one.
type joinsNothing struct{ scheduling.Store }

func (joinsNothing) Error() string   { return "the store is broken" }
func (joinsNothing) Unwrap() []error { return nil }

func (e joinsNothing) Claim(context.Context, scheduling.ClaimQuery) ([]scheduling.Booking, error) {
	return nil, e
}

// Such an error of Claim is one of the store, and ends the pass, which else would never end.
func TestErrorThatJoinsNothingEndsThePass(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.store = joinsNothing{w.store}
	w.restart()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if _, err := w.Reconcile(ctx); err == nil || ctx.Err() != nil {
		t.Errorf("Reconcile = %v, context %v; want the store's error at once", err, ctx.Err())
	}
}
