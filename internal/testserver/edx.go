package testserver

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
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

// edxCall is one request with what its path says.
type edxCall struct {
	endpoint string
	path     string // below the endpoint's prefix, decoded
	request  *http.Request
	form     url.Values // query and form body
	act      func(*OpenEdX, edxCall) reply
}

type edxRoute struct {
	prefix string
	name   string
	method string
	act    func(*OpenEdX, edxCall) reply
}

var edxRoutes = []edxRoute{
	{"/oauth2/access_token", "access_token", http.MethodPost, (*OpenEdX).issueToken},
	{"/api/courses/v1/courses/", "courses", http.MethodGet, (*OpenEdX).getCourse},
	{"/api/enrollment/v1/enrollment/", "enrollment", http.MethodGet, (*OpenEdX).getEnrollment},
	{"/api/user/v1/accounts/", "accounts", http.MethodGet, (*OpenEdX).getAccount},
	{"/api/user/v1/preferences/", "preferences", http.MethodGet, (*OpenEdX).getPreferences},
	{"/api/user/v1/me", "me", http.MethodGet, (*OpenEdX).getMe},
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

func readEdXCall(r *http.Request) (edxCall, *reply) {
	notFound := statusPage(http.StatusNotFound)
	if strings.Contains(strings.ToLower(r.URL.EscapedPath()), "%2f") {
		return edxCall{}, &notFound // proxies in front of the platform refuse it
	}
	for _, route := range edxRoutes {
		path, ok := strings.CutPrefix(r.URL.Path, route.prefix)
		if !ok {
			continue
		}
		if r.Method != route.method {
			return edxCall{}, &reply{status: http.StatusMethodNotAllowed, header: map[string]string{"Allow": route.method}}
		}
		params, err := readForm(r)
		if err != nil {
			break
		}
		return edxCall{endpoint: route.name, path: path, request: r, form: params, act: route.act}, nil
	}
	if r.URL.Path == "/api/courses/v1/courses" {
		moved := statusPage(http.StatusMovedPermanently)
		moved.header["Location"] = r.URL.Path + "/"
		return edxCall{}, &moved
	}
	return edxCall{}, &notFound
}

func readForm(r *http.Request) (url.Values, error) {
	params, err := readParams(r)
	form := url.Values{}
	for name, value := range params {
		form.Set(name, value)
	}
	return form, err
}

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
	return play(fault, act, func(d time.Duration) { o.late.add(o.now().Add(d), func() { act() }) })
}

func edxCanHave(endpoint string, kind FaultKind) bool {
	switch kind {
	case FaultNegativeExpiry:
		return endpoint == "access_token"
	case FaultNoNumber, FaultDataNull, FaultUnknownText, FaultUnknownTextAfter, FaultStaleRequest,
		FaultReadNull, FaultReadEmpty, FaultReadError:
		return false
	}
	return true
}

func (o *OpenEdX) now() time.Time { return o.clock.Now().UTC() }

func edxJSON(status int, body object) reply {
	return reply{status: status, header: map[string]string{"Content-Type": "application/json"}, body: appendObject(nil, body, plainNumbers)}
}

// throttled is a 429 in the form of the endpoint; older releases leave Retry-After out.
func throttled(c edxCall, delay time.Duration) reply {
	name := "detail"
	if c.endpoint != "me" && c.endpoint != "accounts" && c.endpoint != "preferences" {
		name = "developer_message"
	}
	seconds := max(1, int(delay/time.Second))
	text := fmt.Sprintf("Request was throttled. Expected available in %d seconds.", seconds)
	return edxJSON(http.StatusTooManyRequests, object{{name, text}}).withRetryAfter(delay)
}

// edxEmpty is an answer without body and content type.
func edxEmpty(status int) reply { return reply{status: status} }

// edxTime writes an instant as the platform does; the zero time is null.
func edxTime(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UTC().Format("2006-01-02T15:04:05.999999Z")
}
