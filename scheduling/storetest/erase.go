package storetest

import (
	"testing"

	"github.com/proctorbook/proctorbook/scheduling"
)

var erasePromises = []promise{
	{"Erase removes every version of the learner's record", eraseRecords},
	{"Erase empties Reason and By in the learner's intents and wishes, and the provider's words, and nothing else", eraseBookings},
	{"Erase empties Reason and By in the learner's events, and nothing else", eraseEvents},
	{"Erase leaves other learners alone", eraseOne},
	{"Erase of an unknown learner is no error", eraseUnknown},
	{"Erase can't be undone by a writer that read before it", eraseStays},
	{"PutLearner stores an erased learner anew", eraseAndPut},
	{"PutLearner made from before Erase is ErrConflict, also when the learner is there anew", eraseAndPutAgain},
}

func erase(t *testing.T, s scheduling.Store, id scheduling.LearnerID) {
	t.Helper()
	if err := s.Erase(t.Context(), id); err != nil {
		t.Fatalf("Erase(%s) error = %v, want none", id, err)
	}
}

// wordy stores an active and a terminal booking of the learner, both with all
// that Erase empties, and two versions of the learner's record.
func wordy(t *testing.T, s scheduling.Store, prefix scheduling.BookingID, learner scheduling.LearnerID) {
	t.Helper()
	for _, state := range []scheduling.State{scheduling.StateBegun, scheduling.StateCanceled} {
		b := fullBooking(prefix + "-" + scheduling.BookingID(state))
		b.Learner, b.State = learner, state
		create(t, s, b, fullEvent(b), event(b, scheduling.EventSent))
	}
	l := fullLearner(learner)
	l.Version = 0
	putLearner(t, s, putLearner(t, s, l))
}

func eraseRecords(t *testing.T, open opener) {
	s := open(t)
	wordy(t, s, "pb-1", "ada")

	erase(t, s, "ada")

	for _, version := range []int64{0, 1, 2} {
		_, err := s.Learner(t.Context(), "ada", version)
		wantError(t, "Learner after Erase", err, scheduling.ErrNotFound)
	}
}

func eraseBookings(t *testing.T, open opener) {
	s := open(t)
	wordy(t, s, "pb-1", "ada")
	wordless := booking("pb-2", "ada", otherExam())
	wordless.Intent = nil
	create(t, s, wordless)
	before := list(t, s, scheduling.Filter{})

	erase(t, s, "ada")

	after := list(t, s, scheduling.Filter{})
	if len(after) != len(before) {
		t.Fatalf("there are %d bookings after Erase, want all %d", len(after), len(before))
	}
	for i, want := range before {
		if want.Intent != nil {
			want.Intent.Reason, want.Intent.By = "", ""
			want.Wish.Reason, want.Wish.By = "", ""
			want.Memory.Troubles[0].Words = ""
		}
		want.Version = after[i].Version // may grow: see eraseStays
		wantSame(t, "booking "+string(want.ID)+" after Erase", after[i], want)
	}
}

func eraseEvents(t *testing.T, open opener) {
	s := open(t)
	wordy(t, s, "pb-1", "ada")
	want := history(t, s)

	erase(t, s, "ada")

	for i := range want {
		want[i].Reason, want[i].By = "", ""
	}
	wantSame(t, "the events after Erase", history(t, s), want) // the cursors are the same too
}

func eraseOne(t *testing.T, open opener) {
	s := open(t)
	wordy(t, s, "pb-1", "ada")
	wordy(t, s, "pb-2", "Ada")
	before := contentOf(t, s)

	for _, id := range []scheduling.LearnerID{"ad", "ADA", "", "%"} {
		erase(t, s, id)
	}

	wantSame(t, "the store after Erase of others", contentOf(t, s), before)
	for _, id := range []scheduling.LearnerID{"ada", "Ada"} {
		want := fullLearner(id)
		wantLearner(t, s, 1, want)
		want.Version = 2
		wantLearner(t, s, 0, want)
	}
	erase(t, s, "ada")
	before.Bookings = list(t, s, scheduling.Filter{Learner: "Ada"})
	for _, b := range before.Bookings {
		if b.Version != 1 || b.Intent.Reason == "" || b.Wish.By == "" {
			t.Errorf("booking %s of another learner lost its words, or changed its Version", b.ID)
		}
	}
	for _, e := range history(t, s) {
		if e.Learner == "Ada" && e.Type == scheduling.EventMoved && (e.Reason == "" || e.By == "") {
			t.Errorf("an event of another learner lost its words")
		}
	}
}

func eraseUnknown(t *testing.T, open opener) {
	s := open(t)
	erase(t, s, "nobody")
	wordy(t, s, "pb-1", "ada")
	erase(t, s, "ada")
	before := contentOf(t, s)
	erase(t, s, "ada")
	after := contentOf(t, s)
	wantSame(t, "the events after a second Erase", after.Events, before.Events)
	wantIDs(t, "the bookings after a second Erase", after.Bookings, ids(before.Bookings)...)
}

func eraseStays(t *testing.T, open opener) {
	s := open(t)
	wordy(t, s, "pb-1", "ada")
	b := get(t, s, "pb-1-begun")
	l, err := s.Learner(t.Context(), "ada", 0)
	wantError(t, "Learner", err, nil)

	erase(t, s, "ada")

	_, err = s.Update(t.Context(), b)
	wantError(t, "Update with the words from before Erase", err, scheduling.ErrConflict)
	_, err = s.PutLearner(t.Context(), l)
	wantError(t, "PutLearner with the record from before Erase", err, scheduling.ErrConflict)
	update(t, s, get(t, s, b.ID))
}

func eraseAndPut(t *testing.T, open opener) {
	s := open(t)
	wordy(t, s, "pb-1", "ada")
	erase(t, s, "ada")

	l := putLearner(t, s, scheduling.Learner{ID: "ada", Name: "Ada again"})

	if l.Name != "Ada again" || l.Version < 1 {
		t.Errorf("PutLearner after Erase returned version %d, want the new record with a version", l.Version)
	}
	wantLearner(t, s, 0, l)
	wantLearner(t, s, l.Version, l)
}

// eraseAndPutAgain has a slow writer, which would bring back what was erased if
// versions began again at 1.
func eraseAndPutAgain(t *testing.T, open opener) {
	s := open(t)
	before := putLearner(t, s, scheduling.Learner{ID: "ada", Name: "Ada"})
	erase(t, s, "ada")
	erase(t, s, "ada")
	anew := putLearner(t, s, scheduling.Learner{ID: "ada", Name: "Ada again"})

	_, err := s.PutLearner(t.Context(), before)

	wantError(t, "PutLearner with the record from before Erase", err, scheduling.ErrConflict)
	_, err = s.Learner(t.Context(), "ada", before.Version)
	wantError(t, "Learner of a version from before Erase", err, scheduling.ErrNotFound)
	wantLearner(t, s, 0, anew)
	anew.Name = "Ada B."
	newest := putLearner(t, s, anew)
	if newest.Version != anew.Version+1 {
		t.Errorf("PutLearner after it returned version %d, want %d", newest.Version, anew.Version+1)
	}
}
