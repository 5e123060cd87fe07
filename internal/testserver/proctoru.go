package testserver

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"
)

// wireTime is how ProctorU writes an instant: UTC, whole seconds, Z.
const wireTime = "2006-01-02T15:04:05Z"

// ProctorU is a stateful fake of the ProctorU API. It answers below the prefix
// /api, and also without it. It is safe for use by many goroutines, and carries
// out one write at a time.
//
// The zero value is not usable: call [NewProctorU].
type ProctorU struct {
	// Token is the key that requests must carry in the header Authorization-Token.
	Token string

	clock   timeTeller
	clients timeTeller // nil: the same

	mu           sync.Mutex
	random       *rand.Rand
	nextNumber   int64
	playing      map[string]string // variant name to alternative; the defaults are absent
	faults       faultBook
	late         schedule
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
	exams          map[string]*InstitutionExam
	lastExam       int64
	terms          map[string]string
	departments    map[int64]string
	registrations  map[registration]bool
	recordings     []*RecordPlusSession
	batches        map[string]*batch
	hooks          hookLog
}

// ProctorUOption sets one property of a [ProctorU].
type ProctorUOption func(*ProctorU)

// WithSeed chooses the tokens that the fake makes up: its key, and those in the
// URLs that it hands out. The same seed and the same calls give the same bytes.
func WithSeed(seed uint64) ProctorUOption {
	return func(p *ProctorU) { p.random = rand.New(rand.NewPCG(seed, 0x70755f746f6b656e)) }
}

// WithFirstNumber sets the number of the first reservation; the others follow it.
// The default is 900000501.
func WithFirstNumber(number int64) ProctorUOption {
	return func(p *ProctorU) { p.nextNumber = number }
}

// WithClientClock tells the fake by which clock its clients go, where they can't
// go by its own: a time_sent near to it is fresh as well.
func WithClientClock(clock interface{ Now() time.Time }) ProctorUOption {
	return func(p *ProctorU) { p.clients = clock }
}

// NewProctorU returns a fake without learners and reservations, whose time is the clock's.
func NewProctorU(clock interface{ Now() time.Time }, opts ...ProctorUOption) *ProctorU {
	p := &ProctorU{
		clock: clock, nextNumber: 900000501,
		playing: map[string]string{}, errors: map[string]*errorCounter{}, learners: map[string]*learner{},
		byStudent: map[string][]*reservation{}, byNumber: map[int64]*reservation{}, byRID: map[string][]*reservation{},
		faults: faultBook{played: map[FaultKind]int{}},
		counts: Counts{Requests: map[string]int{}},
		slots:  slotBook{capacity: map[int64]int{}},

		emailOwners: map[string]string{}, exams: map[string]*InstitutionExam{}, lastExam: 5000000, terms: map[string]string{},
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

// ServeHTTP answers one request.
func (p *ProctorU) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c, refused := p.readCall(r)
	if refused == nil {
		answer := p.answer(c)
		refused = &answer
	}
	refused.send(w, r, p.clock)
}

// answer plays the fault that is due for the call, if any, and else lets the service act.
func (p *ProctorU) answer(c call) reply {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.runLate()
	p.counts.Requests[c.endpoint.name]++
	fault := p.faults.next(c.endpoint.name, c.endpoint.canHave)
	if fault.Kind == "" && !c.endpoint.read {
		fault = p.withoutAnswer()
	}
	if answer, ok := p.playOwn(fault, c); ok {
		return answer
	}
	return play(fault, func() reply { return p.deliver(c) }, func(d time.Duration) { p.deliverLater(c, d) })
}

// deliver checks the call and carries it out.
func (p *ProctorU) deliver(c call) reply {
	if refused, ok := p.check(c); !ok {
		return refused
	}
	return c.endpoint.act(p, c)
}

// deliverLater checks the call as it arrives, and carries it out after d: what
// waits inside the service is not looked at again for its time_sent.
func (p *ProctorU) deliverLater(c call, d time.Duration) {
	if _, ok := p.check(c); ok {
		p.late.add(p.now().Add(d), func(at time.Time) {
			p.acting = at
			c.endpoint.act(p, c)
			p.acting = time.Time{}
		})
	}
}

func (p *ProctorU) runLate() { p.late.runDue(p.now()) }

// now is the clock's time, and while a late request acts, the time at which it was due.
func (p *ProctorU) now() time.Time {
	if !p.acting.IsZero() {
		return p.acting
	}
	return p.clock.Now().UTC()
}

// uuid makes up the next token, in the shape of a lower-case UUID.
func (p *ProctorU) uuid() string {
	high, low := p.random.Uint64(), p.random.Uint64()
	high = high&^uint64(0xf000) | 0x4000
	low = low&^(uint64(3)<<62) | uint64(2)<<62
	return fmt.Sprintf("%08x-%04x-%04x-%04x-%012x", high>>32, high>>16&0xffff, high&0xffff, low>>48, low&0xffffffffffff)
}

// Tick carries out the late requests that are due by now. Every request and every
// look at the fake's state does the same first.
func (p *ProctorU) Tick() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.runLate()
}

// Pending returns how many late requests, and sessions of batches, have yet to be
// carried out.
func (p *ProctorU) Pending() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.runLate()
	return len(p.late.acts)
}

// Fault scripts a disturbance. Several may be set; those that are due for the same
// request wait for each other. It panics where [ProctorU.CheckFault] has an error:
// a fault that never comes would let a test pass for the wrong reason.
func (p *ProctorU) Fault(f Fault) {
	if err := p.CheckFault(f); err != nil {
		panic(err.Error())
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.faults.add(f)
}

// SetFaultPlan lets plan decide about each request for which no scripted fault is
// due; nil ends that.
func (p *ProctorU) SetFaultPlan(plan FaultPlan) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.faults.plan = plan
}

// ClearFaults forgets all scripted faults and the plan. Late requests are still
// carried out, and the counts stay.
func (p *ProctorU) ClearFaults() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.faults.script, p.faults.plan = nil, nil
}

// ResetErrors sets the error counters to 0 and unlocks the account, as the
// provider's staff would.
func (p *ProctorU) ResetErrors() {
	p.mu.Lock()
	defer p.mu.Unlock()
	clear(p.errors)
}
