package scheduling_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/scheduling"
)

// down lets every request to the provider fail, and returns how many have failed
// since then.
func (w *world) down() func() int {
	w.provider.Fault(proctorbooktest.Fault{Kind: proctorbooktest.Down})
	before := w.provider.Counts().Faults[proctorbooktest.Down]
	return func() int { return w.provider.Counts().Faults[proctorbooktest.Down] - before }
}

// While the provider is down for an hour, fifteen people a minute book, move and
// cancel, and Reconcile runs each minute. Once the retry budgets are spent, each
// operation is sent once, and each pass tries one booking: a provider that comes
// back is not run over. Then all of it settles, at once.
func TestOutageManners(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.exam.Policy.ResendUntil = 3 * time.Hour
	var learners []scheduling.LearnerID
	var bookings []scheduling.BookingID
	for i := range 900 {
		learners = append(learners, w.enroll(fmt.Sprintf("learner%d", i), int64(5000+i)))
		if i%3 > 0 {
			b, err := w.Book(t.Context(), w.exam, learners[i], nine)
			if err != nil {
				t.Fatal(err)
			}
			bookings = append(bookings, b.ID)
		} else {
			bookings = append(bookings, "")
		}
	}
	w.clock.Advance(2 * time.Hour) // every booking is due to be compared with the provider
	failed := w.down()
	if r, err := w.Sweep(t.Context()); !errors.Is(err, scheduling.ErrProviderDown) || r.Failed != 20 {
		t.Fatalf("Sweep looked %d times in vain, %v; want an end after 20 failures in a row", r.Failed, err)
	}
	spent, asked, i := 0, 0, 0
	for minute := range 60 {
		for range 15 {
			w.ask(learners[i], &bookings[i], i%3)
			asked, i = asked+1, i+1
		}
		_, _ = w.Reconcile(t.Context()) // it fails, of course
		w.clock.Advance(time.Minute)
		if minute == 4 {
			spent, asked = failed(), 0
		}
	}

	if sent := failed() - spent; float64(sent) > 1.1*float64(asked) || sent < asked {
		t.Errorf("%d requests for %d operations of users, want 1 to 1.1 for each", sent, asked)
	}
	w.provider.ClearFaults()
	w.clock.Advance(20 * time.Second)
	back := w.clock.Now()
	if _, err := w.Reconcile(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.pass()
	for i, id := range bookings {
		if b := w.booking(id); b.Intent != nil || b.State.Active() != (i%3 != 2) {
			t.Fatalf("booking %d is %s with intent %+v some minutes after the outage\n%s", i, b.State, b.Intent, w.history(id))
		}
	}
	if took := w.clock.Now().Sub(back); took > 15*time.Minute {
		t.Errorf("it took %s", took)
	}
}

// ask books, moves or cancels, and wants to be told that it is pending.
func (w *world) ask(learner scheduling.LearnerID, id *scheduling.BookingID, what int) {
	w.t.Helper()
	var err error
	switch what {
	case 0:
		_, err = w.Book(w.t.Context(), w.exam, learner, nine)
	case 1:
		_, err = w.Reschedule(w.t.Context(), *id, ten)
	case 2:
		_, err = w.Cancel(w.t.Context(), *id, scheduling.Request{})
	}
	*id = w.pendingID(err)
}

// One booking whose requests always fail must not keep the others from being
// looked at, also when it is the longest due.
func TestOneBadBookingIsNoOutage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	bad := w.booked(nine)
	var others []scheduling.Booking
	for i := range 5 {
		b, err := w.Book(t.Context(), w.exam, w.enroll(fmt.Sprintf("learner%d", i), int64(5000+i)), nine)
		if err != nil {
			t.Fatal(err)
		}
		others = append(others, b)
	}
	for range 30 { // the provider fails only for the cancel of the bad one
		w.provider.Fault(proctorbooktest.Fault{Kind: proctorbooktest.Status500, Endpoint: "removeReservation"})
	}
	if _, err := w.Cancel(t.Context(), bad.ID, scheduling.Request{}); !errors.Is(err, proctorbook.ErrOutcomeUnknown) {
		t.Fatalf("Cancel = %v, want pending", err)
	}
	for range 90 {
		if _, err := w.Reconcile(t.Context()); err != nil {
			t.Fatal(err)
		}
		w.clock.Advance(time.Minute)
	}
	for _, b := range others {
		if seen := w.booking(b.ID).SeenActive; w.clock.Now().Sub(seen) > 90*time.Minute {
			t.Errorf("booking %s was last seen at %s, now is %s", b.ID, seen, w.clock.Now())
		}
	}
}
