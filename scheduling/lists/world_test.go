package lists_test

import (
	"context"
	"errors"
	"iter"
	"math/rand/v2"
	"testing"
	"time"

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

// world is a provider, a platform, a store, a Scheduler that fills the store, and
// the one clock that drives them. Time passes only when something sleeps, or when
// a test says so.
type world struct {
	*scheduling.Scheduler
	t        *testing.T
	clock    *proctorbooktest.Clock
	provider *proctorutest.Server
	platform *edxtest.Server
	store    scheduling.Store
	client   *proctoru.Client
	class    platform.OpenEdX
	exam     scheduling.Exam
	learner  scheduling.LearnerID
}

var (
	day  = time.Date(2027, 1, 11, 0, 0, 0, 0, time.UTC) // a Monday
	nine = day.Add(9 * time.Hour)
	noon = day.Add(12 * time.Hour)
)

// byStaff is what staff's acts carry.
var byStaff = scheduling.Request{Reason: "looked at it", By: "staff7"}

// What the proctor reports of a session.
var (
	clean   = proctorutest.Verdict{Authenticated: true, TestSubmitted: true}
	tainted = proctorutest.Verdict{Authenticated: true, TestSubmitted: true, IncidentReport: true}
)

// freely lets every request pass at once.
type freely struct{}

func (freely) Wait(ctx context.Context) error { return ctx.Err() }

// newWorld has learner ada_l, enrolled as verified with a full profile, and an
// exam in the week of day. Now is four days before day.
func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, clock: proctorbooktest.NewClock(day.AddDate(0, 0, -4)), store: memstore.New(memstore.WithNamespace("testtest"))}
	w.provider = proctorutest.NewUnstartedServer(proctorutest.WithClock(w.clock))
	w.platform = edxtest.NewUnstartedServer(edxtest.WithClock(w.clock))
	w.exam = scheduling.Exam{
		Course: edx.MustCourseKey("course-v1:ExampleX+CS101+2027"), Usage: edx.MustUsageKey("block-v1:ExampleX+CS101+2027+type@sequential+block@final"),
		Name: "Final exam", Window: scheduling.Window{Start: day, End: day.AddDate(0, 0, 5)}, Zone: time.UTC, Duration: 90 * time.Minute,
	}
	w.addCourse(w.exam.Course)
	var err error
	w.client, err = proctoru.NewClient(w.provider.URL, w.provider.Token, proctoru.WithTransport(proctorbooktest.InProcess(w.provider)),
		proctoru.WithClock(w.clock), proctoru.WithLimiter(freely{}))
	w.did(err)
	w.class.Client, err = edx.NewClient(w.platform.URL, edx.WithClientCredentials(w.platform.ClientID, w.platform.ClientSecret),
		edx.WithTransport(proctorbooktest.InProcess(w.platform)), edx.WithClock(w.clock), edx.WithLimiter(freely{}))
	w.did(err)
	w.Scheduler, err = scheduling.New(provider.ProctorU{Client: w.client}, w.class, w.store, scheduling.WithClock(w.clock), scheduling.WithRandom(rand.NewChaCha8([32]byte{})),
		scheduling.WithUnlockKeys(scheduling.UnlockKey{ID: "k1", Secret: []byte("0123456789abcdef0123456789abcdef")}), scheduling.WithTuning(scheduling.Tuning{Patience: time.Millisecond}))
	w.did(err)
	w.learner = w.enroll("ada_l", 4211)
	return w
}

func (w *world) did(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// addCourse adds a course that runs around day.
func (w *world) addCourse(key edx.CourseKey) {
	w.platform.AddCourse(edxtest.Course{Key: key.String(), Name: "Logic", Start: day.AddDate(0, -3, 0), End: day.AddDate(0, 3, 0)})
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

// fault scripts the next request of a kind to go wrong.
func (w *world) fault(kind proctorbooktest.FaultKind, endpoint string) {
	w.provider.Fault(proctorbooktest.Fault{Kind: kind, Endpoint: endpoint})
}

// booking reads a booking.
func (w *world) booking(id scheduling.BookingID) scheduling.Booking {
	w.t.Helper()
	b, err := w.Booking(w.t.Context(), id)
	w.did(err)
	return b
}

// booked books a start for the learner.
func (w *world) booked(learner scheduling.LearnerID, start time.Time) scheduling.BookingID {
	w.t.Helper()
	b, err := w.Book(w.t.Context(), w.exam, learner, start)
	w.did(err)
	return b.ID
}

// pending wants an open operation.
func (w *world) pending(err error) {
	w.t.Helper()
	if _, ok := errors.AsType[*scheduling.PendingError](err); !ok {
		w.t.Fatalf("error = %v, want a PendingError", err)
	}
}

// canceled books a start for the learner, and cancels.
func (w *world) canceled(learner scheduling.LearnerID, start time.Time) scheduling.BookingID {
	w.t.Helper()
	id := w.booked(learner, start)
	_, err := w.Cancel(w.t.Context(), id, scheduling.Request{})
	w.did(err)
	return id
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

// number returns the booking's reservation, as the provider's fake has it.
func (w *world) number(id scheduling.BookingID) int64 {
	w.t.Helper()
	for _, r := range w.provider.Reservations() {
		if r.ID == string(id) && r.Active {
			return r.Number
		}
	}
	w.t.Fatalf("booking %s has no active reservation", id)
	return 0
}

// sit lets the proctor start the booking's session, and end it an hour later.
func (w *world) sit(id scheduling.BookingID, v proctorutest.Verdict) {
	w.t.Helper()
	w.did(w.provider.ProctorStarts(w.number(id)))
	w.clock.Advance(time.Hour)
	w.did(w.provider.ProctorEnds(w.number(id), v))
}

// sat books nine, lets the proctor end the session with the verdict, and reads it.
func (w *world) sat(v proctorutest.Verdict) scheduling.BookingID {
	w.t.Helper()
	id := w.booked(w.learner, nine)
	w.clock.Set(nine)
	_, err := w.Begin(w.t.Context(), id)
	w.did(err)
	w.sit(id, v)
	_, err = w.Outcome(w.t.Context(), id)
	w.did(err)
	return id
}

// rows reads a list to its end.
func rows[T any](t *testing.T, seq iter.Seq2[T, error]) []T {
	t.Helper()
	var all []T
	for v, err := range seq {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, v)
	}
	return all
}

// listOf yields the rows, then the error if there is one.
func listOf[T any](err error, all ...T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for _, v := range all {
			if !yield(v, nil) {
				return
			}
		}
		if err != nil {
			yield(*new(T), err)
		}
	}
}
