package scheduling

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/internal/shown"
)

// ReconcileReport counts what a pass did.
type ReconcileReport struct {
	Worked         int // bookings looked at
	Settled        int // open operations that settled
	Open           int // operations that stay open
	NeedsAttention int // bookings that a person should look at, of those worked on
	Failed         int // bookings that could not be worked on: see the error

	Unreadable   []BookingID // due, and not readable by this program: see the error
	ProviderDown bool        // the pass ended early, since many calls were left unanswered; each tries one booking until an answer comes
}

// mostTurns is how often one pass works on one booking at most.
const mostTurns = 5

// Reconcile works on every booking that is due, [Booking.Urgent] ones first: it finds out what became of open
// operations, carries them on, and compares scheduled bookings with the provider. Any
// number of processes may call it at once. What a process left open when it died is
// due once its lease has run out.
//
// An error of one booking does not stop the others: it is counted in Failed, and the
// errors are joined. A panic becomes a [*PanicError], and flags the booking. For each
// booking that can't be read there is an [*UnreadableError].
func (s *Scheduler) Reconcile(ctx context.Context) (ReconcileReport, error) {
	var report ReconcileReport
	var errs []error
	turns := map[BookingID]int{}
	began := s.now()
	ended := false // the pass has got to its end
	defer func() { s.measurePass(ctx, began, report, ended) }()
	for ctx.Err() == nil {
		w, now := s.newWorker(), s.now()
		claimed, err := s.store.Claim(ctx, ClaimQuery{Owner: w.owner, Now: now, Until: now.Add(s.tuning.Lease), Limit: 1, Bulk: s.covered(ctx)})
		if err != nil {
			errs = append(errs, fmt.Errorf("scheduling: Reconcile: %w", err))
			if !s.passesOver(ctx, err, turns, &report) {
				return report, errors.Join(errs...)
			}
			continue
		}
		if len(claimed) == 0 {
			ended = true
			break
		}
		b := claimed[0]
		if turns[b.ID]++; turns[b.ID] == 1 {
			report.Worked++
		}
		if turns[b.ID] > mostTurns {
			// It is due again at once, every time: leave it to the next pass.
			s.postpone(ctx, w, b)
			continue
		}
		err = s.guarded(ctx, w, b.ID, func() error { return s.reconcileOne(ctx, w, b, &report) })
		if err != nil {
			report.Failed++
			errs = append(errs, err)
		}
		if s.strain.down() {
			report.ProviderDown = true
			break
		}
	}
	return report, errors.Join(append(errs, ctx.Err())...)
}

// passesOver reports whether a pass goes on after an error of Claim: it is about
// bookings that can't be read, which are out of the way for the length of a lease.
func (s *Scheduler) passesOver(ctx context.Context, err error, turns map[BookingID]int, report *ReconcileReport) bool {
	if !s.goesOn(ctx, err) {
		return false
	}
	bad, _ := unreadable(err)
	for _, e := range bad {
		if turns[e.Booking]++; turns[e.Booking] > mostTurns {
			return false // they are not out of the way
		}
		if !slices.Contains(report.Unreadable, e.Booking) {
			report.Unreadable = append(report.Unreadable, e.Booking)
		}
	}
	return true
}

func (s *Scheduler) reconcileOne(ctx context.Context, w *worker, b Booking, report *ReconcileReport) error {
	before := b
	if b.Urgent() {
		ctx = withPurpose(ctx, PurposeUrgent)
	} else {
		ctx = withPurpose(proctorbook.Routine(ctx), PurposeRoutine) // learners' calls go before
	}
	b, err := w.carryOn(ctx, b)
	if errors.Is(err, errOvertaken) {
		return nil
	}
	if err != nil {
		s.postpone(ctx, w, before)
		return fmt.Errorf("scheduling: Reconcile: booking %s: %w", shown.ID(before.ID), err)
	}
	switch {
	case before.Intent != nil && b.Generation != before.Generation:
		report.Settled++
	case b.Intent != nil:
		report.Open++
	}
	if b.NeedsAttention != nil {
		report.NeedsAttention++
	}
	s.keepProfile(ctx, b)
	w.release(ctx, b)
	return nil
}

// postpone releases the lease, and makes the booking due in about half a minute.
func (s *Scheduler) postpone(ctx context.Context, w *worker, b Booking) {
	if w.left {
		return // the call that is still under way ends the lease
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), answerGrace)
	defer cancel()
	row, err := s.store.Get(ctx, b.ID)
	if err == nil {
		_, err = w.swap(ctx, row, sameLease, func(t *turn) {
			t.b.Lease = Lease{}
			t.b.DueAt = micro(t.now.Add(s.jitter(30 * time.Second)))
		})
	}
	if err != nil && !errors.Is(err, errOvertaken) {
		s.log.WarnContext(ctx, "booking not postponed", slog.String("booking", string(b.ID)), slog.Any("error", err))
	}
}

// Run calls [Scheduler.Reconcile] at once, and then about every interval (80 to 100 %
// of it, so that many processes do not work in step), until ctx ends. It returns the
// context's error, and calls neither Sweep nor ReadReport: [Scheduler.Serve] does all
// three. Errors of a pass are logged, and the next pass tries again. It may run in every
// process that shares the store.
//
// In a test give it a proctorbooktest.ManualClock, whose Sleep lasts until the test moves
// the clock. On a proctorbooktest.Clock, on which nobody waits, it runs through days in
// milliseconds.
func (s *Scheduler) Run(ctx context.Context, interval time.Duration) error {
	if interval <= 0 {
		return inMethod("Run", invalid("interval", "must be positive", nil))
	}
	for {
		err := s.guarded(ctx, nil, "", func() error {
			_, err := s.Reconcile(ctx)
			return err
		})
		if err != nil && ctx.Err() == nil {
			s.safely(ctx, "", func() { s.log.WarnContext(ctx, "reconcile", slog.Any("error", err)) })
		}
		if err := s.clock.Sleep(ctx, s.jitter(interval)); err != nil {
			return err
		}
	}
}

// Wake makes the booking with that reservation id due at once, before routine looks: the
// next Reconcile asks the provider what is true. It reads a begun or finished booking's
// report, too. For a webhook's event call [Scheduler.Delivered]. An unknown id is no error.
// Errors: those of the store.
func (s *Scheduler) Wake(ctx context.Context, reservationID string) error {
	_, err := s.change(ctx, BookingID(reservationID), func(b *Booking, now time.Time) ([]Event, error) {
		if !b.wake(now) {
			return nil, errNoChange
		}
		return nil, nil
	})
	if errors.Is(err, ErrNotFound) {
		s.log.InfoContext(ctx, "wake: not our reservation id")
		return nil
	}
	return err
}

// wake makes the booking due, before routine looks, and reports whether that changes it.
func (b *Booking) wake(now time.Time) bool {
	due := !b.DueAt.IsZero() && !b.DueAt.After(now)
	if due && b.Urgent() || b.DueAt.IsZero() && !b.reportedOn() {
		return false
	}
	if b.Woken = true; !due {
		b.DueAt = now
	}
	return true
}
