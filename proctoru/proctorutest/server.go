package proctorutest

import (
	"net/http"
	"time"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/internal/testserver"
)

// Server is a fake ProctorU that listens on loopback.
type Server struct {
	// URL is the base URL for proctoru.NewClient, with the prefix /api.
	URL string
	// RootURL is the same without the prefix, for clients that add it themselves,
	// or know the API of the old days, which had none.
	RootURL string
	// Token is the key that the server accepts, in the shape of a lower-case UUID.
	Token string

	fake *testserver.ProctorU
	http *testserver.Server
}

type settings struct {
	clock interface{ Now() time.Time }
	fake  []testserver.ProctorUOption
}

// Option sets one property of a [Server].
type Option func(*settings)

// WithClock makes the server tell the time by the clock, usually a [Clock]. The
// default is the system's clock.
func WithClock(clock interface{ Now() time.Time }) Option {
	return func(s *settings) { s.clock = clock }
}

// WithSeed chooses the key, and the tokens in the URLs that the server hands out.
// The same seed and the same requests give the same answers.
func WithSeed(seed uint64) Option {
	return func(s *settings) { s.fake = append(s.fake, testserver.WithSeed(seed)) }
}

// WithFirstNumber sets the number of the first reservation; the default is 900000501.
func WithFirstNumber(number int64) Option {
	return func(s *settings) { s.fake = append(s.fake, testserver.WithFirstNumber(number)) }
}

// NewServer starts a server without learners and reservations. Close it when the
// test ends. It panics if there is no port to listen on.
func NewServer(opts ...Option) *Server {
	set := settings{clock: proctorbook.SystemClock{}}
	for _, opt := range opts {
		opt(&set)
	}
	fake := testserver.NewProctorU(set.clock, set.fake...)
	server := testserver.Loopback(fake)
	return &Server{URL: server.URL + "/api", RootURL: server.URL, Token: fake.Token, fake: fake, http: server}
}

// Close stops the server and closes its connections. It may be called twice.
func (s *Server) Close() { s.http.Close() }

// Handler returns the fake itself, to be served in another way.
func (s *Server) Handler() http.Handler { return s.fake }

// Fault scripts a disturbance; see [Fault] for the kinds. It panics if the kind or
// the endpoint is misspelled: the fault would never come.
func (s *Server) Fault(f Fault) { s.fake.Fault(f) }

// ClearFaults forgets all scripted faults. Late requests are still carried out.
func (s *Server) ClearFaults() { s.fake.ClearFaults() }

// Play makes the server behave by an alternative of a variant, or by its default
// again. It returns an error for a name that [Variants] does not list.
func (s *Server) Play(variant, alternative string) error { return s.fake.Play(variant, alternative) }

// Counts returns what the server has seen and done so far.
func (s *Server) Counts() Counts { return s.fake.Counts() }

// Tick carries out the late requests that are due by now. Every request and every
// look at the server's state does the same first.
func (s *Server) Tick() { s.fake.Tick() }

// SetListLag makes getStudentReservationList show a write only when it is lag old
// and the learner's list was read that many times since.
func (s *Server) SetListLag(lag time.Duration, reads int) { s.fake.SetListLag(lag, reads) }

// SetReportLag makes the activity report, and the list of canceled reservations,
// show a write only when it is lag old.
func (s *Server) SetReportLag(lag time.Duration) { s.fake.SetReportLag(lag) }

// ResetErrors sets the error counters to 0, as the provider's staff would for an
// account that is locked after 50 errors in a row.
func (s *Server) ResetErrors() { s.fake.ResetErrors() }
