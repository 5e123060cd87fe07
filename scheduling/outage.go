package scheduling

import (
	"context"
	"sync"
)

// The engine has a retry budget of its own, besides the transport's. A call that the
// provider does not answer costs one; a call that it answers gives answerGives back.
// While the budget is used up, the provider counts as down: what users ask for is
// still sent once, but not repeated while they wait, and a pass of Reconcile tries
// only the booking that has been due longest. The first answer ends that.

// answerGives is what an answer gives back. With one answer to six calls the budget
// stays full.
const answerGives = 5

// strain is how many of the provider's answers are missing.
type strain struct {
	mu     sync.Mutex
	budget int
	spent  int
}

// note records whether the provider answered. A call that our own caller ended does
// not count.
func (s *strain) note(ctx context.Context, answered bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case answered:
		s.spent = max(s.spent-answerGives, 0)
	case ctx.Err() == nil:
		s.spent = min(s.spent+1, s.budget)
	}
}

// down reports whether the budget is used up.
func (s *strain) down() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.spent >= s.budget
}
