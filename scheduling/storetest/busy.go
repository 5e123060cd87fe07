package storetest

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/scheduling"
)

var busyPromises = []promise{
	{"Create of an ask that overlaps another exam of the learner is a *LearnerBusyError, and stores nothing", createBesideSitting},
	{"Create of an ask beside what takes no time of the learner is allowed", createBesideNothing},
	{"Create of a proven start is allowed, whatever it overlaps", createOfFact},
	{"Update that asks for a start that overlaps another exam is a *LearnerBusyError, and changes nothing", updateBesideSitting},
	{"Update that asks for nothing anew is allowed, whatever it overlaps", updateOfFact},
	{"Update never meets the booking's own sittings", updateBesideItself},
	{"of many concurrent Creates that overlap one wins", oneSittingWins},
	{"of many concurrent Creates and Updates that overlap one wins", oneAskWins},
}

// examNo returns the nth exam of a learner with many. A sitting takes 90 minutes.
func examNo(n int) scheduling.Exam { return finalExam(fmt.Sprint(n)) }

// asking returns a booking of the nth exam that asks for the start.
func asking(id scheduling.BookingID, n int, start time.Time) scheduling.Booking {
	b := booking(id, "ada", examNo(n))
	b.Intent.Want = start
	return b
}

// standing returns a scheduled booking of the nth exam.
func standing(id scheduling.BookingID, n int, start time.Time) scheduling.Booking {
	b := inState(asking(id, n, start), scheduling.StateScheduled)
	b.Start = start
	return b
}

// moving returns the booking with an open move to the start, after so many sends.
func moving(b scheduling.Booking, start time.Time, sends int) scheduling.Booking {
	b.Intent = &scheduling.Intent{Op: scheduling.OpMove, Want: start, Requested: day(2), Deadline: day(3), Attempt: sends}
	b.Generation++
	return b
}

// wishing returns the booking with a queued move to the start.
func wishing(b scheduling.Booking, start time.Time) scheduling.Booking {
	b.Wish = &scheduling.Wish{Op: scheduling.OpMove, Want: start, Requested: day(2)}
	return b
}

// holder is a learner with one booking, pb-held and the learner's id, which takes
// the time from day(12) on.
type holder struct {
	learner scheduling.LearnerID
	how     string
	held    scheduling.Booking
}

// holders stores a learner for each way in which a booking takes time.
func holders(t *testing.T, s scheduling.Store) []holder {
	t.Helper()
	sent := asking("pb-held", 1, day(12))
	sent.Intent.Attempt = 3
	canceling := standing("pb-held", 1, day(12))
	canceling.Intent = &scheduling.Intent{Op: scheduling.OpCancel, Requested: day(2), Deadline: day(3), Attempt: 1}
	all := []holder{
		{how: "an open reserve", held: asking("pb-held", 1, day(12))},
		{how: "a reserve that was sent", held: sent},
		{how: "a proven start", held: standing("pb-held", 1, day(12))},
		{how: "a session that has begun", held: inState(standing("pb-held", 1, day(12)), scheduling.StateBegun)},
		{how: "an unlocked session", held: inState(standing("pb-held", 1, day(12)), scheduling.StateUnlocked)},
		{how: "an open move to it", held: moving(standing("pb-held", 1, day(14)), day(12), 1)},
		{how: "an open move away from it", held: moving(standing("pb-held", 1, day(12)), day(14), 1)},
		{how: "a queued move to it", held: wishing(moving(standing("pb-held", 1, day(14)), day(15), 1), day(12))},
		{how: "an open cancel", held: canceling},
	}
	for i := range all {
		h := &all[i]
		h.learner = scheduling.LearnerID(fmt.Sprintf("ada-%d", i))
		h.held = create(t, s, h.of(h.held))
	}
	return all
}

// of makes the booking one of the holder's.
func (h holder) of(b scheduling.Booking) scheduling.Booking {
	b.ID, b.Learner = b.ID+"-"+scheduling.BookingID(h.learner), h.learner
	return b
}

