package scheduling

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/internal/shown"
	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/scheduling/metrics"
	"github.com/proctorbook/proctorbook/scheduling/provider"
)

// A pass of Sweep removes at most sweepMost reservations, or one for every
// sweepMostShare bookings that it looked at, whichever is more. If there are more,
// something is wrong with the store or the provider, and a person must look.
const (
	sweepMost      = 3
	sweepMostShare = 100
)

// Surplus is an active reservation under a booking's id that the booking does not
// hold: it holds another one, or has ended.
type Surplus struct {
	Booking BookingID              // whose id the reservation has
	Learner LearnerID              // the booking's learner
	State   State                  // the booking's state
	Number  proctoru.ReservationNo // the provider's number of the reservation
	Removed bool                   // this pass removed it
}

// UnknownReservation is an active reservation with an id of this library that is not
// in the store: another deployment with the same account made it, or the store lost
// it, as by the restore of a backup. It is never removed.
type UnknownReservation struct {
	ID      BookingID              // the reservation_id
	Learner LearnerID              // in whose list it was found
	Number  proctoru.ReservationNo // the provider's number
	Start   time.Time              // UTC
	Ours    bool                   // the id has this store's namespace: the store has lost a booking
}

var errProviderDown = fmt.Errorf("scheduling: Sweep: ended early, nothing was removed: call it again later: %w", ErrProviderDown)

// SweepResult is what a pass of the sweep found.
type SweepResult struct {
	Looked  int                  // bookings compared with the provider
	Failed  int                  // bookings that could not be compared: see the error
	Surplus []Surplus            // reservations that no booking needs, at most one for each booking
	Unknown []UnknownReservation // reservations that are not in the store
	Stopped bool                 // there was more surplus than one pass may remove, and nothing was removed
}

// Sweep compares every booking that may still have a reservation at the provider with
// the provider's list, and reports what should not be there: a second reservation of a
// booking, one that a late request made for a canceled or failed booking, and
// reservations with an id of this library that is not in the store. Call it every hour
// or so, as [Scheduler.Serve] does; until then a second reservation may exist.
//
// With SweepRemove it also removes surplus reservations of this store's bookings. A
// second one is removed only if the booking provably has its own, and the second was
// seen for at least Tuning.EvidenceLag. If a pass would have to remove more than 3
// reservations, and more than 1 % of the bookings that it looked at, it removes none
// and sets Stopped.
//
// Errors of single bookings and of the store are joined. If the provider does not
// answer, Sweep ends early with [ErrProviderDown], and has removed nothing.
func (s *Scheduler) Sweep(ctx context.Context) (SweepResult, error) {
	result, _, err := s.sweep(ctx)
	return result, err
}

// sweep is Sweep, and reports whether the pass got to its end.
func (s *Scheduler) sweep(ctx context.Context) (result SweepResult, ended bool, _ error) {
	var errs []error
	unknown := map[BookingID]bool{}
	ctx = proctorbook.Routine(ctx)
	began := s.now()
	defer func() { s.measureSweep(ctx, began, result, ended) }()
	for b, err := range s.store.List(ctx, Filter{WatchedAt: s.now()}) {
		if err != nil {
			errs = append(errs, fmt.Errorf("scheduling: Sweep: %w", err))
			if !s.goesOn(ctx, err) {
				return result, false, errors.Join(errs...)
			}
			result.Failed++
			continue
		}
		if b.Intent != nil {
			continue // its operation may just have made what looks like surplus
		}
		err = s.guarded(ctx, nil, b.ID, func() error { return s.sweepOne(ctx, b.ID, &result, unknown) })
		if err != nil {
			result.Failed++
			errs = append(errs, fmt.Errorf("scheduling: Sweep: booking %s: %w", shown.ID(b.ID), err))
			if s.strain.down() {
				return result, false, errors.Join(append(errs, errProviderDown)...)
			}
		}
	}
	if s.sweepMode == SweepRemove {
		errs = append(errs, s.removeSurplus(ctx, &result)...)
	}
	return result, ctx.Err() == nil, errors.Join(append(errs, ctx.Err())...)
}

