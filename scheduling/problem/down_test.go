package problem_test

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/time/rate"

	"github.com/proctorbook/proctorbook/edx"
	"github.com/proctorbook/proctorbook/edx/edxtest"
	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/memstore"
	"github.com/proctorbook/proctorbook/scheduling/platform"
	"github.com/proctorbook/proctorbook/scheduling/problem"
	"github.com/proctorbook/proctorbook/scheduling/provider"
)

// wire carries the calls of a client to its fake, or elsewhere while that is set.
type wire struct {
	fake      http.RoundTripper
	elsewhere atomic.Pointer[url.URL]
}

func (w *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	to := w.elsewhere.Load()
	if to == nil {
		return w.fake.RoundTrip(r)
	}
	r = r.Clone(r.Context())
	r.URL.Scheme, r.URL.Host = to.Scheme, to.Host
	return http.DefaultTransport.RoundTrip(r)
}

// world is a Scheduler whose services can be lost.
type world struct {
	*scheduling.Scheduler
	provider, platform wire
	exam               scheduling.Exam
	learner            scheduling.LearnerID
}

func newWorld(t *testing.T, tuning scheduling.Tuning) *world {
	t.Helper()
	now := proctorbooktest.NewClock(time.Date(2027, 1, 7, 8, 0, 0, 0, time.UTC))
	examiners, lms := proctorutest.NewServer(proctorutest.WithClock(now)), edxtest.NewServer(edxtest.WithClock(now))
	t.Cleanup(examiners.Close)
	t.Cleanup(lms.Close)
	const course = "course-v1:ExampleX+CS101+2027"
	lms.AddCourse(edxtest.Course{Key: course, Name: "Logic", Modes: []edxtest.Mode{{Slug: "verified"}}})
	lms.AddUser(edxtest.User{ID: 4211, Username: "ada_l", Name: "Ada Example", Email: "ada@example.org", TimeZone: "Europe/Paris"})
	lms.AddUser(edxtest.User{ID: 4212, Username: "bob_m", Name: "Bob Example", Email: "bob@example.org", TimeZone: "Europe/Paris"})
	lms.Enroll("ada_l", course, "verified", true)

	w := &world{provider: wire{fake: http.DefaultTransport}, platform: wire{fake: http.DefaultTransport}}
	unpaced := rate.NewLimiter(rate.Inf, 1)
	booked, err := proctoru.NewClient(examiners.URL, examiners.Token, proctoru.WithClock(now), proctoru.WithTransport(&w.provider),
		proctoru.WithLimiter(unpaced), proctoru.WithTimeout(300*time.Millisecond, time.Minute), proctoru.WithRetries(2, time.Millisecond, time.Millisecond))
	taught, err2 := edx.NewClient(lms.URL, edx.WithClientCredentials(lms.ClientID, lms.ClientSecret), edx.WithClock(now), edx.WithTransport(&w.platform),
		edx.WithLimiter(unpaced), edx.WithTimeout(300*time.Millisecond, time.Minute), edx.WithRetries(2, time.Millisecond, time.Millisecond))
	if err := errors.Join(err, err2); err != nil {
		t.Fatal(err)
	}
	w.Scheduler, err = scheduling.New(provider.ProctorU{Client: booked}, platform.OpenEdX{Client: taught}, memstore.New(),
		scheduling.WithClock(now), scheduling.WithRandom(rand.NewChaCha8([32]byte{})), scheduling.WithTuning(tuning),
		scheduling.WithUnlockKeys(scheduling.UnlockKey{ID: "2027", Secret: []byte("32 random bytes out of the vault")}))
	if err != nil {
		t.Fatal(err)
	}
	day := time.Date(2027, 1, 11, 0, 0, 0, 0, time.UTC)
	w.exam = scheduling.Exam{
		Course: edx.MustCourseKey(course), Usage: edx.MustUsageKey("block-v1:ExampleX+CS101+2027+type@sequential+block@final"), Name: "Final exam",
		Window: scheduling.Window{Start: day, End: day.AddDate(0, 0, 2)}, Zone: time.UTC, Duration: time.Hour,
	}
	ada, err := w.Learner(t.Context(), "ada_l")
	if err != nil {
		t.Fatal(err)
	}
	w.learner = ada.ID
	if err := w.SaveProfile(t.Context(), ada.ID, scheduling.Profile{GivenName: "Ada", FamilyName: "Example", Phone: "+33100000000", Country: "FR"}); err != nil {
		t.Fatal(err)
	}
	return w
}

