package storetest

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/scheduling"
)

var unreadablePromises = []promise{
	{"a booking that can't be read is an UnreadableError that names it, until it is repaired", unreadableBooking},
	{"a booking that can't be read still keeps its learner from another one", unreadableBlocks},
	{"Claim returns what can be read beside what can't, whatever the limit", unreadableClaim},
	{"Claim of what can't be read keeps only other claims from it", unreadableClaimIsFree},
	{"List goes on after a booking that can't be read", unreadableList},
	{"Events go on after an event that can't be read", unreadableEvents},
	{"a learner's record that can't be read is an UnreadableError that names the learner", unreadableLearner},
	{"Erase of a booking or event that can't be read erases nothing", unreadableErase},
}

// spoiler returns the store if its records can be spoiled, or skips the test.
func spoiler(t *testing.T, s scheduling.Store) Spoiler {
	t.Helper()
	x, ok := s.(Spoiler)
	if !ok {
		t.Skip("the store is no storetest.Spoiler")
	}
	return x
}

// wantUnreadable fails if err does not say that the record can't be read.
func wantUnreadable(t *testing.T, what string, err error, want scheduling.UnreadableError) {
	t.Helper()
	got, ok := errors.AsType[*scheduling.UnreadableError](err)
	if !ok || got.Booking != want.Booking || got.Learner != want.Learner || got.Cursor != want.Cursor {
		t.Errorf("%s error = %v (%+v), want an UnreadableError of booking %q, learner %q, event %q", what, err, got, want.Booking, want.Learner, want.Cursor)
	}
}

func unreadableBooking(t *testing.T, open opener) {
	s := open(t)
	x := spoiler(t, s)
	b := create(t, s, booking("pb-1", "ada", finalExam("2027")))
	repair := x.SpoilBooking("pb-1")
	bad := scheduling.UnreadableError{Booking: "pb-1", Learner: "ada"}

	_, err := s.Get(t.Context(), "pb-1")
	wantUnreadable(t, "Get", err, bad)
	_, err = s.Active(t.Context(), "ada", b.Exam.Key())
	wantUnreadable(t, "Active", err, bad)
	stale := b
	stale.Version = 7
	_, err = s.Update(t.Context(), stale)
	wantError(t, "Update from another Version", err, scheduling.ErrConflict)

	repair()
	wantSame(t, "Get after the repair", get(t, s, "pb-1"), b)
	update(t, s, b)
}

func unreadableBlocks(t *testing.T, open opener) {
	s := open(t)
	x := spoiler(t, s)
	create(t, s, booking("pb-1", "ada", finalExam("2027")))
	defer x.SpoilBooking("pb-1")()

	_, err := s.Create(t.Context(), booking("pb-2", "ada", finalExam("2027")))
	wantError(t, "Create of a second booking of the exam", err, scheduling.ErrAlreadyBooked)
	_, err = s.Create(t.Context(), booking("pb-1", "bob", finalExam("2027")))
	wantError(t, "Create with the ID of a booking that can't be read", err, scheduling.ErrConflict)

	asking := booking("pb-3", "ada", otherExam())
	asking.Intent = &scheduling.Intent{Op: scheduling.OpReserve, Want: day(30), Requested: day(1), Deadline: day(2)}
	_, err = s.Create(t.Context(), asking)
	wantUnreadable(t, "Create of another exam, at a time that it may take", err, scheduling.UnreadableError{Booking: "pb-1", Learner: "ada"})
	_, err = s.Get(t.Context(), "pb-3")
	wantError(t, "Get of the refused one", err, scheduling.ErrNotFound)

	asking.Learner = "bob"
	create(t, s, asking)
}

// manyDue stores n bookings that are due, one a minute, of a learner each; the first
// half can't be read. It returns the ids of the others.
func manyDue(t *testing.T, s scheduling.Store, n int) (readable []scheduling.BookingID) {
	t.Helper()
	x := spoiler(t, s)
	for i := range n {
		b := create(t, s, dueAt(scheduling.BookingID(fmt.Sprintf("pb-%03d", i)), day(1).Add(time.Duration(i)*time.Minute)))
		if i < n/2 {
			x.SpoilBooking(b.ID)
		} else {
			readable = append(readable, b.ID)
		}
	}
	return readable
}

