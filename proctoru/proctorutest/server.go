package proctorutest

import (
	"net/http"
	"time"

	"github.com/proctorbook/proctorbook/internal/testserver"
	"github.com/proctorbook/proctorbook/internal/transport"
)

// Server is a fake ProctorU that listens on loopback.
type Server struct {
	// URL is the base URL for proctoru.NewClient, with the prefix /api.
	URL string
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
	set := settings{clock: transport.SystemClock{}}
	for _, opt := range opts {
		opt(&set)
	}
	fake := testserver.NewProctorU(set.clock, set.fake...)
	server := testserver.Loopback(fake)
	return &Server{URL: server.URL + "/api", Token: fake.Token, fake: fake, http: server}
}

// Close stops the server and closes its connections. It may be called twice.
func (s *Server) Close() { s.http.Close() }

// Handler returns the fake itself, to be served in another way.
func (s *Server) Handler() http.Handler { return s.fake }

// Fault scripts a disturbance; see [Fault] for the kinds.
func (s *Server) Fault(f Fault) { s.fake.Fault(f) }

// ClearFaults forgets all scripted faults. Late requests are still carried out.
func (s *Server) ClearFaults() { s.fake.ClearFaults() }

// Play makes the server behave by an alternative of a variant, or by its default
// again. It returns an error for a name that [Variants] does not list.
func (s *Server) Play(variant, alternative string) error { return s.fake.Play(variant, alternative) }

// Counts returns what the server has seen and done so far.
func (s *Server) Counts() Counts { return s.fake.Counts() }

// Reservations returns all reservations ever made, canceled ones too, by number.
func (s *Server) Reservations() []Reservation { return s.fake.Reservations() }

// Learner returns the profile that the server holds, by wire name of the field
// ("first_name"), and whether it knows the learner.
func (s *Server) Learner(studentID string) (map[string]string, bool) {
	return s.fake.Learner(studentID)
}

// SetSlots makes the server offer the starts that offered returns for a day, given
// as its midnight in UTC. Nil restores the default: every quarter hour but three.
func (s *Server) SetSlots(offered func(day time.Time) []time.Time) { s.fake.SetSlots(offered) }

// BlockSlot takes the slot away, as if others had booked it up.
func (s *Server) BlockSlot(start time.Time) { s.fake.BlockSlot(start) }

// FreeSlot gives a blocked slot back.
func (s *Server) FreeSlot(start time.Time) { s.fake.FreeSlot(start) }

// ProviderMoves gives an active reservation another start, as the provider's staff
// may, and returns the number that it has from now on.
func (s *Server) ProviderMoves(number int64, start time.Time) (int64, error) {
	return s.fake.ProviderMoves(number, start)
}

// ProviderCancels cancels an active reservation, as the provider's staff may.
func (s *Server) ProviderCancels(number int64) error { return s.fake.ProviderCancels(number) }

// ProctorStarts is the moment in which the proctor admits the learner.
func (s *Server) ProctorStarts(number int64) error { return s.fake.ProctorStarts(number) }

// ProctorEnds closes the session with a verdict, which the activity report shows.
func (s *Server) ProctorEnds(number int64, verdict Verdict) error {
	return s.fake.ProctorEnds(number, verdict)
}

// ResetErrors sets the error counters to 0, as the provider's staff would for an
// account that is locked after 50 errors in a row.
func (s *Server) ResetErrors() { s.fake.ResetErrors() }
