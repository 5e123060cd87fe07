// The world of the tests of this package: two fakes, a store, and one clock. At the
// end: stores and transports that stand in the place of the real ones.

package scheduling_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"iter"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/edx"
	"github.com/proctorbook/proctorbook/edx/edxtest"
	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/memstore"
	"github.com/proctorbook/proctorbook/scheduling/platform"
	"github.com/proctorbook/proctorbook/scheduling/provider"
)

// world is a provider, a platform, a store, and the one clock that drives them.
// Time passes only when something sleeps, or when a test says so.
type world struct {
	replicas int // that were made, each with randomness of its own

	t        *testing.T
	clock    *proctorbooktest.Clock
	provider *proctorutest.Server
	platform *edxtest.Server
	store    scheduling.Store
	client   *proctoru.Client
	edx      *edx.Client
	log      *logBuffer

	*scheduling.Scheduler
	exam    scheduling.Exam
	learner scheduling.LearnerID
	proctor provider.ProctorU // what the adapter knows of the provider, less the client
}

var (
	day  = time.Date(2027, 1, 11, 0, 0, 0, 0, time.UTC) // a Monday
	nine = day.Add(9 * time.Hour)
	ten  = day.Add(10 * time.Hour)
	noon = day.Add(12 * time.Hour)
)

// freely lets every request pass at once.
type freely struct{}

func (freely) Wait(ctx context.Context) error { return ctx.Err() }

// newWorld has learner ada_l, enrolled as verified with a full profile, and an
// exam in the week of day. Now is four days before day.
func newWorld(t *testing.T, opts ...scheduling.Option) *world {
	t.Helper()
	return newWorldAt(t, provider.ProctorU{}, opts...)
}

// newWorldAt is newWorld with an adapter that knows more of its provider.
func newWorldAt(t *testing.T, proctor provider.ProctorU, opts ...scheduling.Option) *world {
	t.Helper()
	w := &world{t: t, proctor: proctor, clock: proctorbooktest.NewClock(day.AddDate(0, 0, -4)), log: &logBuffer{}, store: memstore.New(memstore.WithNamespace("testtest"))}
	w.provider = proctorutest.NewUnstartedServer(proctorutest.WithClock(w.clock))
	w.platform = edxtest.NewUnstartedServer(edxtest.WithClock(w.clock))
	course := "course-v1:ExampleX+CS101+2027"
	w.platform.AddCourse(edxtest.Course{Key: course, Name: "Logic", Start: day.AddDate(0, -3, 0), End: day.AddDate(0, 3, 0), Modes: []edxtest.Mode{{Slug: "verified"}, {Slug: "honor"}}})
	w.connect()
	w.exam = sampleExam()
	w.restart(opts...)
	w.learner = w.enroll("ada_l", 4211)
	return w
}

// sampleExam is an exam in the week of day.
func sampleExam() scheduling.Exam {
	return scheduling.Exam{
		Course: edx.MustCourseKey("course-v1:ExampleX+CS101+2027"), Usage: edx.MustUsageKey("block-v1:ExampleX+CS101+2027+type@sequential+block@final"),
		Name: "Final exam", ProctorNotes: "Closed book.",
		Window: scheduling.Window{Start: day, End: day.AddDate(0, 0, 5)}, Zone: time.UTC, Duration: 90 * time.Minute,
	}
}

// connect makes both clients.
func (w *world) connect() {
	w.connectThrough(func(next http.RoundTripper) http.RoundTripper { return next })
}

// connectThrough makes both clients, with something in between.
func (w *world) connectThrough(wrap func(http.RoundTripper) http.RoundTripper) {
	var err error
	w.client, err = proctoru.NewClient(proctorbooktest.InProcessURL, w.provider.Token,
		proctoru.WithTransport(wrap(proctorbooktest.InProcess(w.provider))), proctoru.WithClock(w.clock), proctoru.WithLimiter(freely{}), proctoru.WithLogger(w.log.logger()))
	if err != nil {
		w.t.Fatal(err)
	}
	w.edx, err = edx.NewClient(proctorbooktest.InProcessURL, edx.WithClientCredentials(w.platform.ClientID, w.platform.ClientSecret),
		edx.WithTransport(wrap(proctorbooktest.InProcess(w.platform))), edx.WithClock(w.clock), edx.WithLimiter(freely{}), edx.WithLogger(w.log.logger()))
	if err != nil {
		w.t.Fatal(err)
	}
}

