package scheduling

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/proctorbook/proctorbook/edx"
)

// CheckCode names one thing that [Scheduler.Preflight] looks at.
type CheckCode string

// The checks. In brackets: what Check.Data holds.
const (
	CheckStore               CheckCode = "store"                // it answers
	CheckStoreSchema         CheckCode = "store_schema"         // what StoreChecker says; a warning for one that keeps nothing
	CheckUnlockKeys          CheckCode = "unlock_keys"          // there is one to make codes with [keys]
	CheckEvidence            CheckCode = "evidence"             // a warning if there is none, see EvidenceNone
	CheckExam                CheckCode = "exam"                 // valid; a warning if no sitting fits into the rest of its window [course, usage]
	CheckProviderAccess      CheckCode = "provider_access"      // the token is accepted
	CheckProviderEnvironment CheckCode = "provider_environment" // production or sandbox; a warning for an unknown host [environment]
	CheckProviderClock       CheckCode = "provider_clock"       // this clock agrees with the provider's [skew]
	CheckProviderZones       CheckCode = "provider_zones"       // it offers the exams' zones, and none that is unknown here [zones, missing, unknown]
	CheckPlatformAccess      CheckCode = "platform_access"      // the credentials are accepted
	CheckPlatformEnrollments CheckCode = "platform_enrollments" // may be read; a warning for a course that nobody takes [course]
	CheckPlatformAccounts    CheckCode = "platform_accounts"    // may be read, ids included [course]
	CheckPlatformAllowances  CheckCode = "platform_allowances"  // extra time may be read; if not, see WithoutAllowances [course, usage]
)

// CheckVerdict is how a check ended.
type CheckVerdict string

// The verdicts.
const (
	CheckOK      CheckVerdict = "ok"
	CheckWarning CheckVerdict = "warning" // bookings work, but somebody should know
	CheckFailed  CheckVerdict = "failed"  // bookings will fail
	CheckSkipped CheckVerdict = "skipped" // there was nothing to check it with
)

// Check is one result of [Scheduler.Preflight]. It holds no secret and no
// personal data.
type Check struct {
	Code    CheckCode         `json:"code"`
	Verdict CheckVerdict      `json:"verdict"`
	Data    map[string]string `json:"data,omitempty"` // keys, counts and durations; see the codes
	Err     error             `json:"-"`              // why it is no better; may be nil
}

// Failed says that bookings will fail because of this.
func (c Check) Failed() bool { return c.Verdict == CheckFailed }

// Checker is what a [Provider] or a [Platform] may implement besides: Preflight
// calls it, and adds what it returns. It must not write anything, and goes on
// after a check that failed. [ProctorU] and [OpenEdX] implement it.
type Checker interface {
	Preflight(ctx context.Context, exams []Exam) []Check
}

// StoreChecker is what a [Store] may implement besides. Check says whether the
// store can be worked with as it is: the tables are there and of the right
// version, the settings do no harm. An error that is [ErrNotDurable] is a warning.
type StoreChecker interface {
	Check(ctx context.Context) error
}

// ErrNotDurable means that a store keeps nothing when its process ends.
var ErrNotDurable = errors.New("scheduling: the store keeps nothing when the process ends: use it for tests and demonstrations alone")

// Preflight looks whether everything is in its place before learners come: the
// store, the keys, the exams, the provider's token, clock and zones, and what
// the platform lets its client read. It writes nothing, makes every check even
// if others fail, and needs some seconds. Call it when a service starts, or by
// hand; examples/doctor prints it.
//
// The platform's rights are tried on the first learner enrolled in each exam's
// course, so that without exams those checks are skipped.
func (s *Scheduler) Preflight(ctx context.Context, exams ...Exam) []Check {
	checks := s.checkStore(ctx)
	checks = append(checks, s.checkSettings()...)
	for _, exam := range exams {
		checks = append(checks, s.preflightExam(exam))
	}
	checks = append(checks, checkedBy(ctx, s.provider, exams, CheckProviderAccess)...)
	checks = append(checks, checkedBy(ctx, s.platform, exams, CheckPlatformAccess)...)
	checks = append(checks, s.checkReading(ctx, exams)...)
	return append(checks, s.checkAllowances(ctx, exams)...)
}

// checkAllowances tries what decides how long each learner may sit.
func (s *Scheduler) checkAllowances(ctx context.Context, exams []Exam) []Check {
	p, ok := s.platform.(AllowancePlatform)
	var checks []Check
	for _, exam := range exams {
		if !ok || s.noAllowances || exam.Course.IsZero() {
			continue
		}
		_, err := p.ExtraTime(ctx, exam.Key())
		c := verdict(CheckPlatformAllowances, err)
		c.Data = map[string]string{"course": exam.Course.String(), "usage": exam.Usage.String()}
		checks = append(checks, c)
	}
	if len(checks) == 0 {
		return []Check{{Code: CheckPlatformAllowances, Verdict: CheckSkipped}}
	}
	return checks
}

