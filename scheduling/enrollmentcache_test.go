package scheduling_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/edx"
	"github.com/proctorbook/proctorbook/edx/edxtest"
	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/platform"
)

// Forty learners open the page of their exam at once, at the pace that clients have by
// default: nobody waits for a call per learner.
func TestStatusOfFortyAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var learners []scheduling.LearnerID
	for i := range 40 {
		learners = append(learners, w.enroll(fmt.Sprint("user", i), int64(5000+i)))
	}
	synctest.Test(t, func(t *testing.T) {
		s := w.crowded(t, directly)
		enrollments, grants, began := w.enrollmentCalls(), w.grantCalls(), time.Now()
		for id, may := range w.look(t, s, learners...) {
			if !may {
				t.Errorf("learner %s may not book", id)
			}
		}
		enrollments, grants = w.enrollmentCalls()-enrollments, w.grantCalls()-grants
		t.Logf("%d calls for enrollments, %d for extra time, %s for the last of 40 learners", enrollments, grants, time.Since(began))
		if took := time.Since(began); enrollments > 6 || grants != 1 || took > 10*time.Second {
			t.Errorf("%d calls for enrollments, %d for extra time, %s; want 6, 1, and 10 s at most", enrollments, grants, took)
		}
	})
}

// lagging answers after a tenth of a second.
type lagging struct{ next http.RoundTripper }

func (l lagging) RoundTrip(r *http.Request) (*http.Response, error) {
	time.Sleep(100 * time.Millisecond)
	return l.next.RoundTrip(r)
}

// enrollmentCalls counts how often the platform was asked for enrollments.
func (w *world) enrollmentCalls() int {
	n := w.platform.Counts().Requests
	return n["GET /api/enrollment/v1/enrollment/{username},{course}"] + n["GET /api/enrollment/v1/enrollments"]
}

// grantCalls counts how often the platform was asked for extra time.
func (w *world) grantCalls() int {
	return w.platform.Counts().Requests["GET /api/edx_proctoring/v1/proctored_exam/{course}/allowance"]
}

// caching is a Scheduler that keeps enrollments for a minute.
var caching = scheduling.WithTuning(scheduling.Tuning{EnrollmentCache: time.Minute})

// Within the cache's time a page asks once for a learner; a booking asks anew.
func TestEnrollmentCache(t *testing.T) {
	t.Parallel()
	w := newWorld(t, caching)
	may := func() bool { return w.status().May(scheduling.ActionBook) }
	for range 3 {
		if !may() {
			t.Fatal("the learner may not book")
		}
		w.clock.Advance(19 * time.Second)
	}
	if n := w.enrollmentCalls(); n != 1 {
		t.Errorf("three views in a minute: %d calls, want 1", n)
	}
	w.clock.Advance(3 * time.Second)
	if may(); w.enrollmentCalls() != 2 {
		t.Errorf("a minute later: %d calls, want 2", w.enrollmentCalls())
	}
	w.platform.Enroll("ada_l", w.exam.Course.String(), "verified", false)
	if !may() {
		t.Error("Status asked again within the minute")
	}
	if _, err := w.Book(t.Context(), w.exam, w.learner, nine); !isNotAllowed(err, scheduling.ReasonEnrollmentInactive) {
		t.Errorf("Book = %v, want enrollment_inactive: it asks for itself", err)
	}
	if may() {
		t.Error("Status still allows what Book has refused")
	}
	w.platform.Enroll("ada_l", w.exam.Course.String(), "verified", true)
	before := w.enrollmentCalls()
	w.booked(nine)
	if n := w.enrollmentCalls() - before; n != 1 {
		t.Errorf("Book made %d calls, want one of its own", n)
	}
}

// Only what lets the learner book is kept: who has just enrolled, come back or paid sees
// that at once, and so does a learner whose platform was down.
func TestEnrollmentCacheKeepsNoRefusal(t *testing.T) {
	t.Parallel()
	w := newWorld(t, caching)
	course := w.exam.Course.String()
	for name, make := range map[string]func(){
		"inactive":     func() { w.platform.Enroll("ada_l", course, "verified", false) },
		"another mode": func() { w.platform.Enroll("ada_l", course, "audit", true) },
		"platform down": func() {
			w.platform.Fault(proctorbooktest.Fault{Kind: proctorbooktest.Status500, Endpoint: "enrollment", Times: 3})
		},
	} {
		w.clock.Advance(time.Hour)
		make()
		if st := w.status(); st.May(scheduling.ActionBook) || len(st.Reasons) != 1 {
			t.Errorf("%s: Status allows a booking: %+v", name, st.Reasons)
		}
		w.platform.Enroll("ada_l", course, "verified", true)
		if st := w.status(); !st.May(scheduling.ActionBook) {
			t.Errorf("%s: afterwards Status still says %+v", name, st.Reasons)
		}
	}
}

