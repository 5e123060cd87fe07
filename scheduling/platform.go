package scheduling

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"strconv"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/edx"
)

// Platform is the learning platform: it knows the learners, and who is enrolled.
// New puts [OpenEdX] behind it; [NewWith] takes any other one, or one that wraps
// it. All methods are called by many goroutines at once, and only read.
type Platform interface {
	// Account returns a learner's account. It fails with an error that is
	// edx.ErrNotFound if there is none, or none that the client may see.
	Account(ctx context.Context, username string) (Account, error)

	// Enrollment returns the learner's enrollment in the course, also one that is no
	// longer active. It fails with an error that is edx.ErrNotEnrolled if there is
	// none, and with any other one if that can't be told: the learner is then not
	// refused for good, but asked to wait.
	Enrollment(ctx context.Context, username string, course edx.CourseKey) (Enrollment, error)

	// Enrolled yields the enrollments of the course, each learner once, in any order,
	// those that are no longer active included. An error is the last thing that it
	// yields; a course that nobody takes has no enrollments.
	Enrolled(ctx context.Context, course edx.CourseKey) iter.Seq2[Enrollment, error]
}

// Account is a learner's account on the platform. It prints without personal data.
type Account struct {
	ID       LearnerID // stable, and not personal; it becomes the provider's key of the person
	Username string
	Name     string // full name; one string, never split
	Email    string
	Zone     string // IANA name; "" if the learner has chosen none
}

// String hides everything but the id.
func (a Account) String() string { return "account " + string(a.ID) }

// GoString hides everything but the id.
func (a Account) GoString() string { return a.String() }

// Format hides everything but the id, for every verb.
func (a Account) Format(f fmt.State, _ rune) { fmt.Fprint(f, a.String()) }

// LogValue hides everything but the id.
func (a Account) LogValue() slog.Value { return slog.StringValue(a.String()) }

// Enrollment ties a learner to a course.
type Enrollment struct {
	Username string
	Active   bool // false if the learner has left the course
	Mode     edx.Mode
}

// OpenEdX is the [Platform] behind an edx client. [New] makes one by itself; embed
// it in a type of your own to watch or change some of its calls.
type OpenEdX struct {
	Client *edx.Client // required; its user must be global staff
}

// errNoAccountID is what a client without the right to see account ids gets.
func errNoAccountID() error {
	return &proctorbook.ValidationError{Op: "scheduling", Fields: []proctorbook.FieldError{{Field: "account id", Problem: "is not shown: the platform's service user must be global staff"}}}
}

// Account reads the account, and the time zone of the preferences. It fails with
// [*proctorbook.ValidationError] if the client may not see the account's id. Endpoints:
// GET /api/user/v1/accounts/{username}, GET /api/user/v1/preferences/{username}.
func (p OpenEdX) Account(ctx context.Context, username string) (Account, error) {
	account, err := p.Client.Accounts.Get(ctx, username)
	if err != nil {
		return Account{}, err
	}
	if account.ID == 0 {
		return Account{}, errNoAccountID()
	}
	prefs, err := p.Client.Preferences.Get(ctx, username)
	if err != nil {
		return Account{}, err
	}
	return Account{
		ID: LearnerID(strconv.FormatInt(account.ID, 10)), Username: account.Username, Name: account.Name,
		Email: account.Email, Zone: prefs.TimeZone,
	}, nil
}

// Enrollment reads one enrollment. Endpoint: GET
// /api/enrollment/v1/enrollment/{username},{course}.
func (p OpenEdX) Enrollment(ctx context.Context, username string, course edx.CourseKey) (Enrollment, error) {
	e, err := p.Client.Enrollments.Get(ctx, username, course)
	if err != nil {
		return Enrollment{}, err
	}
	return Enrollment{Username: e.Username, Active: e.Active, Mode: e.Mode}, nil
}

// Enrolled walks the course's enrollments, newest first, 100 a call. Somebody who
// enrolls meanwhile may be left out. Endpoint: GET /api/enrollment/v1/enrollments.
func (p OpenEdX) Enrolled(ctx context.Context, course edx.CourseKey) iter.Seq2[Enrollment, error] {
	return func(yield func(Enrollment, error) bool) {
		if course.IsZero() {
			yield(Enrollment{}, errors.New("scheduling: OpenEdX: no course")) // it would mean every course
			return
		}
		for row, err := range p.Client.Enrollments.All(ctx, edx.ListEnrollmentsParams{Course: course}) {
			if !yield(Enrollment{Username: row.Username, Active: row.Active, Mode: row.Mode}, err) {
				return
			}
		}
	}
}
