package edxtest

import (
	"net/http"
	"time"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/internal/testserver"
)

// Server is a fake Open edX platform that listens on loopback.
type Server struct {
	// URL is the base URL for edx.NewClient.
	URL string
	// ExamsURL is that of the service edx-exams, which has a host of its own.
	ExamsURL string
	// ClientID and ClientSecret are those of an OAuth client whose calls act as
	// global staff.
	ClientID, ClientSecret string

	fake        *testserver.OpenEdX
	http, exams *testserver.Server
}

type settings struct {
	clock interface{ Now() time.Time }
}

// Option sets one property of a [Server].
type Option func(*settings)

// WithClock makes the server tell the time by the clock, usually a [Clock]: tokens
// expire by it. The default is the system's clock.
func WithClock(clock interface{ Now() time.Time }) Option {
	return func(s *settings) { s.clock = clock }
}

// NewServer starts a server without courses, whose only user is the staff user of
// the client. Close it when the test ends. It panics if there is no port to listen on.
func NewServer(opts ...Option) *Server {
	set := settings{clock: proctorbook.SystemClock{}}
	for _, opt := range opts {
		opt(&set)
	}
	fake := testserver.NewOpenEdX(set.clock)
	s := &Server{ClientID: "proctorbook-service", ClientSecret: "example-client-secret", fake: fake}
	fake.AddClient(s.ClientID, s.ClientSecret)
	s.http, s.exams = testserver.Loopback(fake), testserver.Loopback(fake.Exams())
	s.URL, s.ExamsURL = s.http.URL, s.exams.URL
	return s
}

// Close stops the server and closes its connections. It may be called twice.
func (s *Server) Close() {
	s.http.Close()
	s.exams.Close()
}

// Handler returns the platform itself, to be served in another way.
func (s *Server) Handler() http.Handler { return s.fake }

// ExamsHandler returns edx-exams itself, to be served in another way.
func (s *Server) ExamsHandler() http.Handler { return s.fake.Exams() }

// AddClient registers an OAuth client whose calls act as the given user, so that
// the user's rights decide what it may read.
func (s *Server) AddClient(id, secret, username string) { s.fake.AddClientFor(id, secret, username) }

// SetTokenLife sets how long new tokens are valid; the default is an hour.
func (s *Server) SetTokenLife(d time.Duration) { s.fake.SetTokenLife(d) }

// RevokeTokens makes every token issued so far invalid, before it expires.
func (s *Server) RevokeTokens() { s.fake.RevokeTokens() }

// AddRestrictedClient registers an OAuth client that acts as the given user, and
// whose tokens reach only as far as the limits.
func (s *Server) AddRestrictedClient(id, secret, username string, limits ClientLimits) {
	s.fake.AddRestrictedClient(id, secret, username, limits)
}

// Fault scripts a disturbance; see [Fault] for the kinds. It panics if the kind or
// the endpoint is misspelled: the fault would never come.
func (s *Server) Fault(f Fault) { s.fake.Fault(f) }

// ClearFaults forgets all scripted faults.
func (s *Server) ClearFaults() { s.fake.ClearFaults() }

// Play makes the server behave by an alternative of a variant, or by its default
// again. It returns an error for a name that [Variants] does not list.
func (s *Server) Play(variant, alternative string) error { return s.fake.Play(variant, alternative) }

// Counts returns what the server has seen so far.
func (s *Server) Counts() Counts { return s.fake.Counts() }
