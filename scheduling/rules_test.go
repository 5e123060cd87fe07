package scheduling_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/edx"
	"github.com/proctorbook/proctorbook/edx/edxtest"
	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/provider"
)

// Refusals.

func TestSlotTaken(t *testing.T) {
	w := newWorld(t)
	w.provider.BlockSlot(nine)
	b, err := w.Book(t.Context(), w.exam, w.learner, nine)
	taken, ok := errors.AsType[*scheduling.SlotTakenError](err)
	if !ok || !errors.Is(err, proctoru.ErrOverlap) || !errors.Is(err, proctorbook.ErrNotDone) {
		t.Fatalf("Book = %v, want SlotTakenError", err)
	}
	if b.State != scheduling.StateFailed || b.EndReason != scheduling.ReasonOverlap {
		t.Errorf("booking is %s (%s), want failed (overlap)", b.State, b.EndReason)
	}
	if len(taken.Fresh) == 0 || slices.ContainsFunc(taken.Fresh, func(s scheduling.Slot) bool { return s.Start.Equal(nine) }) {
		t.Errorf("fresh slots = %d, with or without the one taken; want some, without", len(taken.Fresh))
	}
	// Nothing is in the way of another slot: the first booking is no longer active.
	w.wantAgreement(w.booked(ten).ID)
}

func TestMoveToTakenSlotKeepsTheOldOne(t *testing.T) {
	w := newWorld(t)
	id := w.settled(nine)
	w.provider.BlockSlot(noon)
	b, err := w.Reschedule(t.Context(), id, noon)
	if _, ok := errors.AsType[*scheduling.SlotTakenError](err); !ok {
		t.Fatalf("Reschedule = %v, want SlotTakenError", err)
	}
	if !b.Start.Equal(nine) || b.State != scheduling.StateScheduled {
		t.Errorf("booking is %s at %s, want scheduled at %s", b.State, b.Start, nine)
	}
	w.wantAgreement(id)
}

// A refusal counts only for the only send: the first create acted, its answer
// was lost, and the repeat is answered OVERLAP by our own reservation.
func TestRefusalAfterLostAnswerIsNoRefusal(t *testing.T) {
	w := newWorld(t, hasty)
	w.play(proctorutest.VariantCreateOrder, "exist-last")
	w.play(proctorutest.VariantListLag, "time")
	w.fault(proctorbooktest.LoseAnswer, "addAdHocProcess")
	_, err := w.Book(t.Context(), w.exam, w.learner, nine)
	id := w.pendingID(err)
	w.pass()
	w.wantAgreement(id)
	if slices.Contains(w.events(id), scheduling.EventFailed) {
		t.Errorf("the booking failed meanwhile\n%s", w.history(id))
	}
}

// A refusal in words that nobody knows may hide anything.
func TestUnknownRefusalIsUnknown(t *testing.T) {
	w := newWorld(t, hasty)
	w.fault(proctorutest.UnknownText, "addAdHocProcess")
	_, err := w.Book(t.Context(), w.exam, w.learner, nine)
	id := w.pendingID(err)
	if b := w.booking(id); b.State != scheduling.StatePending || !b.Intent.Flags.Unknown {
		t.Errorf("booking is %s with flags %+v, want pending and unknown", b.State, b.Intent.Flags)
	}
}

// An id that exists was made once; it may be gone again.
func TestExistsIsNoProofThatItIsStillThere(t *testing.T) {
	w := newWorld(t, hasty)
	w.fault(proctorbooktest.LoseAnswer, "addAdHocProcess")
	_, err := w.Book(t.Context(), w.exam, w.learner, nine)
	id := w.pendingID(err)
	if err := w.provider.ProviderCancels(w.active(id)[0].Number); err != nil {
		t.Fatal(err)
	}
	w.pass()
	b := w.booking(id)
	if b.State != scheduling.StateCanceled || b.EndReason != scheduling.ReasonCanceledByProvider {
		t.Fatalf("booking is %s (%s), want canceled (by provider)\n%s", b.State, b.EndReason, w.history(id))
	}
}

