package edx

import (
	"log/slog"
	"net/http"
	"time"

	"golang.org/x/oauth2"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/internal/transport"
)

// Option sets one property of a [Client].
type Option func(*settings) error

type settings struct {
	transport []transport.Option
	id        string
	secret    secret
	source    oauth2.TokenSource
	examsURL  string
}

// WithClientCredentials lets the client sign in by itself, as the user who owns
// the OAuth application of that client id. The application is made in the
// platform's administration, with the grant type "Client credentials". To read
// other people's enrollments and accounts its user must be global staff.
//
// If the platform refuses to let the client in twice in a row, the client does not ask
// again for 2 seconds, and twice as long after each further refusal, up to 5 minutes;
// calls then fail at once with the last [*SignInError] and a RetryAfter. It does the
// same if the platform rejects the tokens that it gives.
func WithClientCredentials(id, clientSecret string) Option {
	return func(s *settings) error {
		switch {
		case id == "":
			return invalid("id", "must not be empty").refuse("WithClientCredentials")
		case clientSecret == "":
			return invalid("secret", "must not be empty").refuse("WithClientCredentials")
		}
		s.id, s.secret = id, newSecret(clientSecret)
		return nil
	}
}

// WithTokenSource takes the tokens from source, which must be safe for
// concurrent use. It is asked for each call, so let it keep its token (see
// [oauth2.ReuseTokenSource]), and once more when the platform refuses a token, but
// not while it has refused two such new ones in a row: then for 2 seconds to 5
// minutes a call asks once only. A source that panics is a source that fails.
// A token of type JWT is sent as "JWT", another one as its type says.
func WithTokenSource(source oauth2.TokenSource) Option {
	return func(s *settings) error {
		if source == nil {
			return invalid("source", "must not be nil").refuse("WithTokenSource")
		}
		s.source = source
		return nil
	}
}

// WithExamsURL sets where edx-exams is, such as https://exams.example.org, for the
// calls of [ExamsService]. The platform's token is sent there too. Default: none;
// those calls then fail with [*proctorbook.ValidationError].
func WithExamsURL(baseURL string) Option {
	return func(s *settings) error {
		if baseURL == "" {
			return invalid("base URL", "must not be empty").refuse("WithExamsURL")
		}
		s.examsURL = baseURL
		return nil
	}
}

// The options from here on are the same in packages proctoru and edx.

// WithTransport sets the [http.RoundTripper] that carries the requests. The client
// never closes its idle connections. Default: an [http.Transport] of its own, with
// TLS 1.2 or later and the proxy that the environment names.
func WithTransport(rt http.RoundTripper) Option { return pass(transport.WithTransport(rt)) }

// WithClock sets the clock for waits, the pace and the life of tokens.
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

// WithLimiter sets the pace of the attempts, those to sign in
// included. Clients that are given the same limiter share its pace. For no limit
// pass rate.NewLimiter(rate.Inf, 1).
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