// sweepOne compares one booking with the provider.
func (s *Scheduler) sweepOne(ctx context.Context, id BookingID, result *SweepResult, unknown map[BookingID]bool) error {
	w := s.newWorker()
	b, err := w.lease(ctx, id)
	if errors.Is(err, errLeased) {
		return nil // a worker has it right now
	}
	if err != nil {
		return err
	}
	defer func() { w.release(ctx, b) }()
	if b.Intent != nil {
		return nil
	}
	t, err := w.look(ctx, b)
	if errors.Is(err, errOvertaken) {
		return nil
	}
	if err != nil {
		return err
	}
	b = *t.b
	if t.look.listErr != nil {
		return t.look.listErr
	}
	result.Looked++
	others := t.look.others
	if t.surplus != "" {
		result.Surplus = append(result.Surplus, Surplus{Booking: b.ID, Learner: b.Learner, State: b.State, Number: t.surplus})
		if s.sweepMode == SweepReport && b.State.Active() {
			if t, err = w.swap(ctx, b, sameAttempt, func(t *turn) { t.flag(ReasonExtra) }); err == nil {
				b = *t.b
			}
		}
	}
	return errors.Join(err, s.noteUnknown(ctx, others, b.Learner, result, unknown))
}

// noteUnknown adds the listed ids with our prefix that are not in the store.
func (s *Scheduler) noteUnknown(ctx context.Context, rows []provider.Listed, learner LearnerID, result *SweepResult, seen map[BookingID]bool) error {
	namespace, err := s.store.Namespace(ctx)
	if err != nil {
		return err
	}
	for _, r := range rows {
		if seen[BookingID(r.ReservationID)] || !strings.HasPrefix(r.ReservationID, idPrefix) {
			continue
		}
		seen[BookingID(r.ReservationID)] = true
		_, err := s.store.Get(ctx, BookingID(r.ReservationID))
		if _, only := unreadable(err); only {
			continue // the store has it
		}
		if !errors.Is(err, ErrNotFound) {
			return err
		}
		ours := BookingID(r.ReservationID).Namespace() == namespace
		result.Unknown = append(result.Unknown, UnknownReservation{ID: BookingID(r.ReservationID), Learner: learner, Number: r.Number, Start: r.Start, Ours: ours})
		s.log.WarnContext(ctx, "unknown_to_store", slog.String("reservation", r.ReservationID), slog.Bool("ours", ours))
	}
	return nil
}

// removeSurplus removes what the pass has found, unless that is more than the limit.
func (s *Scheduler) removeSurplus(ctx context.Context, result *SweepResult) []error {
	if len(result.Surplus) > max(sweepMost, result.Looked/sweepMostShare) {
		result.Stopped = true
		s.log.ErrorContext(ctx, "sweep stopped: too much surplus", slog.Int("surplus", len(result.Surplus)), slog.Int("looked", result.Looked))
		return nil
	}
	var errs []error
	for i := range result.Surplus {
		x := &result.Surplus[i]
		err := s.guarded(ctx, nil, x.Booking, func() (err error) {
			x.Removed, err = s.removeOne(ctx, x.Booking, x.Number)
			return err
		})
		if err != nil && !errors.Is(err, errOvertaken) && !errors.Is(err, errLeased) {
			errs = append(errs, fmt.Errorf("scheduling: Sweep: booking %s: %w", shown.ID(x.Booking), err))
		}
	}
	return errs
}

// removeOne condemns the number, stores that, and removes the reservation.
func (s *Scheduler) removeOne(ctx context.Context, id BookingID, number proctoru.ReservationNo) (bool, error) {
	w := s.newWorker()
	b, err := w.lease(ctx, id)
	if err != nil {
		return false, err
	}
	defer func() { w.release(ctx, b) }()
	if b.Intent != nil || number == b.Number || b.dead(number) {
		return false, nil
	}
	t, err := w.swap(ctx, b, sameAttempt, func(t *turn) {
		if t.b.condemned(number) {
			return
		}
		t.b.condemn(number)
		typ := EventExtraCondemned
		if t.b.State == StateCanceled || t.b.State == StateFailed {
			typ = EventZombieCondemned
		}
		t.emit(typ, func(e *Event) { e.Number = number })
	})
	if err != nil {
		return false, err
	}
	if t, err = w.removeExtra(ctx, *t.b, number); err != nil {
		return false, err
	}
	b = *t.b
	return b.dead(number), nil
}

// measureSweep measures a pass of Sweep.
func (s *Scheduler) measureSweep(ctx context.Context, began time.Time, result SweepResult, ended bool) {
	if ended {
		s.measureLast(ctx, jobSweep, began)
	}
	s.measure(ctx, metrics.SweepDuration, s.now().Sub(began).Seconds())
	findings := map[string]int{"surplus": len(result.Surplus), "unknown_to_store": len(result.Unknown), "failed": result.Failed}
	for _, x := range result.Surplus {
		if x.Removed {
			findings["removed"]++
		}
	}
	if result.Stopped {
		findings["stopped"] = 1
	}
	for _, name := range []string{"surplus", "removed", "unknown_to_store", "failed", "stopped"} {
		if n := findings[name]; n > 0 {
			s.measure(ctx, metrics.SweepFindings, float64(n), name)
		}
	}
}