// wantBusy fails if err does not name the booking in the way.
func wantBusy(t *testing.T, what string, err error, by scheduling.BookingID) {
	t.Helper()
	wantError(t, what, err, scheduling.ErrLearnerBusy)
	if busy, ok := errors.AsType[*scheduling.LearnerBusyError](err); ok && busy.BookingID != by {
		t.Errorf("%s names %q as the booking in the way, want %q", what, busy.BookingID, by)
	}
}

func createBesideSitting(t *testing.T, open opener) {
	s := open(t)
	all := holders(t, s)
	before := contentOf(t, s)
	for _, h := range all {
		for _, start := range []time.Time{day(12), day(12).Add(90*time.Minute - time.Microsecond), day(12).Add(time.Microsecond - 90*time.Minute)} {
			b := h.of(asking("pb-second", 2, start))
			_, err := s.Create(t.Context(), b, event(b, scheduling.EventRequested))
			wantBusy(t, fmt.Sprintf("Create at %s beside %s", start, h.how), err, h.held.ID)
			_, err = s.Create(t.Context(), b) // without an event it is no less refused
			wantBusy(t, fmt.Sprintf("Create without an event at %s beside %s", start, h.how), err, h.held.ID)
			b.Intent.Attempt = 1 // the first send is noted with the operation
			_, err = s.Create(t.Context(), b)
			wantBusy(t, fmt.Sprintf("Create that is sent, at %s beside %s", start, h.how), err, h.held.ID)
		}
	}
	wantSame(t, "the store after the refusals", contentOf(t, s), before)
	_, err := s.Get(t.Context(), all[0].of(asking("pb-second", 2, day(12))).ID)
	wantError(t, "Get of the refused booking", err, scheduling.ErrNotFound)
	longSittings(t, s)
}

// longSittings looks at the bookings' own durations: not at those of their exams.
func longSittings(t *testing.T, s scheduling.Store) {
	t.Helper()
	held := standing("pb-held", 1, day(12))
	held.Duration = 3 * time.Hour
	create(t, s, held)
	_, err := s.Create(t.Context(), asking("pb-second", 2, day(12).Add(2*time.Hour)))
	wantBusy(t, "Create within the time that an accommodation adds to another exam", err, "pb-held")
	long := asking("pb-second", 2, day(12).Add(-2*time.Hour))
	long.Duration = 150 * time.Minute
	_, err = s.Create(t.Context(), long)
	wantBusy(t, "Create whose own time an accommodation makes longer", err, "pb-held")
}

func createBesideNothing(t *testing.T, open opener) {
	s := open(t)
	for _, h := range holders(t, s) {
		create(t, s, h.of(asking("pb-after", 2, day(12).Add(90*time.Minute))))
		create(t, s, h.of(asking("pb-before", 3, day(12).Add(-90*time.Minute))))
	}
	for i, state := range terminalStates {
		create(t, s, inState(standing(scheduling.BookingID("pb-"+state), i, day(12)), state))
	}
	create(t, s, asking("pb-again", 9, day(12))) // and the others hold it for other learners
}

func createOfFact(t *testing.T, open opener) {
	s := open(t)
	create(t, s, standing("pb-held", 1, day(12)))
	b := standing("pb-imported", 2, day(12))
	create(t, s, b, event(b, scheduling.EventImported))
	sent := asking("pb-sent", 3, day(12))
	sent.Intent.Attempt = 2 // the first one asks
	create(t, s, sent)
	create(t, s, inState(asking("pb-ended", 4, day(12)), scheduling.StateFailed))
}

func updateBesideSitting(t *testing.T, open opener) {
	s := open(t)
	for _, h := range holders(t, s) {
		b := create(t, s, h.of(standing("pb-second", 2, day(13))))
		third := create(t, s, h.of(moving(standing("pb-third", 3, day(16)), day(17), 1)))
		before := contentOf(t, s)
		for what, asks := range map[string]scheduling.Booking{
			"Update to an open move":                moving(b, day(12).Add(time.Hour), 0),
			"Update to a move that is sent":         moving(b, day(12).Add(time.Hour), 1),
			"Update to a queued move":               wishing(third, day(12).Add(-time.Hour)),
			"Update to a move, and to a queued one": wishing(moving(b, day(18), 0), day(12)),
		} {
			_, err := s.Update(t.Context(), asks, event(asks, scheduling.EventMoveRequested))
			wantBusy(t, what+" beside "+h.how, err, h.held.ID)
			_, err = s.Update(t.Context(), asks)
			wantBusy(t, what+" without an event beside "+h.how, err, h.held.ID)
			asks.Version++
			_, err = s.Update(t.Context(), asks)
			wantError(t, what+" from another version", err, scheduling.ErrConflict)
		}
		wantSame(t, "the store after the refusals", contentOf(t, s), before)
		update(t, s, moving(b, day(12).Add(90*time.Minute), 0))
	}
}

