package scheduling

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/proctorbook/proctorbook/edx"
	"github.com/proctorbook/proctorbook/scheduling/internal/gather"
	"github.com/proctorbook/proctorbook/scheduling/platform"
)

// maxEnrollments bounds the cache.
const maxEnrollments = 10_000

const (
	// enrollmentLanes is how many calls for lists of enrollments are under way at once.
	// More learners than that who ask at the same moment share a call.
	enrollmentLanes = 4
	// manyLanes is for calls that can't be shared: the platform's client sets the pace.
	manyLanes = 1 << 16
)

// enrollments are those of page views. A booking is decided by an answer of its own.
type enrollments struct {
	ttl    time.Duration // how long an answer is kept; 0: not at all
	asking *gather.Group[enrollmentKey, enrollmentAnswer]

	mu   sync.Mutex
	kept map[enrollmentKey]enrollmentAnswer
}

type enrollmentKey struct {
	course   edx.CourseKey
	username string
}

type enrollmentAnswer struct {
	platform.Enrollment
	asked time.Time // before the call
}

func newEnrollments(p platform.Platform, ttl time.Duration, now func() time.Time) *enrollments {
	c := &enrollments{ttl: ttl, kept: map[enrollmentKey]enrollmentAnswer{}}
	lister, lists := platform.EnrollmentListerOf(p)
	if !lists {
		c.asking = gather.New(manyLanes, func(ctx context.Context, keys []enrollmentKey) enrollmentAnswers {
			return askOneByOne(ctx, p, keys, now)
		})
		return c
	}
	c.asking = gather.New(enrollmentLanes, func(ctx context.Context, keys []enrollmentKey) enrollmentAnswers {
		if len(keys) == 1 {
			return askOneByOne(ctx, p, keys, now)
		}
		return askForLists(ctx, lister, keys, now)
	})
	return c
}

type enrollmentAnswers = map[enrollmentKey]gather.Answer[enrollmentAnswer]

func askOneByOne(ctx context.Context, p platform.Platform, keys []enrollmentKey, now func() time.Time) enrollmentAnswers {
	all := enrollmentAnswers{}
	for _, key := range keys {
		asked := now()
		e, err := p.Enrollment(ctx, key.username, key.course)
		all[key] = gather.Answer[enrollmentAnswer]{Value: enrollmentAnswer{e, asked}, Err: err}
	}
	return all
}

// askForLists asks for lists, course by course.
func askForLists(ctx context.Context, p platform.EnrollmentLister, keys []enrollmentKey, now func() time.Time) enrollmentAnswers {
	names := map[edx.CourseKey][]string{}
	for _, key := range keys {
		names[key.course] = append(names[key.course], key.username)
	}
	all := make(enrollmentAnswers, len(keys))
	for course, ofCourse := range names {
		for some := range slices.Chunk(ofCourse, platform.MostNames) {
			asked := now()
			found, err := p.Enrollments(ctx, course, some)
			var missing error = edx.ErrNotEnrolled
			if err != nil {
				missing = &listError{err}
			}
			for _, name := range some {
				all[enrollmentKey{course, name}] = gather.Answer[enrollmentAnswer]{Err: missing}
			}
			for _, e := range found {
				all[enrollmentKey{course, e.Username}] = gather.Answer[enrollmentAnswer]{Value: enrollmentAnswer{e, asked}}
			}
		}
	}
	return all
}

// listError is about all learners of a list: each of them may have an answer alone.
type listError struct{ error }

func (e *listError) Unwrap() error { return e.error }

// worthAsking reports whether a single learner may have an answer where the list had
// none. A platform that refuses the client, or has had too many calls, is left in peace.
func worthAsking(err error) bool {
	_, ofAList := errors.AsType[*listError](err)
	return ofAList && !errors.Is(err, edx.ErrThrottled) && !errors.Is(err, edx.ErrSignIn) && !errors.Is(err, edx.ErrUnauthorized)
}

// enrollmentShown returns the learner's enrollment for a page. It is as old as the call
// that it shares with others, unless an answer was kept that lets the learner book: a
// learner who has just enrolled must not be told for a while that they have not.
func (s *Scheduler) enrollmentShown(ctx context.Context, exam Exam, username string) (platform.Enrollment, error) {
	key := enrollmentKey{exam.Course, username}
	if kept, ok := s.enrolled.load(key, s.now()); ok && exam.Allows(kept.Mode) {
		return kept, nil
	}
	a, err := s.enrolled.asking.Get(ctx, key)
	if worthAsking(err) && ctx.Err() == nil {
		return s.enrollmentNow(ctx, exam, username)
	}
	s.enrolled.note(key, a, err, s.now())
	return a.Enrollment, err
}

// enrollmentNow asks the platform by a call of its own, for a decision.
func (s *Scheduler) enrollmentNow(ctx context.Context, exam Exam, username string) (platform.Enrollment, error) {
	asked := s.now()
	e, err := s.platform.Enrollment(ctx, username, exam.Course)
	s.enrolled.note(enrollmentKey{exam.Course, username}, enrollmentAnswer{e, asked}, err, s.now())
	return e, err
}

func (c *enrollments) fresh(a enrollmentAnswer, now time.Time) bool {
	return !now.Before(a.asked) && now.Before(a.asked.Add(c.ttl))
}

func (c *enrollments) load(key enrollmentKey, now time.Time) (platform.Enrollment, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	a, ok := c.kept[key]
	return a.Enrollment, ok && c.fresh(a, now)
}

// note keeps an active enrollment, and drops one that is none any more. An error says
// nothing about the one that is kept, which ends by its age.
func (c *enrollments) note(key enrollmentKey, a enrollmentAnswer, err error, now time.Time) {
	gone := errors.Is(err, edx.ErrNotEnrolled) || err == nil && !a.Active
	c.mu.Lock()
	defer c.mu.Unlock()
	if gone {
		delete(c.kept, key)
	}
	if c.ttl == 0 || gone || err != nil {
		return
	}
	if len(c.kept) >= maxEnrollments {
		maps.DeleteFunc(c.kept, func(_ enrollmentKey, a enrollmentAnswer) bool { return !c.fresh(a, now) })
	}
	if len(c.kept) >= maxEnrollments {
		clear(c.kept)
	}
	c.kept[key] = a
}

// forget drops everything that is kept of anybody.
func (c *enrollments) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	clear(c.kept)
}
