package platform

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"time"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/edx"
	"github.com/proctorbook/proctorbook/scheduling/preflight"
)

// OpenEdX is the [Platform] for an edx client. Embed it in a type of your own to
// watch or change some of its calls. It is an [AllowanceKeeper], a [ModeLister] and a
// [Checker], and by itself it is asked for many learners at once, as an [AccountLister]
// and an [EnrollmentLister] are; a type that embeds it is not, unless it has their
// methods: its own Account and Enrollment would be passed over.
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
	_ ModeLister      = OpenEdX{}
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

// errNoCourse keeps lists of a course from being those of every course.
var errNoCourse = errors.New("platform: no course is given")

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
// for edx-exams GET /api/v1/exams/course_id/{course} and .../allowances there, and
// GET /api/user/v1/accounts.
func (p OpenEdX) ExtraTime(ctx context.Context, course edx.CourseKey, exam edx.UsageKey) ([]Grant, error) {
	if p.NoAllowances {
		return nil, ErrNoAllowances
	}
	rows, err := p.Client.SpecialExams.Allowances(ctx, course)
	if err != nil && !errors.Is(err, edx.ErrNotFound) {
		return nil, err
	}
	var grants []Grant
	for _, a := range rows {
		if a.Exam.Usage != exam || a.Key != edx.AllowanceExtraTime && !a.Problem.Concerns("key") {
			continue
		}
		g := Grant{AccountID: accountID(a.Learner.ID), Username: a.Learner.Username}
		if g.Time, err = a.ExtraTime(); err != nil || a.Problem.Concerns("user", "user.username", "key", "value") {
			g.Err = fmt.Errorf("%w (allowance %d)", ErrUnreadableTime, a.ID)
		}
		grants = append(grants, g)
	}
	service, err := p.serviceExtraTime(ctx, course, exam)
	return append(grants, service...), err
}

// accountID is "" if the id is not shown.
func accountID(id int64) string {
	if id == 0 {
		return ""
	}
	return strconv.FormatInt(id, 10)
}

// serviceExtraTime returns what edx-exams grants, if the client knows that service
// and the service has the exam.
func (p OpenEdX) serviceExtraTime(ctx context.Context, course edx.CourseKey, exam edx.UsageKey) ([]Grant, error) {
	all, err := p.Client.Exams.List(ctx, course)
	_, unknown := errors.AsType[*proctorbook.ValidationError](err) // no WithExamsURL
	if unknown || errors.Is(err, edx.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(all, func(e edx.Exam) bool { return e.Usage == exam })
	if i < 0 {
		return nil, nil
	}
	if all[i].Problem.Concerns("id") {
		return nil, all[i].Problem
	}
	rows, err := p.Client.Exams.Allowances(ctx, course)
	if err != nil {
		return nil, err
	}
	var grants []Grant
	for _, a := range rows {
		if a.ExamID != all[i].ID {
			continue
		}
		g := Grant{Username: a.Learner.Username, Time: min(a.Time, 24*time.Hour)}
		if a.Problem.Concerns("username", "extra_time_mins") {
			g.Err = fmt.Errorf("%w (allowance of edx-exams)", ErrUnreadableTime)
		}
		grants = append(grants, g)
	}
	return grants, p.identify(ctx, grants)
}

// identify finds the accounts of names: the ids of edx-exams are its own. A name that
// the platform does not know stays a name. Of an account that can't be read, the grants
// have the error: its learner has to wait, and nobody else.
func (p OpenEdX) identify(ctx context.Context, grants []Grant) error {
	var names []string
	for _, g := range grants {
		if g.Username != "" && !slices.Contains(names, g.Username) {
			names = append(names, g.Username)
		}
	}
	ids, broken, inARow := map[string]string{}, map[string]error{}, 0
	for a, err := range accounts(ctx, p.ListAccounts, p.listAccount, names) {
		switch {
		case err == nil:
			ids[a.Username], inARow = a.ID, 0
		case errors.Is(err, edx.ErrUserUnknown) || errors.Is(err, ErrNoAccountID):
			inARow = 0
		default:
			broken[a.Username] = err
			if inARow++; ctx.Err() != nil || inARow == 10 {
				return err // the platform is down
			}
		}
	}
	for i := range grants {
		name := grants[i].Username
		grants[i].AccountID = ids[name]
		if err := broken[name]; err != nil && grants[i].Err == nil {
			grants[i].Err = err
		}
	}
	return nil
}

// listAccount is ListAccounts for one learner.
func (p OpenEdX) listAccount(ctx context.Context, username string) (Account, error) {
	all, err := p.ListAccounts(ctx, []string{username})
	if err != nil || len(all) == 0 {
		return Account{}, cmp.Or(err, errNoAccount)
	}
	return all[0], nil
}

// Modes reads the modes of the course. Endpoint: GET
// /api/course_modes/v1/courses/{course}/.
func (p OpenEdX) Modes(ctx context.Context, course edx.CourseKey) ([]edx.Mode, error) {
	rows, err := p.Client.Modes.List(ctx, course)
	modes := make([]edx.Mode, len(rows))
	for i, row := range rows {
		modes[i] = row.Mode
	}
	return modes, err
}

// Preflight tries to sign in. Endpoint: GET /api/user/v1/me.
func (p OpenEdX) Preflight(ctx context.Context) []preflight.Check {
	_, err := p.Client.Accounts.Me(ctx)
	return []preflight.Check{preflight.Of(preflight.CodePlatformAccess, err)}
}
