package scheduling

import (
	"context"
	"errors"
	"maps"
	"sync"
	"time"

	"github.com/proctorbook/proctorbook/scheduling/platform"
)

// grants is the extra time that the platform grants in an exam, by user name.
type grants map[string]time.Duration

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
	p, ok := s.platform.(platform.AllowanceKeeper)
	if !ok {
		return nil, nil
	}
	now := s.now()
	if granted, fresh := s.granted.load(exam, now); fresh {
		return granted, nil
	}
	granted, err := p.ExtraTime(ctx, exam.Course, exam.Usage)
	if errors.Is(err, platform.ErrNoAllowances) {
		granted, err = nil, nil
	}
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