// checkedBy asks a service that can check itself.
func checkedBy(ctx context.Context, service any, exams []Exam, otherwise CheckCode) []Check {
	if c, ok := service.(Checker); ok {
		return c.Preflight(ctx, exams)
	}
	return []Check{{Code: otherwise, Verdict: CheckSkipped}}
}

// verdict is ok without an error, and failed with one.
func verdict(code CheckCode, err error) Check {
	if err != nil {
		return Check{Code: code, Verdict: CheckFailed, Err: err}
	}
	return Check{Code: code, Verdict: CheckOK}
}

func (s *Scheduler) checkStore(ctx context.Context) []Check {
	namespace, err := s.store.Namespace(ctx)
	if err == nil {
		// A store may know its namespace by heart: only a read shows that it answers.
		_, err = s.store.Get(ctx, BookingID(idPrefix+namespace+"-preflight"))
	}
	if errors.Is(err, ErrNotFound) {
		err = nil
	}
	checks := []Check{verdict(CheckStore, err)}
	checker, ok := s.store.(StoreChecker)
	if !ok {
		return append(checks, Check{Code: CheckStoreSchema, Verdict: CheckSkipped})
	}
	schema := verdict(CheckStoreSchema, checker.Check(ctx))
	if errors.Is(schema.Err, ErrNotDurable) {
		schema.Verdict = CheckWarning
	}
	return append(checks, schema)
}

func (s *Scheduler) checkSettings() []Check {
	keys := Check{Code: CheckUnlockKeys, Verdict: CheckOK, Data: map[string]string{"keys": strconv.Itoa(len(s.unlockKeys))}}
	if len(s.unlockKeys) == 0 {
		keys.Verdict, keys.Err = CheckFailed, ErrNoUnlockKey
	}
	evidence := Check{Code: CheckEvidence, Verdict: CheckOK}
	if s.evidence == EvidenceNone {
		evidence.Verdict, evidence.Err = CheckWarning, ErrNoEvidence
	}
	return []Check{keys, evidence}
}

func (s *Scheduler) preflightExam(exam Exam) Check {
	c := verdict(CheckExam, exam.Validate())
	c.Data = map[string]string{"course": exam.Course.String(), "usage": exam.Usage.String()}
	if !c.Failed() && s.now().Add(exam.Policy.Notice+exam.Duration).After(exam.Window.End) {
		c.Verdict = CheckWarning
		c.Err = &NotAllowedError{Action: ActionBook, Reasons: []Reason{{Code: ReasonWindowOver}}}
	}
	return c
}

// checkReading tries what Status and Learner will ask of the platform.
func (s *Scheduler) checkReading(ctx context.Context, exams []Exam) []Check {
	var courses []edx.CourseKey
	for _, exam := range exams {
		if !exam.Course.IsZero() && !slices.Contains(courses, exam.Course) {
			courses = append(courses, exam.Course)
		}
	}
	if len(courses) == 0 {
		return []Check{{Code: CheckPlatformEnrollments, Verdict: CheckSkipped}, {Code: CheckPlatformAccounts, Verdict: CheckSkipped}}
	}
	var checks []Check
	for _, course := range courses {
		enrollments, accounts := s.checkCourse(ctx, course)
		for _, c := range []Check{enrollments, accounts} {
			c.Data = map[string]string{"course": course.String()}
			checks = append(checks, c)
		}
	}
	return checks
}

func (s *Scheduler) checkCourse(ctx context.Context, course edx.CourseKey) (enrollments, accounts Check) {
	skipped := Check{Code: CheckPlatformAccounts, Verdict: CheckSkipped}
	first, err := s.firstEnrolled(ctx, course)
	if err == nil && first == "" {
		return Check{Code: CheckPlatformEnrollments, Verdict: CheckWarning, Err: errNobody}, skipped
	}
	if err == nil {
		_, err = s.platform.Enrollment(ctx, first, course)
	}
	enrollments = verdict(CheckPlatformEnrollments, err)
	if first == "" {
		return enrollments, skipped
	}
	account, err := s.platform.Account(ctx, first)
	if err == nil && account.ID == "" {
		err = errNoAccountID()
	}
	return enrollments, verdict(CheckPlatformAccounts, err)
}

// errNobody is a warning: platforms answer so for an unknown course, too.
var errNobody = fmt.Errorf("scheduling: nobody is enrolled, or there is no such course: %w", edx.ErrNotEnrolled)

// firstEnrolled returns the user name of somebody in the course, or "".
func (s *Scheduler) firstEnrolled(ctx context.Context, course edx.CourseKey) (string, error) {
	for e, err := range s.platform.Enrolled(ctx, course) {
		return e.Username, err
	}
	return "", nil
}
