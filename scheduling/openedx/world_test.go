// The world of the tests of this package: platforms, a provider of proctors, stores, one
// clock, and processes that die.

package openedx_test

import (
	"bytes"
	"context"
	"errors"
	"iter"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/edx"
	"github.com/proctorbook/proctorbook/edx/backend"
	"github.com/proctorbook/proctorbook/edx/edxtest"
	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/memstore"
	"github.com/proctorbook/proctorbook/scheduling/openedx"
	"github.com/proctorbook/proctorbook/scheduling/provider"
)

var (
	day     = time.Date(2027, 1, 11, 0, 0, 0, 0, time.UTC) // a Monday
	nine    = day.Add(9 * time.Hour)
	course  = edx.MustCourseKey("course-v1:ExampleX+CS101+2027")
	content = edx.MustUsageKey("block-v1:ExampleX+CS101+2027+type@sequential+block@final")
	clean   = proctorutest.Verdict{Authenticated: true, TestSubmitted: true}
	profile = scheduling.Profile{GivenName: "Ada", FamilyName: "Example", Phone: "+33100000000", Country: "FR"}
)

const secret backend.Secret = "0Rrf7LxW4bTz-example-2vQ"

// campus is a platform with its learner ada_l, and the way to it.
type campus struct {
	lms    *edxtest.Server
	down   bool                        // nobody reaches it
	fails  func(r *http.Request) error // what becomes of a request of ours; nil lets it pass
	deaf   bool                        // it does not hear our answers
	client *edx.Client
	exam   edxtest.Exam
	ada    *edxtest.Learner
	grace  *edxtest.Staff
}

// meets is what becomes of a request of ours.
func (c *campus) meets(r *http.Request) error {
	if c.fails == nil {
		return nil
	}
	return c.fails(r)
}

// hangs lets a request wait until nobody waits for it.
func hangs(r *http.Request) error {
	<-r.Context().Done()
	return context.Cause(r.Context())
}

// world is one process on stores that outlive it.
type world struct {
	t        *testing.T
	clock    *proctorbooktest.Clock
	log      *buffer
	proctors *proctorutest.Server
	bookings scheduling.Store
	store    openedx.Store
	campuses map[backend.PlatformID]*campus
	north    *campus
	exams    openedx.ExamFunc
	opts     []openedx.Option

	life    *life
	s       *scheduling.Scheduler
	p       *openedx.Provider
	handler http.Handler
	cursor  scheduling.Cursor
	lives   int
}

// life is a process. Once it is over, nothing that it does has any effect.
type life struct {
	mu     sync.Mutex
	steps  int  // that it has made: commits, and requests that it sent
	ends   int  // after so many; 0 is never
	late   bool // the last step still has its effect, and its answer is lost
	over   bool
	silent bool // steps are not counted
}

var errDead = errors.New("the process is dead")

// step reports whether the next step has an effect, and whether its answer arrives.
func (l *life) step() (acts, answers bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.over || l.silent {
		return !l.over, !l.over
	}
	if l.steps++; l.steps == l.ends {
		l.over = true
		return l.late, false
	}
	return true, true
}

func (l *life) dead() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.over
}

// freely lets every request pass at once.
type freely struct{}

func (freely) Wait(ctx context.Context) error { return ctx.Err() }

// newWorld has the platform north, where ada_l is number 4211 and may sit one exam.
func newWorld(t *testing.T, opts ...openedx.Option) *world {
	t.Helper()
	w := &world{
		t: t, clock: proctorbooktest.NewClock(day.AddDate(0, 0, -4)), log: &buffer{}, store: openedx.NewMemory(),
		bookings: memstore.New(memstore.WithNamespace("testtest")), campuses: map[backend.PlatformID]*campus{}, opts: opts,
	}
	w.exams = openedx.Table{{}: {Zone: time.UTC, Window: scheduling.Window{Start: day}}}.Exam
	w.proctors = proctorutest.NewUnstartedServer(proctorutest.WithClock(w.clock))
	w.north = w.join("north")
	w.restart()
	w.publish(w.north)
	return w
}