func unreadableClaim(t *testing.T, open opener) {
	for _, limit := range []int{1, 4, 100} {
		s := open(t)
		want := manyDue(t, s, 12)
		var got []scheduling.BookingID
		bad := map[scheduling.BookingID]bool{}
		for range 12/limit + 1 {
			claimed, err := s.Claim(t.Context(), scheduling.ClaimQuery{Owner: "worker-1", Now: day(11), Until: day(12), Limit: limit})
			got = append(got, ids(claimed)...)
			for _, e := range unreadableIn(t, err) {
				if bad[e.Booking] || e.Learner != "learner-of-"+scheduling.LearnerID(e.Booking) {
					t.Errorf("with limit %d: Claim named %s of %q, want each once, and its learner", limit, e.Booking, e.Learner)
				}
				bad[e.Booking] = true
			}
		}
		if !slices.Equal(got, want) || len(bad) != 6 {
			t.Errorf("with limit %d: claims returned %v and %d unreadable ones, want %v and 6", limit, got, len(bad), want)
		}
		again, err := s.Claim(t.Context(), scheduling.ClaimQuery{Owner: "worker-1", Now: day(12), Until: day(13), Limit: 100})
		if len(again) != 6 || len(unreadableIn(t, err)) != 6 {
			t.Errorf("with limit %d: the Claim after the leases = %v, %v; want all again", limit, ids(again), err)
		}
	}
}

// unreadableIn returns the UnreadableErrors that err joins, and fails if there is another.
func unreadableIn(t *testing.T, err error) (all []*scheduling.UnreadableError) {
	t.Helper()
	if err == nil {
		return nil
	}
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		t.Fatalf("error = %v, want one that joins an UnreadableError for each record", err)
	}
	for _, e := range joined.Unwrap() {
		bad, ok := errors.AsType[*scheduling.UnreadableError](e)
		if !ok {
			t.Fatalf("error = %v, want UnreadableErrors alone", e)
		}
		all = append(all, bad)
	}
	return all
}

func unreadableClaimIsFree(t *testing.T, open opener) {
	s := open(t)
	x := spoiler(t, s)
	create(t, s, dueAt("pb-1", day(1)))
	repair := x.SpoilBooking("pb-1")
	_, err := s.Claim(t.Context(), scheduling.ClaimQuery{Owner: "worker-1", Now: day(11), Until: day(12), Limit: 1})
	wantUnreadable(t, "Claim", err, scheduling.UnreadableError{Booking: "pb-1", Learner: "learner-of-pb-1"})
	repair()

	wantIDs(t, "Claim within the lease", claim(t, s, "worker-2", day(11), day(12), 1))
	b := get(t, s, "pb-1")
	if b.Lease.Owner != "" || !b.Lease.Until.Equal(day(12)) {
		t.Errorf("the lease is %+v, want one without an owner, for as long as was asked", b.Lease)
	}
	update(t, s, b)
}

func unreadableList(t *testing.T, open opener) {
	s := open(t)
	x := spoiler(t, s)
	want := numbered(t, s, 250)
	for _, i := range []int{0, 99, 100, 249} {
		x.SpoilBooking(want[i])
	}
	for after, from := range map[scheduling.BookingID]int{"": 0, "pb-099": 100} {
		var got []scheduling.BookingID
		for b, err := range s.List(t.Context(), scheduling.Filter{After: after}) {
			got = append(got, b.ID)
			if !slices.Contains([]scheduling.BookingID{"pb-000", "pb-099", "pb-100", "pb-249"}, b.ID) {
				wantError(t, "List", err, nil)
				continue
			}
			wantUnreadable(t, "List", err, scheduling.UnreadableError{Booking: b.ID, Learner: b.Learner})
			wantSame(t, "a listed booking that can't be read", b, scheduling.Booking{ID: b.ID, Learner: b.Learner})
		}
		if !slices.Equal(got, want[from:]) {
			t.Errorf("List after %q yielded %d bookings: %v, want all %d", after, len(got), got, len(want)-from)
		}
	}
	for b, err := range s.List(t.Context(), scheduling.Filter{Learner: "1"}) {
		if b.ID != "pb-001" || err != nil {
			t.Errorf("List of learner 1 yielded %s, %v; want pb-001 alone", b.ID, err)
		}
	}
}

