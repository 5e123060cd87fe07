package storetest

import (
	"testing"

	"github.com/proctorbook/proctorbook/scheduling"
)

var memoryPromises = []promise{
	{"a store shares no memory with what Create was given or returned", createSharesNothing},
	{"a store shares no memory with what Update was given or returned", updateSharesNothing},
	{"a store shares no memory with what Get, Active, Claim and List return", readsShareNothing},
	{"a store shares no memory with the events that it was given or returned", eventsShareNothing},
	{"a store shares no memory with the learners that it was given or returned", learnersShareNothing},
}

func createSharesNothing(t *testing.T, open opener) {
	s := open(t)
	given, want := fullBooking("pb-1"), fullBooking("pb-1")
	returned := create(t, s, given)

	scramble(&given)
	wantSame(t, "Get after the caller changed what it gave to Create", get(t, s, "pb-1"), want)
	wantSame(t, "what Create returned, after the caller changed what it gave", returned, want)
	scramble(&returned)
	wantSame(t, "Get after the caller changed what Create returned", get(t, s, "pb-1"), want)
}

func updateSharesNothing(t *testing.T, open opener) {
	s := open(t)
	given, want := fullBooking("pb-1"), fullBooking("pb-1")
	want.Version = 2
	create(t, s, fullBooking("pb-1"))
	returned := update(t, s, given)

	scramble(&given)
	wantSame(t, "Get after the caller changed what it gave to Update", get(t, s, "pb-1"), want)
	wantSame(t, "what Update returned, after the caller changed what it gave", returned, want)
	scramble(&returned)
	wantSame(t, "Get after the caller changed what Update returned", get(t, s, "pb-1"), want)
}

func readsShareNothing(t *testing.T, open opener) {
	s := open(t)
	create(t, s, fullBooking("pb-1"))
	farOff := fullBooking("").DueAt.AddDate(1, 0, 0)
	claimed := claim(t, s, "worker-2", farOff, farOff.AddDate(0, 0, 1), 1)
	if len(claimed) != 1 {
		t.Fatalf("Claim returned %d bookings, want the one that is due", len(claimed))
	}
	want := get(t, s, "pb-1")

	reads := map[string]func() scheduling.Booking{
		"Claim": func() scheduling.Booking { return claimed[0] },
		"Get":   func() scheduling.Booking { return get(t, s, "pb-1") },
		"List": func() scheduling.Booking {
			for b, err := range s.List(t.Context(), scheduling.Filter{}) {
				wantError(t, "List", err, nil)
				return b
			}
			return scheduling.Booking{}
		},
		"Active": func() scheduling.Booking {
			b, err := s.Active(t.Context(), want.Learner, want.Exam.Key())
			wantError(t, "Active", err, nil)
			return b
		},
	}
	for name, read := range reads {
		returned := read()
		scramble(&returned)
		// A clean copy: want itself must not be what the store shares.
		clean := fullBooking("pb-1")
		clean.Version, clean.Lease = want.Version, want.Lease
		wantSame(t, "Get after the caller changed what "+name+" returned", get(t, s, "pb-1"), clean)
	}
}

func eventsShareNothing(t *testing.T, open opener) {
	s := open(t)
	b := booking("pb-1", "ada", finalExam("2027"))
	given := []scheduling.Event{event(b, scheduling.EventRequested), event(b, scheduling.EventSent)}
	unchanged := []scheduling.Event{given[0], given[1]}

	create(t, s, b, given...)

	wantSame(t, "the events given to Create", given, unchanged)
	want := history(t, s)
	given[0], given[1] = scheduling.Event{}, scheduling.Event{}
	wantSame(t, "Events after the caller changed what it gave to Create", history(t, s), want)
	returned := eventsOf(t, s, scheduling.EventQuery{Limit: 10})
	kept := []scheduling.Event{returned[0], returned[1]}
	returned[0], returned[1] = scheduling.Event{}, scheduling.Event{}
	wantSame(t, "Events after the caller changed what Events returned", history(t, s), kept)
}

func learnersShareNothing(t *testing.T, open opener) {
	s := open(t)
	given, want := fullLearner("4711"), fullLearner("4711")
	given.Version = 0
	returned := putLearner(t, s, given)

	scramble(&given)
	wantLearner(t, s, 0, want)
	wantSame(t, "what PutLearner returned, after the caller changed what it gave", returned, want)
	scramble(&returned)
	wantLearner(t, s, 1, want)
	read, err := s.Learner(t.Context(), "4711", 0)
	wantError(t, "Learner", err, nil)
	scramble(&read)
	wantLearner(t, s, 1, fullLearner("4711"))
}