// Absence never decides alone: a list that is falsely empty changes nothing.
func TestFalselyEmptyListsProveNothing(t *testing.T) {
	w := newWorld(t)
	id := w.settled(nine)
	for range 30 {
		w.fault(proctorutest.ReadEmpty, "getStudentReservationList")
		w.fault(proctorutest.ReadNull, "getStudentReservationList")
		w.fault(proctorutest.ReadError, "getStudentReservationList")
	}
	for range 3 {
		w.clock.Advance(time.Hour)
		w.pass()
	}
	if b := w.booking(id); b.State != scheduling.StateScheduled {
		t.Fatalf("booking is %s, want scheduled\n%s", b.State, w.history(id))
	}
	w.provider.ClearFaults()
	w.clock.Advance(time.Hour)
	w.pass()
	w.wantAgreement(id)
	if b := w.booking(id); b.NeedsAttention != nil {
		t.Errorf("needs attention: %+v, want that the good read cleared it", b.NeedsAttention)
	}
}

// What the provider does by itself.

func TestProviderCancels(t *testing.T) {
	for name, tt := range map[string]struct {
		as    provider.ProctorU
		state scheduling.State
		flag  scheduling.ReasonCode
	}{
		"seen in the report":           {state: scheduling.StateCanceled},
		"seen in the list of canceled": {as: provider.ProctorU{EvidenceSource: provider.EvidenceCanceledList}, state: scheduling.StateCanceled},
		"without evidence merely gone": {as: provider.ProctorU{EvidenceSource: provider.EvidenceNone}, state: scheduling.StateScheduled, flag: scheduling.ReasonMissing},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorldAt(t, tt.as)
			id := w.settled(nine)
			if err := w.provider.ProviderCancels(w.active(id)[0].Number); err != nil {
				t.Fatal(err)
			}
			w.clock.Advance(2 * time.Hour)
			w.pass()
			w.pass()
			b := w.booking(id)
			if b.State != tt.state {
				t.Fatalf("booking is %s, want %s\n%s", b.State, tt.state, w.history(id))
			}
			if got := flagOf(b); got != tt.flag {
				t.Errorf("needs attention for %q, want %q", got, tt.flag)
			}
		})
	}
}

func flagOf(b scheduling.Booking) scheduling.ReasonCode {
	if b.NeedsAttention == nil {
		return ""
	}
	return b.NeedsAttention.Reason
}

func TestProviderMoves(t *testing.T) {
	for _, numbers := range []string{"same-number", "new-number"} {
		t.Run(numbers, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.play(proctorutest.VariantMove, numbers)
			id := w.settled(nine)
			if _, err := w.provider.ProviderMoves(w.active(id)[0].Number, noon); err != nil {
				t.Fatal(err)
			}
			w.clock.Advance(2 * time.Hour)
			w.pass()
			w.wantAgreement(id)
			if b := w.booking(id); !b.Start.Equal(noon) {
				t.Errorf("booking starts at %s, want the provider's %s", b.Start, noon)
			}
			want := scheduling.EventMovedByProviderOrLate
			if numbers == "new-number" {
				want = scheduling.EventNumberChanged
			}
			if !slices.Contains(w.events(id), want) {
				t.Errorf("no event %s\n%s", want, w.history(id))
			}
		})
	}
}

// The learner cancels what the provider has moved to another number meanwhile:
// the dead number says "cancelled", and the live one goes too.
func TestCancelAfterProviderMoved(t *testing.T) {
	w := newWorld(t)
	w.play(proctorutest.VariantMove, "new-number")
	id := w.settled(nine)
	if _, err := w.provider.ProviderMoves(w.active(id)[0].Number, noon); err != nil {
		t.Fatal(err)
	}
	_, err := w.Cancel(t.Context(), id, scheduling.Request{})
	if err != nil {
		w.pendingID(err)
	}
	w.pass()
	w.pass()
	w.wantCanceled(id)
}

func TestNoShow(t *testing.T) {
	w := newWorld(t)
	id := w.settled(nine)
	end := nine.Add(w.exam.Duration)

	w.clock.Set(end.Add(4*time.Hour - time.Second))
	w.wake(id)
	if b := w.booking(id); b.State != scheduling.StateScheduled {
		t.Fatalf("a second before the grace is over: %s, want scheduled", b.State)
	}
	w.clock.Set(end.Add(4 * time.Hour))
	w.wake(id)
	if b := w.booking(id); b.State != scheduling.StateNoShow {
		t.Fatalf("after the grace: %s, want no_show\n%s", b.State, w.history(id))
	}
}

