package scheduling

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/proctorbook/proctorbook"
)

// Book reserves the start for the learner, and returns the booking: scheduled, with
// the provider's number. start is a whole second, in any zone. It need not come from
// Slots: the window, the notice and the provider decide.
//
// The booking keeps the exam as it is now, with the window and duration of this
// learner: those of the exam, changed by [StaffService.SetAccommodation] and by the
// extra time that the platform grants.
//
// The booking is stored before anything is sent, under one reservation id that
// never changes: however often Book, Reconcile or a restart after a crash repeats
// the request, there is one reservation. If the learner has an active booking at
// that start already, Book returns it: as a [*PendingError] while another call or
// process is still making it.
//
// Errors: [*proctorbook.ValidationError] for a bad exam or start (for a start that is past,
// or outside what is allowed, it is a [*NotAllowedError] too), [*NotAllowedError] with the
// reasons that Status gives, or own_booking, [*AlreadyBookedError] if the learner is booked at
// another start, [*SlotTakenError] with fresh slots, [*RefusedError] for other
// refusals, and [*PendingError] if the outcome is not known yet.
func (s *Scheduler) Book(ctx context.Context, exam Exam, learner LearnerID, start time.Time) (Booking, error) {
	b, err := s.book(ctx, exam, learner, nil, start.UTC(), false)
	return b, inMethod("Book", err)
}

// BookSlot is Book for a slot of [Scheduler.Slots]. It refuses a slot of another exam,
// and one whose duration no longer holds for the learner. A slot with OnDemand
// becomes a session on demand; that can be moved to planned ones only.
//
// Errors: as [Scheduler.Book]; [*proctorbook.ValidationError] for a slot of another exam,
// or one whose duration no longer holds (ask for slots again).
func (s *Scheduler) BookSlot(ctx context.Context, exam Exam, slot Slot) (Booking, error) {
	var v problems
	v.check(slot.Exam == exam.Key(), "Slot.Exam", "is another exam")
	v.check(slot.Learner != "", "Slot.Learner", "is missing")
	if err := v.err(); err != nil {
		return Booking{}, inMethod("BookSlot", err)
	}
	var known *Learner
	record, err := s.store.Learner(ctx, slot.Learner, 0)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return Booking{}, fmt.Errorf("scheduling: BookSlot: %w", err)
	}
	if err == nil {
		known = &record
		_, d, down := s.effective(ctx, exam, record)
		if down == nil && d != slot.Duration { // if the platform is down, Book returns that
			return Booking{}, inMethod("BookSlot", invalid("Slot.Duration", "is no longer the learner's duration: ask for slots again", nil))
		}
	}
	b, err := s.book(ctx, exam, slot.Learner, known, slot.Start.UTC(), slot.OnDemand)
	return b, inMethod("BookSlot", err)
}

// TryBook reports whether Book would send a request for the start now. It checks
// what Book checks, and asks the platform too, but it sends nothing to the provider
// and stores nothing. Only the provider knows whether the start is free: Book may
// still be refused.
//
//   - sends is true: Book would send, and make a booking. b is empty.
//   - sends is false, without an error: b is booked at the start already, and Book
//     would return it.
//   - a [*PendingError]: b is being booked at, or moved to, the start already.
//
// Other errors are those of [Scheduler.Book] that come before anything is sent:
// [*proctorbook.ValidationError], [*NotAllowedError] and [*AlreadyBookedError].
func (s *Scheduler) TryBook(ctx context.Context, exam Exam, learner LearnerID, start time.Time) (b Booking, sends bool, err error) {
	if err := s.checkExam(exam); err != nil {
		return Booking{}, false, inMethod("Book", err)
	}
	start = start.UTC()
	b, err = s.store.Active(ctx, learner, exam.Key())
	if err == nil {
		return b, false, s.tryExisting(b, start)
	}
	if !errors.Is(err, ErrNotFound) {
		return Booking{}, false, fmt.Errorf("scheduling: Book: %w", err)
	}
	if _, err = s.mayBook(ctx, exam, learner, nil, start); err != nil {
		return Booking{}, false, inMethod("Book", err)
	}
	return Booking{}, true, nil
}

