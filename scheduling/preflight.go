package scheduling

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/proctorbook/proctorbook/edx"
	"github.com/proctorbook/proctorbook/internal/shown"
	"github.com/proctorbook/proctorbook/scheduling/platform"
	"github.com/proctorbook/proctorbook/scheduling/preflight"
	"github.com/proctorbook/proctorbook/scheduling/provider"
)

// StoreChecker is a [Store] that can check itself for [Scheduler.Preflight].
type StoreChecker interface {
	// Check returns an error if the store can't be used as it is: tables are missing
	// or of another version, or a setting would do harm. An error that is
	// [ErrNotDurable] counts as a warning only. It changes nothing.
	Check(ctx context.Context) error
}

// ErrNotDurable means that a store loses everything when its process ends.
var ErrNotDurable = errors.New("scheduling: the store loses everything when its process ends: use it for tests and demonstrations only")

// Preflight checks, before learners come, that everything is ready: the store, the
// keys, the exams, the provider's token, clock and zones, and what the platform lets
// its client read. It writes nothing, makes every check even if others fail, and
// takes some seconds. Call it when a service starts, or by hand; examples/doctor
// prints it.
//
// It tries the platform's rights on the first learner enrolled in each exam's
// course. Without exams those checks are skipped.
func (s *Scheduler) Preflight(ctx context.Context, exams ...Exam) []preflight.Check {
	checks := s.checkStore(ctx)
	checks = append(checks, s.checkSettings(ctx)...)
	for _, exam := range exams {
		checks = append(checks, s.preflightExam(exam))
	}
	checks = append(checks, s.checkProvider(ctx, exams)...)
	checks = append(checks, s.checkShared(ctx), s.checkBulk(ctx), s.checkDeliveries(ctx))
	checks = append(checks, s.checkConsumers(ctx)...)
	checks = append(checks, s.checkPlatform(ctx)...)
	checks = append(checks, s.checkReading(ctx, exams)...)
	checks = append(checks, s.checkAllowances(ctx, exams)...)
	return append(checks, s.checkModes(ctx, exams)...)
}

// checkModes looks whether the courses offer the modes that may book: a mode that was
// mistyped keeps everybody out, and nobody tells.
func (s *Scheduler) checkModes(ctx context.Context, exams []Exam) []preflight.Check {
	p, ok := s.platform.(platform.ModeLister)
	var checks []preflight.Check
	for _, exam := range exams {
		if !ok || exam.Course.IsZero() {
			continue
		}
		offered, err := p.Modes(ctx, exam.Course)
		c := preflight.Of(preflight.CodeExamModes, err)
		c.Data = map[string]string{"course": exam.Course.String(), "usage": exam.Usage.String()}
		if missing := exam.modesBeside(offered); err == nil && len(missing) > 0 {
			c.Verdict, c.Err = preflight.VerdictWarning, errNoSuchMode
			if len(offered) > 0 && !slices.ContainsFunc(offered, exam.Allows) {
				c.Verdict = preflight.VerdictFailed
			}
			c.Data["missing"] = strings.Join(missing, ", ")
		}
		checks = append(checks, c)
	}
	if len(checks) == 0 {
		return []preflight.Check{{Code: preflight.CodeExamModes, Verdict: preflight.VerdictSkipped}}
	}
	return checks
}

// errNoSuchMode may mean that a mode is mistyped, or that the course is not set up.
var errNoSuchMode = errors.New("scheduling: the course does not offer a mode that may book the exam: look at Exam.Modes, and at the course's modes")

// modesBeside returns the modes that may book and are not offered.
func (e Exam) modesBeside(offered []edx.Mode) []string {
	allowed := e.Modes
	if len(allowed) == 0 {
		allowed = []edx.Mode{edx.Verified}
	}
	var missing []string
	for _, m := range allowed {
		if !slices.Contains(offered, m) {
			missing = append(missing, shown.ID(m))
		}
	}
	return missing
}

