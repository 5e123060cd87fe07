package platform

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"time"

	"github.com/proctorbook/proctorbook/edx"
	"github.com/proctorbook/proctorbook/internal/shown"
	"github.com/proctorbook/proctorbook/scheduling/preflight"
)

// Platform knows the learners, and who is enrolled. All methods are called by many
// goroutines at once, and only read.
type Platform interface {
	// Account returns a learner's account. It fails with an error that is
	// edx.ErrNotFound if there is none, or none that the client may see.
	Account(ctx context.Context, username string) (Account, error)

	// Enrollment returns the learner's enrollment in the course, also one that is no
	// longer active. It fails with an error that is edx.ErrNotEnrolled if there is
	// none. Any other error means that the platform could not be asked: the learner
	// is then not refused for good, but asked to wait.
	Enrollment(ctx context.Context, username string, course edx.CourseKey) (Enrollment, error)

	// Enrolled yields the enrollments of the course, each learner once, in any
	// order, those that are no longer active included. An error is the last
	// thing that it yields; a course without learners has no enrollments.
	Enrolled(ctx context.Context, course edx.CourseKey) iter.Seq2[Enrollment, error]
}

// Account is a learner's account on the platform. It prints without personal data.
type Account struct {
	ID       string // stable, and not personal; it becomes the learner's ID and the provider's key of the person
	Username string // as the platform's paths name the learner
	Name     string // full name; one string, never split
	Email    string // mail address
	Zone     string // IANA name; "" if the learner has chosen none
}

// String hides everything but the id.
func (a Account) String() string { return "account " + shown.ID(a.ID) }

// Format hides everything but the id, for every verb.
func (a Account) Format(f fmt.State, _ rune) { fmt.Fprint(f, a.String()) }

// LogValue hides everything but the id.
func (a Account) LogValue() slog.Value { return slog.StringValue(a.String()) }

// ErrNoAccountID means that the platform shows accounts without their ids: the
// client's user lacks rights.
var ErrNoAccountID = errors.New("platform: the account's id is not shown: the platform's service user must be global staff")

// Enrollment ties a learner to a course. It prints without the learner.
type Enrollment struct {
	Username string   // of the learner
	Active   bool     // false if the learner has left the course
	Mode     edx.Mode // such as edx.Verified
}

// Format hides the learner, for every verb.
func (e Enrollment) Format(f fmt.State, _ rune) {
	fmt.Fprintf(f, "enrollment in mode %q, active: %t", e.Mode, e.Active)
}

// LogValue hides the learner.
func (e Enrollment) LogValue() slog.Value { return slog.StringValue(fmt.Sprint(e)) }

// AllowanceKeeper is a [Platform] that keeps extra time for single learners by
// itself, as Open edX does in its special exams.
type AllowanceKeeper interface {
	// ExtraTime returns how much longer learners may sit the exam than others. Several
	// grants of one learner don't add up: the longest one counts. It fails with
	// ErrNoAllowances if the platform is not to be asked for extra time. Any other
	// error means that it could not be asked: the learners then have to wait, and are
	// not given too little time.
	ExtraTime(ctx context.Context, course edx.CourseKey, exam edx.UsageKey) ([]Grant, error)
}

// Grant is the extra time of one learner in one exam.
type Grant struct {
	AccountID string        // Account.ID of the learner, which stays when the name changes; "" if the platform only gives the name
	Username  string        // the learner's name; it counts only without an AccountID
	Time      time.Duration // 0 to 24 hours
	Err       error         // why the time can't be read: the learner has to wait. Free of personal data; may be nil
}

// Format hides everything but the id, for every verb.
func (g Grant) Format(f fmt.State, _ rune) {
	fmt.Fprintf(f, "grant for account %s", shown.ID(g.AccountID))
}

// LogValue hides everything but the id.
func (g Grant) LogValue() slog.Value { return slog.StringValue(fmt.Sprint(g)) }

// ErrUnreadableTime means that what the platform has for a learner's extra time is
// no number of minutes. It is no zero: somebody must correct it on the platform.
var ErrUnreadableTime = errors.New("platform: a learner's extra time can't be read: correct the allowance on the platform")

// ErrNoAllowances means that a platform is not asked for extra time.
var ErrNoAllowances = errors.New("platform: extra time is not read here")

// Eraser is a [Platform] that keeps personal data here, beside the bookings.
type Eraser interface {
	// Erase removes what is kept here of the account with an id; StaffService.Erase of
	// package scheduling calls it, when nothing stands against it any more. at is the
	// instant to note. What the platform itself has stays. To erase an account twice, or
	// an unknown one, is no error.
	Erase(ctx context.Context, accountID string, at time.Time) error
}

// ModeLister is a [Platform] that knows which modes a course offers.
type ModeLister interface {
	// Modes returns the modes of the course, in any order, those in which nobody can
	// enroll any more included. A course that is not known has none.
	Modes(ctx context.Context, course edx.CourseKey) ([]edx.Mode, error)
}

// Checker is a [Platform] that can check itself before the first booking.
type Checker interface {
	// Preflight returns checks of the platform's side. It writes nothing, and goes
	// on after a check that failed.
	Preflight(ctx context.Context) []preflight.Check
}
