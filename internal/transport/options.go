package transport

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/proctorbook/proctorbook"
)

// What a Transport does unless options say otherwise.
const (
	DefaultRate           = 2  // attempts a second
	DefaultBurst          = 10 // attempts at once
	DefaultAttemptTimeout = 30 * time.Second
	DefaultCallTimeout    = 60 * time.Second
	DefaultAttempts       = 3
	DefaultMinWait        = 500 * time.Millisecond
	DefaultMaxWait        = 8 * time.Second
	DefaultUserAgent      = "proctorbook/" + proctorbook.Version

	// MaxRetryAfter is the longest Retry-After that a call waits for. If the
	// service asks for more, the call returns its answer at once.
	MaxRetryAfter = 30 * time.Second
)

// Option sets one property of a Transport; it returns an error that names the
// option for a value it refuses.
type Option func(*settings) error

type settings struct {
	roundTripper   http.RoundTripper
	clock          proctorbook.Clock
	random         func() float64
	logger         *slog.Logger
	limiter        proctorbook.Limiter
	userAgent      string
	attemptTimeout time.Duration
	callTimeout    time.Duration
	attempts       int
	minWait        time.Duration
	maxWait        time.Duration
	budget         budgetSize
	observer       proctorbook.Observer // nil if there is none
}

func newSettings(opts []Option) (settings, error) {
	s := settings{
		clock:          proctorbook.SystemClock{},
		random:         systemRandom,
		logger:         slog.New(slog.DiscardHandler),
		userAgent:      DefaultUserAgent,
		attemptTimeout: DefaultAttemptTimeout,
		callTimeout:    DefaultCallTimeout,
		attempts:       DefaultAttempts,
		minWait:        DefaultMinWait,
		maxWait:        DefaultMaxWait,
		budget:         budgetSize{DefaultRetryTokens, DefaultTokensPerRetry, DefaultTokensPerSuccess},
	}
	for _, opt := range opts {
		if opt == nil {
			return s, errors.New("an option is nil")
		}
		if err := opt(&s); err != nil {
			return s, err
		}
	}
	if s.roundTripper == nil {
		s.roundTripper = newRoundTripper()
	}
	return s, nil
}

// WithTransport sets the http.RoundTripper beneath. The caller keeps it: its idle
// connections are never closed from here. Default: an http.Transport of its own,
// with TLS 1.2 at least, headers of at most 64 KiB, 8 idle connections a host,
// each closed after 20 s, and the proxy that the environment names.
func WithTransport(rt http.RoundTripper) Option {
	return func(s *settings) error {
		if rt == nil {
			return errors.New("WithTransport: the round tripper is nil")
		}
		s.roundTripper = rt
		return nil
	}
}

// WithClock sets the clock by which calls are stamped, paced and made to wait.
// Default: [proctorbook.SystemClock].
func WithClock(c proctorbook.Clock) Option {
	return func(s *settings) error {
		if c == nil {
			return errors.New("WithClock: the clock is nil")
		}
		s.clock = c
		return nil
	}
}

// WithRandom sets the source of the jitter: numbers from 0 up to but not
// including 1. It must be safe for use by many goroutines. Default: that of
// math/rand/v2.
func WithRandom(random func() float64) Option {
	return func(s *settings) error {
		if random == nil {
			return errors.New("WithRandom: the source is nil")
		}
		s.random = random
		return nil
	}
}

// WithLogger sets the logger: each attempt is a debug record, each failed call a
// warning, with operation, attempt, status and duration. A read that is answered
// with a 4xx status other than 401, 403 and 429 is information only, since the
// caller may just want to know whether something exists. Default: nothing is
// logged.
func WithLogger(l *slog.Logger) Option {
	return func(s *settings) error {
		if l == nil {
			return errors.New("WithLogger: the logger is nil")
		}
		s.logger = l
		return nil
	}
}

// WithLimiter sets what is asked before each attempt. Clients that are given the
// same one share its pace, and so do machines whose limiters ask one place, such
// as a database. Default: 2 attempts a second, 10 at once, for this client alone
// and by its clock. For no limit pass rate.NewLimiter(rate.Inf, 1).
func WithLimiter(l proctorbook.Limiter) Option {
	return func(s *settings) error {
		if l == nil {
			return errors.New("WithLimiter: the limiter is nil")
		}
		s.limiter = l
		return nil
	}
}

// WithUserAgent sets the User-Agent header. Default: proctorbook/ and
// [proctorbook.Version].
func WithUserAgent(ua string) Option {
	return func(s *settings) error {
		if ua == "" || !isHeaderValue(ua) {
			return errors.New("WithUserAgent: the text is empty or holds a control character")
		}
		s.userAgent = ua
		return nil
	}
}

// WithTimeout bounds one attempt, body included, and a whole call with its
// waits. Default: 30 s and 60 s.
func WithTimeout(attempt, call time.Duration) Option {
	return func(s *settings) error {
		if attempt <= 0 || call <= 0 {
			return fmt.Errorf("WithTimeout: %v for an attempt and %v for a call: both must be positive", attempt, call)
		}
		s.attemptTimeout, s.callTimeout = attempt, call
		return nil
	}
}

// WithRetries sets how many attempts a call has at most, and between which
// bounds it waits before attempt n+1: a random time up to minWait * 2^(n-1), and
// never more than maxWait. With one attempt the waits don't matter. What all calls
// together may send again is bounded by [WithRetryBudget].
// Default: 3, 500 ms, 8 s.
func WithRetries(attempts int, minWait, maxWait time.Duration) Option {
	return func(s *settings) error {
		if attempts < 1 {
			return fmt.Errorf("WithRetries: %d attempts: at least 1 is needed", attempts)
		}
		if attempts > 1 && (minWait <= 0 || maxWait < minWait) {
			return fmt.Errorf("WithRetries: waits from %v to %v: the first must be positive, the second not less", minWait, maxWait)
		}
		s.attempts, s.minWait, s.maxWait = attempts, minWait, maxWait
		return nil
	}
}
