package scheduling

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/proctorbook/proctorbook"
)

// CohortRow is one learner's line in a cohort.
type CohortRow struct {
	Learner LearnerID
	Start   time.Time // to book, or to move to; whole seconds
}

// RowCode says what became of a row.
type RowCode string

// The codes. After another run of the same rows each row is done, ready or
// refused, if the trouble is over and Reconcile has run.
const (
	RowDone     RowCode = "done"      // it stands as asked, since now or since an earlier run
	RowReady    RowCode = "ready"     // dry run: nothing keeps the row from being sent
	RowPending  RowCode = "pending"   // the outcome is open: Reconcile finds out
	RowRefused  RowCode = "refused"   // not done, and trying the same again won't help: see Reason
	RowFailed   RowCode = "failed"    // not done: the store or the platform failed; run the cohort again
	RowNotTried RowCode = "not_tried" // the cohort stopped before it; Err is a *StoppedError
)

// CohortResult is what became of one row.
type CohortResult struct {
	Index   int // of the row in what was passed, from 0
	Row     CohortRow
	Code    RowCode
	Reason  ReasonCode // of RowRefused, and of RowFailed if the platform is to blame; else ""
	Booking Booking    // as it stands; zero if there is none
	Err     error      // nil for RowDone and RowReady; else what Book, Reschedule or Cancel returned
}

// CohortOptions are settings of a cohort. Its zero value is good for production.
type CohortOptions struct {
	// DryRun checks every row by the same rules as the real run, and sends nothing
	// to the provider. The platform is asked for enrollments, once a row.
	DryRun bool

	// Parallel is how many rows are worked on at a time; default 4. More of them
	// hide longer answers; the pace is the limiter's of the provider's client.
	Parallel int

	// MaxFailures is after how many rows in a row that the provider refused, that
	// stayed open or that failed, the cohort stops; default 10. Rows that are
	// refused before anything is sent don't count.
	MaxFailures int
}

func (o CohortOptions) normal() (CohortOptions, error) {
	var v problems
	v.check(o.Parallel >= 0, "CohortOptions.Parallel", "is negative")
	v.check(o.MaxFailures >= 0, "CohortOptions.MaxFailures", "is negative")
	if o.Parallel <= 0 {
		o.Parallel = 4
	}
	if o.MaxFailures <= 0 {
		o.MaxFailures = 10
	}
	return o, v.err()
}

// StoppedError is the error of each row that a cohort did not try: its context
// ended, the provider's client is out of its error budget, or too many rows in a
// row went wrong. Run the cohort again once the cause is gone. It is proctorbook.ErrNotDone.
type StoppedError struct {
	Failures int // how many rows in a row had gone wrong
	cause    error
}

// Error says why the cohort stopped.
func (e *StoppedError) Error() string {
	return fmt.Sprintf("scheduling: not tried: the cohort stopped after %d failures in a row: %v", e.Failures, e.cause)
}

// Unwrap returns proctorbook.ErrNotDone, and what stopped the cohort.
func (e *StoppedError) Unwrap() []error { return []error{proctorbook.ErrNotDone, lastFailure{e.cause}} }

// BookCohort books the exam for many learners. It yields one result for each row
// as it comes, not in the order of the rows; nothing runs before you range.
//
// It needs no memory of its own to go on where it stopped: run it again with the
// same rows, after a crash too. A row whose learner stands at its start is done
// and sends nothing, so that no row books twice. Call Reconcile or Run beside
// it: rows that a crash left half-done are pending until then.
//
// It stops, and tells the rest "not tried", when ctx ends, when an error is
// proctoru.ErrErrorBudget, and after MaxFailures. Breaking out of the loop lets
// the rows under way settle, which may take the Scheduler's patience, and tries
// no more. A learner who is in two rows is refused in the second.
func (s *Scheduler) BookCohort(ctx context.Context, exam Exam, rows []CohortRow, o CohortOptions) iter.Seq[CohortResult] {
	return s.cohort(ctx, rows, o, func(ctx context.Context, r CohortRow) (Booking, error) {
		if o.DryRun {
			return s.tryBook(ctx, exam, r.Learner, r.Start.UTC())
		}
		return s.Book(ctx, exam, r.Learner, r.Start)
	})
}

