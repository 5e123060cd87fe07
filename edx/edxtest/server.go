package edxtest

import (
	"maps"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/internal/testserver"
	"github.com/proctorbook/proctorbook/proctorbooktest"
)

// Server is a fake Open edX platform that keeps state, with the service edx-exams
// beside it. As an http.Handler it is the platform; edx-exams, which has a host of its
// own, is [Server.ExamsHandler]. It is safe for use by many goroutines, and carries
// out one request at a time, but for the time in which it waits for a [Backend].
//
// The zero value is not usable: call [NewServer] or [NewUnstartedServer].
type Server struct {
	// URL is the base URL for edx.NewClient. Until the server listens it is one that
	// proctorbooktest.InProcess and Pipe reach.
	URL string
	// ExamsURL is that of the service edx-exams, which has a host of its own.
	ExamsURL string
	// ClientID is the id of an OAuth client whose calls act as global staff.
	ClientID string
	// ClientSecret is that client's secret.
	ClientSecret string

	listener, examsListener *proctorbooktest.Listener // nil until the server listens

	clock testserver.TimeTeller

	mu        sync.Mutex
	faults    testserver.FaultBook
	late      testserver.Schedule
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
	allowed []allowedCourse
	cached  map[string]cachedCourse

	enrolled  enrollmentBook
	cohorts   map[string]string // by user name and course key
	exams     examBook
	providers []ExamProvider
	backends  map[string]backend
	sittings  []*Sitting // of proctored exams
	strays    []Callback
	troubles  []Trouble

	idsAtExams map[string]int64 // by user name

	grades       map[string]Grade // by user name and course key
	certificates map[string]Certificate
}

type client struct {
	secret, username string
	limits           *ClientLimits
}

// Counts is what a server has seen so far.
type Counts struct {
	// TokenRequests counts the requests for access tokens.
	TokenRequests int
	// TokensIssued counts the access tokens that were given out.
	TokensIssued int
	// Requests counts by endpoint, such as "GET /api/user/v1/me", and some also by
	// a short name: access_token, courses, enrollment, accounts, preferences, me.
	Requests map[string]int
	// Faults counts the faults that were played, scripted or not.
	Faults map[proctorbooktest.FaultKind]int
}

// Option sets one property of a [Server].
type Option func(*Server)

// needClock refuses a nil clock where the mistake is, not at the first request.
func needClock(option string, clock interface{ Now() time.Time }) {
	if clock == nil {
		panic("edxtest: " + option + ": the clock is nil")
	}
}

// WithClock makes the server tell the time by the clock, usually a
// proctorbooktest.Clock: tokens expire by it. The default is the system's clock.
func WithClock(clock interface{ Now() time.Time }) Option {
	needClock("WithClock", clock)
	return func(s *Server) { s.clock = clock }
}

// NewServer starts a server on loopback, without courses, whose only user is the
// staff user of the client. Close it when the test ends. It panics if there is no
// port to listen on, or an option is nil.
func NewServer(opts ...Option) *Server {
	s := NewUnstartedServer(opts...)
	s.Start()
	return s
}

// NewUnstartedServer returns a server that does not listen: call it in process with
// proctorbooktest.InProcess or Pipe, serve it as a handler, or start it later.
func NewUnstartedServer(opts ...Option) *Server {
	s := &Server{
		URL: proctorbooktest.InProcessURL, ExamsURL: proctorbooktest.InProcessURL,
		ClientID: "proctorbook-service", ClientSecret: "example-client-secret",
		clock: proctorbook.SystemClock{}, tokenLife: time.Hour, lastID: 4000, requests: map[string]int{}, playing: map[string]string{},
		sent: map[string][]time.Time{}, clients: map[string]client{}, tokens: map[string]*token{},
		users: map[string]User{}, patched: map[string]object{}, retired: map[string]int64{}, leaving: map[string]bool{},
		courses: map[string]Course{}, cached: map[string]cachedCourse{},
		enrolled: newEnrollmentBook(), cohorts: map[string]string{}, idsAtExams: map[string]int64{}, backends: map[string]backend{},
		grades: map[string]Grade{}, certificates: map[string]Certificate{},
	}
	for _, opt := range opts {
		if opt == nil {
			panic("edxtest: an option is nil")
		}
		opt(s)
	}
	s.AddUser(User{Username: s.ClientID, Staff: true, Name: "Service user"})
	s.AddClient(s.ClientID, s.ClientSecret, s.ClientID)
	return s
}

