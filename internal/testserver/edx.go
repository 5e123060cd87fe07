package testserver

import (
	"net/http"
	"sync"
	"time"
)

// OpenEdX is a stateful fake of the Open edX platform's REST APIs. It is safe for
// use by many goroutines.
//
// The zero value is not usable: call [NewOpenEdX].
type OpenEdX struct {
	clock timeTeller

	mu          sync.Mutex
	faults      faultBook
	late        schedule
	requests    map[string]int
	tokenLife   time.Duration
	minted      int
	lastID      int64
	clients     map[string]client
	tokens      map[string]*token
	users       map[string]User
	courses     map[string]Course
	enrollments map[string]enrollment // by user name and course key
}

// User is an account on the platform.
type User struct {
	ID       int64
	Username string
	Name     string // full name
	Email    string
	Country  string // ISO 3166-1 alpha-2; "" is unset
	Phone    string
	TimeZone string // IANA name, kept as a preference; "" is unset
	Private  bool   // strangers see the user name alone
	Staff    bool   // global staff: may read everything
}

// Course is a course run.
type Course struct {
	Key             string // such as course-v1:ExampleX+CS101+2026_T1
	Name            string
	Start, End      time.Time // zero is unset
	EnrollmentStart time.Time
	EnrollmentEnd   time.Time
	SelfPaced       bool
	InviteOnly      bool
	StaffOnly       bool   // invisible in the catalog but for staff
	Modes           []Mode // none: the platform's default, audit
}

// Mode is a way in which a course can be taken.
type Mode struct {
	Slug    string // audit, honor, verified, ...
	Name    string
	Price   int       // whole US dollars
	Expires time.Time // zero is never
}

type client struct{ secret, username string }

type enrollment struct {
	mode    string
	active  bool
	created time.Time
}

// EdXCounts tells what the fake has seen so far.
type EdXCounts struct {
	TokenRequests int
	TokensIssued  int
	Requests      map[string]int    // by endpoint: access_token, courses, enrollment, accounts, preferences, me
	Faults        map[FaultKind]int // faults that were really played
}

// NewOpenEdX returns a platform without users, courses and clients, whose time is the clock's.
func NewOpenEdX(clock interface{ Now() time.Time }) *OpenEdX {
	return &OpenEdX{
		clock: clock, tokenLife: time.Hour, lastID: 4000,
		faults: faultBook{played: map[FaultKind]int{}}, requests: map[string]int{},
		clients: map[string]client{}, tokens: map[string]*token{},
		users: map[string]User{}, courses: map[string]Course{}, enrollments: map[string]enrollment{},
	}
}

// ServeHTTP answers one request.
func (o *OpenEdX) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c, refused := readEdXCall(r)
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
	o.requests[c.endpoint]++
	fault := o.faults.next(c.endpoint, func(kind FaultKind) bool { return edxCanHave(c.endpoint, kind) })
	switch fault.Kind {
	case FaultUnauthorized:
		if c.endpoint == "access_token" {
			return edxJSON(http.StatusUnauthorized, object{{"error", "invalid_client"}})
		}
		return unauthorized(c, "Token has expired.")
	case FaultNegativeExpiry:
		return o.issue(c, -time.Second)
	case FaultStatus429:
		if c.endpoint != "access_token" { // which answers an HTML page, as any service
			return throttled(c, fault.Delay)
		}
	}
	act := func() reply { return c.act(o, c) }
	return play(fault, act, func(d time.Duration) { o.late.add(o.now().Add(d), func(time.Time) { act() }) })
}

func (o *OpenEdX) now() time.Time { return o.clock.Now().UTC() }