// A learner whom the proctor has let in is no no-show, even if we never heard of
// the begin.
func TestSessionSeenAtTheProviderIsNoNoShow(t *testing.T) {
	w := newWorld(t)
	id := w.settled(nine)
	w.clock.Set(nine)
	if err := w.provider.ProctorStarts(w.active(id)[0].Number); err != nil {
		t.Fatal(err)
	}
	w.clock.Set(nine.Add(w.exam.Duration + 5*time.Hour))
	w.wake(id)
	if b := w.booking(id); b.State != scheduling.StateScheduled || flagOf(b) != scheduling.ReasonSeenStarted {
		t.Fatalf("booking is %s, flagged %q; want scheduled, flagged seen_started\n%s", b.State, flagOf(b), w.history(id))
	}
}

// Such a session may have been the exam, begun at the provider's own page. Staff
// says so, and the booking is finished, with the outcome that was reported.
func TestSessionHeldElsewhereIsFinishedByStaff(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.settled(nine)
	held := scheduling.Resolution{Decision: scheduling.DecisionHeld, Request: scheduling.Request{Reason: "the proctor says so", By: "staff7"}}
	w.clock.Set(nine)
	w.sit(w.numberOf(id), &proctorutest.Verdict{Authenticated: true, TestSubmitted: true})
	if _, err := w.Staff.Resolve(t.Context(), id, held); !isNotAllowed(err, scheduling.ReasonNoAttention) {
		t.Errorf("Resolve before anything is flagged = %v, want no_attention", err)
	}
	w.clock.Set(nine.Add(w.exam.Duration + 5*time.Hour))
	w.wake(id)

	b, err := w.Staff.Resolve(t.Context(), id, held)

	if err != nil || b.State != scheduling.StateFinished || b.FinishedAt.IsZero() || b.NeedsAttention != nil {
		t.Fatalf("Resolve = %s, finished %s, flagged %q, %v; want finished\n%s", b.State, b.FinishedAt, flagOf(b), err, w.history(id))
	}
	if o := b.Outcome(); o.Verdict != scheduling.VerdictPassed {
		t.Errorf("verdict = %s, want passed", o.Verdict)
	}
	if types := w.events(id); !slices.Contains(types, scheduling.EventResolvedHeld) {
		t.Errorf("events %v, want resolved_held", types)
	}
}

// Only what the provider's report shows can have been held.
func TestOnlyASeenSessionWasHeld(t *testing.T) {
	t.Parallel()
	w := newWorld(t, hasty)
	w.fault(proctorbooktest.Down, "")
	_, err := w.Book(t.Context(), w.exam, w.learner, nine)
	id := w.pendingID(err)
	w.pass()
	w.pass()
	_, err = w.Staff.Resolve(t.Context(), id, scheduling.Resolution{Decision: scheduling.DecisionHeld, Request: scheduling.Request{Reason: "x", By: "y"}})
	if !isNotAllowed(err, scheduling.ReasonNotBegun) {
		t.Errorf("Resolve as held of a booking that never was scheduled = %v, want not_begun", err)
	}
}

// A booking that needs attention for another reason had no session, either.
func TestAMissingReservationWasNotHeld(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.booked(nine).ID
	w.goMissing(id)
	_, err := w.Staff.Resolve(t.Context(), id, scheduling.Resolution{Decision: scheduling.DecisionHeld, Request: scheduling.Request{Reason: "x", By: "y"}})
	if !isNotAllowed(err, scheduling.ReasonNotBegun) || w.booking(id).State != scheduling.StateScheduled {
		t.Errorf("Resolve as held of a missing reservation = %v, want not_begun", err)
	}
}

