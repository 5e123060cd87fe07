package testserver

import (
	"maps"
	"net/http"
	"strings"
	"sync"
	"time"
)

// OpenEdX is a stateful fake of the Open edX platform's REST APIs, and of the
// service edx-exams beside it ([OpenEdX.Exams]). It is safe for use by many
// goroutines.
//
// The zero value is not usable: call [NewOpenEdX].
type OpenEdX struct {
	clock timeTeller

	mu        sync.Mutex
	faults    faultBook
	late      schedule
	requests  map[string]int
	playing   map[string]string // variants
	tokenLife time.Duration
	minted    int
	lastID    int64
	sent      map[string][]time.Time // for the throttles

	clients map[string]client
	tokens  map[string]*token
	users   map[string]User
	patched map[string]object // account fields that were changed by the API
	retired map[string]int64  // ids of retirements, by e-mail address
	leaving map[string]bool   // users who asked to be retired
	courses map[string]Course
	allowed []edxAllowed
	cached  map[string]cachedCourse

	enrolled  enrollmentBook
	cohorts   map[string]string // by user name and course key
	exams     examBook
	providers []ExamProvider
	backends  map[string]ProctoringBackend

	grades       map[string]Grade // by user name and course key
	certificates map[string]Certificate
}

type client struct {
	secret, username string
	limits           *ClientLimits
}

// EdXCounts tells what the fake has seen so far.
type EdXCounts struct {
	TokenRequests int
	TokensIssued  int
	// Requests counts by endpoint, such as "GET /api/user/v1/me", and some also by
	// a short name: access_token, courses, enrollment, accounts, preferences, me.
	Requests map[string]int
	Faults   map[FaultKind]int // faults that were really played
}

// NewOpenEdX returns a platform without users, courses and clients, whose time is the clock's.
func NewOpenEdX(clock interface{ Now() time.Time }) *OpenEdX {
	return &OpenEdX{
		clock: clock, tokenLife: time.Hour, lastID: 4000,
		faults: faultBook{played: map[FaultKind]int{}}, requests: map[string]int{}, playing: map[string]string{},
		sent: map[string][]time.Time{}, clients: map[string]client{}, tokens: map[string]*token{},
		users: map[string]User{}, patched: map[string]object{}, retired: map[string]int64{}, leaving: map[string]bool{},
		courses: map[string]Course{}, cached: map[string]cachedCourse{},
		enrolled: newEnrollmentBook(), cohorts: map[string]string{}, backends: map[string]ProctoringBackend{},
		grades: map[string]Grade{}, certificates: map[string]Certificate{},
	}
}

// ServeHTTP answers one request to the platform.
func (o *OpenEdX) ServeHTTP(w http.ResponseWriter, r *http.Request) { o.serve(w, r, platformRoutes) }

// Exams returns the service edx-exams, which has a host of its own and shares
// users, courses, tokens, attempts and the clock with the platform. It has the
// exams of the courses that name an ExamProvider; the platform has the others.
func (o *OpenEdX) Exams() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { o.serve(w, r, examsRoutes) })
}

func (o *OpenEdX) serve(w http.ResponseWriter, r *http.Request, table []edxRoute) {
	c, refused := readEdXCall(r, table)
	if refused == nil {
		answer := o.answer(c)
		refused = &answer
	}
	refused.send(w, r, o.clock)
}

// answer plays the fault that is due for the call, if any, and else lets the platform act.
func (o *OpenEdX) answer(c edxCall) reply {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.late.runDue(o.now())
	o.requests[c.route.endpoint()]++
	if c.route.short != "" {
		o.requests[c.route.short]++
	}
	fault := o.faults.next(c.route.endpoint(), func(kind FaultKind) bool { return edxCanHave(c.route, kind) })
	if answer, ok := o.playOwn(c, fault); ok {
		return answer
	}
	act := func() reply { return o.act(c) }
	return play(fault, act, func(d time.Duration) { o.late.add(o.now().Add(d), func(time.Time) { act() }) })
}

// act lets the platform answer, once it knows who asks and that he does not ask
// too often.
func (o *OpenEdX) act(c edxCall) reply {
	if refused, ok := o.authenticate(&c); !ok {
		return refused
	}
	if refused, ok := o.throttle(c); !ok {
		return refused
	}
	if strings.HasPrefix(c.route.pattern, proctoring) && o.is(SpecialExams, "off") {
		return statusPage(http.StatusNotFound)
	}
	return c.route.act(o, c)
}

func (o *OpenEdX) now() time.Time { return o.clock.Now().UTC() }

func (o *OpenEdX) nextID() int64 {
	o.lastID++
	return o.lastID
}

// Counts returns what the fake has seen so far.
func (o *OpenEdX) Counts() EdXCounts {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.late.runDue(o.now())
	return EdXCounts{
		TokenRequests: o.requests["access_token"], TokensIssued: o.minted,
		Requests: maps.Clone(o.requests), Faults: maps.Clone(o.faults.played),
	}
}