// join adds a platform whose people have the same numbers and names as all others'.
func (w *world) join(id backend.PlatformID) *campus {
	w.t.Helper()
	c := &campus{lms: edxtest.NewUnstartedServer(edxtest.WithClock(w.clock))}
	c.lms.AddCourse(edxtest.Course{Key: course.String(), Modes: []edxtest.Mode{{Slug: "verified"}}})
	c.lms.AddUser(edxtest.User{ID: 4211, Username: "ada_l", Name: "Personal Ada", Email: "ada@personal.example", TimeZone: "Europe/Paris"})
	c.lms.AddUser(edxtest.User{Username: "grace", Name: "Personal Grace", Staff: true, MayRetire: true})
	c.lms.AddUser(edxtest.User{Username: "service", Staff: true, Groups: []string{"acme_review"}})
	c.lms.AddClient("service", "s3cret", "service")
	c.lms.AddBackend(edxtest.Backend{
		Name: "acme", ClientID: "lms-" + string(id), ClientSecret: string(secret), URL: proctorbooktest.InProcessURL,
		Transport: proctorbooktest.InProcess(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			if w.life.dead() {
				http.Error(rw, "Bad Gateway", http.StatusBadGateway)
				return
			}
			if c.deaf {
				w.handler.ServeHTTP(httptest.NewRecorder(), r)
				panic(http.ErrAbortHandler)
			}
			w.handler.ServeHTTP(rw, r)
		})),
	})
	c.ada, c.grace = c.lms.Learner("ada_l", edxtest.LearningApp), c.lms.Staff("grace")
	w.campuses[id] = c
	return c
}

