package proctoru

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
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
		equipmentCheckURL: DefaultEquipmentCheckURL,
		createShare:       DefaultCreateShare,
		otherShare:        DefaultReadShare,
	}
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
func WithClock(c proctorbook.Clock) Option { return pass(transport.WithClock(c)) }

// WithLogger sets where attempts and failures are logged: operation, attempt,
// status and duration, never a token, a body, a query or a learner's data.
// Default: nowhere.
func WithLogger(l *slog.Logger) Option { return pass(transport.WithLogger(l)) }

// WithLimiter sets the pace, for instance one shared by several clients.
// Default: 2 requests a second, 10 at once.
func WithLimiter(l proctorbook.Limiter) Option { return pass(transport.WithLimiter(l)) }

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
		if !hostPattern.MatchString(h) {
			return fmt.Errorf("proctoru: %s: want lower-case host names such as exams.example.org, without scheme or port", option)
		}
	}
	return nil
}

// isWithin reports whether host is one of the hosts, or a subdomain of one.
func isWithin(host string, hosts []string) bool {
	host = strings.ToLower(host)
	return slices.ContainsFunc(hosts, func(allowed string) bool {
		return host == allowed || strings.HasSuffix(host, "."+allowed)
	})
}

// DefaultEquipmentCheckURL is the provider's page on which learners try out
// their computers.
const DefaultEquipmentCheckURL = "https://test-it-out.proctoru.com/"

// WithEquipmentCheckURL sets what [Client.EquipmentCheckURL] returns: an https URL.
func WithEquipmentCheckURL(page string) Option {
	return func(s *settings) error {
		s.equipmentCheckURL = page
		if u, err := url.Parse(page); err != nil || u.Scheme != "https" || u.Hostname() == "" || u.User != nil || !isPlainURL(page) {
			return fmt.Errorf("proctoru: WithEquipmentCheckURL: want an https URL with a host and without user info")
		}
		return nil
	}
}

// EquipmentCheckURL returns the page on which learners try out their computers
// before the exam. It is for links; the client never asks it.
func (c *Client) EquipmentCheckURL() string { return c.set.equipmentCheckURL }

// WithRetries sets how many attempts a call has at most, and the bounds of the
// random wait between them. Default: 3, 500 ms, 8 s.
func WithRetries(attempts int, minWait, maxWait time.Duration) Option {
	return pass(transport.WithRetries(attempts, minWait, maxWait))
}

// WithRandom sets the source of the random waits: numbers from 0 up to but not
// including 1. It must be safe for use by many goroutines.
func WithRandom(random func() float64) Option { return pass(transport.WithRandom(random)) }
