package storetest

import (
	"testing"

	"github.com/proctorbook/proctorbook/scheduling"
)

var updatePromises = []promise{
	{"Update returns the booking with the next Version", updateRaisesVersion},
	{"Update appends the events of its transaction, with its Version", updateAppendsEvents},
	{"Update from another Version is ErrConflict, and changes nothing", updateConflict},
	{"Update of an unknown booking is ErrNotFound, and stores nothing", updateUnknown},
	{"Update to a terminal state makes room for another active booking", updateMakesRoom},
	{"Update to active beside another active booking is ErrAlreadyBooked, and changes nothing", updateBesideActive},
	{"Update between active states keeps the place", updateKeepsPlace},
	{"Update to another exam gives up the place at the old one", updateToOtherExam},
}

func updateRaisesVersion(t *testing.T, open opener) {
	s := open(t)
	b := create(t, s, booking("pb-1", "ada", finalExam("2027")))
	for version := int64(2); version <= 4; version++ {
		b.Generation++

		got := update(t, s, b)

		b.Version = version
		wantSame(t, "Update", got, b)
		wantSame(t, "Get after Update", get(t, s, "pb-1"), b)
	}
}

func updateAppendsEvents(t *testing.T, open opener) {
	s := open(t)
	b := create(t, s, booking("pb-1", "ada", finalExam("2027")), event(booking("pb-1", "ada", finalExam("2027")), scheduling.EventRequested))
	b = update(t, s, b) // a change without an event
	b.State = scheduling.StateScheduled
	adopted, retry := event(b, scheduling.EventAdopted), event(b, scheduling.EventRetry)
	adopted.Version = 77

	update(t, s, b, adopted, retry)

	got := history(t, s)
	if len(got) != 3 {
		t.Fatalf("there are %d events after a Create with one and an Update with two, want 3", len(got))
	}
	for i, want := range []scheduling.Event{adopted, retry} {
		want.Cursor, want.Version = got[i+1].Cursor, 3
		wantSame(t, "event", got[i+1], want)
	}
}

func updateConflict(t *testing.T, open opener) {
	s := open(t)
	first := create(t, s, booking("pb-1", "ada", finalExam("2027")))
	second := update(t, s, first)
	create(t, s, inState(booking("pb-2", "ada", finalExam("2027")), scheduling.StateCanceled))
	before := contentOf(t, s)

	for name, version := range map[string]int64{"an older": first.Version, "no": 0, "a later": second.Version + 1} {
		b := second
		b.Version, b.Generation = version, 99
		b.State = scheduling.StateCanceled
		_, err := s.Update(t.Context(), b, event(b, scheduling.EventCanceled))
		wantError(t, "Update from "+name+" version", err, scheduling.ErrConflict)
	}
	// The version is checked first: a caller with an old version knows nothing reliable about the other rules.
	b := booking("pb-2", "ada", finalExam("2027"))
	b.Version = 5
	_, err := s.Update(t.Context(), b)
	wantError(t, "Update to active from a wrong version", err, scheduling.ErrConflict)

	wantSame(t, "the store after the refusals", contentOf(t, s), before)
}

func updateUnknown(t *testing.T, open opener) {
	s := open(t)
	create(t, s, booking("pb-1", "ada", finalExam("2027")))
	before := contentOf(t, s)

	for _, version := range []int64{0, 1} {
		b := booking("pb-2", "bob", finalExam("2027"))
		b.Version = version
		_, err := s.Update(t.Context(), b, event(b, scheduling.EventSent))
		wantError(t, "Update of an unknown booking", err, scheduling.ErrNotFound)
	}

	wantSame(t, "the store after the refusals", contentOf(t, s), before)
}

func updateMakesRoom(t *testing.T, open opener) {
	s := open(t)
	exam := finalExam("2027")
	for _, state := range terminalStates {
		b := create(t, s, booking("pb-"+scheduling.BookingID(state), "ada", exam)) // needs the room that the last one made
		update(t, s, inState(b, state))
		_, err := s.Active(t.Context(), "ada", exam.Key())
		wantError(t, "Active after the booking turned "+string(state), err, scheduling.ErrNotFound)
	}
}

func updateBesideActive(t *testing.T, open opener) {
	s := open(t)
	ended := create(t, s, inState(booking("pb-1", "ada", finalExam("2027")), scheduling.StateCanceled))
	elsewhere := create(t, s, booking("pb-2", "ada", otherExam()))
	active := create(t, s, booking("pb-3", "ada", finalExam("2027")))
	before := contentOf(t, s)

	for _, state := range activeStates {
		b := ended
		b.State = state
		_, err := s.Update(t.Context(), b, event(b, scheduling.EventAdopted))
		wantError(t, "Update of a canceled booking to "+string(state), err, scheduling.ErrAlreadyBooked)
	}
	b := elsewhere
	b.Exam = active.Exam
	_, err := s.Update(t.Context(), b, event(b, scheduling.EventAdopted))
	wantError(t, "Update of an active booking to the exam of another one", err, scheduling.ErrAlreadyBooked)
	wantSame(t, "the store after the refusals", contentOf(t, s), before)

	update(t, s, inState(active, scheduling.StateCanceled))
	ended.State = scheduling.StateScheduled
	got := update(t, s, ended) // now there is room, and the refusals left its Version alone
	if got.Version != 2 {
		t.Errorf("Update after refusals returned Version %d, want 2", got.Version)
	}
}

func updateKeepsPlace(t *testing.T, open opener) {
	s := open(t)
	exam := finalExam("2027")
	b := create(t, s, booking("pb-1", "ada", exam))
	for _, state := range activeStates {
		b = update(t, s, inState(b, state))

		got, err := s.Active(t.Context(), "ada", exam.Key())
		wantError(t, "Active", err, nil)
		wantSame(t, "Active", got, b)
		_, err = s.Create(t.Context(), booking("pb-2", "ada", exam))
		wantError(t, "Create beside the "+string(state)+" booking", err, scheduling.ErrAlreadyBooked)
	}
}

func updateToOtherExam(t *testing.T, open opener) {
	s := open(t)
	b := create(t, s, booking("pb-1", "ada", finalExam("2027")))
	b.Exam = otherExam()
	b.Intent.Want = startOf(b.Exam)

	b = update(t, s, b)

	_, err := s.Active(t.Context(), "ada", finalExam("2027").Key())
	wantError(t, "Active of the old exam", err, scheduling.ErrNotFound)
	got, err := s.Active(t.Context(), "ada", otherExam().Key())
	wantError(t, "Active of the new exam", err, nil)
	wantSame(t, "Active of the new exam", got, b)
	create(t, s, booking("pb-2", "ada", finalExam("2027")))
}