// MoveCohort moves the active bookings of many learners for the exam to the
// starts of the rows. It works as [Scheduler.BookCohort] does.
func (s *Scheduler) MoveCohort(ctx context.Context, exam ExamKey, rows []CohortRow, o CohortOptions) iter.Seq[CohortResult] {
	return s.cohort(ctx, rows, o, func(ctx context.Context, r CohortRow) (Booking, error) {
		b, err := s.activeOf(ctx, exam, r.Learner, ActionReschedule)
		if err != nil {
			return b, err
		}
		if o.DryRun {
			return b.tryMove(r.Start.UTC(), s.now())
		}
		return s.Reschedule(ctx, b.ID, r.Start)
	})
}

// CancelCohort cancels the active bookings of many learners for the exam. It
// works as [Scheduler.BookCohort] does. A learner whose newest booking is
// canceled already is done; the starts of the rows are not looked at.
func (s *Scheduler) CancelCohort(ctx context.Context, exam ExamKey, rows []CohortRow, r Request, o CohortOptions) iter.Seq[CohortResult] {
	return s.cohort(ctx, rows, o, func(ctx context.Context, row CohortRow) (Booking, error) {
		if err := r.validate(); err != nil {
			return Booking{}, err
		}
		b, err := s.activeOf(ctx, exam, row.Learner, ActionCancel)
		if b.State == StateCanceled {
			return b, nil
		}
		if err != nil {
			return b, err
		}
		if o.DryRun {
			return b.tryCancel(s.now())
		}
		return s.Cancel(ctx, b.ID, r)
	})
}

// errReady is what a dry run returns where the real one would send.
var errReady = errors.New("scheduling: nothing keeps the row from being sent")

// tryBook decides as Book does, and sends nothing.
func (s *Scheduler) tryBook(ctx context.Context, exam Exam, learner LearnerID, start time.Time) (Booking, error) {
	if err := s.checkExam(exam); err != nil {
		return Booking{}, err
	}
	b, err := s.store.Active(ctx, learner, exam.Key())
	switch {
	case errors.Is(err, ErrNotFound):
		if _, err = s.mayBook(ctx, exam, learner, start); err == nil {
			err = errReady
		}
		return Booking{}, err
	case err != nil:
		return Booking{}, fmt.Errorf("scheduling: Book: %w", err)
	case !b.standsFor(start):
		return b, &AlreadyBookedError{BookingID: b.ID, Start: b.wanted()}
	case b.Intent != nil:
		return b, b.pending(false, nil)
	}
	return b, nil
}

// tryMove decides as Reschedule does, and sends nothing.
func (b Booking) tryMove(start, now time.Time) (Booking, error) {
	there, err := b.mayMove(start, now)
	switch {
	case err != nil:
		return b, err
	case !there:
		return b, errReady
	case b.Intent != nil:
		return b, b.pending(false, nil)
	}
	return b, nil
}

// tryCancel decides as Cancel does, and sends nothing.
func (b Booking) tryCancel(now time.Time) (Booking, error) {
	if reasons := b.why(ActionCancel, now); len(reasons) > 0 {
		return b, &NotAllowedError{Action: ActionCancel, Reasons: reasons}
	}
	if b.Canceling() {
		return b, b.pending(b.Intent.Op != OpCancel, nil)
	}
	return b, errReady
}

// activeOf returns the learner's active booking of the exam. If there is none it
// returns the newest, and a [*NotAllowedError].
func (s *Scheduler) activeOf(ctx context.Context, exam ExamKey, learner LearnerID, a Action) (Booking, error) {
	b, err := s.store.Active(ctx, learner, exam)
	if err == nil {
		return b, nil
	}
	if !errors.Is(err, ErrNotFound) {
		return Booking{}, fmt.Errorf("scheduling: cohort: %w", err)
	}
	last, err := s.newest(ctx, exam, learner)
	switch {
	case err != nil:
		return Booking{}, fmt.Errorf("scheduling: cohort: %w", err)
	case last == nil:
		return Booking{}, notAllowed(a, ReasonNoBooking)
	}
	return *last, notAllowed(a, ReasonBookingEnded)
}