// outages are what a client finds where a service was.
func outages(t *testing.T) map[string]*url.URL {
	t.Helper()
	status := func(code int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
	}
	all := map[string]*url.URL{}
	for name, handler := range map[string]http.HandlerFunc{
		"refuses connections": nil,
		"does not answer": func(_ http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body) // else the server does not see that the client has left
			<-r.Context().Done()
		},
		"hangs up": func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
		"answers in parts": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "9")
			_, _ = w.Write([]byte("{"))
		},
		"answers 500":    status(500),
		"answers 502":    status(502),
		"answers 503":    status(503),
		"answers a page": func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<html>We will be back soon")) },
	} {
		server := httptest.NewServer(handler)
		if handler == nil {
			server.Close()
		} else {
			t.Cleanup(server.Close)
		}
		all[name], _ = url.Parse(server.URL)
	}
	return all
}

// reads are what a page reads of the service that is down.
var reads = map[string]struct {
	of   func(*world) *wire
	read func(context.Context, *world) error
}{
	"Slots": {func(w *world) *wire { return &w.provider }, readSlots},
	"Learner": {func(w *world) *wire { return &w.platform }, func(ctx context.Context, w *world) error {
		_, err := w.Learner(ctx, "bob_m")
		return err
	}},
	"Status": {func(w *world) *wire { return &w.platform }, func(ctx context.Context, w *world) error {
		s, err := w.Status(ctx, w.exam, w.learner)
		if err == nil { // that is what Book would say
			return &scheduling.NotAllowedError{Action: scheduling.ActionBook, Reasons: s.Why[scheduling.ActionBook]}
		}
		return err
	}},
	"Book": {func(w *world) *wire { return &w.platform }, func(ctx context.Context, w *world) error {
		_, err := w.Book(ctx, w.exam, w.learner, w.exam.Window.Start.Add(9*time.Hour))
		return err
	}},
}

func readSlots(ctx context.Context, w *world) error {
	for _, err := range w.Slots(ctx, w.exam, w.learner, scheduling.SlotQuery{}) {
		if err != nil {
			return err
		}
	}
	return nil
}

// A service that could not be read is not available, however it failed, with a cache of
// slots and without one.
func TestOf_serviceDown(t *testing.T) {
	t.Parallel()
	down := outages(t)
	for what, r := range reads {
		for how, address := range down {
			for name, tuning := range map[string]scheduling.Tuning{"plain": {}, "cached": {SlotCache: time.Minute}} {
				t.Run(what+" "+how+" "+name, func(t *testing.T) {
					t.Parallel()
					w := newWorld(t, tuning)
					r.of(w).elsewhere.Store(address)
					err := r.read(t.Context(), w)
					if p := problem.Of(err); p.Status != http.StatusServiceUnavailable || p.Type != problem.TypeUnavailable || p.RetryAfter == 0 {
						t.Errorf("%v (%T) = %d %s, again in %d s; want that the service is not available", err, err, p.Status, p.Title, p.RetryAfter)
					}
				})
			}
		}
	}
}

// The same holds when the caller waits no longer: a read leaves nothing open.
func TestOf_callerWaitsNoLonger(t *testing.T) {
	t.Parallel()
	silent := outages(t)["does not answer"]
	for what, r := range reads {
		for name, tuning := range map[string]scheduling.Tuning{"plain": {}, "cached": {SlotCache: time.Minute}} {
			t.Run(what+" "+name, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, tuning)
				r.of(w).elsewhere.Store(silent)
				ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
				defer cancel()
				if err := r.read(ctx, w); problem.Of(err).Type != problem.TypeUnavailable {
					t.Errorf("%v = %s, want that the service is not available", err, problem.Of(err).Title)
				}
			})
		}
	}
}
