package scheduling_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/problem"
	"github.com/proctorbook/proctorbook/scheduling/provider"
)

// The lead time is the policy's, to the second, by our clock; the provider has
// the last word after that.
func TestBeginWindow(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		lead   time.Duration // of the policy
		before time.Duration // before the start
		want   time.Duration // when TooEarlyError says to come back, before the start; 0 = may begin
	}{
		"three minutes, 3:01 before": {3 * time.Minute, 3*time.Minute + time.Second, 3 * time.Minute},
		"three minutes, 3:00 before": {3 * time.Minute, 3 * time.Minute, 0},
		"three minutes, 2:59 before": {3 * time.Minute, 3*time.Minute - time.Second, 0},
		"default, 15:01 before":      {0, 15*time.Minute + time.Second, 15 * time.Minute},
		"default, 15:00 before":      {0, 15 * time.Minute, 0},
		"default, a minute late":     {0, -time.Minute, 0},
		"default, a second left":     {0, -90*time.Minute + time.Second, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.exam.Policy.StartLead = tt.lead
			id := w.settled(nine)
			w.clock.Set(nine.Add(-tt.before))
			calls := w.providerRequests()

			launch, err := w.Begin(t.Context(), id)

			if tt.want == 0 {
				if err != nil || launch.URL.IsZero() || launch.Booking.State != scheduling.StateBegun {
					t.Errorf("Begin = %v, %v; want a launch", launch, err)
				}
				return
			}
			early, ok := errors.AsType[*scheduling.TooEarlyError](err)
			if !ok || !early.At.Equal(nine.Add(-tt.want)) || !errors.Is(err, proctoru.ErrTooEarly) || !errors.Is(err, proctorbook.ErrNotDone) {
				t.Errorf("Begin = %v, want TooEarlyError with %s", err, nine.Add(-tt.want))
			}
			if n := w.providerRequests() - calls; n != 0 {
				t.Errorf("sent %d requests, want none", n)
			}
		})
	}
}

// After the end of the sitting there is nothing to begin.
func TestBeginAfterTheEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.settled(nine)
	w.clock.Set(nine.Add(w.exam.Duration))
	_, err := w.Begin(t.Context(), id)
	if no, ok := errors.AsType[*scheduling.NotAllowedError](err); !ok || !no.Has(scheduling.ReasonTooLate) {
		t.Errorf("Begin = %v, want too_late", err)
	}
}

// "In the future" from the provider, whose lead is shorter than ours, keeps the
// booking as it was: it may be moved, and begun a little later.
func TestTooEarlyAtTheProviderKeepsTheBooking(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.play(proctorutest.VariantBeginWindow, "at-start")
	id := w.settled(nine)
	w.clock.Set(nine.Add(-10 * time.Minute))

	_, err := w.Begin(t.Context(), id)

	early, ok := errors.AsType[*scheduling.TooEarlyError](err)
	if !ok || !early.At.Equal(w.clock.Now().Add(time.Minute)) {
		t.Fatalf("Begin = %v, want TooEarlyError for in a minute", err)
	}
	if b := w.booking(id); b.State != scheduling.StateScheduled || !b.BeginSent.IsZero() {
		t.Errorf("booking is %s, begin sent at %s; want scheduled, and none", b.State, b.BeginSent)
	}
	w.clock.Set(nine.Add(-30 * time.Second))
	_, err = w.Begin(t.Context(), id)
	if early, ok := errors.AsType[*scheduling.TooEarlyError](err); !ok || !early.At.Equal(nine) {
		t.Errorf("Begin half a minute before = %v, want TooEarlyError for the start", err)
	}
	w.clock.Set(nine)
	if _, err := w.Begin(t.Context(), id); err != nil {
		t.Errorf("Begin at the start = %v, want nil", err)
	}
}

