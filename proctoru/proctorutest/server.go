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
	counts       Counts
	errors       map[string]*errorCounter
	learners     map[string]*learner
	reservations []*reservation // all of them, by number
	byStudent    map[string][]*reservation
	byNumber     map[int64]*reservation
	byRID        map[string][]*reservation // by the institution's reservation_id
	lists        laggingView
	evidence     laggingView
	slots        slotBook

	emailOwners    map[string]string // schools of other institutions' learners
	accommodations []Accommodation
	exams          map[string]*Exam
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

// WithClock makes the server tell the time by the clock, usually a
// proctorbooktest.Clock. The default is the system's clock.
func WithClock(clock interface{ Now() time.Time }) Option {
	return func(p *Server) { p.clock = clock }
}

// WithSeed chooses the key, and the tokens in the URLs that the server hands out.
// The default is 1. The same seed and the same requests give the same answers.
func WithSeed(seed uint64) Option {
	return func(p *Server) { p.random = rand.New(rand.NewPCG(seed, 0x70755f746f6b656e)) }
}

// WithFirstNumber sets the number of the first reservation; the others follow it.
// The default is 900000501.
func WithFirstNumber(number int64) Option {
	return func(p *Server) { p.nextNumber = number }
}

// WithClientClock names the clock of the clients, where they can't go by the
// server's: a time_sent near to it is fresh as well. The default is none.
func WithClientClock(clock interface{ Now() time.Time }) Option {
	return func(p *Server) { p.clients = clock }
}

// NewServer starts a server on loopback, without learners and reservations. Close it
// when the test ends. It panics if there is no port to listen on.
func NewServer(opts ...Option) *Server {
	p := NewUnstartedServer(opts...)
	p.Start()
	return p
}

// NewUnstartedServer returns a server that does not listen: call it in process with
// proctorbooktest.InProcess or Pipe, serve it as a handler, or start it later.
func NewUnstartedServer(opts ...Option) *Server {
	p := &Server{
		URL: proctorbooktest.InProcessURL + "/api", RootURL: proctorbooktest.InProcessURL,
		clock: proctorbook.SystemClock{}, nextNumber: 900000501,
		playing: map[string]string{}, errors: map[string]*errorCounter{}, learners: map[string]*learner{},
		byStudent: map[string][]*reservation{}, byNumber: map[int64]*reservation{}, byRID: map[string][]*reservation{},
		counts: Counts{Requests: map[string]int{}},
		slots:  slotBook{capacity: map[int64]int{}},

		emailOwners: map[string]string{}, exams: map[string]*Exam{}, lastExam: 5000000, terms: map[string]string{},
		departments: map[int64]string{}, registrations: map[registration]bool{}, batches: map[string]*batch{},
		accommodations: []Accommodation{{50001, "Extra time"}, {50002, "Screen reader"}},
	}
	WithSeed(1)(p)
	for _, opt := range opts {
		opt(p)
	}
	p.Token = p.uuid()
	return p
}

// Start makes a server of NewUnstartedServer listen on loopback, and sets its URL
// and RootURL. It panics if there is no port to listen on, or if the server listens
// already.
func (p *Server) Start() {
	if p.listener != nil {
		panic("proctorutest: the server listens already")
	}
	p.listener = proctorbooktest.Loopback(p)
	p.URL, p.RootURL = p.listener.URL+"/api", p.listener.URL
}

// Close stops the server and closes its connections. It may be called twice, and
// does nothing for a server that never listened.
func (p *Server) Close() {
	if p.listener != nil {
		p.listener.Close()
	}
}

// ServeHTTP answers one request.
func (p *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c, refused := p.readCall(r)
	if refused == nil {
		answer := p.answer(c)
		refused = &answer
	}
	refused.Send(w, r, p.clock)
}

// answer plays the fault that is due for the call, if any, and else lets the service act.
func (p *Server) answer(c call) reply {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.runLate()
	p.counts.Requests[c.endpoint.name]++
	fault := p.faults.Next(c.endpoint.name, c.endpoint.canHave)
	if fault.Kind == "" && !c.endpoint.read {
		fault = p.withoutAnswer()
	}
	if answer, ok := p.playOwn(fault, c); ok {
		return answer
	}
	return testserver.Play(fault, func() reply { return p.deliver(c) }, func(d time.Duration) { p.deliverLater(c, d) })
}

// deliver checks the call and carries it out.
func (p *Server) deliver(c call) reply {
	if refused, ok := p.check(c); !ok {
		return refused
	}
	return c.endpoint.act(p, c)
}

// deliverLater checks the call as it arrives, and carries it out after d: what
// waits inside the service is not looked at again for its time_sent.
func (p *Server) deliverLater(c call, d time.Duration) {
	if _, ok := p.check(c); ok {
		p.late.Add(p.now().Add(d), func(at time.Time) {
			p.acting = at
			c.endpoint.act(p, c)
			p.acting = time.Time{}
		})
	}
}

func (p *Server) runLate() { p.late.RunDue(p.now()) }

// now is the clock's time, and while a late request acts, the time at which it was due.
func (p *Server) now() time.Time {
	if !p.acting.IsZero() {
		return p.acting
	}
	return p.clock.Now().UTC()
}

// uuid makes up the next token, in the shape of a lower-case UUID.
func (p *Server) uuid() string {
	high, low := p.random.Uint64(), p.random.Uint64()
	high = high&^uint64(0xf000) | 0x4000
	low = low&^(uint64(3)<<62) | uint64(2)<<62
	return fmt.Sprintf("%08x-%04x-%04x-%04x-%012x", high>>32, high>>16&0xffff, high&0xffff, low>>48, low&0xffffffffffff)
}

// Tick carries out the late requests that are due by now. Every request and every
// look at the fake's state does the same first.
func (p *Server) Tick() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.runLate()
}

// Pending returns how many late requests, and sessions of batches, have yet to be
// carried out.
func (p *Server) Pending() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.runLate()
	return p.late.Len()
}

// Fault scripts a disturbance. Several may be set; those that are due for the same
// request wait for each other. It panics where [Server.CheckFault] has an error:
// a fault that never comes would let a test pass for the wrong reason.
func (p *Server) Fault(f proctorbooktest.Fault) {
	if err := p.CheckFault(f); err != nil {
		panic(err.Error())
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.faults.Add(f)
}

// SetFaultPlan lets plan decide about each request for which no scripted fault is
// due; nil ends that.
func (p *Server) SetFaultPlan(plan proctorbooktest.FaultPlan) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.faults.SetPlan(plan)
}

// ClearFaults forgets all scripted faults and the plan. Late requests are still
// carried out, and the counts stay.
func (p *Server) ClearFaults() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.faults.Clear()
}

// ResetErrors sets the error counters to 0 and unlocks the account, as the
// provider's staff would.
func (p *Server) ResetErrors() {
	p.mu.Lock()
	defer p.mu.Unlock()
	clear(p.errors)
}
