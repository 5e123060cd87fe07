package transport

import (
	"context"
	"log/slog"
	"net/http"
	"time"
)

// Clock tells the time and waits. Sleep returns early, with the context's cause, when the context ends.
type Clock interface {
	Now() time.Time
	Sleep(ctx context.Context, d time.Duration) error
}

// Limiter is asked before each attempt. *rate.Limiter of golang.org/x/time satisfies it.
type Limiter interface {
	Wait(ctx context.Context) error
}

// Option sets one property of a Transport; it returns an error that names the option for a value it refuses.
type Option func(*settings) error

type settings struct {
	roundTripper   http.RoundTripper
	clock          Clock
	logger         *slog.Logger
	limiter        Limiter
	userAgent      string
	attemptTimeout time.Duration
	callTimeout    time.Duration
}

// WithTransport sets the http.RoundTripper beneath.
func WithTransport(rt http.RoundTripper) Option {
	return func(s *settings) error { s.roundTripper = rt; return nil }
}

// WithClock sets the clock.
func WithClock(c Clock) Option {
	return func(s *settings) error { s.clock = c; return nil }
}

// WithLogger sets the logger.
func WithLogger(l *slog.Logger) Option {
	return func(s *settings) error { s.logger = l; return nil }
}

// WithLimiter sets the limiter.
func WithLimiter(l Limiter) Option {
	return func(s *settings) error { s.limiter = l; return nil }
}

// WithUserAgent sets the User-Agent header.
func WithUserAgent(ua string) Option {
	return func(s *settings) error { s.userAgent = ua; return nil }
}

// WithTimeout bounds one attempt, and a whole call with its waits.
func WithTimeout(attempt, call time.Duration) Option {
	return func(s *settings) error { s.attemptTimeout, s.callTimeout = attempt, call; return nil }
}
