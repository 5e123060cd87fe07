package proctoru

import (
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/internal/transport"
)

// Option sets one property of a [Client]. It returns an error that names it for
// a value that it refuses.
type Option func(*settings) error

type settings struct {
	transport               []transport.Option
	launchHosts             []string
	returnHosts             []string // nil = any
	equipmentCheckURL       string
	createShare, otherShare float64
}

func defaultSettings() settings {
	return settings{
		launchHosts:       []string{"proctoru.com", "meazurelearning.com"},
		equipmentCheckURL: "https://test-it-out.proctoru.com/",
		createShare:       0.8,
		otherShare:        0.9,
	}
}

// WithLaunchHosts adds hosts, with their subdomains, to those that a launch or
// login URL may lead to. Default: proctoru.com and meazurelearning.com.
func WithLaunchHosts(hosts ...string) Option {
	return func(s *settings) error {
		s.launchHosts = append(s.launchHosts, hosts...)
		return checkHosts("WithLaunchHosts", hosts)
	}
}

// WithReturnHosts sets the hosts, with their subdomains, to which the provider may
// be asked to send a learner back. Default: any. Set it where a ReturnURL may
// come from a browser.
func WithReturnHosts(hosts ...string) Option {
	return func(s *settings) error {
		s.returnHosts = append(s.returnHosts, hosts...)
		return checkHosts("WithReturnHosts", hosts)
	}
}

func checkHosts(option string, hosts []string) error {
	for _, h := range hosts {
		if !transport.IsFullHost(h) {
			return invalid(option, "hosts", "must be lower-case host names such as exams.example.org, without scheme or port")
		}
	}
	return nil
}

// WithEquipmentCheckURL sets what [Client.EquipmentCheckURL] returns: an https URL.
// Default: https://test-it-out.proctoru.com/, the provider's own page.
func WithEquipmentCheckURL(page string) Option {
	return func(s *settings) error {
		s.equipmentCheckURL = page
		u, err := url.Parse(page)
		if err == nil && u.Scheme == "https" && isPlainURL(page) {
			if _, _, ok := hostName(u); ok {
				return nil
			}
		}
		return invalid("WithEquipmentCheckURL", "page", "must be an https URL with a host name and without user info")
	}
}

// WithLockoutGuard sets when the client stops with [ErrErrorBudget]: creates,
// changes and moves at the first share of the provider's error limit (above 0, at
// most 1), all other calls at the second. 0 switches that part of the guard off.
//
// The provider counts errors, and is expected to lock the token at the limit
// ("Error count 49 of 50"). A stopped client reads the time zones at most every
// 30 s, as part of a call that it would refuse, and goes on if that succeeds.
// Default: 0.8 and 0.9.
func WithLockoutGuard(creates, others float64) Option {
	return func(s *settings) error {
		for _, share := range []float64{creates, others} {
			if !(share >= 0 && share <= 1) {
				return invalid("WithLockoutGuard", "shares", "must be from 0 to 1")
			}
		}
		s.createShare, s.otherShare = creates, others
		return nil
	}
}

// The options from here on are the same in packages proctoru and edx.

// WithTransport sets the [http.RoundTripper] that carries the requests. The client
// never closes its idle connections. Default: an [http.Transport] of its own, with
// TLS 1.2 or later and the proxy that the environment names.
func WithTransport(rt http.RoundTripper) Option { return pass(transport.WithTransport(rt)) }

// WithClock sets the clock for time stamps, waits, the pace, and the check that a
// start lies ahead.
// Default: [proctorbook.SystemClock].
func WithClock(c proctorbook.Clock) Option { return pass(transport.WithClock(c)) }

// WithRandom sets the source of the random waits between attempts. It returns
// numbers from 0 up to but not including 1, and must be safe for use by many
// goroutines. Default: that of math/rand/v2.
func WithRandom(random func() float64) Option { return pass(transport.WithRandom(random)) }

// WithLogger sets the logger. A record holds the operation, attempt, status and
// duration, never a token, URL, body or personal data. Default: nothing is logged.
func WithLogger(l *slog.Logger) Option { return pass(transport.WithLogger(l)) }

// WithObserver sets the observer, which receives an event after every attempt and
// after every call. Default: none.
func WithObserver(o proctorbook.Observer) Option { return pass(transport.WithObserver(o)) }

// WithLimiter sets the pace of the attempts. Clients that are given the
// same limiter share its pace. For no limit pass rate.NewLimiter(rate.Inf, 1).
// Default: 2 attempts a second, at most 10 at once, for this client alone.
func WithLimiter(l proctorbook.Limiter) Option { return pass(transport.WithLimiter(l)) }

// WithTimeout limits the time of one attempt, its answer included, and of a whole
// call with all its waits. Default: 30 s and 60 s.
func WithTimeout(attempt, call time.Duration) Option {
	return pass(transport.WithTimeout(attempt, call))
}

// WithRetries sets how many attempts a call makes at most, and how long it waits
// before another: a random time up to minWait before the second attempt, up to
// twice as long before each further one, and never more than maxWait. If the
// service says how long to wait, the client waits that long, unless it is more
// than 30 s: then the call fails at once. Default: 3, 500 ms, 8 s.
func WithRetries(attempts int, minWait, maxWait time.Duration) Option {
	return pass(transport.WithRetries(attempts, minWait, maxWait))
}

// WithRetryBudget limits the retries of all calls together, so that an outage
// is not made worse by clients that try again. The budget starts with that many
// tokens and never holds more. Each retry costs perRetry tokens, each answer with a
// 2xx status returns perSuccess. While there are too few, a call fails after its
// first attempt. With 0 tokens nothing is ever sent again. Default: 100, 5, 1.
func WithRetryBudget(tokens, perRetry, perSuccess int) Option {
	return pass(transport.WithRetryBudget(tokens, perRetry, perSuccess))
}

// WithUserAgent sets the User-Agent header. Default: proctorbook/ and
// [proctorbook.Version].
func WithUserAgent(agent string) Option { return pass(transport.WithUserAgent(agent)) }

func pass(o transport.Option) Option {
	return func(s *settings) error {
		s.transport = append(s.transport, o)
		return nil
	}
}
