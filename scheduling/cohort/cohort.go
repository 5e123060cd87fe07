package cohort

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/scheduling"
)

// Row is one learner's line in a cohort.
type Row struct {
	Learner scheduling.LearnerID // in one row only: a second row of a learner is refused
	Start   time.Time            // to book, or to move to; an instant in whole seconds
}

// Code tells what became of a row.
type Code string

// The codes. Once the trouble is over and Reconcile has run, another run of the same
// rows leaves each of them done or refused (in a dry run: done, ready or refused).
const (
	CodeDone     Code = "done"      // it stands as asked, since now or since an earlier run
	CodeReady    Code = "ready"     // dry run: nothing keeps the row from being sent
	CodePending  Code = "pending"   // the outcome is open: Reconcile finds out
	CodeRefused  Code = "refused"   // not done, and trying the same again won't help: see Reason
	CodeFailed   Code = "failed"    // not done: the store or the platform failed; run the cohort again
	CodeNotTried Code = "not_tried" // the run stopped before it; Err is a *StoppedError
)

// Result is what became of one row.
type Result struct {
	Index   int                   // of the row in what was passed, from 0
	Row     Row                   // as it was passed
	Code    Code                  // what became of it
	Reason  scheduling.ReasonCode // of CodeRefused, and of CodeFailed if the platform is to blame; else ""
	Booking scheduling.Booking    // as it stands; zero if there is none
	Err     error                 // nil for CodeDone and CodeReady; else what the Scheduler returned, or why it was not asked
}

// Options are settings of a run. The zero value is good for production.
type Options struct {
	// DryRun checks every row by the same rules as the real run, and sends nothing
	// to the provider. [Book] asks the platform for enrollments, once a row.
	DryRun bool

	// Parallel is how many rows are worked on at a time; default 4. More of them
	// hide longer answers; the pace is the limiter's of the provider's client.
	Parallel int

	// MaxFailures is after how many rows in a row that the provider refused, that
	// stayed open or that failed, the run stops; default 10. Rows that are refused
	// before anything is sent don't count.
	MaxFailures int
}

// normal returns the options with their defaults, and an error for those that mean
// nothing.
func (o Options) normal() (Options, error) {
	var wrong []proctorbook.FieldError
	if o.Parallel < 0 {
		wrong = append(wrong, proctorbook.FieldError{Field: "Options.Parallel", Problem: "is negative"})
	}
	if o.MaxFailures < 0 {
		wrong = append(wrong, proctorbook.FieldError{Field: "Options.MaxFailures", Problem: "is negative"})
	}
	if wrong != nil {
		return Options{Parallel: 4, MaxFailures: 10}, &proctorbook.ValidationError{Op: "cohort", Fields: wrong}
	}
	if o.Parallel == 0 {
		o.Parallel = 4
	}
	if o.MaxFailures == 0 {
		o.MaxFailures = 10
	}
	return o, nil
}

// StoppedError is the error of each row that a run did not try, because it stopped
// before: its context ended, the provider's client is out of its error budget, or
// too many rows in a row went wrong. Run the cohort again once the cause is gone. It
// is proctorbook.ErrNotDone.
type StoppedError struct {
	Failures int   // how many rows in a row had gone wrong
	cause    error // what stopped the run
}

// Error tells why the run stopped.
func (e *StoppedError) Error() string {
	return fmt.Sprintf("cohort: not tried: the run stopped after %d failures in a row: %v", e.Failures, e.cause)
}

// Unwrap returns proctorbook.ErrNotDone, and what stopped the run.
func (e *StoppedError) Unwrap() []error { return []error{proctorbook.ErrNotDone, e.cause} }

// Book books the exam for the learner of each row, as [scheduling.Scheduler.Book]
// does for one. It yields one result for each row as it comes, not in the order of
// the rows. Nothing runs before you range over it.
//
// A learner who has a booking at another start is refused: see [Reschedule].
func Book(ctx context.Context, s *scheduling.Scheduler, exam scheduling.Exam, rows []Row, o Options) iter.Seq[Result] {
	return results(ctx, rows, o, func(ctx context.Context, r Row) (scheduling.Booking, bool, error) {
		if o.DryRun {
			return s.TryBook(ctx, exam, r.Learner, r.Start)
		}
		return sent(s.Book(ctx, exam, r.Learner, r.Start))
	})
}

// Reschedule moves the learners' active bookings of the exam to the starts of the
// rows, as [scheduling.Scheduler.Reschedule] does for one. It yields its results as
// [Book] does.
func Reschedule(ctx context.Context, s *scheduling.Scheduler, exam scheduling.ExamKey, rows []Row, o Options) iter.Seq[Result] {
	return results(ctx, rows, o, func(ctx context.Context, r Row) (scheduling.Booking, bool, error) {
		b, err := latest(ctx, s, exam, r.Learner, scheduling.ActionReschedule)
		if err != nil {
			return scheduling.Booking{}, false, err
		}
		if o.DryRun {
			return s.TryReschedule(ctx, b.ID, r.Start)
		}
		return sent(s.Reschedule(ctx, b.ID, r.Start))
	})
}

// Cancel cancels the learners' active bookings of the exam, as
// [scheduling.Scheduler.Cancel] does for one; the starts of the rows are not looked
// at. It yields its results as [Book] does. A learner whose newest booking is
// canceled already is done.
func Cancel(ctx context.Context, s *scheduling.Scheduler, exam scheduling.ExamKey, rows []Row, r scheduling.Request, o Options) iter.Seq[Result] {
	return results(ctx, rows, o, func(ctx context.Context, row Row) (scheduling.Booking, bool, error) {
		b, err := latest(ctx, s, exam, row.Learner, scheduling.ActionCancel)
		if err != nil {
			return scheduling.Booking{}, false, err
		}
		if o.DryRun {
			return s.TryCancel(ctx, b.ID, r)
		}
		return sent(s.Cancel(ctx, b.ID, r))
	})
}

// sent is the answer to a row that was really sent: nothing is left to send.
func sent(b scheduling.Booking, err error) (scheduling.Booking, bool, error) { return b, false, err }

// latest returns the learner's booking of the exam to act on. Whether it may be
// acted on is for the Scheduler to decide.
func latest(ctx context.Context, s *scheduling.Scheduler, exam scheduling.ExamKey, learner scheduling.LearnerID, a scheduling.Action) (scheduling.Booking, error) {
	b, err := s.Latest(ctx, exam, learner)
	if errors.Is(err, scheduling.ErrNotFound) {
		err = &scheduling.NotAllowedError{Action: a, Reasons: []scheduling.Reason{{Code: scheduling.ReasonNoBooking}}}
	}
	return b, err
}
