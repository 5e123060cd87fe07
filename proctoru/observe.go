package proctoru

import (
	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/internal/transport"
)

// WithObserver sets who is told of every attempt and call. Default: nobody.
func WithObserver(o proctorbook.Observer) Option { return pass(transport.WithObserver(o)) }

// WithRetryBudget bounds what all calls together send again: the client starts
// with tokens, each repeat takes perRetry, and each answer with a 2xx status
// gives perSuccess back. 0 tokens: nothing is sent again. Default: 100, 5, 1.
func WithRetryBudget(tokens, perRetry, perSuccess int) Option {
	return pass(transport.WithRetryBudget(tokens, perRetry, perSuccess))
}