// A learner who lost the connection begins again: another URL, nothing else.
func TestBeginAgainGivesAnotherURL(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.settled(nine)
	w.clock.Set(nine)
	first, err := w.Begin(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	w.clock.Advance(20 * time.Minute)
	second, err := w.Begin(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	if first.URL.Reveal() == second.URL.Reveal() || !strings.HasPrefix(second.URL.Reveal(), "https://") {
		t.Error("the second launch has the URL of the first, or none")
	}
	if b := second.Booking; b.State != scheduling.StateBegun || !b.BegunAt.Equal(nine) || !b.SeenActive.Equal(w.clock.Now()) {
		t.Errorf("booking is %s, begun %s, seen %s; want begun at nine, seen now", b.State, b.BegunAt, b.SeenActive)
	}
	if n := w.provider.Counts().ReservationsMade; n != 1 {
		t.Errorf("reservations made = %d, want 1", n)
	}
}

// A learner whose browser dies in the exam gets back into the session, as long as
// there is time.
func TestBeginAgainAfterTheUnlock(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.begun()
	first, err := w.Begin(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	unlocked, err := w.Unlock(t.Context(), id, w.code(id))
	if err != nil {
		t.Fatal(err)
	}
	w.clock.Set(unlocked.TimeOverAt().Add(-time.Second))
	second, err := w.Begin(t.Context(), id)
	if err != nil {
		t.Fatalf("Begin, a second before the time is over = %v, want a URL", err)
	}
	if second.URL.IsZero() || first.URL.Reveal() == second.URL.Reveal() {
		t.Error("the second launch has the URL of the first, or none")
	}
	b := second.Booking
	if b.State != scheduling.StateUnlocked || !b.UnlockedAt.Equal(unlocked.UnlockedAt) || !b.BegunAt.Equal(unlocked.BegunAt) || !b.DueAt.Equal(unlocked.DueAt) || !b.SeenActive.Equal(w.clock.Now()) {
		t.Errorf("booking is %s, unlocked %s, begun %s, due %s, seen %s; want unlocked as before, and seen now", b.State, b.UnlockedAt, b.BegunAt, b.DueAt, b.SeenActive)
	}
	if events := w.events(id); events[len(events)-1] != scheduling.EventBegunAgain {
		t.Errorf("last event = %s, want begun_again", events[len(events)-1])
	}
	w.clock.Advance(time.Second)
	_, err = w.Begin(t.Context(), id)
	if no, ok := errors.AsType[*scheduling.NotAllowedError](err); !ok || !no.Has(scheduling.ReasonTimeOver) {
		t.Errorf("Begin, the time over = %v, want time_over", err)
	}
}

// Whatever the provider says to it: the exam stays unlocked, and may be begun again.
func TestBeginAfterTheUnlockFails(t *testing.T) {
	t.Parallel()
	for _, kind := range []proctorbooktest.FaultKind{proctorbooktest.LoseAnswer, proctorbooktest.LoseRequest, proctorbooktest.Status502After, proctorbooktest.HTML200After} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			id := w.unlocked()
			w.fault(kind, "beginReservation")
			if launch, err := w.Begin(t.Context(), id); err == nil || !launch.URL.IsZero() {
				t.Fatalf("Begin = %v, want an error and no URL", err)
			}
			if b := w.booking(id); b.State != scheduling.StateUnlocked || b.BeginSent.IsZero() {
				t.Errorf("booking is %s, begin sent %s; want unlocked, and the first begin kept", b.State, b.BeginSent)
			}
			if launch, err := w.Begin(t.Context(), id); err != nil || launch.URL.IsZero() {
				t.Errorf("Begin once more = %v, want a URL", err)
			}
		})
	}
}

