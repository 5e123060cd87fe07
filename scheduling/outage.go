package scheduling

import (
	"context"
	"errors"
	"sync"
)

// The engine has a retry budget of its own, above the transport's. A call that
// the provider does not answer costs one; one that it answers gives some back.
// While the budget is spent the provider counts as down: what users ask for is
// still sent once, but nothing is repeated for them while they wait, and a pass
// of Reconcile tries one booking only, the longest due. The first answer ends that.
const (
	defaultRetryBudget = 20 // calls that fail in a row before the provider counts as down
	answerGives        = 5  // so that one answer in six calls keeps the budget full
)

// WithRetryBudget sets how many calls to the provider may go unanswered in a row
// before it counts as down; the default is 20. Then Book, Reschedule and Cancel
// send once and return a [*PendingError] at once instead of trying again, and
// each pass of [Scheduler.Reconcile] tries one booking, until the provider answers.
func WithRetryBudget(calls int) Option {
	return func(s *Scheduler) error {
		if calls < 1 {
			return errors.New("scheduling: WithRetryBudget: must be positive")
		}
		s.strain.budget = calls
		return nil
	}
}

// strain is how well the provider answers.
type strain struct {
	mu     sync.Mutex
	budget int
	spent  int
}

// told notes whether the provider answered a list or a write. What the caller
// himself ended says nothing.
func (s *strain) told(ctx context.Context, answered bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case answered:
		s.spent = max(s.spent-answerGives, 0)
	case ctx.Err() == nil:
		s.spent = min(s.spent+1, s.budget)
	}
}

// down says that the budget is spent.
func (s *strain) down() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.spent >= s.budget
}

// answered says whether the provider said anything to a write. An answer that
// can't be read may come from something in between.
func (a Answer) answered() bool { return a.Kind != AnswerUnknown && a.Kind != AnswerNotSent }
