package transport

import (
	"errors"
	"fmt"
	"sync"
)

// The retry budget of a Transport, unless [WithRetryBudget] sets another: 20
// retries at once, then one for every 5 calls that succeed.
const (
	DefaultRetryTokens      = 100 // at the start, and at most
	DefaultTokensPerRetry   = 5
	DefaultTokensPerSuccess = 1
)

// WithRetryBudget bounds what all calls together send again, so that an outage is
// not made worse by many clients trying several times each. The budget starts
// with tokens and never holds more. Each retry costs perRetry tokens, each answer
// with a 2xx status returns perSuccess. While there are too few, a call ends with
// its first attempt, which is always made. With 0 tokens nothing is ever sent
// again, and the other two numbers don't matter. Default: 100, 5, 1.
func WithRetryBudget(tokens, perRetry, perSuccess int) Option {
	return func(s *settings) error {
		switch {
		case tokens < 0:
			return fmt.Errorf("WithRetryBudget: %d tokens: must not be negative", tokens)
		case tokens > 0 && (perRetry < 1 || perRetry > tokens):
			return fmt.Errorf("WithRetryBudget: %d tokens a retry: must be 1 to %d, which is all tokens", perRetry, tokens)
		case tokens > 0 && perSuccess < 1:
			return errors.New("WithRetryBudget: tokens a success: must be at least 1, or the budget never fills again")
		}
		s.budget = budgetSize{tokens: tokens, perRetry: perRetry, perSuccess: perSuccess}
		return nil
	}
}

type budgetSize struct{ tokens, perRetry, perSuccess int }

// budget is a bucket of tokens. It has no clock: only successes fill it, so it
// stays empty for as long as the service fails.
type budget struct {
	size budgetSize
	mu   sync.Mutex
	left int
}

// spend takes the tokens of one retry, and reports whether there were enough.
func (b *budget) spend() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.size.tokens == 0 || b.left < b.size.perRetry {
		return false
	}
	b.left -= b.size.perRetry
	return true
}

// earn adds the tokens of a success, up to the size of the budget.
func (b *budget) earn() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.left += min(b.size.perSuccess, b.size.tokens-b.left)
}

func (b *budget) tokens() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.left
}
