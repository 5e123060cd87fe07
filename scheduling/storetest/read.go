package storetest

import (
	"fmt"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/scheduling"
)

var activePromises = []promise{
	{"Get of an unknown booking is ErrNotFound", getUnknown},
	{"Active finds bookings in active states alone", activeStatesOnly},
	{"Active tells learners, exams, and runs of a course apart", activeTellsApart},
}

var roundTripPromises = []promise{
	{"every field of a booking comes back, instants in UTC and cut to microseconds", bookingComesBack},
	{"a booking with nothing but its keys comes back as empty as it was", emptyBookingComesBack},
	{"each flag of a booking comes back as itself", flagsComeBack},
	{"long lists of a booking come back", longListsComeBack},
	{"every field of an event comes back, instants in UTC and cut to microseconds", eventComesBack},
}

func getUnknown(t *testing.T, open opener) {
	s := open(t)
	create(t, s, booking("pb-1", "ada", finalExam("2027")))
	for _, id := range []scheduling.BookingID{"", "pb", "pb-2", "PB-1", "pb-%", "pb-1\x00", "pb-1\xff", "\x00"} {
		_, err := s.Get(t.Context(), id)
		wantError(t, fmt.Sprintf("Get(%q)", id), err, scheduling.ErrNotFound)
		if id == "" {
			continue // of events it chooses all
		}
		events, err := s.Events(t.Context(), scheduling.EventQuery{Booking: id, Limit: 9})
		wantError(t, fmt.Sprintf("Events of %q", id), err, nil)
		if len(events) > 0 {
			t.Errorf("Events of %q = %d, want none", id, len(events))
		}
	}
	for _, id := range []scheduling.LearnerID{"nobody", "ada\x00", "ada\xff"} {
		_, err := s.Learner(t.Context(), id, 0)
		wantError(t, fmt.Sprintf("Learner(%q)", id), err, scheduling.ErrNotFound)
		for _, err := range s.List(t.Context(), scheduling.Filter{Learner: id}) {
			t.Errorf("List of %q yields a booking, error %v", id, err)
		}
	}
}

func activeStatesOnly(t *testing.T, open opener) {
	s := open(t)
	for _, state := range append(activeStates[:len(activeStates):len(activeStates)], terminalStates...) {
		exam := finalExam(string(state))
		stored := create(t, s, inState(booking("pb-"+scheduling.BookingID(state), "ada", exam), state))

		got, err := s.Active(t.Context(), "ada", exam.Key())

		if !state.Active() {
			wantError(t, "Active of a "+string(state)+" booking", err, scheduling.ErrNotFound)
			continue
		}
		wantError(t, "Active of a "+string(state)+" booking", err, nil)
		wantSame(t, "Active", got, stored)
	}
}

func activeTellsApart(t *testing.T, open opener) {
	s := open(t)
	create(t, s, booking("pb-1", "ada", finalExam("2027")))
	for name, key := range map[string]struct {
		learner scheduling.LearnerID
		exam    scheduling.Exam
	}{
		"another learner":            {"bob", finalExam("2027")},
		"a learner in other letters": {"ADA", finalExam("2027")},
		"another exam":               {"ada", otherExam()},
		"another run":                {"ada", finalExam("2028")},
		"no learner":                 {"", finalExam("2027")},
		"no exam":                    {"ada", scheduling.Exam{}},
	} {
		_, err := s.Active(t.Context(), key.learner, key.exam.Key())
		wantError(t, "Active of "+name, err, scheduling.ErrNotFound)
	}
}

func bookingComesBack(t *testing.T, open opener) {
	s := open(t)
	want := fullBooking("pb-1")
	for _, problem := range weak(&want) {
		t.Errorf("the suite's own full booking: Booking%s", problem)
	}

	wantSame(t, "Create", create(t, s, want), want)

	readEverywhere(t, s, want)
	want.Version = 2
	changed := fullBooking("pb-1") // the same once more, over what is there
	wantSame(t, "Update", update(t, s, changed), want)
	readEverywhere(t, s, want)
}

// readEverywhere reads the active booking by every method that finds it.
func readEverywhere(t *testing.T, s scheduling.Store, want scheduling.Booking) {
	t.Helper()
	wantSame(t, "Get", get(t, s, want.ID), want)
	got, err := s.Active(t.Context(), want.Learner, want.Exam.Key())
	wantError(t, "Active", err, nil)
	wantSame(t, "Active", got, want)
	wantSame(t, "List", list(t, s, scheduling.Filter{}), []scheduling.Booking{want})
}

func emptyBookingComesBack(t *testing.T, open opener) {
	s := open(t)
	exam := finalExam("2027")
	b := scheduling.Booking{ID: "pb-1", Version: 1, Learner: "ada", Exam: exam, State: scheduling.StateFailed}

	wantSame(t, "Create", create(t, s, b), b)
	wantSame(t, "Get", get(t, s, "pb-1"), b)

	// A full one that loses everything again is as empty.
	full := fullBooking("pb-2")
	create(t, s, full)
	b.ID = "pb-2"
	update(t, s, b)
	b.Version = 2
	wantSame(t, "Get after Update", get(t, s, "pb-2"), b)
}

func flagsComeBack(t *testing.T, open opener) {
	s := open(t)
	sample := fullBooking("")
	for i := range bools(&sample) {
		b := fullBooking(scheduling.BookingID(fmt.Sprintf("pb-%d", i)))
		b.State = scheduling.StateCanceled
		for j, flag := range bools(&b) {
			flag.SetBool(i == j)
		}

		create(t, s, b)

		wantSame(t, "Get", get(t, s, b.ID), b)
	}
}

func longListsComeBack(t *testing.T, open opener) {
	s := open(t)
	b := booking("pb-1", "ada", finalExam("2027"))
	for i := range 300 {
		b.Memory.StartsSent = append(b.Memory.StartsSent, day(11).Add(time.Duration(i)*time.Minute))
		b.Memory.Dead = append(b.Memory.Dead, proctoru.ReservationNo(fmt.Sprint(100_000_000+i)))
	}
	b.Version = 1

	create(t, s, b)

	wantSame(t, "Get", get(t, s, "pb-1"), b)
}

func eventComesBack(t *testing.T, open opener) {
	s := open(t)
	b := booking("pb-1", "ada", finalExam("2027"))
	b.Version = 1
	full := fullEvent(b)
	for _, problem := range weak(&full) {
		t.Errorf("the suite's own full event: Event%s", problem)
	}
	empty := scheduling.Event{Version: 1, Booking: b.ID, Learner: b.Learner, At: day(1), Type: scheduling.EventSent, State: b.State}

	create(t, s, b, full, empty)

	got := history(t, s)
	if len(got) != 2 {
		t.Fatalf("there are %d events after a Create with two, want 2", len(got))
	}
	full.Cursor, empty.Cursor = got[0].Cursor, got[1].Cursor
	wantSame(t, "Events", got, []scheduling.Event{full, empty})
}
