package cohort_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/edx"
	"github.com/proctorbook/proctorbook/edx/edxtest"
	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/cohort"
	"github.com/proctorbook/proctorbook/scheduling/memstore"
	"github.com/proctorbook/proctorbook/scheduling/platform"
	"github.com/proctorbook/proctorbook/scheduling/provider"
)

// world is a provider, a platform, a store, a Scheduler on them, and the one clock
// that drives them. Time passes only when something sleeps, or when a test says so.
type world struct {
	*scheduling.Scheduler
	t        *testing.T
	clock    *proctorbooktest.Clock
	provider *proctorutest.Server
	platform *edxtest.Server
	store    scheduling.Store
	exam     scheduling.Exam
	started  uint16 // Schedulers so far
}

var (
	day  = time.Date(2027, 1, 11, 0, 0, 0, 0, time.UTC) // a Monday
	nine = day.Add(9 * time.Hour)
	ten  = day.Add(10 * time.Hour)
	noon = day.Add(12 * time.Hour)
)

var key = scheduling.UnlockKey{ID: "k1", Secret: []byte("0123456789abcdef0123456789abcdef")}

// freely lets every request pass at once.
type freely struct{}

func (freely) Wait(ctx context.Context) error { return ctx.Err() }

// newWorld has an exam in the week of day. Now is four days before day.
func newWorld(t *testing.T, opts ...scheduling.Option) *world {
	t.Helper()
	w := &world{t: t, clock: proctorbooktest.NewClock(day.AddDate(0, 0, -4)), store: memstore.New(memstore.WithNamespace("testtest")), exam: examFrom(day)}
	w.provider = proctorutest.NewUnstartedServer(proctorutest.WithClock(w.clock))
	w.platform = edxtest.NewUnstartedServer(edxtest.WithClock(w.clock))
	w.platform.AddCourse(edxtest.Course{Key: w.exam.Course.String(), Name: "Logic", Start: day.AddDate(0, -3, 0), End: day.AddDate(0, 3, 0)})
	w.restart(opts...)
	return w
}

// examFrom is an exam in the five days from the day on.
func examFrom(day time.Time) scheduling.Exam {
	return scheduling.Exam{
		Course: edx.MustCourseKey("course-v1:ExampleX+CS101+2027"), Usage: edx.MustUsageKey("block-v1:ExampleX+CS101+2027+type@sequential+block@final"),
		Name: "Final exam", Window: scheduling.Window{Start: day, End: day.AddDate(0, 0, 5)}, Zone: time.UTC, Duration: 90 * time.Minute,
	}
}

// restart drops the Scheduler, as the death of its process would, and makes another
// one on the same store.
func (w *world) restart(opts ...scheduling.Option) {
	w.t.Helper()
	w.Scheduler = w.start(w.store, func(next http.RoundTripper) http.RoundTripper { return next }, opts...)
}

// start makes a Scheduler on the store that reaches both services through wrap.
func (w *world) start(store scheduling.Store, wrap func(http.RoundTripper) http.RoundTripper, opts ...scheduling.Option) *scheduling.Scheduler {
	w.t.Helper()
	proctor, err := proctoru.NewClient(w.provider.URL, w.provider.Token,
		proctoru.WithTransport(wrap(proctorbooktest.InProcess(w.provider))), proctoru.WithClock(w.clock), proctoru.WithLimiter(freely{}))
	w.did(err)
	lms, err := edx.NewClient(w.platform.URL, edx.WithClientCredentials(w.platform.ClientID, w.platform.ClientSecret),
		edx.WithTransport(wrap(proctorbooktest.InProcess(w.platform))), edx.WithClock(w.clock), edx.WithLimiter(freely{}))
	w.did(err)
	w.started++
	s, err := scheduling.New(provider.ProctorU{Client: proctor}, platform.OpenEdX{Client: lms}, store, append([]scheduling.Option{
		scheduling.WithClock(w.clock), scheduling.WithRandom(rand.NewChaCha8([32]byte{byte(w.started), byte(w.started >> 8)})), scheduling.WithUnlockKeys(key),
	}, opts...)...)
	w.did(err)
	return s
}