// restart drops the Scheduler, as the death of the process would, and makes
// another one on the same store.
func (w *world) restart(opts ...scheduling.Option) {
	w.t.Helper()
	w.Scheduler = w.replica(opts...)
}

// replica is another Scheduler on the same store.
func (w *world) replica(opts ...scheduling.Option) *scheduling.Scheduler {
	w.t.Helper()
	random := rand.NewChaCha8([32]byte([]byte(strings.Repeat("r", 31) + string(rune('a'+w.replicas)))))
	w.replicas++
	all := []scheduling.Option{
		scheduling.WithClock(w.clock), scheduling.WithRandom(random), scheduling.WithLogger(w.log.logger()),
		scheduling.WithUnlockKeys(scheduling.UnlockKey{ID: "k1", Secret: []byte("0123456789abcdef0123456789abcdef")}),
	}
	s, err := scheduling.New(w.proctorU(), w.openEdX(), w.store, append(all, opts...)...)
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

// proctorU is the provider, by the newest client.
func (w *world) proctorU() provider.ProctorU {
	p := w.proctor
	p.Client = w.client
	return p
}

// openEdX is the platform, by the newest client.
func (w *world) openEdX() platform.OpenEdX { return platform.OpenEdX{Client: w.edx} }

// enroll adds a learner who may book.
func (w *world) enroll(username string, id int64) scheduling.LearnerID {
	w.t.Helper()
	w.platform.AddUser(edxtest.User{ID: id, Username: username, Name: "Ada Example", Email: username + "@example.org", Country: "FR", TimeZone: "Europe/Paris"})
	w.platform.Enroll(username, w.exam.Course.String(), "verified", true)
	learner, err := w.Learner(w.t.Context(), username)
	if err != nil {
		w.t.Fatal(err)
	}
	if err := w.SaveProfile(w.t.Context(), learner.ID, profile); err != nil {
		w.t.Fatal(err)
	}
	return learner.ID
}

var profile = scheduling.Profile{GivenName: "Ada", FamilyName: "Example", Phone: "+33 1 00 00 00 00", Country: "FR"}

// fault scripts the next request of a kind to go wrong.
func (w *world) fault(kind proctorbooktest.FaultKind, endpoint string) {
	w.provider.Fault(proctorbooktest.Fault{Kind: kind, Endpoint: endpoint})
}

// play makes the provider behave by an alternative.
func (w *world) play(variant, alternative string) {
	w.t.Helper()
	if err := w.provider.Play(variant, alternative); err != nil {
		w.t.Fatal(err)
	}
}

// pass is one reconcile pass as the protocol means it: up to 12 looks, 70 s apart.
func (w *world) pass() {
	w.t.Helper()
	for range 12 {
		if _, err := w.Reconcile(w.t.Context()); err != nil {
			w.t.Fatalf("Reconcile: %v", err)
		}
		w.clock.Advance(70 * time.Second)
	}
}

// lookOnce lets Reconcile work once on what is due.
func (w *world) lookOnce() {
	w.t.Helper()
	if _, err := w.Reconcile(w.t.Context()); err != nil {
		w.t.Fatalf("Reconcile: %v", err)
	}
}

// booking reads a booking.
func (w *world) booking(id scheduling.BookingID) scheduling.Booking {
	w.t.Helper()
	b, err := w.Booking(w.t.Context(), id)
	if err != nil {
		w.t.Fatal(err)
	}
	return b
}

// booked books start and wants that to succeed.
func (w *world) booked(start time.Time) scheduling.Booking {
	w.t.Helper()
	b, err := w.Book(w.t.Context(), w.exam, w.learner, start)
	if err != nil {
		w.t.Fatalf("Book: %v", err)
	}
	return b
}

// active returns the provider's active reservations of the booking's id.
func (w *world) active(id scheduling.BookingID) []proctorutest.Reservation {
	var rows []proctorutest.Reservation
	for _, r := range w.provider.Reservations() {
		if r.ID == string(id) && r.Active {
			rows = append(rows, r)
		}
	}
	return rows
}

// wantAgreement checks that the provider has exactly the reservation that the
// booking says, equal in id, number and start, and no other one.
func (w *world) wantAgreement(id scheduling.BookingID) {
	w.t.Helper()
	b := w.booking(id)
	rows := w.active(id)
	if b.State != scheduling.StateScheduled || b.Intent != nil {
		w.t.Fatalf("booking is %s with intent %+v, want scheduled and settled\n%s", b.State, b.Intent, w.history(id))
	}
	if len(rows) != 1 {
		w.t.Fatalf("provider has %d active reservations of the id, want 1\n%s", len(rows), w.history(id))
	}
	if string(b.Number) != strconv.FormatInt(rows[0].Number, 10) || !rows[0].Start.Equal(b.Start) {
		w.t.Fatalf("provider has number %d at %s, booking says %s at %s\n%s", rows[0].Number, rows[0].Start, b.Number, b.Start, w.history(id))
	}
	if most := w.provider.Counts().MostActiveAtOnce; most != 1 {
		w.t.Errorf("most reservations active at once = %d, want 1\n%s", most, w.history(id))
	}
}

// wantCanceled checks that the booking is canceled and nothing of it is left.
func (w *world) wantCanceled(id scheduling.BookingID) {
	w.t.Helper()
	if b := w.booking(id); b.State != scheduling.StateCanceled || len(w.active(id)) != 0 {
		w.t.Fatalf("booking is %s, provider has %d active reservations; want canceled and none\n%s", b.State, len(w.active(id)), w.history(id))
	}
}

// history prints the events of a booking, for failures.
func (w *world) history(id scheduling.BookingID) string {
	var lines []string
	for e, err := range w.Events(context.Background(), scheduling.EventQuery{}) {
		if err != nil {
			return err.Error()
		}
		if e.Booking == id {
			lines = append(lines, e.At.Format("02T15:04:05 ")+string(e.Type)+" "+string(e.State)+" "+string(e.Op)+" "+string(e.Code)+" "+string(e.Number))
		}
	}
	return strings.Join(lines, "\n")
}

// events returns the types of a booking's events, in order.
func (w *world) events(id scheduling.BookingID) []scheduling.EventType {
	w.t.Helper()
	var types []scheduling.EventType
	for e, err := range w.Events(w.t.Context(), scheduling.EventQuery{}) {
		if err != nil {
			w.t.Fatal(err)
		}
		if e.Booking == id {
			types = append(types, e.Type)
		}
	}
	return types
}

// pendingID wants err to be a PendingError, and returns its booking.
func (w *world) pendingID(err error) scheduling.BookingID {
	w.t.Helper()
	pending, ok := errors.AsType[*scheduling.PendingError](err)
	if !ok || !errors.Is(err, proctorbook.ErrOutcomeUnknown) || errors.Is(err, proctorbook.ErrNotDone) {
		w.t.Fatalf("error = %v, want a PendingError that is ErrOutcomeUnknown", err)
	}
	return pending.BookingID
}

// logBuffer keeps everything that is logged, at every level.
type logBuffer struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func (l *logBuffer) logger() *slog.Logger {
	return slog.New(slog.NewTextHandler(l, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

// hasty makes a Scheduler that gives up waiting at once, so that an operation
// whose answer is lost stays open.
var hasty = scheduling.WithTuning(scheduling.Tuning{Patience: time.Nanosecond})

// settled books start and lets the lists catch up.
func (w *world) settled(start time.Time) scheduling.BookingID {
	id := w.booked(start).ID
	w.clock.Advance(5 * time.Minute)
	return id
}

// wake makes the booking due, and reconciles once.
func (w *world) wake(id scheduling.BookingID) {
	w.t.Helper()
	if err := w.Wake(w.t.Context(), string(id)); err != nil {
		w.t.Fatal(err)
	}
	if _, err := w.Reconcile(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
}

// introduce makes the learner known to the provider.
func (w *world) introduce() {
	w.t.Helper()
	_, err := w.client.Students.Save(w.t.Context(), proctoru.Student{
		ID: string(w.learner), FirstName: "Ada", LastName: "Example", Email: "ada@example.org", Country: "FR", Phone: "+33100000000", ZoneID: "Romance Standard Time",
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

// onlyBooking returns the id of the one booking that there is.
func (w *world) onlyBooking() scheduling.BookingID {
	w.t.Helper()
	var ids []scheduling.BookingID
	for b, err := range w.store.List(w.t.Context(), scheduling.Filter{}) {
		if err != nil {
			w.t.Fatal(err)
		}
		ids = append(ids, b.ID)
	}
	if len(ids) != 1 {
		w.t.Fatalf("there are %d bookings, want 1", len(ids))
	}
	return ids[0]
}

// numberOf is the number under which the provider has the booking.
func (w *world) numberOf(id scheduling.BookingID) int64 {
	w.t.Helper()
	n, err := strconv.ParseInt(string(w.booking(id).Number), 10, 64)
	if err != nil {
		w.t.Fatal(err)
	}
	return n
}

// status reads where the learner stands.
func (w *world) status() scheduling.Status {
	w.t.Helper()
	st, err := w.Status(w.t.Context(), w.exam, w.learner)
	if err != nil {
		w.t.Fatalf("Status: %v", err)
	}
	return st
}

func isNotAllowed(err error, code scheduling.ReasonCode) bool {
	refused, ok := errors.AsType[*scheduling.NotAllowedError](err)
	return ok && refused.Has(code)
}

func flagOf(b scheduling.Booking) scheduling.ReasonCode {
	if b.NeedsAttention == nil {
		return ""
	}
	return b.NeedsAttention.Reason
}

// providerRequests counts what has arrived at the provider so far.
func (w *world) providerRequests() int {
	n := 0
	for _, of := range w.provider.Counts().Requests {
		n += of
	}
	return n
}

// slots reads all slots of the query.
func (w *world) slots(q scheduling.SlotQuery) []scheduling.Slot {
	w.t.Helper()
	all, err := w.slotsOrError(q)
	if err != nil {
		w.t.Fatalf("Slots: %v", err)
	}
	return all
}

// slotsOrError reads until an error, and checks that nothing comes after it.
func (w *world) slotsOrError(q scheduling.SlotQuery) ([]scheduling.Slot, error) {
	w.t.Helper()
	var all []scheduling.Slot
	var failure error
	for slot, err := range w.Slots(w.t.Context(), w.exam, w.learner, q) {
		if failure != nil {
			w.t.Errorf("Slots yields %v, %v after the error %v", slot, err, failure)
		}
		if failure = err; err == nil {
			all = append(all, slot)
		}
	}
	return all, failure
}

// live makes the learner one who lives in the zone.
func (w *world) live(zone string) {
	w.t.Helper()
	w.stranger(edxtest.User{TimeZone: zone}, profile)
	w.platform.Enroll("stranger", w.exam.Course.String(), "verified", true)
}

func inZone(t *testing.T, zone, wall string) time.Time {
	t.Helper()
	loc, err := time.LoadLocation(zone)
	if err != nil {
		t.Fatal(err)
	}
	at, err := time.ParseInLocation("2006-01-02T15:04", wall, loc)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// dateOf is the day that the instant's own zone has.
func dateOf(at time.Time) scheduling.Date { return scheduling.DateOf(at, at.Location()) }

func utc(t *testing.T, wall string) time.Time {
	t.Helper()
	return inZone(t, "UTC", wall)
}

func paris(t *testing.T) *time.Location {
	t.Helper()
	return inZone(t, "Europe/Paris", "2027-01-11T00:00").Location()
}

// cancelAt books start, and cancels at the instant.
func (w *world) cancelAt(start, at time.Time) {
	w.t.Helper()
	id := w.settled(start)
	w.clock.Set(at)
	if _, err := w.Cancel(w.t.Context(), id, scheduling.Request{}); err != nil {
		w.pendingID(err)
		w.pass()
	}
	w.wantCanceled(id)
}

// lockCode types ten wrong codes.
func (w *world) lockCode(id scheduling.BookingID) {
	w.t.Helper()
	for i := range 10 {
		_, err := w.Unlock(w.t.Context(), id, "wrong")
		want := scheduling.ErrWrongCode
		if i == 9 {
			want = scheduling.ErrCodeLocked
		}
		if !errors.Is(err, want) {
			w.t.Fatalf("wrong code %d = %v, want %v", i+1, err, want)
		}
	}
}

// failingStore fails the methods that a test names.
type failingStore struct {
	scheduling.Store
	fail map[string]error
	// after makes a failing Update or Create act nevertheless, as when the
	// answer to a commit is lost.
	after bool
}

func (s *failingStore) Update(ctx context.Context, b scheduling.Booking, events ...scheduling.Event) (scheduling.Booking, error) {
	if err := s.fail["Update"]; err != nil {
		if s.after {
			_, _ = s.Store.Update(ctx, b, events...)
		}
		return scheduling.Booking{}, err
	}
	return s.Store.Update(ctx, b, events...)
}

func (s *failingStore) Active(ctx context.Context, l scheduling.LearnerID, e scheduling.ExamKey) (scheduling.Booking, error) {
	if err := s.fail["Active"]; err != nil {
		return scheduling.Booking{}, err
	}
	return s.Store.Active(ctx, l, e)
}

func (s *failingStore) Learner(ctx context.Context, id scheduling.LearnerID, version int64) (scheduling.Learner, error) {
	if err := s.fail["Learner"]; err != nil {
		return scheduling.Learner{}, err
	}
	return s.Store.Learner(ctx, id, version)
}

func (s *failingStore) List(ctx context.Context, f scheduling.Filter) iter.Seq2[scheduling.Booking, error] {
	if err := s.fail["List"]; err != nil {
		return func(yield func(scheduling.Booking, error) bool) { yield(scheduling.Booking{}, err) }
	}
	return s.Store.List(ctx, f)
}

func (s *failingStore) Events(ctx context.Context, q scheduling.EventQuery) ([]scheduling.Event, error) {
	if err := s.fail["Events"]; err != nil {
		return nil, err
	}
	return s.Store.Events(ctx, q)
}

// via makes a client of the provider over another transport.
func (w *world) via(rt http.RoundTripper) {
	w.t.Helper()
	client, err := proctoru.NewClient(proctorbooktest.InProcessURL, w.provider.Token, proctoru.WithTransport(rt),
		proctoru.WithClock(w.clock), proctoru.WithLimiter(freely{}), proctoru.WithLogger(w.log.logger()))
	if err != nil {
		w.t.Fatal(err)
	}
	w.client = client
}

type sentCall struct {
	endpoint string
	form     url.Values // query and body
}

// recorder is a transport that keeps what was sent, as it was sent.
type recorder struct {
	next http.RoundTripper

	mu   sync.Mutex
	sent []sentCall
}

// listen puts a recorder between the Scheduler and the provider.
func (w *world) listen(opts ...scheduling.Option) *recorder {
	w.t.Helper()
	r := &recorder{next: proctorbooktest.InProcess(w.provider)}
	w.via(r)
	w.restart(opts...)
	return r
}

// all returns what was sent to the endpoint, in order.
func (r *recorder) all(endpoint string) []url.Values {
	r.mu.Lock()
	defer r.mu.Unlock()
	var forms []url.Values
	for _, c := range r.sent {
		if c.endpoint == endpoint {
			forms = append(forms, c.form)
		}
	}
	return forms
}

func (r *recorder) last(endpoint string) url.Values {
	all := r.all(endpoint)
	if len(all) == 0 {
		return nil
	}
	return all[len(all)-1]
}

func (r *recorder) RoundTrip(req *http.Request) (*http.Response, error) {
	form := req.URL.Query()
	if req.Body != nil {
		body, err := readBody(req)
		if err != nil {
			return nil, err
		}
		for name, values := range body {
			form[name] = values
		}
	}
	r.mu.Lock()
	r.sent = append(r.sent, sentCall{req.URL.Path[strings.LastIndex(req.URL.Path, "/")+1:], form})
	r.mu.Unlock()
	return r.next.RoundTrip(req)
}

const create = "addAdHocProcess"

func withoutTimeSent(form url.Values) url.Values {
	form.Del("time_sent")
	return form
}

// readBody reads the form of a request, and leaves the request as it was.
func readBody(req *http.Request) (url.Values, error) {
	raw, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, err
	}
	req.Body = io.NopCloser(bytes.NewReader(raw))
	return url.ParseQuery(string(raw))
}