// No answer to a begin: it may have begun. The learner may try again, but can't
// move away from a session that may run.
func TestBeginWithoutAnAnswer(t *testing.T) {
	t.Parallel()
	for _, kind := range []proctorbooktest.FaultKind{proctorbooktest.LoseAnswer, proctorbooktest.Status502After, proctorbooktest.CutBody, proctorbooktest.HTML200After, proctorbooktest.LoseRequest} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			id := w.settled(nine)
			w.clock.Set(nine.Add(-10 * time.Minute))
			w.fault(kind, "beginReservation")

			if _, err := w.Begin(t.Context(), id); !errors.Is(err, proctorbook.ErrOutcomeUnknown) || errors.Is(err, proctorbook.ErrNotDone) {
				t.Fatalf("Begin = %v, want ErrOutcomeUnknown", err)
			}
			b := w.booking(id)
			if b.State != scheduling.StateScheduled || b.BeginSent.IsZero() {
				t.Fatalf("booking is %s, begin sent at %s; want scheduled, and an instant", b.State, b.BeginSent)
			}
			_, err := w.Reschedule(t.Context(), id, noon)
			if no, ok := errors.AsType[*scheduling.NotAllowedError](err); !ok || !no.Has(scheduling.ReasonBegun) {
				t.Errorf("Reschedule = %v, want begun", err)
			}
			if launch, err := w.Begin(t.Context(), id); err != nil || launch.Booking.State != scheduling.StateBegun {
				t.Errorf("Begin again = %s, %v; want begun", launch.Booking.State, err)
			}
		})
	}
}

// A provider that answers with a list instead of a URL has begun the session.
func TestBeginWithoutAURL(t *testing.T) {
	t.Parallel()
	for _, answer := range []string{"rows", "null"} {
		w := newWorld(t)
		w.play(proctorutest.VariantBeginAnswer, answer)
		id := w.settled(nine)
		w.clock.Set(nine)
		if _, err := w.Begin(t.Context(), id); !errors.Is(err, proctorbook.ErrOutcomeUnknown) || !errors.Is(err, proctoru.ErrNoURL) {
			t.Errorf("%s: Begin = %v, want ErrOutcomeUnknown and ErrNoURL", answer, err)
		} else if none, ok := errors.AsType[*scheduling.BeginError](err); !ok || none.BookingID != id || problem.Of(err).Type != problem.TypeNotBegun {
			t.Errorf("%s: Begin = %v, want a BeginError of the booking", answer, err)
		}
	}
}

// A begin that was provably not sent leaves nothing behind.
func TestBeginNotSent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.settled(nine)
	w.clock.Set(nine)
	w.fault(proctorbooktest.Unauthorized, "beginReservation")
	_, err := w.Begin(t.Context(), id)
	if !errors.Is(err, proctoru.ErrUnauthorized) || !errors.Is(err, proctorbook.ErrNotDone) {
		t.Fatalf("Begin = %v, want ErrUnauthorized and ErrNotDone", err)
	}
	if b := w.booking(id); !b.BeginSent.IsZero() {
		t.Error("begin sent is set after a begin that was not sent")
	}
}

// The reservation is gone at the provider: the learner is told, and the
// reconciler finds out why at once.
func TestBeginOfAReservationThatIsGone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.settled(nine)
	w.clock.Set(nine.Add(-10 * time.Minute))
	if err := w.provider.ProviderCancels(w.active(id)[0].Number); err != nil {
		t.Fatal(err)
	}

	_, err := w.Begin(t.Context(), id)

	no, ok := errors.AsType[*scheduling.RefusedError](err)
	if !ok || no.Op != scheduling.OpBegin || no.BookingID != id {
		t.Fatalf("Begin = %v, want RefusedError for the begin", err)
	}
	if b := w.booking(id); !b.BeginSent.IsZero() || b.DueAt.After(w.clock.Now()) {
		t.Errorf("begin sent %s, due %s; want none, and now", b.BeginSent, b.DueAt)
	}
	w.pass()
	if b := w.booking(id); b.State != scheduling.StateCanceled || b.EndReason != scheduling.ReasonCanceledByProvider {
		t.Errorf("booking is %s (%s), want canceled by the provider\n%s", b.State, b.EndReason, w.history(id))
	}
}

// What is refused to the begin in other words is no proof that it is gone.
func TestRefusedBeginDropsNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.settled(nine)
	w.clock.Set(nine.Add(-10 * time.Minute))
	w.fault(proctorutest.UnknownText, "beginReservation")
	if _, err := w.Begin(t.Context(), id); !errors.Is(err, proctorbook.ErrOutcomeUnknown) {
		t.Fatalf("Begin = %v, want ErrOutcomeUnknown", err)
	}
	w.wake(id)
	if b := w.booking(id); b.State != scheduling.StateScheduled || len(w.active(id)) != 1 {
		t.Errorf("booking is %s, want scheduled: the list still has it\n%s", b.State, w.history(id))
	}
}

