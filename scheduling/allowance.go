package scheduling

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/edx"
)

// AllowancePlatform is a [Platform] that keeps extra time for single learners by
// itself, as Open edX does in its special exams. The Scheduler asks for it where
// the platform has this method; a type that wraps a Platform must pass it on.
type AllowancePlatform interface {
	Platform

	// ExtraTime returns by user name how much longer each learner may sit the exam
	// than others. It fails if that can't be told: a learner is rather asked to wait
	// than given too little time.
	ExtraTime(ctx context.Context, exam ExamKey) (map[string]time.Duration, error)
}

var _ AllowancePlatform = OpenEdX{}

// ExtraTime reads the allowances of edx-proctoring in the course, those named
// additional_time_granted, and with [edx.WithExamsURL] those of edx-exams. An exam
// that neither has grants none. Endpoints: GET
// /api/edx_proctoring/v1/proctored_exam/{course}/allowance, and at edx-exams GET
// /api/v1/exams/course_id/{course} and .../allowances.
func (p OpenEdX) ExtraTime(ctx context.Context, exam ExamKey) (map[string]time.Duration, error) {
	granted := grants{}
	rows, err := p.Client.SpecialExams.Allowances(ctx, exam.Course)
	if err != nil && !errors.Is(err, edx.ErrNotFound) {
		return nil, err
	}
	for _, a := range rows {
		if a.Exam.Usage == exam.Usage {
			granted.add(a.Learner.Username, a.ExtraTime())
		}
	}
	return granted, p.serviceExtraTime(ctx, exam, granted)
}

// serviceExtraTime adds what edx-exams grants, if the client knows that service
// and the service has the exam.
func (p OpenEdX) serviceExtraTime(ctx context.Context, exam ExamKey, granted grants) error {
	all, err := p.Client.Exams.List(ctx, exam.Course)
	_, unknown := errors.AsType[*proctorbook.ValidationError](err) // no WithExamsURL
	if unknown || errors.Is(err, edx.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	i := slices.IndexFunc(all, func(e edx.Exam) bool { return e.Usage == exam.Usage })
	if i < 0 {
		return nil
	}
	rows, err := p.Client.Exams.Allowances(ctx, exam.Course)
	for _, a := range rows {
		if a.ExamID == all[i].ID {
			granted.add(a.Learner.Username, a.Time)
		}
	}
	return err
}

// WithoutAllowances makes the Scheduler not ask the platform for extra time: for
// installations that keep it with [Scheduler.SetAccommodation] alone, or whose
// service user may not see it.
func WithoutAllowances() Option {
	return func(s *Scheduler) error { s.noAllowances = true; return nil }
}

// grants is the extra time that the platform grants in an exam, by user name.
type grants map[string]time.Duration

func (g grants) add(username string, extra time.Duration) {
	if extra > g[username] {
		g[username] = extra
	}
}

// grantsAge is how old an answer of the platform may be: many learners of one
// exam book at once, and each answer speaks of them all.
const grantsAge = 30 * time.Second

// grantsCache keeps the platform's answers for that long.
type grantsCache struct {
	mu   sync.Mutex
	exam map[ExamKey]grantsAnswer
}

type grantsAnswer struct {
	granted grants
	asked   time.Time
}

func (c *grantsCache) load(exam ExamKey, now time.Time) (grants, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	a, ok := c.exam[exam]
	return a.granted, ok && !now.Before(a.asked) && now.Before(a.asked.Add(grantsAge))
}

func (c *grantsCache) store(exam ExamKey, granted grants, asked time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	maps.DeleteFunc(c.exam, func(_ ExamKey, a grantsAnswer) bool { return !asked.Before(a.asked.Add(grantsAge)) })
	if c.exam == nil {
		c.exam = map[ExamKey]grantsAnswer{}
	}
	c.exam[exam] = grantsAnswer{granted, asked}
}

// platformGrants asks the platform for the extra time that it grants in the exam.
// An answer holds for half a minute.
func (s *Scheduler) platformGrants(ctx context.Context, exam ExamKey) (grants, error) {
	p, ok := s.platform.(AllowancePlatform)
	if !ok || s.noAllowances {
		return nil, nil
	}
	now := s.now()
	if granted, fresh := s.granted.load(exam, now); fresh {
		return granted, nil
	}
	granted, err := p.ExtraTime(ctx, exam)
	if err == nil {
		s.granted.store(exam, granted, now)
	}
	return granted, err
}

// effective returns the window and the duration that hold for the learner. An
// error means that the platform can't say whether it grants more time: then they
// are not known, and nothing may be booked by a guess.
func (s *Scheduler) effective(ctx context.Context, exam Exam, record Learner) (Window, time.Duration, error) {
	var granted grants
	if record.Username != "" {
		var err error
		if granted, err = s.platformGrants(ctx, exam.Key()); err != nil {
			return Window{}, 0, err
		}
	}
	w, d := exam.effective(record.Accommodation(exam.Key()), granted[record.Username])
	return w, d, nil
}