func updateOfFact(t *testing.T, open opener) {
	s := open(t)
	create(t, s, standing("pb-held", 1, day(12)))
	b := create(t, s, standing("pb-moved", 2, day(13)))
	b.Start = day(12) // by the provider
	b = update(t, s, b, event(b, scheduling.EventMovedByProviderOrLate))
	b.Duration = 3 * time.Hour // by staff
	b = update(t, s, b)
	b = update(t, s, moving(b, day(14), 0)) // away from where it should not be
	b.Intent.Attempt = 1
	b = update(t, s, b)
	b = update(t, s, wishing(b, day(15)))
	create(t, s, standing("pb-there", 3, day(15)))

	wish := b.Wish
	b = moving(b, wish.Want, 0) // what was queued is open now; pb-there was put in its way meanwhile
	b.Wish = nil
	b = update(t, s, b, event(b, scheduling.EventWishPromoted))
	b.Lease = scheduling.Lease{Owner: "worker-1", Until: day(5)}
	b = update(t, s, b)
	b.Intent.Attempt = 1
	b = update(t, s, b, event(b, scheduling.EventSent))
	b.Intent, b.Start = nil, day(15)
	update(t, s, b, event(b, scheduling.EventMoved))
}

func updateBesideItself(t *testing.T, open opener) {
	s := open(t)
	b := create(t, s, standing("pb-1", 1, day(12)))
	b = update(t, s, moving(b, day(12).Add(time.Hour), 0), event(b, scheduling.EventMoveRequested))
	b = update(t, s, wishing(b, day(12).Add(30*time.Minute)))
	update(t, s, wishing(b, day(12)))
}

func oneSittingWins(t *testing.T, open opener) {
	s := open(t)
	results := make([]error, 48)
	together(len(results), func(i int) {
		b := asking(scheduling.BookingID(fmt.Sprintf("pb-%d", i)), i, day(12).Add(time.Duration(i)*time.Minute))
		if i%3 == 0 {
			_, results[i] = s.Create(t.Context(), b)
		} else {
			_, results[i] = s.Create(t.Context(), b, event(b, scheduling.EventRequested))
		}
	})

	wantOneWinner(t, "Create", results, scheduling.ErrLearnerBusy)
	if n := len(list(t, s, scheduling.Filter{})); n != 1 {
		t.Errorf("there are %d bookings, want the winner's one", n)
	}
}

func oneAskWins(t *testing.T, open opener) {
	s := open(t)
	results := make([]error, 24)
	stored := make([]scheduling.Booking, len(results))
	for i := range stored {
		b := standing(scheduling.BookingID(fmt.Sprintf("pb-%d", i)), i, day(13).Add(time.Duration(i)*2*time.Hour))
		if i%3 == 1 {
			b = moving(b, b.Start.AddDate(0, 1, 0), 1)
		}
		if i%3 > 0 {
			stored[i] = create(t, s, b)
		}
	}
	together(len(results), func(i int) {
		start := day(12).Add(time.Duration(i) * time.Minute)
		switch i % 3 {
		case 0:
			_, results[i] = s.Create(t.Context(), asking(scheduling.BookingID(fmt.Sprintf("pb-%d", i)), i, start))
		case 1:
			_, results[i] = s.Update(t.Context(), wishing(stored[i], start), event(stored[i], scheduling.EventWishQueued))
		default:
			_, results[i] = s.Update(t.Context(), moving(stored[i], start, 0), event(stored[i], scheduling.EventMoveRequested))
		}
	})

	wantOneWinner(t, "Create or Update", results, scheduling.ErrLearnerBusy)
}
