package platform

import (
	"context"
	"errors"
	"iter"
	"slices"
	"strconv"
	"time"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/edx"
	"github.com/proctorbook/proctorbook/scheduling/preflight"
)

// OpenEdX is the [Platform] for an edx client. Embed it in a type of your own to
// watch or change some of its calls. It is an [AllowanceKeeper] and a [Checker].
type OpenEdX struct {
	// Client is required. Its user must be global staff.
	Client *edx.Client

	// NoAllowances makes ExtraTime ask nothing: for installations that keep extra
	// time with Staff.SetAccommodation of package scheduling alone, or whose service
	// user may not see it.
	NoAllowances bool
}

var (
	_ AllowanceKeeper = OpenEdX{}
	_ Checker         = OpenEdX{}
)

// Account reads the account, and the time zone of the preferences. It fails with
// [ErrNoAccountID] if the client may not see the account's id. Endpoints: GET
// /api/user/v1/accounts/{username}, GET /api/user/v1/preferences/{username}.
func (p OpenEdX) Account(ctx context.Context, username string) (Account, error) {
	account, err := p.Client.Accounts.Get(ctx, username)
	if err != nil {
		return Account{}, err
	}
	if account.ID == 0 {
		return Account{}, ErrNoAccountID
	}
	prefs, err := p.Client.Preferences.Get(ctx, username)
	if err != nil {
		return Account{}, err
	}
	return Account{
		ID: strconv.FormatInt(account.ID, 10), Username: account.Username, Name: account.Name,
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

// errNoCourse keeps Enrolled from walking the enrollments of every course.
var errNoCourse = errors.New("platform: Enrolled: no course is given")

// Enrolled walks the course's enrollments, newest first, 100 a call. A learner
// who enrolls during the walk may be left out. Endpoint: GET
// /api/enrollment/v1/enrollments.
func (p OpenEdX) Enrolled(ctx context.Context, course edx.CourseKey) iter.Seq2[Enrollment, error] {
	return func(yield func(Enrollment, error) bool) {
		if course.IsZero() {
			yield(Enrollment{}, errNoCourse)
			return
		}
		for row, err := range p.Client.Enrollments.All(ctx, edx.ListEnrollmentsParams{Course: course}) {
			if err == nil && row.Problem.Concerns("user", "mode", "is_active") {
				err = row.Problem // to leave a learner out would say that there is none
			}
			if !yield(Enrollment{Username: row.Username, Active: row.Active, Mode: row.Mode}, err) || err != nil {
				return
			}
		}
	}
}

// ExtraTime reads the allowances of edx-proctoring in the course, those named
// additional_time_granted, and with [edx.WithExamsURL] those of edx-exams. An exam
// that neither has grants none. It fails with [ErrNoAllowances] if NoAllowances is
// set. Endpoints: GET /api/edx_proctoring/v1/proctored_exam/{course}/allowance, and
// at edx-exams GET /api/v1/exams/course_id/{course} and .../allowances.
func (p OpenEdX) ExtraTime(ctx context.Context, course edx.CourseKey, exam edx.UsageKey) (map[string]time.Duration, error) {
	if p.NoAllowances {
		return nil, ErrNoAllowances
	}
	granted := grants{}
	rows, err := p.Client.SpecialExams.Allowances(ctx, course)
	if err != nil && !errors.Is(err, edx.ErrNotFound) {
		return nil, err
	}
	for _, a := range rows {
		if a.Exam.Usage != exam {
			continue
		}
		if a.Problem.Concerns("user", "user.username", "key", "value") {
			return nil, a.Problem
		}
		granted.add(a.Learner.Username, a.ExtraTime())
	}
	return granted, p.serviceExtraTime(ctx, course, exam, granted)
}

// serviceExtraTime adds what edx-exams grants, if the client knows that service
// and the service has the exam.
func (p OpenEdX) serviceExtraTime(ctx context.Context, course edx.CourseKey, exam edx.UsageKey, granted grants) error {
	all, err := p.Client.Exams.List(ctx, course)
	_, unknown := errors.AsType[*proctorbook.ValidationError](err) // no WithExamsURL
	if unknown || errors.Is(err, edx.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	i := slices.IndexFunc(all, func(e edx.Exam) bool { return e.Usage == exam })
	if i < 0 {
		return nil
	}
	if all[i].Problem.Concerns("id") {
		return all[i].Problem
	}
	rows, err := p.Client.Exams.Allowances(ctx, course)
	for _, a := range rows {
		if a.ExamID != all[i].ID {
			continue
		}
		if a.Problem.Concerns("username", "extra_time_mins") {
			return a.Problem
		}
		granted.add(a.Learner.Username, a.Time)
	}
	return err
}

// grants is the extra time that the platform grants in an exam, by user name. If
// both services grant some, the longer one counts.
type grants map[string]time.Duration

func (g grants) add(username string, extra time.Duration) { g[username] = max(g[username], extra) }

// Preflight tries to sign in. Endpoint: GET /api/user/v1/me.
func (p OpenEdX) Preflight(ctx context.Context) []preflight.Check {
	_, err := p.Client.Accounts.Me(ctx)
	return []preflight.Check{preflight.Of(preflight.CodePlatformAccess, err)}
}
