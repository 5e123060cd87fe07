package scheduling

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/proctorbook/proctorbook"
)

// Book reserves the start for the learner and returns the booking as it then
// stands: scheduled, with the provider's number. start is an instant; seconds
// are its smallest unit. It need not come from Slots: a form may post back
// whatever it likes, and the window, the notice and the provider decide.
//
// What holds for this learner is kept with the booking: the exam's window and
// duration, with the accommodation of [StaffService.SetAccommodation], and the extra
// time that the platform grants.
//
// The booking is stored before anything is sent, under one reservation id that
// is never replaced: however often Book, Reconcile or a crash repeats the
// request, one reservation results. If an active booking at that start exists
// already, Book returns it.
//
// Errors: [*proctorbook.ValidationError] for a bad exam or start, [*NotAllowedError] with the
// reasons that Status gives, [*AlreadyBookedError] if the learner stands at
// another start, [*SlotTakenError] with fresh slots, [*RefusedError] for other
// refusals, and [*PendingError] if the outcome is open.
func (s *Scheduler) Book(ctx context.Context, exam Exam, learner LearnerID, start time.Time) (Booking, error) {
	return s.book(ctx, exam, learner, start.UTC(), false)
}

// BookSlot is Book for a slot that [Scheduler.Slots] gave out: it refuses one of
// another exam or of other terms than now hold for the learner, and books a
// session on demand where the slot is one. How the booking goes on is the same,
// but for its moves, which go to planned slots.
//
// Errors: as [Scheduler.Book]; [*proctorbook.ValidationError] for a slot that is not of the
// exam, or whose duration does not hold any more (ask for slots again).
func (s *Scheduler) BookSlot(ctx context.Context, exam Exam, slot Slot) (Booking, error) {
	var v problems
	v.check(slot.Exam == exam.Key(), "Slot.Exam", "is another exam")
	v.check(slot.Learner != "", "Slot.Learner", "is missing")
	if err := v.err(); err != nil {
		return Booking{}, err
	}
	record, err := s.store.Learner(ctx, slot.Learner, 0)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return Booking{}, fmt.Errorf("scheduling: BookSlot: %w", err)
	}
	if err == nil {
		_, d, down := s.effective(ctx, exam, record)
		if down == nil && d != slot.Duration { // an outage is Book's to tell
			return Booking{}, invalid("Slot.Duration", "is not what holds for the learner now: ask for slots again", nil)
		}
	}
	return s.book(ctx, exam, slot.Learner, slot.Start.UTC(), slot.OnDemand)
}

// TryBook reports whether Book would send a request for the start now. It decides
// by the same rules as Book, and asks the platform as Book does, but it sends
// nothing to the provider and stores nothing. Only the provider knows whether the
// start is free, so that Book may still be refused.
//
//   - sends is true: nothing keeps Book from sending. There is no booking.
//   - sends is false, without an error: b stands at the start already, and Book
//     would return it.
//   - a [*PendingError]: b is being booked at, or moved to, the start already.
//
// Errors: besides that, those of [Scheduler.Book] that come before anything is sent:
// [*proctorbook.ValidationError], [*NotAllowedError] and [*AlreadyBookedError].
func (s *Scheduler) TryBook(ctx context.Context, exam Exam, learner LearnerID, start time.Time) (b Booking, sends bool, err error) {
	if err := s.checkExam(exam); err != nil {
		return Booking{}, false, err
	}
	start = start.UTC()
	b, err = s.store.Active(ctx, learner, exam.Key())
	if err == nil {
		return b, false, b.tryExisting(start)
	}
	if !errors.Is(err, ErrNotFound) {
		return Booking{}, false, fmt.Errorf("scheduling: Book: %w", err)
	}
	if _, err = s.mayBook(ctx, exam, learner, start); err != nil {
		return Booking{}, false, err
	}
	return Booking{}, true, nil
}

func (s *Scheduler) book(ctx context.Context, exam Exam, learner LearnerID, start time.Time, onDemand bool) (Booking, error) {
	if err := s.checkExam(exam); err != nil {
		return Booking{}, err
	}
	b, err := s.store.Active(ctx, learner, exam.Key())
	if err == nil {
		return s.existing(ctx, b, start)
	}
	if !errors.Is(err, ErrNotFound) {
		return Booking{}, fmt.Errorf("scheduling: Book: %w", err)
	}
	e, err := s.mayBook(ctx, exam, learner, start)
	if err != nil {
		return Booking{}, err
	}
	w := s.newWorker()
	b, err = s.insert(ctx, w, exam, e, start, onDemand)
	if errors.Is(err, ErrAlreadyBooked) {
		if b, err = s.store.Active(ctx, learner, exam.Key()); err == nil {
			return s.existing(ctx, b, start)
		}
	}
	if err != nil {
		return Booking{}, err
	}
	if b, err = s.settle(ctx, w, b); err != nil {
		return b, err
	}
	return s.result(ctx, b, OpReserve, start, w.last)
}

