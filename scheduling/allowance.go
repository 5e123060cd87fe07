package scheduling

import (
	"maps"
	"sync"
	"time"

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
