package storetest

import (
	"testing"

	"github.com/proctorbook/proctorbook/scheduling"
)

var (
	activeStates = []scheduling.State{
		scheduling.StatePending, scheduling.StateScheduled, scheduling.StateBegun, scheduling.StateUnlocked,
	}
	terminalStates = []scheduling.State{
		scheduling.StateFinished, scheduling.StateCanceled, scheduling.StateNoShow, scheduling.StateFailed,
	}
)

var createPromises = []promise{
	{"Create gives Version 1, whatever the caller set", createGivesVersionOne},
	{"Create appends the events of its transaction, in order", createAppendsEvents},
	{"Create beside an active booking of the learner and exam is ErrAlreadyBooked, and stores nothing", createBesideActive},
	{"Create beside terminal bookings of the learner and exam is allowed", createBesideTerminal},
	{"Create of a terminal booking beside an active one is allowed", createTerminalBesideActive},
	{"Create with a taken ID is ErrConflict, and stores nothing", createTakenID},
	{"Create for another learner, exam, or run of the course is allowed", createForOthers},
	{"Create takes keys and IDs of the greatest length", createLongest},
}

func createGivesVersionOne(t *testing.T, open opener) {
	s := open(t)
	b := booking("pb-1", "ada", finalExam("2027"))
	b.Version = 77

	got := create(t, s, b)

	if got.Version != 1 {
		t.Errorf("Create returned Version %d, want 1", got.Version)
	}
	wantSame(t, "Get after Create", get(t, s, "pb-1"), got)
}

func createAppendsEvents(t *testing.T, open opener) {
	s := open(t)
	b := booking("pb-1", "ada", finalExam("2027"))
	requested, sent := event(b, scheduling.EventRequested), event(b, scheduling.EventSent)
	requested.Cursor, requested.Version = "the caller's", 77

	create(t, s, b, requested, sent)

	got := history(t, s)
	if len(got) != 2 {
		t.Fatalf("there are %d events after a Create with two, want 2", len(got))
	}
	for i, want := range []scheduling.Event{requested, sent} {
		want.Cursor, want.Version = got[i].Cursor, 1
		wantSame(t, "event", got[i], want)
	}
	if got[0].Cursor == "the caller's" {
		t.Error("the event has the caller's cursor: the store must set it")
	}
	if requested.Cursor != "the caller's" {
		t.Error("Create changed the caller's event")
	}
}

func createBesideActive(t *testing.T, open opener) {
	s := open(t)
	exams := map[scheduling.State]scheduling.Exam{} // one exam a state
	for _, state := range activeStates {
		exams[state] = finalExam(string(state))
		create(t, s, inState(booking("pb-"+scheduling.BookingID(state), "ada", exams[state]), state))
	}
	before := contentOf(t, s)

	for _, held := range activeStates {
		for _, state := range activeStates {
			b := inState(booking("pb-second", "ada", exams[held]), state)

			_, err := s.Create(t.Context(), b, event(b, scheduling.EventRequested))

			wantError(t, "Create of a "+string(state)+" booking beside a "+string(held)+" one", err, scheduling.ErrAlreadyBooked)
		}
	}

	wantSame(t, "the store after the refusals", contentOf(t, s), before)
	_, err := s.Get(t.Context(), "pb-second")
	wantError(t, "Get of the refused booking", err, scheduling.ErrNotFound)
}

func createBesideTerminal(t *testing.T, open opener) {
	s := open(t)
	for _, state := range terminalStates {
		create(t, s, inState(booking("pb-"+scheduling.BookingID(state), "ada", finalExam("2027")), state))
	}
	create(t, s, booking("pb-again", "ada", finalExam("2027")))
}

func createTerminalBesideActive(t *testing.T, open opener) {
	s := open(t)
	active := create(t, s, booking("pb-active", "ada", finalExam("2027")))
	for _, state := range terminalStates {
		create(t, s, inState(booking("pb-"+scheduling.BookingID(state), "ada", finalExam("2027")), state))
	}

	got, err := s.Active(t.Context(), "ada", active.Exam.Key())

	wantError(t, "Active", err, nil)
	wantSame(t, "Active", got, active)
}

func createTakenID(t *testing.T, open opener) {
	s := open(t)
	create(t, s, booking("pb-1", "ada", finalExam("2027")))
	create(t, s, inState(booking("pb-2", "ada", finalExam("2027")), scheduling.StateCanceled))
	before := contentOf(t, s)

	for _, id := range []scheduling.BookingID{"pb-1", "pb-2"} {
		b := booking(id, "bob", otherExam())

		_, err := s.Create(t.Context(), b, event(b, scheduling.EventRequested))

		wantError(t, "Create with the taken ID "+string(id), err, scheduling.ErrConflict)
	}

	wantSame(t, "the store after the refusals", contentOf(t, s), before)
	create(t, s, booking("pb-3", "bob", otherExam())) // the refused one holds no place
}

func createForOthers(t *testing.T, open opener) {
	s := open(t)
	create(t, s, booking("pb-1", "ada", finalExam("2027")))
	create(t, s, booking("pb-2", "bob", finalExam("2027")))
	create(t, s, booking("pb-3", "ada", otherExam()))
	create(t, s, booking("pb-4", "ada", finalExam("2028"))) // the same block in the next run
	// Keys and ids are told apart to the letter, whatever a database's collation says.
	create(t, s, booking("pb-5", "Ada", finalExam("2027")))
	create(t, s, booking("pb-6", "adá", finalExam("2027")))
	create(t, s, booking("pb-7", "ada", finalExam("2027a")))
	create(t, s, booking("pb-8", "ada", finalExam("2027A")))

	for id, learner := range map[scheduling.BookingID]scheduling.LearnerID{"pb-1": "ada", "pb-5": "Ada", "pb-6": "adá"} {
		got, err := s.Active(t.Context(), learner, finalExam("2027").Key())
		wantError(t, "Active", err, nil)
		wantIDs(t, "Active of "+string(learner), []scheduling.Booking{got}, id)
		wantIDs(t, "List of "+string(learner), list(t, s, scheduling.Filter{Learner: learner, Exam: finalExam("2027").Key()}), id)
	}
}

func createLongest(t *testing.T, open opener) {
	s := open(t)
	id := scheduling.BookingID("pb-0123456789-0123456789-0123456789-0123456789-012")
	if len(id) != 50 {
		t.Fatalf("the ID has %d characters, want the limit of 50", len(id))
	}
	stored := create(t, s, booking(id, "ada", longExam()))

	got, err := s.Active(t.Context(), "ada", longExam().Key())

	wantError(t, "Active", err, nil)
	wantSame(t, "Active", got, stored)
}
