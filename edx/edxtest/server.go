package edxtest

import (
	"net/http"
	"time"

	"github.com/proctorbook/proctorbook/internal/testserver"
	"github.com/proctorbook/proctorbook/internal/transport"
)

// Server is a fake Open edX platform that listens on loopback.
type Server struct {
	// URL is the base URL for edx.NewClient.
	URL string
	// ClientID and ClientSecret are those of an OAuth client whose calls act as
	// global staff.
	ClientID, ClientSecret string

	fake *testserver.OpenEdX
	http *testserver.Server
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
	set := settings{clock: transport.SystemClock{}}
	for _, opt := range opts {
		opt(&set)
	}
	fake := testserver.NewOpenEdX(set.clock)
	s := &Server{ClientID: "proctorbook-service", ClientSecret: "example-client-secret", fake: fake}
	fake.AddClient(s.ClientID, s.ClientSecret)
	s.http = testserver.Loopback(fake)
	s.URL = s.http.URL
	return s
}

// Close stops the server and closes its connections. It may be called twice.
func (s *Server) Close() { s.http.Close() }

// Handler returns the fake itself, to be served in another way.
func (s *Server) Handler() http.Handler { return s.fake }

// AddUser adds a user, or replaces the one with that user name.
func (s *Server) AddUser(u User) { s.fake.AddUser(u) }

// AddCourse adds a course, or replaces the one with that key.
func (s *Server) AddCourse(c Course) { s.fake.AddCourse(c) }

// RemoveCourse deletes a course; its enrollments stay, as they do on the platform.
func (s *Server) RemoveCourse(key string) { s.fake.RemoveCourse(key) }

// Enroll sets the enrollment of a user in a course; an inactive one is that of a
// learner who left.
func (s *Server) Enroll(username, course, mode string, active bool) {
	s.fake.Enroll(username, course, mode, active)
}

// AddClient registers an OAuth client whose calls act as the given user, so that
// the user's rights decide what it may read.
func (s *Server) AddClient(id, secret, username string) { s.fake.AddClientFor(id, secret, username) }

// SetTokenLife sets how long new tokens are valid; the default is an hour.
func (s *Server) SetTokenLife(d time.Duration) { s.fake.SetTokenLife(d) }

// RevokeTokens makes every token issued so far invalid, before it expires.
func (s *Server) RevokeTokens() { s.fake.RevokeTokens() }

// Fault scripts a disturbance; see [Fault] for the kinds.
func (s *Server) Fault(f Fault) { s.fake.Fault(f) }

// ClearFaults forgets all scripted faults.
func (s *Server) ClearFaults() { s.fake.ClearFaults() }

// Counts returns what the server has seen so far.
func (s *Server) Counts() Counts { return s.fake.Counts() }
