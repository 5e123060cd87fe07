package main

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/proctorbook/proctorbook/edx"
	"github.com/proctorbook/proctorbook/edx/edxtest"
	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/cohort"
)

// services are the fakes of ProctorU and Open edX, on loopback.
type services struct {
	provider   *proctorutest.Server
	providerAt *proctorbooktest.Listener // counts, and asks provider
	platform   *edxtest.Server

	mu       sync.Mutex
	creates  map[string]int // by the process that sent them
	requests map[string]int // to the provider, by the process that sent them
}

// providerFaults happen to the provider's requests. Those that come late do so
// after a second, which is within the bounds.
var providerFaults = []proctorbooktest.FaultKind{
	proctorbooktest.LoseAnswer, proctorbooktest.LoseRequest, proctorbooktest.CutBody, proctorbooktest.Status500, proctorbooktest.Status500After,
	proctorbooktest.Status502After, proctorbooktest.Late, proctorbooktest.DuplicateNow, proctorbooktest.DuplicateLater,
}

// lostAnswers are the faults after which the caller can't know that it was done.
var lostAnswers = []proctorbooktest.FaultKind{
	proctorbooktest.LoseAnswer, proctorbooktest.CutBody, proctorbooktest.Status500After, proctorbooktest.Status502After, proctorbooktest.Late,
}

func newServices(c settings) (*services, error) {
	s := &services{provider: proctorutest.NewUnstartedServer(), creates: map[string]int{}, requests: map[string]int{}}
	for _, v := range c.variants {
		if err := s.provider.Play(v[0], v[1]); err != nil {
			return nil, err
		}
	}
	s.platform = edxtest.NewServer()
	s.platform.AddCourse(edxtest.Course{Key: course, Name: "Logic"})
	for i := range c.learners {
		name := username(i)
		s.platform.AddUser(edxtest.User{ID: int64(100_000 + i), Username: name, Name: name, Email: name + "@example.org", TimeZone: "Europe/Paris"})
		s.platform.Enroll(name, course, string(edx.Verified), true)
	}
	s.providerAt = proctorbooktest.Loopback(s.counted(s.provider))
	return s, nil
}

// disturb begins the faults.
func (s *services) disturb(c settings) {
	s.provider.SetFaultPlan(proctorbooktest.RandomFaults(c.seed, c.faults, time.Second, providerFaults...))
	s.platform.SetFaultPlan(proctorbooktest.RandomFaults(c.seed+1, c.faults/5, time.Second, proctorbooktest.LoseAnswer, proctorbooktest.Status503))
}

func (s *services) close() {
	s.providerAt.Close()
	s.platform.Close()
}

// counted counts the requests of each process, which its User-Agent names. It
// also counts those of a killed process.
func (s *services) counted(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		who := r.UserAgent()
		s.mu.Lock()
		s.requests[who]++
		if strings.HasSuffix(r.URL.Path, "/addAdHocProcess") {
			s.creates[who]++
		}
		s.mu.Unlock()
		next.ServeHTTP(w, r)
	})
}

const (
	course = "course-v1:ExampleX+CS101+2027"
	usage  = "block-v1:ExampleX+CS101+2027+type@sequential+block@final"
)

func username(i int) string { return fmt.Sprintf("learner_%03d", i) }

// newExam has its window in some days, by the clock on the wall.
func newExam(now time.Time) scheduling.Exam {
	open := now.UTC().Truncate(24*time.Hour).AddDate(0, 0, 3)
	return scheduling.Exam{
		Course: edx.MustCourseKey(course), Usage: edx.MustUsageKey(usage), Name: "Final exam",
		Window: scheduling.Window{Start: open, End: open.AddDate(0, 0, 5)}, Zone: time.UTC, Duration: 90 * time.Minute,
	}
}

// register reads the learners from the platform, gives them profiles, and
// returns the cohort.
func register(ctx context.Context, s *scheduling.Scheduler, exam scheduling.Exam, n int) ([]cohort.Row, error) {
	rows := make([]cohort.Row, n)
	for i := range rows {
		learner, err := s.Learner(ctx, username(i))
		if err != nil {
			return nil, err
		}
		err = s.SaveProfile(ctx, learner.ID, scheduling.Profile{GivenName: "Given", FamilyName: "Family", Phone: "+33100000000", Country: "FR"})
		if err != nil {
			return nil, err
		}
		start := exam.Window.Start.Add(time.Duration(8*60+15*(i%40)) * time.Minute)
		rows[i] = cohort.Row{Learner: learner.ID, Start: start}
	}
	return rows, nil
}
