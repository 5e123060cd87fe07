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
// sweepMostShare bookings that its round looked at, whichever is more. If there are more,
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
	Learner LearnerID              // whose it is; "" if the report does not tell
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

	Bulk bool // a bulk reading of the report stands for routine watches until the next one
	Due  int  // bookings that the reading did not confirm, and that were made due for a look each

	Since   time.Time // when the round began of which this pass is a part, or the whole: UTC
	Resumed bool      // the pass went on with the lists where an earlier one of the round had ended early
	Earlier int       // bookings not compared by this pass, because an earlier one of the round has come to their learners
	Left    int       // bookings not reached, because the pass ended early: the next one goes on with them

	Rested bool // RoutineSweep compared nothing: deliveries are shown, and the last sweep stands
}

// Sweep compares every booking that may still have a reservation at the provider with
// what the provider has, and reports what should not be there: a second reservation of
// a booking, one that a late request made for a canceled or failed booking, and
// reservations with an id of this library that is not in the store. Call it every hour
// or so, as [Scheduler.Serve] does; until then a second reservation may exist.
//
// From [Tuning].BulkFrom bookings on it first reads the provider's report of all
// learners: a bulk reading. If that confirms at least half of the scheduled bookings
// that are ahead, it stands for the routine watches of [Scheduler.Reconcile] for twice
// Tuning.WatchInterval: those of bookings that it does not confirm become due, and the
// others wait for the next reading, or until two hours before their start. Where the
// report does not show a booking, or does not answer, Sweep reads the list of its
// learner, once for each learner. A booking of which that shows anything odd is looked
// at as Reconcile does.
//
// Lists are read in the order of the learners' ids. A pass that ends early, however, is
// carried on by the next one, of any replica, behind the last learner that it compared, if
// that was less than a day ago: all passes until one gets to the last learner are one
// round. So each learner is reached once a round, even where the lists take longer than a
// process lives. The store keeps the progress, once a minute, if it is a [JobKeeper]. A
// booking in which a reservation too many was seen already is compared by every pass.
// [Scheduler.SweepCost] tells beforehand what a pass will take.
//
// With SweepRemove it also removes surplus reservations of this store's bookings. A
// second one is removed only if the booking provably has its own, and the second was
// seen for at least Tuning.EvidenceLag. If a pass would have to remove more than 3
// reservations, and more than 1 % of the bookings that its round looked at, it removes
// none and sets Stopped.
//
// Errors of single bookings and of the store are joined. If the provider does not
// answer, Sweep ends early with [ErrProviderDown], and has removed nothing.
func (s *Scheduler) Sweep(ctx context.Context) (SweepResult, error) {
	result, _, err := s.sweep(ctx, false)
	return result, err
}

// sweep is Sweep or RoutineSweep, and reports whether the pass got to its end.
func (s *Scheduler) sweep(ctx context.Context, routine bool) (result SweepResult, ended bool, _ error) {
	ctx = withPurpose(proctorbook.Routine(ctx), PurposeSweep)
	p := &sweepPass{s: s, routine: routine, began: s.now(), unknown: map[BookingID]bool{}}
	p.result.Since = p.began
	defer func() { s.measureSweep(ctx, p.began, p.result, ended) }()
	err := p.run(ctx)
	if err == nil && !p.result.Resumed { // what earlier passes of the round could not compare is not known
		p.swept(ctx, p.began)
	}
	if err == nil && s.sweepMode == SweepRemove {
		p.errs = append(p.errs, s.removeSurplus(ctx, &p.result)...)
	}
	if err == nil {
		err = ctx.Err()
	}
	switch {
	case p.round == nil: // it ended before, or rests
	case err == nil:
		p.round.done(ctx)
	default:
		p.round.stop(ctx)
	}
	return p.result, err == nil, errors.Join(append(p.errs, err)...)
}

// sweepPass is one pass of Sweep.
type sweepPass struct {
	s       *Scheduler
	routine bool // it may rest while deliveries are shown
	began   time.Time
	watched watchedSet
	round   *sweepRound // nil until the bookings are known, and for a pass that rests
	share   deliveryShare
	result  SweepResult
	errs    []error // of single bookings

	doubled map[BookingID]bool // the reading shows another reservation under their ids
	leased  []BookingID        // a worker had them: they are tried once more

	namespace string             // of this store
	unknown   map[BookingID]bool // ids that were looked up in the store
}