// checkExam refuses what can never be booked.
func (s *Scheduler) checkExam(exam Exam) error {
	if err := exam.Validate(); err != nil {
		return err
	}
	if len(s.unlockKeys) == 0 {
		return invalid("Exam.Code", "needs an unlock key: pass WithUnlockKeys to New", ErrNoUnlockKey)
	}
	return nil
}

// mayBook checks everything that keeps the learner from booking the start.
func (s *Scheduler) mayBook(ctx context.Context, exam Exam, id LearnerID, start time.Time) (*eligibility, error) {
	e, err := s.eligibility(ctx, exam, id)
	if err != nil {
		return nil, fmt.Errorf("scheduling: Book: %w", err)
	}
	if err := checkStart(e.window, e.duration, exam.Policy.Notice, start, s.now(), ActionBook); err != nil {
		return nil, err
	}
	if len(e.reasons) > 0 {
		return nil, &NotAllowedError{Action: ActionBook, Reasons: e.reasons, cause: e.cause}
	}
	return e, nil
}

// insert stores the pending booking under the worker's lease.
func (s *Scheduler) insert(ctx context.Context, w *worker, exam Exam, e *eligibility, start time.Time, onDemand bool) (Booking, error) {
	namespace, err := s.store.Namespace(ctx)
	if err != nil {
		return Booking{}, fmt.Errorf("scheduling: Book: %w", err)
	}
	now := s.now()
	b := Booking{
		ID: s.newBookingID(namespace), Learner: e.learner.ID, Profile: e.learner.Version, CreatedAt: now, UpdatedAt: now,
		Exam: exam, Window: e.window, Duration: e.duration, OnDemand: onDemand, State: StatePending,
		Code:  Code{KeyID: s.unlockKeys[0].ID, Generation: 1},
		Lease: Lease{Owner: w.owner, Until: now.Add(s.tuning.Lease)},
	}
	b = b.clone()
	b.open(OpReserve, start, now, s.tuning.Deadline, Request{})
	requested := b.event(EventRequested, now)
	stored, err := s.store.Create(ctx, b, requested)
	if err == nil {
		s.measureChange(ctx, Booking{}, stored, []Event{requested})
	}
	if err == nil || errors.Is(err, ErrAlreadyBooked) {
		return stored, err
	}
	// The commit may have happened although its answer was lost. If the row is
	// there the booking is under way, whatever the caller is told.
	if row, freshErr := s.fresh(ctx, b, nil); freshErr == nil {
		return row, nil
	} else if errors.Is(freshErr, ErrNotFound) {
		return Booking{}, fmt.Errorf("scheduling: Book: %w", err)
	}
	return Booking{}, b.pending(false, err)
}

// existing answers Book where an active booking exists.
func (s *Scheduler) existing(ctx context.Context, b Booking, start time.Time) (Booking, error) {
	if err := b.checkStands(start); err != nil || b.Intent == nil {
		return b, err
	}
	return s.goOn(ctx, b)
}

// tryExisting answers TryBook where an active booking exists.
func (b Booking) tryExisting(start time.Time) error {
	if err := b.checkStands(start); err != nil || b.Intent == nil {
		return err
	}
	return b.pending(false, nil)
}

// checkStands refuses the start if the active booking neither is nor will be there.
func (b Booking) checkStands(start time.Time) error {
	if b.Canceling() || !b.wanted().Equal(start) {
		return &AlreadyBookedError{BookingID: b.ID, Start: b.wanted()}
	}
	return nil
}

// checkStart refuses a start that is no instant of the window, or too near.
func checkStart(w Window, d, notice time.Duration, start, now time.Time, action Action) error {
	var v problems
	earliest, latest := now.Add(notice), w.End.Add(-d)
	if w.Start.After(earliest) {
		earliest = w.Start
	}
	reason := ReasonOutsideWindow
	switch {
	case start.IsZero():
		v.add("start", "is missing")
	case start.Nanosecond() != 0:
		v.add("start", "must be a whole second")
	case !start.After(now):
		v.add("start", "is past; the earliest start allowed is "+earliest.UTC().Format(time.RFC3339))
		reason = ReasonStartInPast
	case start.Before(earliest):
		v.add("start", "is before the earliest start allowed, "+earliest.UTC().Format(time.RFC3339))
	case start.After(latest):
		v.add("start", "is after the latest start allowed, "+latest.UTC().Format(time.RFC3339))
	default:
		return nil
	}
	return &proctorbook.ValidationError{Op: "scheduling", Fields: v, Cause: notAllowed(action, reason)}
}

// newBookingID mints an id: `pb-<namespace>-<random>`, 32 characters.
func (s *Scheduler) newBookingID(namespace string) BookingID {
	s.randomMu.Lock()
	defer s.randomMu.Unlock()
	return BookingID(idPrefix + namespace + "-" + randomText(s.random, idRandomLength))
}
