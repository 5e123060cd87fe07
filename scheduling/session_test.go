package scheduling_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/edx/edxtest"
	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
	"github.com/proctorbook/proctorbook/scheduling"
)

// Begin.

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

// A provider that answers with a list instead of a URL has begun all the same.
func TestBeginWithoutAURL(t *testing.T) {
	t.Parallel()
	for _, answer := range []string{"rows", "null"} {
		w := newWorld(t)
		w.play(proctorutest.VariantBeginAnswer, answer)
		id := w.settled(nine)
		w.clock.Set(nine)
		if _, err := w.Begin(t.Context(), id); !errors.Is(err, proctorbook.ErrOutcomeUnknown) || !errors.Is(err, proctoru.ErrNoURL) {
			t.Errorf("%s: Begin = %v, want ErrOutcomeUnknown and ErrNoURL", answer, err)
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

// Nobody who has begun is a no-show, however long the session takes.
func TestBegunIsNeverANoShow(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.begun()
	w.clock.Set(nine.Add(w.exam.Duration + 24*time.Hour))
	w.pass()
	if b := w.booking(id); b.State != scheduling.StateBegun {
		t.Errorf("booking is %s, want begun\n%s", b.State, w.history(id))
	}
}

// Unlock.

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

// A code is not reset once it is spent, nor on a booking that has ended.
func TestResetCodeTooLate(t *testing.T) {
	t.Parallel()
	staff := scheduling.Request{Reason: "asked", By: "staff7"}
	for name, at := range standings {
		if at.state == "" {
			continue
		}
		w := newWorld(t, hasty)
		id := at.prepare(w)
		_, err := w.Staff.ResetCode(t.Context(), id, staff)
		want := at.state.Active() && at.state != scheduling.StateUnlocked
		if (err == nil) != want {
			t.Errorf("%s: ResetCode = %v, want allowed = %v", name, err, want)
		}
	}
}

// Proctors type codes as people do.
func TestUnlockCodeAsPeopleTypeIt(t *testing.T) {
	t.Parallel()
	for name, typed := range map[string]func(code string) string{
		"as it is":      func(c string) string { return c },
		"small letters": strings.ToLower,
		"with blanks":   func(c string) string { return " " + c[:5] + " " + c[5:] + " " },
		"with hyphens":  func(c string) string { return c[:3] + "-" + c[3:6] + "-" + c[6:] },
		"O for 0":       func(c string) string { return strings.ReplaceAll(c, "0", "O") },
		"o for 0":       func(c string) string { return strings.ReplaceAll(c, "0", "o") },
		"I for 1":       func(c string) string { return strings.ReplaceAll(c, "1", "I") },
		"l for 1":       func(c string) string { return strings.ReplaceAll(c, "1", "l") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, id := begunWithDigits(t)
			code := w.code(id)
			if b, err := w.Unlock(t.Context(), id, typed(code)); err != nil || b.State != scheduling.StateUnlocked {
				t.Errorf("Unlock = %s, %v; want unlocked", b.State, err)
			}
		})
	}
}

// begunWithDigits begins a booking whose code has a 0 and a 1 in it.
func begunWithDigits(t *testing.T) (*world, scheduling.BookingID) {
	t.Helper()
	w := newWorld(t)
	id := w.begun()
	for range 200 {
		if code := w.code(id); strings.Contains(code, "0") && strings.Contains(code, "1") {
			return w, id
		}
		if _, err := w.Staff.ResetCode(t.Context(), id, scheduling.Request{Reason: "test", By: "test"}); err != nil {
			t.Fatal(err)
		}
	}
	t.Fatal("no code with a 0 and a 1 among 200")
	return nil, ""
}

// What is nearly the code is not the code.
func TestNearlyTheCode(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.begun()
	code := w.code(id)
	for i, typed := range []string{"", code[:9], code + "0", code + code, "%" + code[1:], code[1:] + code[:1], "\x00" + code} {
		if typed == code {
			continue
		}
		if _, err := w.Unlock(t.Context(), id, typed); !errors.Is(err, scheduling.ErrWrongCode) {
			t.Errorf("typed %d = %v, want ErrWrongCode", i, err)
		}
	}
}

// Each booking has a code of its own, in an alphabet that can be read out.
func TestTwoBookingsHaveTwoCodes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.code(w.settled(nine))
	w.learner = w.enroll("bob", 4300)
	second := w.code(w.settled(ten))
	if first == second {
		t.Error("two bookings have one code")
	}
	for _, code := range []string{first, second} {
		if len(code) != 10 || strings.Trim(code, "0123456789ABCDEFGHJKMNPQRSTVWXYZ") != "" {
			t.Errorf("code of %d characters, or with others than Crockford's", len(code))
		}
	}
}

// One code for all bookings of an exam, and another one for another exam, for
// those who must.
func TestFixedCode(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.exam.Code = scheduling.CodeFixed
	first := w.code(w.settled(nine))
	w.learner = w.enroll("bob", 4300)
	id := w.settled(ten)
	if second := w.code(id); first != second {
		t.Error("two bookings of an exam with a fixed code have two codes")
	}
	other := w.booking(id)
	other.Exam.Course, other.Exam.Usage = rerun(other.Exam)
	if code, err := w.Staff.UnlockCode(other); err != nil || code.Reveal() == first {
		t.Errorf("another exam has the same fixed code, or an error: %v", err)
	}
}

// Keys are rotated without breaking the bookings made with the old one.
func TestUnlockKeyRotation(t *testing.T) {
	t.Parallel()
	k1 := scheduling.UnlockKey{ID: "k1", Secret: []byte("0123456789abcdef0123456789abcdef")}
	k2 := scheduling.UnlockKey{ID: "k2", Secret: []byte("fedcba9876543210fedcba9876543210")}
	w := newWorld(t, scheduling.WithUnlockKeys(k1))
	id := w.begun()
	atProvider := w.active(id)[0].ExamPassword

	w.restart(scheduling.WithUnlockKeys(k2))
	if _, err := w.Unlock(t.Context(), id, atProvider); !errors.Is(err, scheduling.ErrNoUnlockKey) {
		t.Errorf("Unlock without the old key = %v, want ErrNoUnlockKey", err)
	}
	if b := w.booking(id); b.Code.Tries != 0 || b.State != scheduling.StateBegun {
		t.Errorf("booking is %s with %d tries, want begun with none", b.State, b.Code.Tries)
	}

	w.restart(scheduling.WithUnlockKeys(k2, k1))
	if _, err := w.Unlock(t.Context(), id, atProvider); err != nil {
		t.Errorf("Unlock with the old key at hand = %v, want nil", err)
	}
	w.learner = w.enroll("bob", 4300)
	if b := w.booked(noon); b.Code.KeyID != "k2" {
		t.Errorf("a new booking has key %q, want k2", b.Code.KeyID)
	}
}

// The code is never stored, and never in what a booking prints.
func TestCodeIsInNoRow(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.begun()
	code, b := w.code(id), w.booking(id)
	for _, form := range printed(b) {
		if strings.Contains(form, code) {
			t.Errorf("the code is in %q", form)
		}
	}
	if b.Code.KeyID == "" {
		t.Error("the booking does not name its key")
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

// Two proctors type the code at once: one unlocks.
func TestUnlockOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.begun()
	code := w.code(id)
	results := make(chan error, 16)
	for range cap(results) {
		go func() {
			_, err := w.Unlock(t.Context(), id, code)
			results <- err
		}()
	}
	unlocked := 0
	for range cap(results) {
		err := <-results
		if err == nil {
			unlocked++
		} else if no, ok := errors.AsType[*scheduling.NotAllowedError](err); !errors.Is(err, scheduling.ErrConflict) && (!ok || !no.Has(scheduling.ReasonCodeSpent)) {
			t.Errorf("Unlock = %v, want code_spent or ErrConflict", err)
		}
	}
	if unlocked != 1 {
		t.Errorf("unlocked %d times, want once", unlocked)
	}
}

// Finish.

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

func TestCancelAfterBegin(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.begun()
	_, err := w.Cancel(t.Context(), id, scheduling.Request{})
	if no, ok := errors.AsType[*scheduling.NotAllowedError](err); !ok || !no.Has(scheduling.ReasonBegun) {
		t.Errorf("Cancel = %v, want begun", err)
	}
	if n := w.provider.Counts().Requests["removeReservation"]; n != 0 {
		t.Errorf("sent %d removals, want none", n)
	}
}

// Outcome.

// The verdict comes from the proctor's facts on the booking's own reservation.
func TestOutcome(t *testing.T) {
	t.Parallel()
	passed := proctorutest.Verdict{Authenticated: true, TestSubmitted: true}
	for name, tt := range map[string]struct {
		verdict *proctorutest.Verdict // nil = the session is not over
		started bool
		want    scheduling.Verdict
	}{
		"not started":       {want: scheduling.VerdictPending},
		"under way":         {started: true, want: scheduling.VerdictPending},
		"passed":            {&passed, true, scheduling.VerdictPassed},
		"an incident":       {&proctorutest.Verdict{Authenticated: true, TestSubmitted: true, IncidentReport: true}, true, scheduling.VerdictFailed},
		"escalated":         {&proctorutest.Verdict{Authenticated: true, TestSubmitted: true, Escalated: true}, true, scheduling.VerdictFailed},
		"not authenticated": {&proctorutest.Verdict{TestSubmitted: true}, true, scheduling.VerdictFailed},
		"not submitted":     {&proctorutest.Verdict{Authenticated: true}, true, scheduling.VerdictFailed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			id := w.settled(nine)
			number := w.active(id)[0].Number
			w.clock.Set(nine)
			w.mustBegin(id)
			if tt.started {
				w.sit(number, tt.verdict)
			}

			got, err := w.Outcome(t.Context(), id)

			if err != nil || got.Verdict != tt.want || got.Booking != id || !got.Reported || got.Facts.Started != tt.started || got.Facts.Ended != (tt.verdict != nil) {
				t.Fatalf("Outcome = %+v, %v; want %s", got, err, tt.want)
			}
			if v := tt.verdict; v != nil && (got.Facts.Authenticated != v.Authenticated || got.Facts.TestSubmitted != v.TestSubmitted || got.Facts.Incident != v.IncidentReport || got.Facts.Escalated != v.Escalated) {
				t.Errorf("Outcome = %+v, want the proctor's %+v", got, *v)
			}
		})
	}
}

// bookedBy books start for another learner.
func (w *world) bookedBy(username string, id int64, start time.Time) scheduling.BookingID {
	w.t.Helper()
	b, err := w.Book(w.t.Context(), w.exam, w.enroll(username, id), start)
	if err != nil {
		w.t.Fatal(err)
	}
	return b.ID
}

// sit lets the proctor start the session, and end it if there is a verdict.
func (w *world) sit(number int64, v *proctorutest.Verdict) {
	w.t.Helper()
	if err := w.provider.ProctorStarts(number); err != nil {
		w.t.Fatal(err)
	}
	if v == nil {
		return
	}
	w.clock.Advance(time.Hour)
	if err := w.provider.ProctorEnds(number, *v); err != nil {
		w.t.Fatal(err)
	}
}

// An incident in another exam of the learner is no incident here, and a pass
// there is no pass here.
func TestOutcomeIgnoresOtherReservations(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		other, own *proctorutest.Verdict
		want       scheduling.Verdict
	}{
		"an incident elsewhere": {&proctorutest.Verdict{Authenticated: true, TestSubmitted: true, IncidentReport: true}, &proctorutest.Verdict{Authenticated: true, TestSubmitted: true}, scheduling.VerdictPassed},
		"a pass elsewhere":      {&proctorutest.Verdict{Authenticated: true, TestSubmitted: true}, nil, scheduling.VerdictPending},
	} {
		w := newWorld(t)
		other := w.exam
		other.Course, other.Usage = rerun(w.exam)
		w.platform.AddCourse(edxtest.Course{Key: other.Course.String(), Name: "Logic"})
		w.platform.Enroll("ada_l", other.Course.String(), "verified", true)
		elsewhere, err := w.Book(t.Context(), other, w.learner, nine)
		if err != nil {
			t.Fatal(err)
		}
		id := w.settled(noon)
		w.clock.Set(nine)
		w.sit(w.active(elsewhere.ID)[0].Number, tt.other)
		w.clock.Set(noon)
		w.mustBegin(id)
		w.sit(w.active(id)[0].Number, tt.own)
		if got, err := w.Outcome(t.Context(), id); err != nil || got.Verdict != tt.want {
			t.Errorf("%s: Outcome = %+v, %v; want %s", name, got, err, tt.want)
		}
	}
}

