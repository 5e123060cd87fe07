package scheduling_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/edx"
	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
	"github.com/proctorbook/proctorbook/scheduling"
)

// resit is another exam in the same week.
func (w *world) resit() scheduling.Exam {
	exam := w.exam
	exam.Usage = edx.MustUsageKey("block-v1:ExampleX+CS101+2027+type@sequential+block@resit")
	exam.Name = "Resit"
	return exam
}

// wantOwnBooking fails if err is not the refusal that names the booking in the way.
func wantOwnBooking(t *testing.T, what string, err error, by scheduling.BookingID) {
	t.Helper()
	busy, ok := errors.AsType[*scheduling.LearnerBusyError](err)
	if !isNotAllowed(err, scheduling.ReasonOwnBooking) || !ok || busy.BookingID != by || !errors.Is(err, proctorbook.ErrNotDone) {
		t.Errorf("%s = %v, want own_booking that names %s", what, err, by)
	}
}

// atNoon is how a booking of the exam takes the time from noon to half past one.
var atNoon = map[string]func(*world) scheduling.BookingID{
	"scheduled": func(w *world) scheduling.BookingID { return w.booked(noon).ID },
	"pending": func(w *world) scheduling.BookingID {
		w.fault(proctorbooktest.LoseAnswer, create)
		_, err := w.Book(w.t.Context(), w.exam, w.learner, noon)
		return w.pendingID(err)
	},
	"moving to it": func(w *world) scheduling.BookingID {
		b := w.booked(nine)
		w.fault(proctorbooktest.LoseAnswer, create)
		_, err := w.Reschedule(w.t.Context(), b.ID, noon)
		return w.pendingID(err)
	},
	"wishing to": func(w *world) scheduling.BookingID {
		w.fault(proctorbooktest.LoseAnswer, create)
		_, err := w.Book(w.t.Context(), w.exam, w.learner, nine)
		_, err = w.Reschedule(w.t.Context(), w.pendingID(err), noon)
		return w.pendingID(err)
	},
}

// What overlaps another exam of the learner is marked, and refused before anything
// is sent, whether that one stands, is pending or only wished for.
func TestOwnBookingInTheWay(t *testing.T) {
	t.Parallel()
	for name, prepare := range atNoon {
		t.Run(strings.ReplaceAll(name, " ", "_"), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, hasty)
			w.play(proctorutest.VariantOverlapRule, "none")
			moved, err := w.Book(t.Context(), w.resit(), w.learner, day.AddDate(0, 0, 1))
			if err != nil {
				t.Fatal(err)
			}
			id := prepare(w)
			third := w.resit()
			third.Usage = edx.MustUsageKey("block-v1:ExampleX+CS101+2027+type@sequential+block@third")
			before := w.provider.Counts().CreatesSeen

			slots := map[time.Time]scheduling.Slot{}
			for slot, err := range w.Slots(t.Context(), third, w.learner, scheduling.SlotQuery{From: dateOf(nine), To: dateOf(nine)}) {
				if err != nil {
					t.Fatal(err)
				}
				slots[slot.Start] = slot
			}
			for _, start := range []time.Time{noon.Add(-time.Hour), noon, noon.Add(time.Hour)} {
				if got := slots[start].Conflict; got != id {
					t.Errorf("slot at %s has the conflict %q, want %s", start, got, id)
				}
				_, err := w.Book(t.Context(), third, w.learner, start)
				wantOwnBooking(t, "Book", err, id)
				_, err = w.BookSlot(t.Context(), third, slots[start])
				wantOwnBooking(t, "BookSlot", err, id)
				_, _, err = w.TryBook(t.Context(), third, w.learner, start)
				wantOwnBooking(t, "TryBook", err, id)
				_, err = w.Reschedule(t.Context(), moved.ID, start)
				wantOwnBooking(t, "Reschedule", err, id)
				_, _, err = w.TryReschedule(t.Context(), moved.ID, start)
				wantOwnBooking(t, "TryReschedule", err, id)
			}
			if made := w.provider.Counts().CreatesSeen - before; made != 0 {
				t.Errorf("%d creates were sent", made)
			}
			if n := len(w.bookings()); n != 2 {
				t.Errorf("there are %d bookings, want the two that were before", n)
			}
			for _, start := range []time.Time{noon.Add(-90 * time.Minute), noon.Add(90 * time.Minute)} {
				if _, sends, err := w.TryBook(t.Context(), third, w.learner, start); !sends || slots[start].Conflict != "" {
					t.Errorf("TryBook at %s = %v, %v with the conflict %q, want none: one ends when the other begins", start, sends, err, slots[start].Conflict)
				}
			}
		})
	}
}