// book is Book. known is the learner's newest record, or nil.
func (s *Scheduler) book(ctx context.Context, exam Exam, learner LearnerID, known *Learner, start time.Time, onDemand bool) (Booking, error) {
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
	e, err := s.mayBook(ctx, exam, learner, known, start)
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
	return s.settleFor(ctx, w, b)
}

// checkExam returns an error for an exam that can never be booked.
func (s *Scheduler) checkExam(exam Exam) error {
	if err := exam.Validate(); err != nil {
		return err
	}
	if len(s.unlockKeys) == 0 {
		return invalid("Exam.Code", "needs an unlock key: pass WithUnlockKeys to New", ErrNoUnlockKey)
	}
	return nil
}

// mayBook returns an error if anything keeps the learner from booking the start.
func (s *Scheduler) mayBook(ctx context.Context, exam Exam, id LearnerID, known *Learner, start time.Time) (*eligibility, error) {
	e, err := s.eligibility(ctx, exam, id, known, s.enrollmentNow)
	if err != nil {
		return nil, fmt.Errorf("scheduling: Book: %w", err)
	}
	if err := checkStart(e.window, e.duration, exam.Policy.Notice, start, s.now(), ActionBook); err != nil {
		return nil, err
	}
	if len(e.reasons) > 0 {
		return nil, &NotAllowedError{Action: ActionBook, Reasons: e.reasons, cause: e.cause}
	}
	if err := blocked(e.others, Window{Start: start, End: start.Add(e.duration)}); err != nil {
		return nil, orOwnBooking(ActionBook, err)
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
	events := []Event{b.event(EventRequested, now)}
	events = append(events, w.noteFirst(ctx, &b, &e.learner)...)
	stored, err := s.store.Create(ctx, b, events...)
	if err == nil {
		s.measureChange(ctx, Booking{}, stored, events)
	}
	if err == nil || errors.Is(err, ErrAlreadyBooked) || errors.Is(err, ErrLearnerBusy) {
		return stored, orOwnBooking(ActionBook, err)
	}
	// The commit may have happened although its answer was lost. If the row is there,
	// the booking is under way.
	row, freshErr := s.fresh(ctx, b, nil)
	ours := row.Learner == b.Learner && row.CreatedAt.Equal(micro(b.CreatedAt)) // else randomness repeated an id
	switch {
	case freshErr == nil && ours:
		return row, nil
	case freshErr == nil || errors.Is(freshErr, ErrNotFound):
		return Booking{}, fmt.Errorf("scheduling: Book: %w", err)
	}
	return Booking{}, s.pending(b, err)
}

// existing is what Book returns for a learner with an active booking.
func (s *Scheduler) existing(ctx context.Context, b Booking, start time.Time) (Booking, error) {
	if err := b.checkStands(start); err != nil || b.Intent == nil {
		return b, err
	}
	return s.goOn(ctx, b)
}

// tryExisting is what TryBook returns for a learner with an active booking.
func (s *Scheduler) tryExisting(b Booking, start time.Time) error {
	if err := b.checkStands(start); err != nil || b.Intent == nil {
		return err
	}
	return s.pending(b, nil)
}

// checkStands returns an error unless the active booking is at the start, or on its
// way there.
func (b Booking) checkStands(start time.Time) error {
	if b.Canceling() || !b.wanted().Equal(start) {
		return &AlreadyBookedError{BookingID: b.ID, Start: b.wanted()}
	}
	return nil
}

// checkStart returns an error for a start outside the window or within the notice.
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
		reason = ""
	case start.Nanosecond() != 0:
		v.add("start", "must be a whole second")
		reason = ""
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
	e := &proctorbook.ValidationError{Op: opPackage, Fields: v}
	if reason != "" {
		e.Cause = notAllowed(action, reason) // a good instant, which is not allowed
	}
	return e
}

// newBookingID mints an id: `pb-<namespace>-<random>`, 32 characters.
func (s *Scheduler) newBookingID(namespace string) BookingID {
	s.randomMu.Lock()
	defer s.randomMu.Unlock()
	return BookingID(idPrefix + namespace + "-" + randomText(s.random, idRandomLength))
}