// checkAllowances tries to read the extra time of each exam.
func (s *Scheduler) checkAllowances(ctx context.Context, exams []Exam) []preflight.Check {
	p, ok := s.platform.(platform.AllowanceKeeper)
	var checks []preflight.Check
	for _, exam := range exams {
		if !ok || exam.Course.IsZero() {
			continue
		}
		granted, err := p.ExtraTime(ctx, exam.Course, exam.Usage)
		if errors.Is(err, platform.ErrNoAllowances) {
			continue
		}
		c := preflight.Of(preflight.CodePlatformAllowances, err)
		c.Data = map[string]string{"course": exam.Course.String(), "usage": exam.Usage.String()}
		if unread := slices.DeleteFunc(granted, func(g platform.Grant) bool { return g.Err == nil }); err == nil && len(unread) > 0 {
			c.Verdict, c.Err = preflight.VerdictWarning, unread[0].Err
			c.Data["unreadable"] = strconv.Itoa(len(unread))
		}
		checks = append(checks, c)
	}
	if len(checks) == 0 {
		return []preflight.Check{{Code: preflight.CodePlatformAllowances, Verdict: preflight.VerdictSkipped}}
	}
	return checks
}

// checkProvider asks a provider that can check itself.
func (s *Scheduler) checkProvider(ctx context.Context, exams []Exam) []preflight.Check {
	c, ok := s.provider.checker()
	if !ok {
		return []preflight.Check{{Code: preflight.CodeProviderAccess, Verdict: preflight.VerdictSkipped}}
	}
	var zones []*time.Location
	for _, exam := range exams {
		same := func(z *time.Location) bool { return z.String() == exam.Zone.String() }
		if exam.Zone != nil && !slices.ContainsFunc(zones, same) {
			zones = append(zones, exam.Zone)
		}
	}
	return c.Preflight(ctx, zones)
}

// errShared may mean that user 4211 of two platforms is one student.
var errShared = errors.New("scheduling: another store's reservations are in the same account, of students that may be ours: if it serves another platform, give each a StudentPrefix")

// checkShared looks in the report of ten days for reservations of other stores. An
// adapter with a prefix shows none of students without it.
func (s *Scheduler) checkShared(ctx context.Context) preflight.Check {
	c := preflight.Check{Code: preflight.CodeProviderShared, Verdict: preflight.VerdictSkipped}
	namespace, err := s.store.Namespace(ctx)
	p, ok := s.provider.reporter()
	if err != nil || !ok {
		return c
	}
	others := map[string]bool{}
	now := s.now().Truncate(time.Second)
	for a, err := range p.Report(ctx, now.AddDate(0, 0, -5), now.AddDate(0, 0, 5)) {
		if err != nil {
			c.Err = err
			return c
		}
		theirs, _, found := strings.Cut(strings.TrimPrefix(a.ReservationID, idPrefix), "-")
		if found && theirs != namespace {
			others[theirs] = true
		}
	}
	c.Verdict = preflight.VerdictOK
	if len(others) > 0 {
		c.Verdict, c.Err = preflight.VerdictWarning, errShared
		c.Data = map[string]string{"others": strconv.Itoa(len(others))}
	}
	return c
}

// checkPlatform asks a platform that can check itself.
func (s *Scheduler) checkPlatform(ctx context.Context) []preflight.Check {
	c, ok := s.platform.(platform.Checker)
	if !ok {
		return []preflight.Check{{Code: preflight.CodePlatformAccess, Verdict: preflight.VerdictSkipped}}
	}
	return c.Preflight(ctx)
}

func (s *Scheduler) checkStore(ctx context.Context) []preflight.Check {
	namespace, err := s.store.Namespace(ctx)
	if err == nil {
		// A store may keep its namespace in memory: only a read shows that it answers.
		_, err = s.store.Get(ctx, BookingID(idPrefix+namespace+"-preflight"))
	}
	if errors.Is(err, ErrNotFound) {
		err = nil
	}
	checks := []preflight.Check{preflight.Of(preflight.CodeStore, err), s.checkSchema(ctx)}
	if own, ok := s.store.(preflight.Checker); ok {
		checks = append(checks, own.Preflight(ctx)...)
	}
	return checks
}

// checkSchema asks a store that can check its tables and settings.
func (s *Scheduler) checkSchema(ctx context.Context) preflight.Check {
	checker, ok := s.store.(StoreChecker)
	if !ok {
		return preflight.Check{Code: preflight.CodeStoreSchema, Verdict: preflight.VerdictSkipped}
	}
	schema := preflight.Of(preflight.CodeStoreSchema, checker.Check(ctx))
	if errors.Is(schema.Err, ErrNotDurable) {
		schema.Verdict = preflight.VerdictWarning
	}
	return schema
}

func (s *Scheduler) checkSettings(ctx context.Context) []preflight.Check {
	evidence := preflight.Check{Code: preflight.CodeEvidence, Verdict: preflight.VerdictOK}
	if s.provider.Traits().NoEvidence {
		evidence.Verdict, evidence.Err = preflight.VerdictWarning, provider.ErrNoEvidence
	}
	return []preflight.Check{s.checkKeys(ctx), evidence}
}