// A cancel that comes while the begin is on its way goes before the begin's answer.
func TestCancelWhileTheBeginIsOnItsWay(t *testing.T) {
	w := newWorld(t)
	id := w.settled(nine)
	w.clock.Set(nine.Add(-5 * time.Minute))
	w.store = &between{Store: w.store, do: func() {
		w.fault(proctorbooktest.LoseRequest, "removeReservation")
		_, err := w.replica(hasty).Cancel(t.Context(), id, scheduling.Request{})
		w.pendingID(err)
	}}
	w.restart()

	_, err := w.Begin(t.Context(), id)

	if !isNotAllowed(err, scheduling.ReasonUnsettled) {
		t.Errorf("Begin: error = %v, want NotAllowedError with unsettled", err)
	}
	if b := w.booking(id); b.State != scheduling.StateScheduled || b.Intent == nil || b.Intent.Op != scheduling.OpCancel || b.BeginSent.IsZero() {
		t.Errorf("booking is %s with intent %+v, begun %s; want scheduled, the cancel open, and the begin noted", b.State, b.Intent, b.BeginSent)
	}
}

// answersLate is ProctorU; something happens while its answer to a begin is on its way.
type answersLate struct {
	provider.ProctorU
	meanwhile func()
}

func (p answersLate) Begin(ctx context.Context, c provider.Call) provider.Answer {
	a := p.ProctorU.Begin(ctx, c)
	p.meanwhile()
	return a
}

// The provider cancels the reservation while the begin is on its way, and another
// process sees that. The late answer begins nothing: the session is gone.
func TestBeginOfAReservationThatWasCanceledMeanwhile(t *testing.T) {
	w := newWorld(t)
	id := w.settled(nine)
	w.clock.Set(nine.Add(-5 * time.Minute))
	slow, err := scheduling.New(answersLate{w.proctorU(), func() {
		if err := w.provider.ProviderCancels(w.active(id)[0].Number); err != nil {
			t.Fatal(err)
		}
		w.wake(id)
	}}, w.openEdX(), w.store, scheduling.WithClock(w.clock))
	if err != nil {
		t.Fatal(err)
	}

	_, err = slow.Begin(t.Context(), id)

	no, ok := errors.AsType[*scheduling.RefusedError](err)
	if !ok || no.Reason != scheduling.ReasonReservationMissing {
		t.Errorf("Begin: error = %v, want RefusedError with reservation_missing", err)
	}
	w.pass()
	if b := w.booking(id); b.State != scheduling.StateCanceled || b.EndReason != scheduling.ReasonCanceledByProvider {
		t.Errorf("booking is %s (%s), want canceled by the provider\n%s", b.State, b.EndReason, w.history(id))
	}
}

// between lets something happen after the first write, once: the begin is noted,
// and its request is not yet out.
type between struct {
	scheduling.Store
	writes int
	do     func()
}

func (s *between) Update(ctx context.Context, b scheduling.Booking, events ...scheduling.Event) (scheduling.Booking, error) {
	stored, err := s.Store.Update(ctx, b, events...)
	if s.writes++; s.writes == 1 && err == nil {
		s.do()
	}
	return stored, err
}

// The first begin acted and its answer was lost; the second one is answered "not
// found". That proves nothing: the begun session must not be moved.
func TestNotFoundAfterALostBeginProvesNothing(t *testing.T) {
	w := newWorld(t)
	w.play(proctorutest.VariantBeginTwice, "refused")
	id := w.settled(nine)
	w.clock.Set(nine.Add(-5 * time.Minute))
	w.fault(proctorbooktest.LoseAnswer, "beginReservation")
	if _, err := w.Begin(t.Context(), id); !errors.Is(err, proctorbook.ErrOutcomeUnknown) {
		t.Fatalf("Begin = %v, want an unknown outcome", err)
	}
	if _, err := w.Begin(t.Context(), id); err == nil {
		t.Fatal("the second begin succeeded")
	}
	_, err := w.Reschedule(t.Context(), id, noon)
	if no, ok := errors.AsType[*scheduling.NotAllowedError](err); !ok || !no.Has(scheduling.ReasonBegun) {
		t.Fatalf("Reschedule = %v, want begun\n%s", err, w.history(id))
	}
}