// Before the provider reports anything the verdict is pending; without a
// reservation there can be none; a failing report is an error.
func TestOutcomeWithoutAReport(t *testing.T) {
	t.Parallel()
	w := newWorld(t, hasty)
	w.provider.SetReportLag(time.Hour)
	id := w.settled(nine)
	if got, err := w.Outcome(t.Context(), id); err != nil || got.Verdict != scheduling.VerdictPending || got.Reported {
		t.Errorf("Outcome before the report has it = %+v, %v; want pending, not reported", got, err)
	}
	id2 := w.bookedBy("eve", 4400, ten)
	w.provider.Fault(proctorbooktest.Fault{Kind: proctorbooktest.Status500, Endpoint: "clientActivityReport", Times: -1})
	if got, err := w.Outcome(t.Context(), id2); !errors.Is(err, proctoru.ErrServer) || got.Verdict != "" {
		t.Errorf("Outcome that was never read, with a failing report = %+v, %v; want ErrServer and no verdict", got, err)
	}
	w.provider.ClearFaults()
	w.learner = w.enroll("bob", 4300)
	w.fault(proctorbooktest.Status500, create)
	_, err := w.Book(t.Context(), w.exam, w.learner, ten)
	_, err = w.Outcome(t.Context(), w.pendingID(err))
	if no, ok := errors.AsType[*scheduling.NotAllowedError](err); !ok || !no.Has(scheduling.ReasonNoBooking) {
		t.Errorf("Outcome of a pending booking = %v, want no_booking", err)
	}
}