// run compares all bookings. Its error ends the pass.
func (p *sweepPass) run(ctx context.Context) error {
	if err := p.load(ctx); err != nil {
		return err
	}
	if p.rests(ctx) {
		return ctx.Err()
	}
	p.round = p.s.newSweepRound(ctx, p.began)
	p.tellCost(ctx)
	open := p.watched.quiet
	if p.s.bulkReads(&p.watched) {
		var err error
		if open, err = p.byReport(ctx); err != nil {
			return err
		}
	}
	if err := p.byLists(ctx, open); err != nil {
		return err
	}
	leased := p.leased
	p.leased = nil
	for _, id := range leased {
		p.one(ctx, id) // whoever had it then has most likely ended
	}
	return ctx.Err()
}

// load reads the bookings that may still have a reservation, but not those with an open
// operation, which may just have made what looks like surplus.
func (p *sweepPass) load(ctx context.Context) error {
	var err error
	if p.namespace, err = p.s.store.Namespace(ctx); err != nil {
		return fmt.Errorf("scheduling: Sweep: %w", err)
	}
	p.watched = newWatchedSet()
	now := p.s.now()
	for b, err := range p.s.store.List(ctx, Filter{WatchedAt: now.Add(-p.s.deliveriesCountedFor())}) {
		if err != nil {
			err = fmt.Errorf("scheduling: Sweep: %w", err)
			if !p.s.goesOn(ctx, err) {
				return err
			}
			p.fail(err)
			continue
		}
		if !b.WatchUntil().Before(now) {
			p.watched.add(b, now)
		}
		p.share.count(&b, p.began.Add(-deliveriesDay), p.began)
	}
	return ctx.Err()
}

func (p *sweepPass) fail(err error) {
	p.result.Failed++
	p.errs = append(p.errs, err)
}

// one looks at one booking, as Reconcile does.
func (p *sweepPass) one(ctx context.Context, id BookingID) {
	if ctx.Err() != nil {
		return
	}
	if err := p.s.guarded(ctx, nil, id, func() error { return p.look(ctx, id) }); err != nil {
		p.fail(sweepError(id, err))
	}
}

func sweepError(id BookingID, err error) error {
	return &sweepFailure{id, fmt.Errorf("scheduling: Sweep: booking %s: %w", shown.ID(id), err)}
}

// look compares one booking with the provider.
func (p *sweepPass) look(ctx context.Context, id BookingID) error {
	w := p.s.newWorker()
	b, err := w.lease(ctx, id)
	if errors.Is(err, errLeased) {
		p.leased = append(p.leased, id) // a worker has it right now
		return nil
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
	p.result.Looked++
	others := t.look.others
	if t.surplus != "" {
		p.result.Surplus = append(p.result.Surplus, Surplus{Booking: b.ID, Learner: b.Learner, State: b.State, Number: t.surplus})
		if p.s.sweepMode == SweepReport && b.State.Active() {
			if t, err = w.swap(ctx, b, sameAttempt, func(t *turn) { t.flag(ReasonExtra) }); err == nil {
				b = *t.b
			}
		}
	}
	return errors.Join(err, p.noteUnknown(ctx, b.Learner, others))
}

// noteUnknown adds the listed ids with our prefix that are not in the store.
func (p *sweepPass) noteUnknown(ctx context.Context, learner LearnerID, rows []provider.Listed) error {
	for _, r := range rows {
		id := BookingID(r.ReservationID)
		if p.unknown[id] || p.watched.byID[id] != nil || !strings.HasPrefix(r.ReservationID, idPrefix) {
			continue
		}
		p.unknown[id] = true
		_, err := p.s.store.Get(ctx, id)
		if _, only := unreadable(err); only {
			continue // the store has it
		}
		if !errors.Is(err, ErrNotFound) {
			return err
		}
		p.result.Unknown = append(p.result.Unknown, UnknownReservation{ID: id, Learner: learner, Number: r.Number, Start: r.Start, Ours: id.Namespace() == p.namespace})
		p.s.log.WarnContext(ctx, "unknown_to_store", slog.String("reservation", r.ReservationID), slog.Bool("ours", id.Namespace() == p.namespace))
	}
	return nil
}

// removeSurplus removes what the pass has found, unless that is more than the limit.
func (s *Scheduler) removeSurplus(ctx context.Context, result *SweepResult) []error {
	if len(result.Surplus) > max(sweepMost, (result.Looked+result.Earlier)/sweepMostShare) {
		result.Stopped = true
		s.log.ErrorContext(ctx, "sweep stopped: too much surplus", slog.Int("surplus", len(result.Surplus)), slog.Int("looked", result.Looked+result.Earlier))
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
		s.measureLast(ctx, jobSweep, result.Since)
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