// bookings reads all there are.
func (w *world) bookings() []scheduling.Booking {
	w.t.Helper()
	var all []scheduling.Booking
	for b, err := range w.store.List(w.t.Context(), scheduling.Filter{}) {
		if err != nil {
			w.t.Fatal(err)
		}
		all = append(all, b)
	}
	return all
}

// The time that counts is the learner's own, with the accommodation.
func TestOwnBookingWithAccommodation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.accommodate(scheduling.Accommodation{Extra: time.Hour})
	b := w.booked(nine) // until half past eleven
	_, err := w.Book(t.Context(), w.resit(), w.learner, nine.Add(2*time.Hour))
	wantOwnBooking(t, "Book", err, b.ID)
	other, err := w.Book(t.Context(), w.resit(), w.learner, noon)
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.Reschedule(t.Context(), b.ID, ten) // until half past twelve
	wantOwnBooking(t, "Reschedule", err, other.ID)
}

// A booking is never in its own way, and neither is one that has ended, or that of
// somebody else.
func TestNobodyInTheWay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.booked(nine)
	if _, err := w.Reschedule(t.Context(), b.ID, nine.Add(30*time.Minute)); err != nil {
		t.Errorf("Reschedule by half an hour = %v, want none", err)
	}
	w.clock.Advance(11 * time.Minute)
	if _, err := w.Cancel(t.Context(), b.ID, scheduling.Request{}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Book(t.Context(), w.resit(), w.learner, nine); err != nil {
		t.Errorf("Book where a canceled booking stood = %v, want none", err)
	}
	if _, err := w.Book(t.Context(), w.exam, w.enroll("bob_l", 4212), nine); err != nil {
		t.Errorf("Book where another learner sits = %v, want none", err)
	}
}

// What is fresh after a refusal can be taken: neither the start just refused nor one
// that another exam of the learner blocks.
func TestFreshSlotsCanBeTaken(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	other, err := w.Book(t.Context(), w.resit(), w.learner, noon)
	if err != nil {
		t.Fatal(err)
	}
	b := w.booked(nine)
	refused := nine.Add(5 * time.Hour)
	w.provider.AddReservation(proctorutest.Reservation{ // of the learner, made elsewhere: only the provider knows it
		ID: "elsewhere", StudentID: string(w.learner), Start: refused, Duration: 90 * time.Minute,
	})
	_, err = w.Reschedule(t.Context(), b.ID, refused)
	taken, ok := errors.AsType[*scheduling.SlotTakenError](err)
	if !ok || len(taken.Fresh) == 0 {
		t.Fatalf("Reschedule = %v, want *SlotTakenError with fresh slots", err)
	}
	offered := startsOf(w.slots(scheduling.SlotQuery{From: dateOf(refused), To: dateOf(refused), For: b.ID}))
	if !slices.ContainsFunc(offered, refused.Equal) || !slices.ContainsFunc(offered, other.Start.Equal) {
		t.Fatal("the provider does not offer the start any more: the test shows nothing")
	}
	for _, slot := range taken.Fresh {
		if slot.Start.Equal(refused) || slot.Conflict != "" || slot.Start.Before(other.End()) && other.Start.Before(slot.End) {
			t.Errorf("fresh slot at %s, conflict %q: it can't be taken", slot.Start, slot.Conflict)
		}
	}
}

// crossing is a store in which two writers always pass each other: each looks
// before the other one has written.
type crossing struct {
	scheduling.Store
	both *sync.WaitGroup
}

func (c crossing) meet() {
	c.both.Done()
	c.both.Wait()
}

