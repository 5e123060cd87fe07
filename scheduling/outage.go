package scheduling

import (
	"context"
	"sync"
)

// The engine has a retry budget of its own, above the transport's. A call that
// the provider does not answer costs one; one that it answers gives some back.
// While the budget is spent the provider counts as down: what users ask for is
// still sent once, but nothing is repeated for them while they wait, and a pass
// of Reconcile tries one booking only, the longest due. The first answer ends that.

// answerGives is what an answer gives back: one in six calls keeps the budget full.
const answerGives = 5

// strain is how well the provider answers.
type strain struct {
	mu     sync.Mutex
	budget int
	spent  int
}

// note records whether the provider answered a list or a write. What the caller
// himself ended says nothing.
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

// down says that the budget is spent.
func (s *strain) down() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.spent >= s.budget
}