// An enrollment that is kept is judged by the exam that is looked at.
func TestEnrollmentCacheOfTwoExams(t *testing.T) {
	t.Parallel()
	w := newWorld(t, caching)
	w.platform.Enroll("ada_l", w.exam.Course.String(), "honor", true)
	w.exam.Modes = []edx.Mode{"honor"}
	if !w.status().May(scheduling.ActionBook) {
		t.Fatal("the learner may not book")
	}
	w.exam.Modes = []edx.Mode{edx.Verified}
	if st := w.status(); st.May(scheduling.ActionBook) || st.Reasons[0].Code != scheduling.ReasonModeNotAllowed {
		t.Errorf("in another exam of the course Status says %+v, want mode_not_allowed", st.Reasons)
	}
}

// What is kept of learners in memory ends when one of them is erased.
func TestEraseEmptiesTheEnrollmentCache(t *testing.T) {
	t.Parallel()
	w := newWorld(t, caching)
	w.status()
	if err := w.Staff.Erase(t.Context(), w.enroll("bob", 4300)); err != nil {
		t.Fatal(err)
	}
	before := w.enrollmentCalls()
	if w.status(); w.enrollmentCalls() != before+1 {
		t.Error("after an Erase an enrollment is still kept")
	}
}

func TestEnrollmentCacheIsChecked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, ttl := range []time.Duration{-time.Second, 2 * time.Hour} {
		if _, err := scheduling.New(w.proctorU(), w.openEdX(), w.store, scheduling.WithTuning(scheduling.Tuning{EnrollmentCache: ttl})); err == nil {
			t.Errorf("an EnrollmentCache of %s was taken", ttl)
		}
	}
}