// restart is another process on the same stores.
func (w *world) restart() {
	w.t.Helper()
	w.life = &life{}
	w.lives++
	log := slog.New(slog.NewTextHandler(w.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	var all []openedx.LMS
	var served []backend.Platform
	for _, id := range []backend.PlatformID{"north", "south"} {
		c := w.campuses[id]
		if c == nil {
			continue
		}
		var err error
		c.client, err = edx.NewClient(proctorbooktest.InProcessURL, edx.WithClientCredentials("service", "s3cret"),
			edx.WithTransport(wire{w.life, proctorbooktest.InProcess(c.lms), &c.down, c.meets}), edx.WithClock(w.clock), edx.WithLimiter(freely{}))
		w.do(err)
		all = append(all, openedx.LMS{ID: id, Client: c.client})
		served = append(served, backend.Platform{ID: id, ClientID: "lms-" + string(id), Secrets: []backend.Secret{secret}})
	}
	up := false
	proctor, err := proctoru.NewClient(proctorbooktest.InProcessURL, w.proctors.Token,
		proctoru.WithTransport(wire{w.life, proctorbooktest.InProcess(w.proctors), &up, (&campus{}).meets}), proctoru.WithClock(w.clock), proctoru.WithLimiter(freely{}))
	w.do(err)
	store := &mortalStore{w.store, w.life}
	platforms, err := openedx.NewPlatforms(store, log, all...)
	w.do(err)
	w.s, err = scheduling.New(provider.ProctorU{Client: proctor}, platforms, &mortalBookings{w.bookings, w.life},
		scheduling.WithClock(w.clock), scheduling.WithLogger(log), scheduling.WithRandom(rand.NewChaCha8([32]byte{byte(w.lives)})),
		scheduling.WithUnlockKeys(scheduling.UnlockKey{ID: "k1", Secret: []byte("0123456789abcdef0123456789abcdef")}))
	w.do(err)
	w.p, err = openedx.New(w.s, platforms, func(ctx context.Context, e openedx.Exam, known scheduling.Exam) (scheduling.Exam, error) {
		return w.exams(ctx, e, known)
	}, append([]openedx.Option{openedx.WithClock(w.clock), openedx.WithLogger(log)}, w.opts...)...)
	w.do(err)
	w.handler, err = backend.NewHandler(w.p, served, backend.WithClock(w.clock), backend.WithLogger(log))
	w.do(err)
}

func (w *world) do(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// publish saves the exam on the platform, as often as it takes until it is known here.
func (w *world) publish(c *campus) {
	w.t.Helper()
	e := edxtest.Exam{
		Course: course.String(), Content: content.String(), Name: "Final & more", Minutes: 90, Proctored: true, Backend: "acme",
		Due: day.AddDate(0, 0, 5),
	}
	for range 3 {
		w.revive()
		saved, err := c.lms.PublishExam(w.t.Context(), e)
		c.exam = saved
		if err == nil && saved.ExternalID != "" && !w.life.dead() {
			return
		}
	}
	w.t.Fatal("the exam can't be published")
}

// revive starts another process if this one is dead.
func (w *world) revive() {
	if w.life.dead() {
		w.restart()
	}
}

// pass does what the background does in some minutes.
func (w *world) pass() {
	w.t.Helper()
	ctx := w.t.Context()
	for range 6 {
		w.revive()
		_, _ = w.s.Reconcile(ctx)
		for e, err := range w.s.Events(ctx, scheduling.EventQuery{After: w.cursor}) {
			if err != nil || w.p.Handle(ctx, e) != nil {
				break
			}
			w.cursor = e.Cursor
		}
		_, _ = w.p.Work(ctx)
		w.clock.Advance(time.Minute)
	}
}

// register sets the exam up on the platform's page, and returns the platform's attempt.
func (w *world) register(c *campus) int64 {
	w.t.Helper()
	for range 3 {
		w.revive()
		view, err := c.ada.SetUp(w.t.Context(), c.exam.ID)
		if err == nil && view.Attempt != 0 {
			return view.Attempt
		}
	}
	w.t.Fatal("the set-up can't be begun")
	return 0
}

// attempt is our id of the platform's attempt.
func (w *world) attempt(c *campus, n int64) backend.AttemptID {
	w.t.Helper()
	sitting, found := c.lms.Sitting(n)
	if !found || sitting.ExternalID == "" {
		w.t.Fatalf("the platform has no sitting of attempt %d", n)
	}
	return backend.AttemptID(sitting.ExternalID)
}

// identified lets the background find out who the learner is, who then has a profile.
func (w *world) identified(id backend.AttemptID) openedx.Sitting {
	w.t.Helper()
	for range 5 {
		w.pass()
		if s, err := w.p.Sitting(w.t.Context(), id); err == nil && w.s.SaveProfile(w.t.Context(), s.Learner, profile) == nil {
			return s
		}
	}
	w.t.Fatalf("the learner of %s is not identified:\n%s", id, w.log)
	return openedx.Sitting{}
}

// book books a start for the attempt.
func (w *world) book(id backend.AttemptID, start time.Time) scheduling.Booking {
	w.t.Helper()
	for range 5 {
		w.revive()
		if b, err := w.p.Book(w.t.Context(), id, start); err == nil && b.State == scheduling.StateScheduled {
			return b
		}
		w.pass()
	}
	w.t.Fatalf("nothing can be booked for %s:\n%s", id, w.log)
	return scheduling.Booking{}
}

// begin begins the session at its start.
func (w *world) begin(id backend.AttemptID, b scheduling.Booking) {
	w.t.Helper()
	w.clock.Set(b.Start)
	for range 5 {
		w.revive()
		if _, err := w.p.Begin(w.t.Context(), id); err == nil {
			return
		}
	}
	w.t.Fatalf("booking %s can't be begun:\n%s", b.ID, w.log)
}

// unlock has the proctor type the code.
func (w *world) unlock(b scheduling.Booking) {
	w.t.Helper()
	ctx := w.t.Context()
	number, err := strconv.ParseInt(string(b.Number), 10, 64)
	w.do(err)
	w.do(w.proctors.ProctorStarts(number))
	for range 5 {
		w.revive()
		now, err := w.s.Booking(ctx, b.ID)
		if err == nil && now.State == scheduling.StateUnlocked {
			return
		}
		code, err := w.s.Staff.UnlockCode(now)
		if err == nil {
			_, _ = w.s.Unlock(ctx, b.ID, code.Reveal())
		}
	}
	w.t.Fatalf("booking %s can't be unlocked:\n%s", b.ID, w.log)
}

// start lets the learner start as soon as the platform lets them.
func (w *world) start(c *campus) {
	w.t.Helper()
	for range 20 {
		if _, err := c.ada.Start(w.t.Context(), c.exam.ID); err == nil {
			return
		}
		w.pass()
	}
	w.t.Fatalf("the exam can't be started:\n%s", w.log)
}

// submit lets the learner submit.
func (w *world) submit(c *campus) {
	w.t.Helper()
	w.clock.Advance(30 * time.Minute)
	w.revive()
	if _, err := c.ada.Submit(w.t.Context(), c.exam.ID); err != nil {
		if view, _ := c.ada.Look(w.t.Context(), c.exam.ID); view.Status != "submitted" { // its time was over
			w.t.Fatalf("the exam can't be submitted: %v\n%s", err, w.log)
		}
	}
}

// end has the proctor end the session, and reads the report.
func (w *world) end(b scheduling.Booking, v proctorutest.Verdict) {
	w.t.Helper()
	number, err := strconv.ParseInt(string(b.Number), 10, 64)
	w.do(err)
	w.do(w.proctors.ProctorEnds(number, v))
	for range 4 {
		w.clock.Advance(10 * time.Minute)
		w.revive()
		o, _ := w.s.Outcome(w.t.Context(), b.ID)
		if w.pass(); o.Verdict != scheduling.VerdictPending && o.Verdict != "" {
			return
		}
	}
}

// kept reads the attempt as it is stored.
func (w *world) kept(id backend.AttemptID) openedx.Attempt {
	w.t.Helper()
	a, err := w.store.Attempt(w.t.Context(), id)
	w.do(err)
	return a
}

// booking reads a booking as it is stored.
func (w *world) booking(id scheduling.BookingID) scheduling.Booking {
	w.t.Helper()
	b, err := w.bookings.Get(w.t.Context(), id)
	w.do(err)
	return b
}

// private fails if the log holds somebody.
func (w *world) private() {
	w.t.Helper()
	for _, word := range []string{"personal", "ada_l", "s3cret", string(secret)} {
		if text := strings.ToLower(w.log.String()); strings.Contains(text, word) {
			at := strings.Index(text, word)
			w.t.Errorf("the log holds %q: %s", word, text[max(0, at-200):min(len(text), at+100)])
		}
	}
}

// wire carries requests of a process, as long as it lives, to what is up.
type wire struct {
	life *life
	next http.RoundTripper
	down *bool
	meet func(r *http.Request) error
}

func (l wire) RoundTrip(r *http.Request) (*http.Response, error) {
	acts, answers := l.life.step()
	if !acts || *l.down {
		return nil, errDead
	}
	if err := l.meet(r); err != nil {
		return nil, err
	}
	resp, err := l.next.RoundTrip(r)
	if !answers {
		return nil, errDead
	}
	return resp, err
}

// buffer keeps all that is logged.
type buffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// written does a write of a process as long as it lives.
func written[T any](l *life, write func() (T, error)) (T, error) {
	acts, answers := l.step()
	var none T
	if !acts {
		return none, errDead
	}
	v, err := write()
	if !answers {
		return none, errDead
	}
	return v, err
}

// mortalStore is a store in the hands of a process.
type mortalStore struct {
	openedx.Store
	life *life
}

func (m *mortalStore) PutExam(ctx context.Context, e openedx.Exam) (openedx.Exam, error) {
	return written(m.life, func() (openedx.Exam, error) { return m.Store.PutExam(ctx, e) })
}

func (m *mortalStore) PutPerson(ctx context.Context, p openedx.Person) (openedx.Person, error) {
	return written(m.life, func() (openedx.Person, error) { return m.Store.PutPerson(ctx, p) })
}

func (m *mortalStore) PutAttempt(ctx context.Context, a openedx.Attempt) (openedx.Attempt, error) {
	return written(m.life, func() (openedx.Attempt, error) { return m.Store.PutAttempt(ctx, a) })
}

func (m *mortalStore) Erase(ctx context.Context, p backend.PlatformID, u backend.UserID) error {
	_, err := written(m.life, func() (bool, error) { return true, m.Store.Erase(ctx, p, u) })
	return err
}

// mortalBookings are the bookings in the hands of a process.
type mortalBookings struct {
	scheduling.Store
	life *life
}

func (m *mortalBookings) Create(ctx context.Context, b scheduling.Booking, events ...scheduling.Event) (scheduling.Booking, error) {
	return written(m.life, func() (scheduling.Booking, error) { return m.Store.Create(ctx, b, events...) })
}

func (m *mortalBookings) Update(ctx context.Context, b scheduling.Booking, events ...scheduling.Event) (scheduling.Booking, error) {
	return written(m.life, func() (scheduling.Booking, error) { return m.Store.Update(ctx, b, events...) })
}

func (m *mortalBookings) Claim(ctx context.Context, q scheduling.ClaimQuery) ([]scheduling.Booking, error) {
	if m.life.dead() {
		return nil, errDead
	}
	return m.Store.Claim(ctx, q)
}

func (m *mortalBookings) PutLearner(ctx context.Context, l scheduling.Learner) (scheduling.Learner, error) {
	return written(m.life, func() (scheduling.Learner, error) { return m.Store.PutLearner(ctx, l) })
}

func (m *mortalBookings) Erase(ctx context.Context, id scheduling.LearnerID) error {
	_, err := written(m.life, func() (bool, error) { return true, m.Store.Erase(ctx, id) })
	return err
}

func (m *mortalBookings) List(ctx context.Context, f scheduling.Filter) iter.Seq2[scheduling.Booking, error] {
	return m.Store.List(ctx, f)
}