// What keeps the exam locked although the code is right.
func TestUnlockGuards(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		prepare func(w *world) scheduling.BookingID
		reason  scheduling.ReasonCode
	}{
		"not begun": {func(w *world) scheduling.BookingID { return w.settled(nine) }, scheduling.ReasonNotBegun},
		"the window is not open": {func(w *world) scheduling.BookingID {
			id := w.settled(day)
			w.clock.Set(day.Add(-10 * time.Minute))
			w.mustBegin(id)
			w.clock.Set(day.Add(-time.Second))
			return id
		}, scheduling.ReasonWindowNotOpen},
		"the window is over": {func(w *world) scheduling.BookingID {
			last := w.exam.Window.End.Add(-w.exam.Duration)
			id := w.settled(last)
			w.clock.Set(last)
			w.mustBegin(id)
			w.clock.Set(w.exam.Window.End)
			return id
		}, scheduling.ReasonWindowOver},
		"not seen for over four hours": {func(w *world) scheduling.BookingID {
			id := w.begun()
			w.clock.Advance(4*time.Hour + time.Second)
			return id
		}, scheduling.ReasonNotSeenActive},
		"canceled":        {func(w *world) scheduling.BookingID { return standings["canceled"].prepare(w) }, scheduling.ReasonBookingEnded},
		"unlocked before": {func(w *world) scheduling.BookingID { return w.unlocked() }, scheduling.ReasonCodeSpent},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			id := tt.prepare(w)
			_, err := w.Unlock(t.Context(), id, w.code(id))
			no, ok := errors.AsType[*scheduling.NotAllowedError](err)
			if !ok || !no.Has(tt.reason) {
				t.Errorf("Unlock = %v, want %s", err, tt.reason)
			}
			if b := w.booking(id); b.Code.Tries != 0 {
				t.Errorf("%d tries spent, want none", b.Code.Tries)
			}
		})
	}
}

func (w *world) mustBegin(id scheduling.BookingID) {
	w.t.Helper()
	if _, err := w.Begin(w.t.Context(), id); err != nil {
		w.t.Fatal(err)
	}
}

// The window opens and closes to the second, and "seen" lasts as long as the policy says.
func TestUnlockAtTheEdges(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ start, at time.Time }{
		"as the window opens":          {day, day},
		"a second before it closes":    {day.AddDate(0, 0, 5).Add(-90 * time.Minute), day.AddDate(0, 0, 5).Add(-time.Second)},
		"four hours after last seen":   {nine, nine.Add(4*time.Hour - 5*time.Minute)},
		"after the end of the sitting": {nine, nine.Add(2 * time.Hour)}, // a late start is the proctor's to judge
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			id := w.settled(tt.start)
			w.clock.Set(tt.start.Add(-5 * time.Minute))
			w.mustBegin(id)
			w.clock.Set(tt.at)
			calls := w.providerRequests()
			b, err := w.Unlock(t.Context(), id, w.code(id))
			if err != nil || b.State != scheduling.StateUnlocked || !b.UnlockedAt.Equal(tt.at) || !b.Code.SpentAt.Equal(tt.at) {
				t.Errorf("Unlock = %s at %s, %v; want unlocked at %s", b.State, b.UnlockedAt, err, tt.at)
			}
			if n := w.providerRequests() - calls; n != 0 {
				t.Errorf("Unlock sent %d requests, want none", n)
			}
		})
	}
}

// A look that finds the reservation counts as seen: a long session can be unlocked late.
func TestUnlockAfterALookAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.exam.Policy.SeenWithin = time.Hour
	id := w.begun()
	w.clock.Advance(61 * time.Minute)
	w.mustBegin(id)
	if _, err := w.Unlock(t.Context(), id, w.code(id)); err != nil {
		t.Errorf("Unlock after another begin = %v, want nil", err)
	}
}

