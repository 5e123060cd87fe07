package scheduling

import (
	"context"
	"errors"
	"maps"
	"sync"
	"time"

	"github.com/proctorbook/proctorbook/scheduling/internal/gather"
	"github.com/proctorbook/proctorbook/scheduling/platform"
)

// grants is the extra time that learners have on the platform in an exam.
type grants []platform.Grant

// of returns the learner's extra time. It fails if one of the learner's grants can't
// be read.
func (g grants) of(l Learner) (time.Duration, error) {
	var extra time.Duration
	for _, x := range g {
		mine := x.AccountID == string(l.ID)
		if x.AccountID == "" {
			mine = x.Username != "" && x.Username == l.Username
		}
		if mine && x.Err != nil {
			return 0, x.Err
		}
		if mine {
			extra = max(extra, x.Time)
		}
	}
	return extra, nil
}

// grantsAge is how old an answer of the platform may be: many learners of one
// exam book at once, and each answer is for all of them.
const grantsAge = 30 * time.Second

// grantsCache keeps the platform's answers for that long.
type grantsCache struct {
	asking *gather.Group[ExamKey, grants]

	mu   sync.Mutex
	exam map[ExamKey]grantsAnswer
}

type grantsAnswer struct {
	granted grants
	asked   time.Time
}

func newGrantsCache(p platform.Platform, now func() time.Time) *grantsCache {
	c := &grantsCache{exam: map[ExamKey]grantsAnswer{}}
	c.asking = gather.New(manyLanes, func(ctx context.Context, exams []ExamKey) map[ExamKey]gather.Answer[grants] {
		all := map[ExamKey]gather.Answer[grants]{}
		for _, exam := range exams {
			granted, err := c.ask(ctx, p, exam, now())
			all[exam] = gather.Answer[grants]{Value: granted, Err: err}
		}
		return all
	})
	return c
}

// ask asks the platform, which is an AllowanceKeeper.
func (c *grantsCache) ask(ctx context.Context, p platform.Platform, exam ExamKey, now time.Time) (grants, error) {
	granted, err := p.(platform.AllowanceKeeper).ExtraTime(ctx, exam.Course, exam.Usage)
	if errors.Is(err, platform.ErrNoAllowances) {
		granted, err = nil, nil
	}
	if err == nil {
		c.store(exam, granted, now)
	}
	return granted, err
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
	c.exam[exam] = grantsAnswer{granted, asked}
}