// Start makes a server of NewUnstartedServer listen on loopback, once as the
// platform and once as edx-exams, and sets both URLs. It panics if there is no port
// to listen on, or if the server listens already.
func (s *Server) Start() {
	if s.listener != nil {
		panic("edxtest: the server listens already")
	}
	s.listener, s.examsListener = proctorbooktest.Loopback(s), proctorbooktest.Loopback(s.ExamsHandler())
	s.URL, s.ExamsURL = s.listener.URL, s.examsListener.URL
}

// Close stops the server and closes its connections. It may be called twice, and
// does nothing for a server that never listened.
func (s *Server) Close() {
	if s.listener != nil {
		s.listener.Close()
		s.examsListener.Close()
	}
}

// ServeHTTP answers one request to the platform.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.serve(w, r, platformRoutes) }

// ExamsHandler returns the service edx-exams, which has a host of its own and shares
// users, courses, tokens, attempts and the clock with the platform. It has the
// exams of the courses that name an ExamProvider; the platform has the others.
func (s *Server) ExamsHandler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.serve(w, r, examsRoutes) })
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request, table []route) {
	c, refused := readCall(r, table)
	if refused == nil {
		answer := s.answer(c)
		s.mark(&answer)
		refused = &answer
	}
	refused.Send(w, r, s.clock)
}

// answer plays the fault that is due for the call, if any, and else lets the platform act.
func (s *Server) answer(c call) reply {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.late.RunDue(s.now())
	s.requests[c.route.endpoint()]++
	if c.route.short != "" {
		s.requests[c.route.short]++
	}
	fault := s.faults.Next(c.route.endpoint(), func(kind proctorbooktest.FaultKind) bool { return canHave(c.route, kind) })
	if answer, ok := s.playOwn(c, fault); ok {
		return answer
	}
	act := func() reply { return s.act(c) }
	return testserver.Play(fault, act, func(d time.Duration) { s.late.Add(s.now().Add(d), func(time.Time) { act() }) })
}

// mark puts a byte order mark before JSON, if it is played.
func (s *Server) mark(answer *reply) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.is(VariantByteOrderMark, "sent") && answer.Header["Content-Type"] == jsonType {
		answer.Body = append([]byte(byteOrderMark), answer.Body...)
	}
}

// act lets the platform answer, once it knows who asks and that this
// is not too often.
func (s *Server) act(c call) reply {
	if c.route.short != "access_token" && !c.acceptsJSON() {
		return c.refuse(http.StatusNotAcceptable, "Could not satisfy the request Accept header.")
	}
	if refused, ok := s.authenticate(&c); !ok {
		return refused
	}
	if refused, ok := s.throttle(c); !ok {
		return refused
	}
	return s.actFor(c)
}

// actFor lets the platform answer a caller whom it knows.
func (s *Server) actFor(c call) reply {
	if strings.HasPrefix(c.route.pattern, proctoring) && s.is(VariantSpecialExams, "off") {
		return testserver.StatusPage(http.StatusNotFound)
	}
	return c.route.act(s, c)
}

func (s *Server) now() time.Time { return s.clock.Now().UTC() }

func (s *Server) nextID() int64 {
	s.lastID++
	return s.lastID
}

// Counts returns what the server has seen so far.
func (s *Server) Counts() Counts {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.late.RunDue(s.now())
	return Counts{
		TokenRequests: s.requests["access_token"], TokensIssued: s.minted,
		Requests: maps.Clone(s.requests), Faults: s.faults.Played(),
	}
}