// wake makes the booking due, and reconciles once.
func (w *world) wake(id scheduling.BookingID) {
	w.t.Helper()
	if err := w.Wake(w.t.Context(), string(id)); err != nil {
		w.t.Fatal(err)
	}
	if _, err := w.Reconcile(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
}

// Wishes.

func TestCancelIsQueuedBehindAnOpenReserve(t *testing.T) {
	w := newWorld(t, hasty)
	w.fault(proctorbooktest.LoseAnswer, "addAdHocProcess")
	_, err := w.Book(t.Context(), w.exam, w.learner, nine)
	id := w.pendingID(err)

	_, err = w.Cancel(t.Context(), id, scheduling.Request{Reason: "ill"})
	if pending, ok := errors.AsType[*scheduling.PendingError](err); !ok || !pending.Queued || pending.Op != scheduling.OpCancel {
		t.Fatalf("Cancel = %v, want a queued PendingError", err)
	}
	w.pass()
	w.wantCanceled(id)
	if types := w.events(id); !slices.Contains(types, scheduling.EventWishPromoted) {
		t.Errorf("the wish was not promoted\n%s", w.history(id))
	}
}

func TestYoungerWishReplacesTheOlder(t *testing.T) {
	w := newWorld(t, hasty)
	w.fault(proctorbooktest.LoseAnswer, "addAdHocProcess")
	_, err := w.Book(t.Context(), w.exam, w.learner, nine)
	id := w.pendingID(err)
	for _, want := range []time.Time{ten, noon} {
		if _, err := w.Reschedule(t.Context(), id, want); w.pendingID(err) != id {
			t.Fatalf("Reschedule = %v", err)
		}
	}
	w.pass()
	w.pass()
	w.wantAgreement(id)
	if b := w.booking(id); !b.Start.Equal(noon) {
		t.Errorf("stands at %s, want the last wish %s\n%s", b.Start, noon, w.history(id))
	}
}

func TestWishIsVoidWhenTheBookingFails(t *testing.T) {
	w := newWorld(t, hasty)
	w.fault(proctorbooktest.Status500, "addAdHocProcess")
	_, err := w.Book(t.Context(), w.exam, w.learner, nine)
	id := w.pendingID(err)
	if _, err := w.Reschedule(t.Context(), id, noon); w.pendingID(err) != id {
		t.Fatalf("Reschedule = %v", err)
	}
	w.provider.BlockSlot(nine)
	w.pass()
	w.pass()
	if b := w.booking(id); b.State != scheduling.StateFailed || b.Wish != nil {
		t.Fatalf("booking is %s with wish %+v, want failed without\n%s", b.State, b.Wish, w.history(id))
	}
	if !slices.Contains(w.events(id), scheduling.EventWishVoid) {
		t.Errorf("no event for the void wish\n%s", w.history(id))
	}
}

func TestNoMoveWhileCancelIsOpen(t *testing.T) {
	w := newWorld(t, hasty)
	id := w.settled(nine)
	w.fault(proctorbooktest.Status500, "removeReservation")
	if _, err := w.Cancel(t.Context(), id, scheduling.Request{}); w.pendingID(err) != id {
		t.Fatal(err)
	}
	_, err := w.Reschedule(t.Context(), id, noon)
	if no, ok := errors.AsType[*scheduling.NotAllowedError](err); !ok || !no.Has(scheduling.ReasonCancelOpen) {
		t.Fatalf("Reschedule = %v, want cancel_open", err)
	}
}

// Deadlines.

func TestDeadlineFlagsAndDoesNotDecide(t *testing.T) {
	w := newWorld(t, hasty)
	w.introduce()
	w.fault(proctorbooktest.Down, "")
	_, err := w.Book(t.Context(), w.exam, w.learner, nine)
	id := w.pendingID(err)
	w.pass()
	w.pass()
	b := w.booking(id)
	if b.State != scheduling.StatePending || flagOf(b) != scheduling.ReasonDeadline {
		t.Fatalf("booking is %s, flagged %q; want pending, flagged deadline\n%s", b.State, flagOf(b), w.history(id))
	}
	flags := 0
	for _, e := range w.events(id) {
		if e == scheduling.EventNeedsAttention {
			flags++
		}
	}
	if flags != 1 {
		t.Errorf("flagged %d times, want once", flags)
	}
}

// Past the deadline an open reserve is sent no more; it ends as failed once it
// is proven that nothing is there.
func TestGaveUp(t *testing.T) {
	w := newWorld(t, hasty)
	w.introduce()
	w.fault(proctorbooktest.Down, "")
	_, err := w.Book(t.Context(), w.exam, w.learner, nine)
	id := w.pendingID(err)
	w.pass()
	w.pass()
	w.provider.ClearFaults()
	w.pass()
	w.pass()
	b := w.booking(id)
	if b.State != scheduling.StateFailed || b.EndReason != scheduling.ReasonGaveUp || b.NeedsAttention != nil {
		t.Fatalf("booking is %s (%s), flagged %q; want failed (gave_up), not flagged\n%s", b.State, b.EndReason, flagOf(b), w.history(id))
	}
	if len(w.active(id)) != 0 {
		t.Error("a reservation is left")
	}
}

// Policy.ResendUntil allows to try longer than the deadline.
func TestResendUntil(t *testing.T) {
	w := newWorld(t, hasty)
	w.introduce()
	w.exam.Policy.ResendUntil = 6 * time.Hour
	w.fault(proctorbooktest.Down, "")
	_, err := w.Book(t.Context(), w.exam, w.learner, nine)
	id := w.pendingID(err)
	w.pass()
	w.pass()
	w.provider.ClearFaults()
	w.pass()
	w.wantAgreement(id)
}

// Concurrency.

func TestManyBookOneLearnerAndExam(t *testing.T) {
	w := newWorld(t)
	replicas := []*scheduling.Scheduler{w.Scheduler, w.replica(), w.replica()}
	type result struct {
		booking scheduling.Booking
		err     error
	}
	results := make([]result, 64)
	var wg sync.WaitGroup
	for i := range results {
		wg.Go(func() {
			start := nine
			if i%4 == 3 {
				start = ten
			}
			b, err := replicas[i%len(replicas)].Book(t.Context(), w.exam, w.learner, start)
			results[i] = result{b, err}
		})
	}
	wg.Wait()
	w.pass()

	id := w.onlyBooking()
	w.wantAgreement(id)
	if made := w.provider.Counts().ReservationsMade; made != 1 {
		t.Errorf("reservations made = %d, want 1", made)
	}
	for i, r := range results {
		already, isAlready := errors.AsType[*scheduling.AlreadyBookedError](r.err)
		pending, isPending := errors.AsType[*scheduling.PendingError](r.err)
		switch {
		case r.err == nil && r.booking.ID == id,
			isAlready && already.BookingID == id,
			isPending && pending.BookingID == id:
		default:
			t.Errorf("caller %d got booking %q, %v", i, r.booking.ID, r.err)
		}
	}
}

// holding is a transport that holds each request to one endpoint until released.
type holding struct {
	next     http.RoundTripper
	endpoint string
	arrived  chan struct{}
	release  chan struct{}
}

func (h *holding) RoundTrip(r *http.Request) (*http.Response, error) {
	if strings.HasSuffix(r.URL.Path, h.endpoint) {
		h.arrived <- struct{}{}
		<-h.release
	}
	return h.next.RoundTrip(r)
}

// An answer that arrives after the lease has run out and another worker has
// settled the operation is dropped.
func TestLateAnswerUnderLostLeaseIsDropped(t *testing.T) {
	w := newWorld(t)
	h := &holding{next: proctorbooktest.InProcess(w.provider), endpoint: "addAdHocProcess", arrived: make(chan struct{}), release: make(chan struct{})}
	slowClient, err := proctoru.NewClient(proctorbooktest.InProcessURL, w.provider.Token, proctoru.WithTransport(h), proctoru.WithClock(w.clock), proctoru.WithLimiter(freely{}))
	if err != nil {
		t.Fatal(err)
	}
	fast := w.client
	w.client = slowClient
	slow := w.replica()
	w.client = fast

	done := make(chan error)
	go func() {
		_, err := slow.Book(context.WithoutCancel(t.Context()), w.exam, w.learner, nine)
		done <- err
	}()
	<-h.arrived
	w.clock.Advance(3 * time.Minute) // the lease runs out while the request is under way
	w.pass()                         // another replica sends again, under the same id
	id := w.onlyBooking()
	w.wantAgreement(id)
	if _, err := w.Reschedule(t.Context(), id, noon); err != nil {
		t.Fatal(err)
	}
	close(h.release)
	if err := <-done; err != nil {
		w.pendingID(err)
	}
	w.wantAgreement(id)
	if b := w.booking(id); !b.Start.Equal(noon) {
		t.Errorf("stands at %s, want %s: the late answer was applied\n%s", b.Start, noon, w.history(id))
	}
}

// Two processes reconcile at once: each booking is worked on by one.
func TestReplicasShareTheWork(t *testing.T) {
	w := newWorld(t, hasty)
	other := w.replica(hasty)
	for i := range 20 {
		learner := w.enroll("learner"+string(rune('a'+i)), int64(5000+i))
		w.fault(proctorbooktest.LoseAnswer, "addAdHocProcess")
		_, err := w.Book(t.Context(), w.exam, learner, nine.Add(time.Duration(i)*15*time.Minute))
		w.pendingID(err)
	}
	w.clock.Advance(5 * time.Minute)
	var wg sync.WaitGroup
	for _, s := range []*scheduling.Scheduler{w.Scheduler, other} {
		wg.Go(func() {
			for range 10 {
				if _, err := s.Reconcile(t.Context()); err != nil {
					t.Error(err)
				}
				w.clock.Advance(10 * time.Second)
			}
		})
	}
	wg.Wait()
	for b, err := range w.store.List(t.Context(), scheduling.Filter{}) {
		if err != nil {
			t.Fatal(err)
		}
		w.wantAgreement(b.ID)
	}
	if made := w.provider.Counts().ReservationsMade; made != 20 {
		t.Errorf("reservations made = %d, want 20", made)
	}
}

// The caller's context.

func TestContextEndsWhileBooking(t *testing.T) {
	w := newWorld(t)
	ctx, cancel := context.WithCancelCause(t.Context())
	gone := errors.New("the learner has closed the page")
	w.provider.SetFaultPlan(func(endpoint string) proctorbooktest.Fault {
		if endpoint == "addAdHocProcess" {
			cancel(gone)
			return proctorbooktest.Fault{Kind: proctorbooktest.LoseAnswer}
		}
		return proctorbooktest.Fault{}
	})
	_, err := w.Book(ctx, w.exam, w.learner, nine)
	id := w.pendingID(err)
	w.provider.SetFaultPlan(nil)
	if b := w.booking(id); b.Lease.Owner != "" {
		t.Errorf("the lease is still held by %q", b.Lease.Owner)
	}
	w.clock.Advance(time.Minute)
	w.pass()
	w.wantAgreement(id)
}

// A re-run of a course repeats the names of its blocks: it is another exam.
func TestRerunIsAnotherExam(t *testing.T) {
	w := newWorld(t)
	first := w.booked(nine)
	rerun := w.exam
	rerun.Course = edx.MustCourseKey("course-v1:ExampleX+CS101+2028")
	rerun.Usage = edx.MustUsageKey("block-v1:ExampleX+CS101+2028+type@sequential+block@final")
	w.platform.AddCourse(edxtest.Course{Key: rerun.Course.String(), Name: "Logic"})
	w.platform.Enroll("ada_l", rerun.Course.String(), "verified", true)
	second, err := w.Book(t.Context(), rerun, w.learner, noon)
	if err != nil || second.ID == first.ID {
		t.Fatalf("Book for the re-run = %s, %v; want a second booking", second.ID, err)
	}
	w.wantAgreement(second.ID)
}

// The first request is late, the second is refused. Until nothing that was sent
// can act any more, the refusal settles nothing: here the late request does act.
func TestRefusalWaitsUntilNothingCanActAnyMore(t *testing.T) {
	for opName, op := range map[string]operation{"book": operations["book"], "reschedule": operations["reschedule"]} {
		t.Run(opName, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			id := op.prepare(w)
			w.restart(hasty)
			w.introduce()
			want := map[string]time.Time{"book": nine, "reschedule": noon}[opName]
			w.provider.Fault(proctorbooktest.Fault{Kind: proctorbooktest.Late, Endpoint: op.endpoint, Delay: 5 * time.Minute})
			id = w.pendingID(op.do(w, id))
			w.provider.BlockSlot(want) // the second request will be refused
			for range 3 {
				w.clock.Advance(70 * time.Second)
				if _, err := w.Reconcile(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			if b := w.booking(id); b.Intent == nil || !b.Intent.Flags.Refused {
				t.Fatalf("booking is %s with intent %+v, want it open, refused\n%s", b.State, b.Intent, w.history(id))
			}
			w.provider.FreeSlot(want)
			w.pass()
			op.check(w, id)
		})
	}
}

// Refused and absent: it ends as failed, but not before it is quiet, and not
// after one look.
func TestAbsenceIsProvenNotAssumed(t *testing.T) {
	w := newWorld(t, hasty)
	w.introduce()
	w.fault(proctorbooktest.LoseRequest, "addAdHocProcess")
	_, err := w.Book(t.Context(), w.exam, w.learner, nine)
	id := w.pendingID(err)
	w.provider.BlockSlot(nine)
	w.clock.Advance(time.Minute)
	if _, err := w.Reconcile(t.Context()); err != nil {
		t.Fatal(err)
	}
	sent := w.booking(id).Memory.LastMade
	var failedAt time.Time
	for range 40 {
		if _, err := w.Reconcile(t.Context()); err != nil {
			t.Fatal(err)
		}
		if w.booking(id).State == scheduling.StateFailed {
			failedAt = w.clock.Now()
			break
		}
		w.clock.Advance(20 * time.Second)
	}
	bounds := scheduling.DefaultTuning()
	if after := failedAt.Sub(sent); after < bounds.InFlight+bounds.ListLag {
		t.Errorf("failed %s after the last create, want at least %s\n%s", after, bounds.InFlight+bounds.ListLag, w.history(id))
	}
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