func unreadableEvents(t *testing.T, open opener) {
	s := open(t)
	x := spoiler(t, s)
	b := booking("pb-1", "ada", finalExam("2027"))
	create(t, s, b, numberedEvents(b, 1, 5)...)
	whole := history(t, s)
	repair := x.SpoilEvent(whole[2].Cursor)
	for _, id := range []scheduling.BookingID{"", "pb-1"} {
		want := slices.Clone(whole)
		want[2] = scheduling.Event{Cursor: whole[2].Cursor, Booking: "pb-1", Learner: "ada"}
		got, err := s.Events(t.Context(), scheduling.EventQuery{Booking: id, Limit: 10})
		wantSame(t, "Events", got, want)
		if bad := unreadableIn(t, err); len(bad) != 1 {
			t.Fatalf("Events error = %v, want one UnreadableError", err)
		}
		wantUnreadable(t, "Events", err, scheduling.UnreadableError{Booking: "pb-1", Learner: "ada", Cursor: whole[2].Cursor})
		got, err = s.Events(t.Context(), scheduling.EventQuery{Booking: id, After: whole[2].Cursor, Limit: 10})
		wantError(t, "Events after the one that can't be read", err, nil)
		wantSame(t, "Events after the one that can't be read", got, whole[3:])
	}
	repair()
	wantSame(t, "Events after the repair", history(t, s), whole)
}

func unreadableLearner(t *testing.T, open opener) {
	s := open(t)
	x := spoiler(t, s)
	l := putLearner(t, s, scheduling.Learner{ID: "ada", Name: "Ada"})
	putLearner(t, s, scheduling.Learner{ID: "bob", Name: "Bob"})
	repair := x.SpoilLearner("ada")
	for _, version := range []int64{0, 1} {
		_, err := s.Learner(t.Context(), "ada", version)
		wantUnreadable(t, "Learner", err, scheduling.UnreadableError{Learner: "ada"})
	}
	_, err := s.Learner(t.Context(), "bob", 0)
	wantError(t, "Learner of another one", err, nil)
	repair()
	wantLearner(t, s, 0, l)
	x.SpoilLearner("ada")
	wantError(t, "Erase of a record that can't be read", s.Erase(t.Context(), "ada"), nil)
	_, err = s.Learner(t.Context(), "ada", 0)
	wantError(t, "Learner after Erase", err, scheduling.ErrNotFound)
}

func unreadableErase(t *testing.T, open opener) {
	s := open(t)
	x := spoiler(t, s)
	b := booking("pb-1", "ada", finalExam("2027"))
	e := event(b, scheduling.EventCancelRequested)
	e.Reason, e.By = "why", "who"
	create(t, s, b, e)
	l := putLearner(t, s, scheduling.Learner{ID: "ada", Name: "Ada"})
	before := contentOf(t, s)
	for what, spoil := range map[string]func() func(){
		"booking": func() func() { return x.SpoilBooking("pb-1") },
		"event":   func() func() { return x.SpoilEvent(before.Events[0].Cursor) },
	} {
		repair := spoil()
		_, ok := errors.AsType[*scheduling.UnreadableError](s.Erase(t.Context(), "ada"))
		repair()
		if !ok {
			t.Errorf("Erase over a %s that can't be read did not say so", what)
		}
		wantSame(t, "the store after the refused Erase", contentOf(t, s), before)
		wantLearner(t, s, 0, l)
	}
}
