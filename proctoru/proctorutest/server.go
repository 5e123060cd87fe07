package proctorutest

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/internal/testserver"
	"github.com/proctorbook/proctorbook/proctorbooktest"
)

// wireTime is how ProctorU writes an instant: UTC, whole seconds, Z.
const wireTime = "2006-01-02T15:04:05Z"

// Server is a fake ProctorU that keeps state. As an http.Handler it answers below
// the prefix /api, and also without it. It is safe for use by many goroutines, and
// carries out one request at a time.
//
// The zero value is not usable: call [NewServer] or [NewUnstartedServer].
type Server struct {
	// URL is the base URL for proctoru.NewClient, with the prefix /api. Until the
	// server listens it is one that proctorbooktest.InProcess and Pipe reach.
	URL string
	// RootURL is the same without the prefix, for clients that add it themselves, or
	// know the API of the old days, which had none.
	RootURL string
	// Token is the key that the server accepts, in the shape of a lower-case UUID.
	Token string

	listener *proctorbooktest.Listener // nil until the server listens
	clock    testserver.TimeTeller
	clients  testserver.TimeTeller // nil: the same

	mu           sync.Mutex
	random       *rand.Rand
	nextNumber   int64
	playing      map[string]string // variant name to alternative; the defaults are absent
	faults       testserver.FaultBook
	late         testserver.Schedule
	acting       time.Time // see now
	otherID      bool      // the fault OtherID is played
	counts       Counts
	errors       map[string]*errorCounter
	learners     map[string]*learner
	reservations []*reservation // all of them, by number
	byStudent    map[string][]*reservation
	byNumber     map[int64]*reservation
	byRID        map[string][]*reservation // by the institution's reservation_id
	dated        byStart
	lists        laggingView
	evidence     laggingView
	slots        slotBook

	staff          map[string]map[string]string // fields by e-mail address
	emailOwners    map[string]string            // schools of other institutions' learners
	accommodations []Accommodation
	exams          map[string]*Exam
	invitations    map[string]string // by exam id
	lastExam       int64
	terms          map[string]string
	departments    map[int64]string
	registrations  map[registration]bool
	recordings     []*RecordPlusSession
	batches        map[string]*batch
	hooks          hookLog
}

// Option sets one property of a [Server].
type Option func(*Server)

// needClock refuses a nil clock where the mistake is, not at the first request.
func needClock(option string, clock interface{ Now() time.Time }) {
	if clock == nil {
		panic("proctorutest: " + option + ": the clock is nil")
	}
}

// WithClock makes the server tell the time by the clock, usually a
// proctorbooktest.Clock. The default is the system's clock.
func WithClock(clock interface{ Now() time.Time }) Option {
	needClock("WithClock", clock)
	return func(s *Server) { s.clock = clock }
}

// WithSeed chooses the key, and the tokens in the URLs that the server hands out.
// The default is 1. The same seed and the same requests give the same answers.
func WithSeed(seed uint64) Option {
	return func(s *Server) { s.random = rand.New(rand.NewPCG(seed, 0x70755f746f6b656e)) }
}

// WithFirstNumber sets the number of the first reservation; the others follow it.
// The default is 900000501.
func WithFirstNumber(number int64) Option {
	return func(s *Server) { s.nextNumber = number }
}

// WithClientClock names the clock of the clients, where they can't go by the
// server's: a time_sent near to it is fresh as well. The default is none.
func WithClientClock(clock interface{ Now() time.Time }) Option {
	needClock("WithClientClock", clock)
	return func(s *Server) { s.clients = clock }
}

// NewServer starts a server on loopback, without learners and reservations. Close it
// when the test ends. It panics if there is no port to listen on, or an option is nil.
func NewServer(opts ...Option) *Server {
	s := NewUnstartedServer(opts...)
	s.Start()
	return s
}

// NewUnstartedServer returns a server that does not listen: call it in process with
// proctorbooktest.InProcess or Pipe, serve it as a handler, or start it later.
func NewUnstartedServer(opts ...Option) *Server {
	s := &Server{
		URL: proctorbooktest.InProcessURL + "/api", RootURL: proctorbooktest.InProcessURL,
		clock: proctorbook.SystemClock{}, nextNumber: 900000501,
		playing: map[string]string{}, errors: map[string]*errorCounter{}, learners: map[string]*learner{},
		byStudent: map[string][]*reservation{}, byNumber: map[int64]*reservation{}, byRID: map[string][]*reservation{},
		counts: Counts{Requests: map[string]int{}},
		slots:  slotBook{capacity: map[int64]int{}},

		staff: map[string]map[string]string{}, emailOwners: map[string]string{}, exams: map[string]*Exam{}, invitations: map[string]string{}, lastExam: 5000000, terms: map[string]string{},
		departments: map[int64]string{}, registrations: map[registration]bool{}, batches: map[string]*batch{},
		accommodations: []Accommodation{{50474, "Extra time"}, {50475, "Screen reader"}},
	}
	WithSeed(1)(s)
	for _, opt := range opts {
		if opt == nil {
			panic("proctorutest: an option is nil")
		}
		opt(s)
	}
	s.Token = s.uuid()
	return s
}