// crowded is a Scheduler over a platform that answers after a tenth of a second, and
// learners who may book. It is for a bubble of its own.
func (w *world) crowded(t *testing.T, wrap func(http.RoundTripper) http.RoundTripper, opts ...scheduling.Option) *scheduling.Scheduler {
	t.Helper()
	client, err := edx.NewClient(proctorbooktest.InProcessURL, edx.WithClientCredentials(w.platform.ClientID, w.platform.ClientSecret),
		edx.WithTransport(wrap(lagging{proctorbooktest.InProcess(w.platform)})), edx.WithClock(proctorbook.SystemClock{}))
	if err != nil {
		t.Fatal(err)
	}
	all := []scheduling.Option{scheduling.WithClock(w.clock), scheduling.WithUnlockKeys(scheduling.UnlockKey{ID: "k1", Secret: []byte("0123456789abcdef0123456789abcdef")})}
	s, err := scheduling.New(w.proctorU(), platform.OpenEdX{Client: client}, w.store, append(all, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func directly(next http.RoundTripper) http.RoundTripper { return next }

// look asks for the Status of each learner at once, and returns who may book.
func (w *world) look(t *testing.T, s *scheduling.Scheduler, learners ...scheduling.LearnerID) map[scheduling.LearnerID]bool {
	t.Helper()
	may := map[scheduling.LearnerID]bool{}
	var mu sync.Mutex
	var all sync.WaitGroup
	for _, id := range learners {
		all.Go(func() {
			st, err := s.Status(t.Context(), w.exam, id)
			if err != nil {
				t.Errorf("Status: %v", err)
			}
			mu.Lock()
			defer mu.Unlock()
			may[id] = st.May(scheduling.ActionBook)
		})
	}
	all.Wait()
	return may
}

// A learner whose page is asked for forty times at once costs one call, for the
// enrollment and for the extra time; one who leaves, also the first, takes nobody along.
func TestStatusSharesOneCall(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	synctest.Test(t, func(t *testing.T) {
		s := w.crowded(t, directly)
		ctx, leave := context.WithCancel(t.Context())
		first := make(chan scheduling.Status)
		go func() { st, _ := s.Status(ctx, w.exam, w.learner); first <- st }()
		synctest.Wait()
		time.AfterFunc(150*time.Millisecond, leave)
		var learners []scheduling.LearnerID
		for range 40 {
			learners = append(learners, w.learner)
		}
		enrollments, grants := w.enrollmentCalls(), w.grantCalls()
		if may := w.look(t, s, learners...); !may[w.learner] {
			t.Error("the learner may not book")
		}
		if st := <-first; st.May(scheduling.ActionBook) {
			t.Error("the one who left has an answer")
		}
		if e, g := w.enrollmentCalls()-enrollments, w.grantCalls()-grants; e > 2 || g > 2 {
			t.Errorf("%d calls for the enrollment, %d for extra time; want 1 each, and 1 that was left", e, g)
		}
	})
}

// A learner who breaks a list keeps nobody else from an answer. A platform that has had
// too many calls is not asked for each learner of the list.
func TestStatusWhenAListFails(t *testing.T) {
	t.Parallel()
	for status, wantMay := range map[int]int{http.StatusInternalServerError: 19, http.StatusForbidden: 19, http.StatusTooManyRequests: 4} {
		w := newWorld(t)
		var learners []scheduling.LearnerID
		for i := range 20 {
			learners = append(learners, w.enroll(fmt.Sprint("user", i), int64(5000+i)))
		}
		synctest.Test(t, func(t *testing.T) {
			s := w.crowded(t, func(next http.RoundTripper) http.RoundTripper { return breaksLists{status, next} })
			before := w.enrollmentCalls()
			may := 0
			for _, ok := range w.look(t, s, learners...) {
				if ok {
					may++
				}
			}
			if may < wantMay || may == 20 {
				t.Errorf("%d: %d of 20 learners may book, want %d", status, may, wantMay)
			}
			if n := w.enrollmentCalls() - before; status == http.StatusTooManyRequests && n > 5 {
				t.Errorf("%d: %d calls, want 5 at most", status, n)
			}
		})
	}
}

// breaksLists answers a list of enrollments, and any question about user13, with a status.
type breaksLists struct {
	status int
	next   http.RoundTripper
}

func (b breaksLists) RoundTrip(r *http.Request) (*http.Response, error) {
	if strings.HasSuffix(r.URL.Path, "/enrollments") || strings.Contains(r.URL.Path, "/user13,") {
		return &http.Response{StatusCode: b.status, Body: http.NoBody, Request: r, Header: http.Header{"Retry-After": {"40"}}}, nil
	}
	return b.next.RoundTrip(r)
}

// Three processes share a user of the platform, which refuses more than 120 calls a
// minute: 400 views of 40 learners in a minute find it available.
func TestStatusOfThreeProcesses(t *testing.T) {
	t.Parallel()
	for _, ttl := range []time.Duration{0, time.Minute} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t)
			server := edxtest.NewUnstartedServer(edxtest.WithClock(proctorbook.SystemClock{}))
			if err := server.Play(edxtest.VariantRates, "documented"); err != nil {
				t.Fatal(err)
			}
			server.AddCourse(edxtest.Course{Key: w.exam.Course.String(), Name: "Logic", Modes: []edxtest.Mode{{Slug: "verified"}}})
			var learners []scheduling.LearnerID
			for i := range 40 {
				name := fmt.Sprint("user", i)
				learners = append(learners, w.enroll(name, int64(5000+i)))
				server.AddUser(edxtest.User{ID: int64(5000 + i), Username: name})
				server.Enroll(name, w.exam.Course.String(), "verified", true)
			}
			w.platform = server
			var processes []*scheduling.Scheduler
			for range 3 {
				processes = append(processes, w.crowded(t, directly, scheduling.WithClock(proctorbook.SystemClock{}), scheduling.WithTuning(scheduling.Tuning{EnrollmentCache: ttl})))
			}
			now := time.Now()
			w.exam.Window = scheduling.Window{Start: now.Add(24 * time.Hour), End: now.Add(240 * time.Hour)}
			var all sync.WaitGroup
			var refused atomic.Int64
			for i := range 400 {
				all.Go(func() {
					time.Sleep(time.Duration(i) * 150 * time.Millisecond)
					st, err := processes[i%3].Status(t.Context(), w.exam, learners[i%40])
					if err != nil || !st.May(scheduling.ActionBook) {
						refused.Add(1)
					}
				})
			}
			all.Wait()
			t.Logf("EnrollmentCache %s: %d of 400 views without an answer, %d calls for enrollments", ttl, refused.Load(), w.enrollmentCalls())
			if ttl > 0 && (refused.Load() > 0 || w.enrollmentCalls() > 120) {
				t.Errorf("%d of 400 views had no answer, by %d calls; want none, by 120 at most", refused.Load(), w.enrollmentCalls())
			}
		})
	}
}