// Ten wrong codes, and the exam stays locked even for the right one, until staff
// resets the code: then a new one works, and the old one does not.
func TestWrongCodesLock(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.begun()
	old := w.code(id)
	w.lockCode(id)
	if _, err := w.Unlock(t.Context(), id, old); !errors.Is(err, scheduling.ErrCodeLocked) {
		t.Fatalf("Unlock with the right code = %v, want ErrCodeLocked", err)
	}

	b, err := w.Staff.ResetCode(t.Context(), id, scheduling.Request{Reason: "proctor's keyboard", By: "staff7"})
	if err != nil || b.Code.Tries != 0 {
		t.Fatalf("ResetCode = %d tries, %v; want none", b.Code.Tries, err)
	}
	fresh := w.code(id)
	if fresh == old {
		t.Fatal("the code after the reset is the old one")
	}
	if _, err := w.Unlock(t.Context(), id, old); !errors.Is(err, scheduling.ErrWrongCode) {
		t.Errorf("Unlock with the old code = %v, want ErrWrongCode", err)
	}
	if b, err := w.Unlock(t.Context(), id, fresh); err != nil || b.State != scheduling.StateUnlocked {
		t.Errorf("Unlock with the new code = %s, %v; want unlocked", b.State, err)
	}
	last := w.allEvents("")
	for _, e := range last {
		if e.Type == scheduling.EventCodeReset && (e.Reason != "proctor's keyboard" || e.By != "staff7") {
			t.Errorf("code_reset says %q by %q", e.Reason, e.By)
		}
	}
}

// Wrong code and failing store are two things, and the exam stays locked.
func TestUnlockWhenTheStoreFails(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.begun()
	broken := errors.New("disk on fire")
	good := w.store
	w.store = &failingStore{Store: good, fail: map[string]error{"Update": broken}}
	_, err := w.replica().Unlock(t.Context(), id, w.code(id))
	if !errors.Is(err, broken) || errors.Is(err, scheduling.ErrWrongCode) {
		t.Errorf("Unlock = %v, want the store's error", err)
	}
	if b := w.booking(id); b.State != scheduling.StateBegun || !b.Code.SpentAt.IsZero() {
		t.Errorf("booking is %s, want still begun", b.State)
	}
	if b, err := w.Unlock(t.Context(), id, w.code(id)); err != nil || b.State != scheduling.StateUnlocked {
		t.Errorf("Unlock on the good store = %s, %v; want unlocked", b.State, err)
	}
}

func TestFinishTwice(t *testing.T) {
	t.Parallel()
	for name, prepare := range map[string]func(*world) scheduling.BookingID{"begun": (*world).begun, "unlocked": (*world).unlocked} {
		w := newWorld(t)
		id := prepare(w)
		w.clock.Set(nine.Add(time.Hour))
		calls := w.providerRequests()
		first, err := w.Finish(t.Context(), id)
		if err != nil || first.State != scheduling.StateFinished || !first.FinishedAt.Equal(nine.Add(time.Hour)) {
			t.Fatalf("%s: Finish = %s at %s, %v; want finished now", name, first.State, first.FinishedAt, err)
		}
		w.clock.Advance(time.Minute)
		second, err := w.Finish(t.Context(), id)
		if err != nil || second.Version != first.Version || !second.FinishedAt.Equal(first.FinishedAt) {
			t.Errorf("%s: Finish again = version %d at %s, %v; want no change", name, second.Version, second.FinishedAt, err)
		}
		if n := w.providerRequests() - calls; n != 0 {
			t.Errorf("%s: Finish sent %d requests, want none", name, n)
		}
	}
}

func TestFinishWithoutABooking(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if _, err := w.Finish(t.Context(), "pb-nobody"); !errors.Is(err, scheduling.ErrNotFound) {
		t.Errorf("Finish of nothing = %v, want ErrNotFound", err)
	}
	id := w.settled(nine)
	_, err := w.Finish(t.Context(), id)
	if no, ok := errors.AsType[*scheduling.NotAllowedError](err); !ok || !no.Has(scheduling.ReasonNotBegun) {
		t.Errorf("Finish of a scheduled booking = %v, want not_begun", err)
	}
}