// Start makes a server of NewUnstartedServer listen on loopback, and sets its URL
// and RootURL. It panics if there is no port to listen on, or if the server listens
// already.
func (s *Server) Start() {
	if s.listener != nil {
		panic("proctorutest: the server listens already")
	}
	s.listener = proctorbooktest.Loopback(s)
	s.URL, s.RootURL = s.listener.URL+"/api", s.listener.URL
}

// Close stops the server and closes its connections. It may be called twice, and
// does nothing for a server that never listened.
func (s *Server) Close() {
	if s.listener != nil {
		s.listener.Close()
	}
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c, refused := s.readCall(r)
	if refused == nil {
		answer := s.answer(c)
		refused = &answer
	}
	refused.Send(w, r, s.clock)
}

// answer plays the fault that is due for the call, if any, and else lets the service act.
func (s *Server) answer(c call) reply {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.runLate()
	s.counts.Requests[c.endpoint.name]++
	fault := s.faults.Next(c.endpoint.name, c.endpoint.canHave)
	if fault.Kind == "" && !c.endpoint.read {
		fault = s.withoutAnswer()
	}
	if answer, ok := s.playOwn(fault, c); ok {
		return answer
	}
	return testserver.Play(fault, func() reply { return s.deliver(c) }, func(d time.Duration) { s.deliverLater(c, d) })
}

// deliver checks the call and carries it out.
func (s *Server) deliver(c call) reply {
	if refused, ok := s.check(c); !ok {
		return refused
	}
	return c.endpoint.act(s, c)
}

// deliverLater checks the call as it arrives, and carries it out after d: what
// waits inside the service is not looked at again for its time_sent.
func (s *Server) deliverLater(c call, d time.Duration) {
	if _, ok := s.check(c); ok {
		s.late.Add(s.now().Add(d), func(at time.Time) {
			s.acting = at
			c.endpoint.act(s, c)
			s.acting = time.Time{}
		})
	}
}

func (s *Server) runLate() { s.late.RunDue(s.now()) }

// now is the clock's time, and while a late request acts, the time at which it was due.
func (s *Server) now() time.Time {
	if !s.acting.IsZero() {
		return s.acting
	}
	return s.clock.Now().UTC()
}

// uuid makes up the next token, in the shape of a lower-case UUID.
func (s *Server) uuid() string {
	high, low := s.random.Uint64(), s.random.Uint64()
	high = high&^uint64(0xf000) | 0x4000
	low = low&^(uint64(3)<<62) | uint64(2)<<62
	return fmt.Sprintf("%08x-%04x-%04x-%04x-%012x", high>>32, high>>16&0xffff, high&0xffff, low>>48, low&0xffffffffffff)
}

// Tick carries out the late requests that are due by now. Every request and every
// look at the server's state does the same first.
func (s *Server) Tick() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.runLate()
}

// Pending returns how many late requests, and sessions of batches, have yet to be
// carried out.
func (s *Server) Pending() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.runLate()
	return s.late.Len()
}

// Fault scripts a disturbance of one endpoint, by its wire name, or of any if that is
// "". Those of the booking flow are:
//
//	addAdHocProcess                       Reservations.Create, and Update (a move)
//	moveReservation                       Reservations.Move
//	removeReservation                     Reservations.Cancel
//	beginReservation                      Reservations.Begin
//	getStudentReservationList             Reservations.List
//	clientActivityReport                  Reports.Activity
//	getScheduleInfoAvailableTimesList     Slots.List
//	editStudent                           Students.Save
//
// Several may be set; those that are due for the same
// request wait for each other. It panics where [Server.CheckFault] has an error:
// a fault that never comes would let a test pass for the wrong reason.
func (s *Server) Fault(f proctorbooktest.Fault) {
	if err := s.CheckFault(f); err != nil {
		panic(err.Error())
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults.Add(f)
}

// SetFaultPlan lets plan decide about each request for which no scripted fault is
// due; nil ends that.
func (s *Server) SetFaultPlan(plan proctorbooktest.FaultPlan) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults.SetPlan(plan)
}

// ClearFaults forgets all scripted faults and the plan. Late requests are still
// carried out, and the counts stay.
func (s *Server) ClearFaults() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults.Clear()
}

// ResetErrors sets the error counters to 0 and unlocks the account, as the
// provider's staff would.
func (s *Server) ResetErrors() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.errors)
}
