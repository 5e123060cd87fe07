package storetest

import (
	"errors"
	"fmt"
	"testing"

	"github.com/proctorbook/proctorbook/scheduling"
)

var concurrencyPromises = []promise{
	{"of many concurrent Creates for one learner and exam one wins", oneCreateWins},
	{"of many concurrent Creates with one ID one wins", oneIDWins},
	{"no concurrent Update is lost", noUpdateIsLost},
	{"no booking is claimed twice at once", noDoubleClaim},
}

// wantOneWinner fails if not exactly one of the calls had no error, and all others the named one.
func wantOneWinner(t *testing.T, what string, results []error, want error) {
	t.Helper()
	winners := 0
	for _, err := range results {
		if err == nil {
			winners++
			continue
		}
		wantError(t, what+" of a loser", err, want)
	}
	if winners != 1 {
		t.Errorf("%d of %d concurrent calls of %s won, want 1", winners, len(results), what)
	}
}

func oneCreateWins(t *testing.T, open opener) {
	s := open(t)
	results := make([]error, 64)
	together(len(results), func(i int) {
		b := booking(scheduling.BookingID(fmt.Sprintf("pb-%d", i)), "ada", finalExam("2027"))
		_, results[i] = s.Create(t.Context(), b, event(b, scheduling.EventRequested))
	})

	wantOneWinner(t, "Create", results, scheduling.ErrAlreadyBooked)
	after := contentOf(t, s)
	if len(after.Bookings) != 1 || len(after.Events) != 1 {
		t.Fatalf("there are %d bookings and %d events, want one of each", len(after.Bookings), len(after.Events))
	}
	if after.Events[0].Booking != after.Bookings[0].ID {
		t.Errorf("the event belongs to %s, want the winner %s", after.Events[0].Booking, after.Bookings[0].ID)
	}
}

func oneIDWins(t *testing.T, open opener) {
	s := open(t)
	results := make([]error, 16)
	together(len(results), func(i int) {
		b := booking("pb-1", scheduling.LearnerID(fmt.Sprint(i)), finalExam("2027"))
		_, results[i] = s.Create(t.Context(), b, event(b, scheduling.EventRequested))
	})

	wantOneWinner(t, "Create", results, scheduling.ErrConflict)
	if got := history(t, s); len(got) != 1 || got[0].Learner != get(t, s, "pb-1").Learner {
		t.Errorf("there are %d events, want the winner's one", len(got))
	}
}

func noUpdateIsLost(t *testing.T, open opener) {
	s := open(t)
	const writers, rounds = 16, 20
	create(t, s, booking("pb-1", "ada", finalExam("2027")))
	together(writers, func(int) {
		for range rounds {
			// Each conflict of one writer is the success of another, which bounds the tries.
			if err := raiseGeneration(t, s, "pb-1", writers*rounds); err != nil {
				t.Errorf("Get and Update, at most %d times, error = %v, want none in the end", writers*rounds, err)
				return
			}
		}
	})

	b := get(t, s, "pb-1")
	if got, want := b.Generation, int64(1+writers*rounds); got != want {
		t.Errorf("after %d increments from 1 the Generation is %d, want %d", writers*rounds, got, want)
	}
	if got, want := b.Version, int64(1+writers*rounds); got != want {
		t.Errorf("after a Create and %d Updates the Version is %d, want %d", writers*rounds, got, want)
	}
	for i, e := range history(t, s) {
		if want := int64(i + 2); e.Version != want || e.Generation != want {
			t.Fatalf("event %d has version %d and generation %d, want %d: one event an Update, in their order", i, e.Version, e.Generation, want)
		}
	}
}

// raiseGeneration adds one to the Generation, and tries again while others were faster.
func raiseGeneration(t *testing.T, s scheduling.Store, id scheduling.BookingID, tries int) error {
	for {
		b, err := s.Get(t.Context(), id)
		if err != nil {
			return err
		}
		b.Generation++
		_, err = s.Update(t.Context(), b, event(b, scheduling.EventSent))
		if tries--; tries == 0 || !errors.Is(err, scheduling.ErrConflict) {
			return err
		}
	}
}

func noDoubleClaim(t *testing.T, open opener) {
	s := open(t)
	const workers, bookings, limit = 8, 200, 7
	for i := range bookings {
		create(t, s, dueAt(scheduling.BookingID(fmt.Sprintf("pb-%d", i)), day(1).AddDate(0, 0, i%9)))
	}
	claims := make([][]scheduling.Booking, workers)
	together(workers, func(i int) {
		owner := fmt.Sprintf("worker-%d", i)
		for len(claims[i]) <= bookings { // more than all is wrong, and said below
			got, err := s.Claim(t.Context(), scheduling.ClaimQuery{Owner: owner, Now: day(11), Until: day(12), Limit: limit})
			if err != nil || len(got) > limit {
				t.Errorf("Claim returned %d bookings and error = %v, want at most %d and none", len(got), err, limit)
			}
			if len(got) == 0 {
				return
			}
			claims[i] = append(claims[i], got...)
		}
	})

	owners := map[scheduling.BookingID]string{}
	for i, claimed := range claims {
		for _, b := range claimed {
			if other := owners[b.ID]; other != "" {
				t.Fatalf("booking %s was claimed by %s and by worker-%d for the same time", b.ID, other, i)
			}
			owners[b.ID] = fmt.Sprintf("worker-%d", i)
		}
	}
	wantLeases(t, s, owners)
}

// wantLeases fails if not every booking is leased, once, to its owner.
func wantLeases(t *testing.T, s scheduling.Store, owners map[scheduling.BookingID]string) {
	t.Helper()
	for _, b := range list(t, s, scheduling.Filter{}) {
		if owners[b.ID] == "" || b.Lease.Owner != owners[b.ID] || b.Version != 2 {
			t.Errorf("booking %s has version %d and a lease of %q, want 2 and %q, who claimed it", b.ID, b.Version, b.Lease.Owner, owners[b.ID])
		}
	}
}