func (w *world) did(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// enroll adds a learner who may book.
func (w *world) enroll(username string, id int64) scheduling.LearnerID {
	w.t.Helper()
	w.platform.AddUser(edxtest.User{ID: id, Username: username, Name: "Ada Example", Email: username + "@example.org", Country: "FR", TimeZone: "Europe/Paris"})
	w.platform.Enroll(username, w.exam.Course.String(), "verified", true)
	learner, err := w.Learner(w.t.Context(), username)
	w.did(err)
	w.did(w.SaveProfile(w.t.Context(), learner.ID, scheduling.Profile{GivenName: "Ada", FamilyName: "Example", Phone: "+33 1 00 00 00 00", Country: "FR"}))
	return learner.ID
}

// rows enrolls n learners, and gives each a start of the window's first day.
func (w *world) rows(n int) []cohort.Row {
	w.t.Helper()
	rows := make([]cohort.Row, n)
	for i := range rows {
		rows[i].Learner = w.enroll(fmt.Sprintf("learner_%04d", i), int64(10_000+i))
		rows[i].Start = w.exam.Window.Start.Add(9*time.Hour + time.Duration(i%16)*30*time.Minute)
	}
	return rows
}

// booked books a start for the learner.
func (w *world) booked(learner scheduling.LearnerID, start time.Time) scheduling.Booking {
	w.t.Helper()
	b, err := w.Book(w.t.Context(), w.exam, learner, start)
	w.did(err)
	return b
}

// fault scripts the next request of a kind to go wrong.
func (w *world) fault(kind proctorbooktest.FaultKind, endpoint string) {
	w.provider.Fault(proctorbooktest.Fault{Kind: kind, Endpoint: endpoint})
}

// pass lets Reconcile look until nothing is left to find out: 12 times, 70 s apart.
func (w *world) pass() {
	w.t.Helper()
	for range 12 {
		_, err := w.Reconcile(w.t.Context())
		w.did(err)
		w.clock.Advance(70 * time.Second)
	}
}

// pendingID wants err to be a PendingError, and returns its booking.
func (w *world) pendingID(err error) scheduling.BookingID {
	w.t.Helper()
	pending, ok := errors.AsType[*scheduling.PendingError](err)
	if !ok || !errors.Is(err, proctorbook.ErrOutcomeUnknown) {
		w.t.Fatalf("error = %v, want a PendingError that is ErrOutcomeUnknown", err)
	}
	return pending.BookingID
}

// wantAgreement checks that the booking is scheduled, and that the provider has
// exactly the reservation that it says.
func (w *world) wantAgreement(id scheduling.BookingID) {
	w.t.Helper()
	b, err := w.Booking(w.t.Context(), id)
	w.did(err)
	var active []proctorutest.Reservation
	for _, r := range w.provider.Reservations() {
		if r.ID == string(id) && r.Active {
			active = append(active, r)
		}
	}
	if b.State != scheduling.StateScheduled || b.Intent != nil || len(active) != 1 ||
		string(b.Number) != strconv.FormatInt(active[0].Number, 10) || !b.Start.Equal(active[0].Start) {
		w.t.Errorf("booking %s is %s with number %s at %s, the provider has %+v", id, b.State, b.Number, b.Start, active)
	}
}

// inOrder collects the results in the order of the rows, and wants one for each.
func inOrder(t *testing.T, rows []cohort.Row, results iter.Seq[cohort.Result]) []cohort.Result {
	t.Helper()
	all, seen := make([]cohort.Result, len(rows)), 0
	for r := range results {
		if all[r.Index].Code != "" || r.Row != rows[r.Index] {
			t.Errorf("row %d: a second result, or one of another row: %+v", r.Index, r)
		}
		all[r.Index] = r
		seen++
	}
	if seen != len(rows) {
		t.Errorf("%d results for %d rows", seen, len(rows))
	}
	return all
}

// codes counts how often each code, with its reason, comes up.
func codes(results []cohort.Result) map[string]int {
	counts := map[string]int{}
	for _, r := range results {
		counts[strings.TrimSpace(string(r.Code)+" "+string(r.Reason))]++
	}
	return counts
}

func wantCodes(t *testing.T, results []cohort.Result, want map[string]int) {
	t.Helper()
	if got := codes(results); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("codes = %v, want %v", got, want)
		for _, r := range results {
			if r.Err != nil {
				t.Logf("row %d: %v", r.Index, r.Err)
			}
		}
	}
}

// oneAtATime makes a run the same every time.
var oneAtATime = cohort.Options{Parallel: 1}
