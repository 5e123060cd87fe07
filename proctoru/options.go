package proctoru

import (
	"fmt"
	"log/slog"
	"net/http"
	"regexp"
	"time"

	"github.com/proctorbook/proctorbook/internal/transport"
)

// Clock tells the time and waits. Tests pass their own by [WithClock].
type Clock = transport.Clock

// Limiter is asked before each attempt. *rate.Limiter of golang.org/x/time satisfies it.
type Limiter = transport.Limiter

// Option sets one property of a [Client]. It returns an error that names it for
// a value that it refuses.
type Option func(*settings) error

type settings struct {
	transport   []transport.Option
	launchHosts []string
}

func pass(opt transport.Option) Option {
	return func(s *settings) error {
		s.transport = append(s.transport, opt)
		return nil
	}
}

// WithTransport sets the http.RoundTripper that carries the requests. The
// client never closes its idle connections.
func WithTransport(rt http.RoundTripper) Option { return pass(transport.WithTransport(rt)) }

// WithClock sets the clock for time stamps, waits and the check that a start
// lies ahead. Default: the system's.
func WithClock(c Clock) Option { return pass(transport.WithClock(c)) }

// WithLogger sets where attempts and failures are logged: operation, attempt,
// status and duration, never a token, a body, a query or a learner's data.
// Default: nowhere.
func WithLogger(l *slog.Logger) Option { return pass(transport.WithLogger(l)) }

// WithLimiter sets the pace, for instance one shared by several clients.
// Default: 2 requests a second, 10 at once.
func WithLimiter(l Limiter) Option { return pass(transport.WithLimiter(l)) }

// WithTimeout bounds one attempt, and a whole call with its waits.
// Default: 30 s and 60 s.
func WithTimeout(attempt, call time.Duration) Option {
	return pass(transport.WithTimeout(attempt, call))
}

// WithUserAgent sets the User-Agent header.
func WithUserAgent(agent string) Option { return pass(transport.WithUserAgent(agent)) }

var hostPattern = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]([a-z0-9-]*[a-z0-9])?$`)

// WithLaunchHosts adds hosts, with their subdomains, to those that a launch or
// login URL may lead to. Default: proctoru.com and meazurelearning.com.
func WithLaunchHosts(hosts ...string) Option {
	return func(s *settings) error {
		for _, h := range hosts {
			if !hostPattern.MatchString(h) {
				return fmt.Errorf("proctoru: WithLaunchHosts: want lower-case host names such as exams.example.org, without scheme or port")
			}
		}
		s.launchHosts = append(s.launchHosts, hosts...)
		return nil
	}
}

func defaultLaunchHosts() []string { return []string{"proctoru.com", "meazurelearning.com"} }

// WithRetries sets how many attempts a call has at most, and the bounds of the
// random wait between them. Default: 3, 500 ms, 8 s.
func WithRetries(attempts int, minWait, maxWait time.Duration) Option {
	return pass(transport.WithRetries(attempts, minWait, maxWait))
}

// WithRandom sets the source of the random waits: numbers from 0 up to but not
// including 1. It must be safe for use by many goroutines.
func WithRandom(random func() float64) Option { return pass(transport.WithRandom(random)) }
