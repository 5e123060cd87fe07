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
// [oauth2.ReuseTokenSource]), and once more when the platform refuses a token.
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
// calls of [ExamsService]. The platform's token is sent there too.
func WithExamsURL(baseURL string) Option {
	return func(s *settings) error {
		if baseURL == "" {
			return invalid("base URL", "must not be empty").refuse("WithExamsURL")
		}
		s.examsURL = baseURL
		return nil
	}
}

// WithTransport sets the [http.RoundTripper] that carries the requests.
func WithTransport(rt http.RoundTripper) Option { return pass(transport.WithTransport(rt)) }

// WithClock sets the clock, which is the machine's by default.
func WithClock(c proctorbook.Clock) Option { return pass(transport.WithClock(c)) }

// WithLogger sets the logger; by default nothing is logged. What is logged are
// operation, attempt, status and duration, never a token, URL, body or user name.
func WithLogger(l *slog.Logger) Option { return pass(transport.WithLogger(l)) }

// WithLimiter sets who paces the attempts, those to sign in included.
func WithLimiter(l proctorbook.Limiter) Option { return pass(transport.WithLimiter(l)) }

// WithTimeout bounds one attempt, and a whole call with its waits.
func WithTimeout(attempt, call time.Duration) Option {
	return pass(transport.WithTimeout(attempt, call))
}

// WithRetries sets how many attempts a call has at most, and between which
// bounds it waits, at random, before the second one and the later ones.
func WithRetries(attempts int, minWait, maxWait time.Duration) Option {
	return pass(transport.WithRetries(attempts, minWait, maxWait))
}

// WithRandom sets the source of the random waits: numbers from 0 up to but not
// including 1. It must be safe for use by many goroutines.
func WithRandom(random func() float64) Option { return pass(transport.WithRandom(random)) }

// WithUserAgent sets the User-Agent header.
func WithUserAgent(agent string) Option { return pass(transport.WithUserAgent(agent)) }

func pass(o transport.Option) Option {
	return func(s *settings) error {
		s.transport = append(s.transport, o)
		return nil
	}
}
