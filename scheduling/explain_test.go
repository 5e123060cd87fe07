package scheduling_test

import (
	"errors"
	"testing"

	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/scheduling"
)

func TestExplain(t *testing.T) {
	w := newWorld(t, hasty)
	w.fault(proctorbooktest.LoseAnswer, "addAdHocProcess")
	asked := w.clock.Now()
	_, err := w.Book(t.Context(), w.exam, w.learner, nine)
	id := w.pendingID(err)

	x, err := w.Staff.Explain(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	if i := x.Booking.Intent; i == nil || i.Op != scheduling.OpReserve || !i.Requested.Equal(asked) || i.Attempt != 1 || !i.Flags.Unknown || !i.Want.Equal(nine) || x.Next != scheduling.NextSend {
		t.Errorf("open: %+v, want a reserve since %s, sent once, unknown, next: send", x, asked)
	}
	if x.LookAt.IsZero() || !x.QuietAt.Equal(asked.Add(scheduling.DefaultTuning().InFlight)) {
		t.Errorf("when: next look %s, quiet at %s", x.LookAt, x.QuietAt)
	}
	w.pass()
	x, err = w.Staff.Explain(t.Context(), id)
	if err != nil || x.Booking.Intent != nil || x.Next != scheduling.NextWatch || x.Booking.Number == "" || len(x.History) < 4 {
		t.Errorf("settled: %+v, %v; want nothing open, watched, with its history", x, err)
	}
	if _, err := w.Staff.Explain(t.Context(), "pb-x"); !errors.Is(err, scheduling.ErrNotFound) {
		t.Errorf("Explain of an unknown booking = %v, want ErrNotFound", err)
	}
}

// While a worker has the booking nobody else looks at it, even if the look is due.
func TestExplainLooksNotBeforeTheLeaseEnds(t *testing.T) {
	w := newWorld(t, hasty)
	id := w.settled(nine)
	due := w.booking(id).DueAt
	w.clock.Set(due)
	until := due.Add(scheduling.DefaultTuning().Lease)
	if claimed, err := w.store.Claim(t.Context(), scheduling.ClaimQuery{Owner: "dead worker", Now: due, Until: until, Limit: 1}); err != nil || len(claimed) != 1 {
		t.Fatalf("Claim = %v, %v, want the booking", claimed, err)
	}
	x, err := w.Staff.Explain(t.Context(), id)
	if err != nil || !x.Leased.Equal(until) || !x.LookAt.Equal(until) {
		t.Errorf("Explain: leased until %s, next look %s, %v; want both at %s", x.Leased, x.LookAt, err, until)
	}
}