// checkKeys looks whether there is a key for new codes, and one for each active booking.
func (s *Scheduler) checkKeys(ctx context.Context) preflight.Check {
	c := preflight.Check{Code: preflight.CodeUnlockKeys, Verdict: preflight.VerdictOK, Data: map[string]string{"keys": strconv.Itoa(len(s.unlockKeys))}}
	if len(s.unlockKeys) == 0 {
		c.Verdict, c.Err = preflight.VerdictFailed, ErrNoUnlockKey
		return c
	}
	var missing []string
	for b, err := range s.store.List(ctx, Filter{States: activeStates}) {
		if err != nil && !s.goesOn(ctx, err) {
			return preflight.Check{Code: c.Code, Verdict: preflight.VerdictWarning, Err: err, Data: c.Data}
		}
		if err != nil || b.Code.KeyID == "" || slices.Contains(missing, b.Code.KeyID) {
			continue
		}
		if _, err := s.unlockCode(b); err != nil {
			missing = append(missing, b.Code.KeyID)
		}
	}
	if len(missing) > 0 {
		slices.Sort(missing)
		c.Verdict, c.Data["missing"] = preflight.VerdictWarning, strings.Join(missing, ",")
		c.Err = fmt.Errorf("%w: active bookings need %s", ErrNoUnlockKey, shown.ID(strings.Join(missing, ", ")))
	}
	return c
}

func (s *Scheduler) preflightExam(exam Exam) preflight.Check {
	c := preflight.Of(preflight.CodeExam, exam.Validate())
	c.Data = map[string]string{"course": exam.Course.String(), "usage": exam.Usage.String()}
	if !c.Failed() && s.now().Add(exam.Policy.Notice+exam.Duration).After(exam.Window.End) {
		c.Verdict = preflight.VerdictWarning
		c.Err = notAllowed(ActionBook, ReasonWindowOver)
	}
	return c
}

// checkReading tries the reads that Status and Learner need of the platform.
func (s *Scheduler) checkReading(ctx context.Context, exams []Exam) []preflight.Check {
	var courses []edx.CourseKey
	for _, exam := range exams {
		if !exam.Course.IsZero() && !slices.Contains(courses, exam.Course) {
			courses = append(courses, exam.Course)
		}
	}
	if len(courses) == 0 {
		return []preflight.Check{{Code: preflight.CodePlatformEnrollments, Verdict: preflight.VerdictSkipped}, {Code: preflight.CodePlatformAccounts, Verdict: preflight.VerdictSkipped}}
	}
	var checks []preflight.Check
	for _, course := range courses {
		enrollments, accounts := s.checkCourse(ctx, course)
		for _, c := range []preflight.Check{enrollments, accounts} {
			c.Data = map[string]string{"course": course.String()}
			checks = append(checks, c)
		}
	}
	return checks
}

func (s *Scheduler) checkCourse(ctx context.Context, course edx.CourseKey) (enrollments, accounts preflight.Check) {
	skipped := preflight.Check{Code: preflight.CodePlatformAccounts, Verdict: preflight.VerdictSkipped}
	first, err := s.firstEnrolled(ctx, course)
	if err == nil && first == "" {
		return preflight.Check{Code: preflight.CodePlatformEnrollments, Verdict: preflight.VerdictWarning, Err: errNobody}, skipped
	}
	if err == nil {
		_, err = s.platform.Enrollment(ctx, first, course)
	}
	enrollments = preflight.Of(preflight.CodePlatformEnrollments, err)
	if first == "" {
		return enrollments, skipped
	}
	account, err := s.platform.Account(ctx, first)
	if err == nil && account.ID == "" {
		err = platform.ErrNoAccountID
	}
	return enrollments, preflight.Of(preflight.CodePlatformAccounts, err)
}

// errNobody is only a warning. For an unknown course platforms give the same answer.
var errNobody = fmt.Errorf("scheduling: nobody is enrolled, or there is no such course: %w", edx.ErrNotEnrolled)

// firstEnrolled returns the user name of somebody in the course, or "".
func (s *Scheduler) firstEnrolled(ctx context.Context, course edx.CourseKey) (string, error) {
	for e, err := range s.platform.Enrolled(ctx, course) {
		return e.Username, err
	}
	return "", nil
}