func (c crossing) Create(ctx context.Context, b scheduling.Booking, events ...scheduling.Event) (scheduling.Booking, error) {
	c.meet()
	return c.Store.Create(ctx, b, events...)
}

func (c crossing) Update(ctx context.Context, b scheduling.Booking, events ...scheduling.Event) (scheduling.Booking, error) {
	if b.Intent != nil && b.Intent.Op == scheduling.OpMove && b.Intent.Attempt == 0 {
		c.meet()
	}
	return c.Store.Update(ctx, b, events...)
}

// Two exams are pressed at once in two processes: one wins, also where the provider
// would take both.
func TestTwoExamsAtOnce(t *testing.T) {
	t.Parallel()
	for round := range 8 {
		w := newWorld(t)
		w.play(proctorutest.VariantOverlapRule, "none")
		exams := []scheduling.Exam{w.exam, w.resit()}
		moved := round%2 == 1
		stored := make([]scheduling.Booking, len(exams))
		for i := range exams {
			if !moved {
				break
			}
			var err error
			if stored[i], err = w.Book(t.Context(), exams[i], w.learner, day.AddDate(0, 0, 1+i)); err != nil {
				t.Fatal(err)
			}
		}
		var both sync.WaitGroup
		both.Add(len(exams))
		plain := w.store
		w.store = crossing{plain, &both}
		results := make([]error, len(exams))
		var done sync.WaitGroup
		for i := range exams {
			start := noon.Add(time.Duration(i*(round/2)) * 15 * time.Minute)
			s := w.replica(scheduling.WithRandom(rand.NewChaCha8([32]byte{byte(i)})))
			done.Go(func() {
				if moved {
					_, results[i] = s.Reschedule(t.Context(), stored[i].ID, start)
				} else {
					_, results[i] = s.Book(t.Context(), exams[i], w.learner, start)
				}
			})
		}
		done.Wait()
		w.store = plain
		w.wantOneWinner(fmt.Sprintf("round %d, moves %v", round, moved), results)
	}
}

// wantOneWinner fails if not one of the calls booked or moved, and the other one was
// refused for it, with nothing at the provider.
func (w *world) wantOneWinner(what string, results []error) {
	w.t.Helper()
	at := map[scheduling.BookingID]int{}
	for _, r := range w.provider.Reservations() {
		if r.Active && !r.Start.Before(noon) && r.Start.Before(noon.Add(3*time.Hour)) {
			at[scheduling.BookingID(r.ID)]++
		}
	}
	winners := 0
	for _, err := range results {
		if err == nil {
			winners++
			continue
		}
		busy, ok := errors.AsType[*scheduling.LearnerBusyError](err)
		if !isNotAllowed(err, scheduling.ReasonOwnBooking) || !ok || at[busy.BookingID] != 1 {
			w.t.Errorf("%s: the loser got %v, want own_booking that names the winner of %v", what, err, at)
		}
	}
	if winners != 1 || len(at) != 1 {
		w.t.Errorf("%s: %d calls won, and there are reservations of %v; want one", what, winners, at)
	}
}

// What the provider does is stored, whatever it overlaps; the learner can leave.
func TestProviderMovesOntoAnOwnBooking(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.play(proctorutest.VariantOverlapRule, "none")
	other, err := w.Book(t.Context(), w.resit(), w.learner, noon)
	if err != nil {
		t.Fatal(err)
	}
	b := w.booked(nine)
	w.clock.Advance(11 * time.Minute)
	if _, err := w.provider.ProviderMoves(w.numberOf(b.ID), noon); err != nil {
		t.Fatal(err)
	}
	w.wake(b.ID)
	w.pass()
	if got := w.booking(b.ID); !got.Start.Equal(noon) {
		t.Fatalf("the booking stands at %s, want where the provider moved it, %s\n%s", got.Start, noon, w.history(b.ID))
	}
	w.clock.Advance(11 * time.Minute)
	if got, err := w.Reschedule(t.Context(), b.ID, noon.Add(2*time.Hour)); err != nil {
		t.Errorf("Reschedule away = %s, %v, want none", got.Start, err)
	}
	_, err = w.Reschedule(t.Context(), b.ID, noon)
	wantOwnBooking(t, "Reschedule back", err, other.ID)
}
