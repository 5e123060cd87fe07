package scheduling_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/edx"
	"github.com/proctorbook/proctorbook/edx/edxtest"
	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/platform"
	"github.com/proctorbook/proctorbook/scheduling/provider"
)

const allowances = "GET /api/edx_proctoring/v1/proctored_exam/{course}/allowance"

// The platform says what it grants, or nothing is booked: too little time is
// worse than a wait.
func TestUnreadableAllowancesStopBooking(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]proctorbooktest.Fault{
		"500":        {Kind: proctorbooktest.Status500, Endpoint: allowances, Times: -1},
		"down":       {Kind: proctorbooktest.Down},
		"not usable": {Kind: proctorbooktest.HTML200, Endpoint: allowances, Times: -1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.platform.Fault(fault)
			calls := w.providerRequests()

			_, err := w.Book(t.Context(), w.exam, w.learner, nine)

			no, ok := errors.AsType[*scheduling.NotAllowedError](err)
			if !ok || !slices.Equal(codesOf(no.Reasons), []scheduling.ReasonCode{scheduling.ReasonPlatformUnavailable}) {
				t.Errorf("Book = %v, want NotAllowedError with platform_unavailable alone", err)
			}
			status, err := w.Status(t.Context(), w.exam, w.learner)
			if err != nil || !slices.Equal(codesOf(status.Reasons), []scheduling.ReasonCode{scheduling.ReasonPlatformUnavailable}) {
				t.Errorf("Status = %v, %v; want platform_unavailable alone", status.Reasons, err)
			}
			if _, err := w.slotsOrError(scheduling.SlotQuery{}); !errors.Is(err, proctorbook.ErrNotDone) || !strings.Contains(err.Error(), "platform_unavailable") {
				t.Errorf("Slots = %v, want platform_unavailable", err)
			}
			if n := w.providerRequests() - calls; n != 0 {
				t.Errorf("%d requests to the provider, want none", n)
			}
		})
	}
}

// hosts sends requests to the service that has the host.
type hosts map[string]http.RoundTripper

func (h hosts) RoundTrip(r *http.Request) (*http.Response, error) {
	if next, ok := h[r.URL.Host]; ok {
		return next.RoundTrip(r)
	}
	return nil, fmt.Errorf("no host %s", r.URL.Host)
}

// Some courses keep their exams, and the extra time, in edx-exams.
func TestAllowancesOfEdxExams(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	host, _ := url.Parse(proctorbooktest.InProcessURL)
	client, err := edx.NewClient(proctorbooktest.InProcessURL, edx.WithExamsURL("https://exams.example.org"), edx.WithClientCredentials(w.platform.ClientID, w.platform.ClientSecret),
		edx.WithTransport(hosts{host.Host: proctorbooktest.InProcess(w.platform), "exams.example.org": proctorbooktest.InProcess(w.platform.ExamsHandler())}),
		edx.WithClock(w.clock), edx.WithLimiter(freely{}))
	if err != nil {
		t.Fatal(err)
	}
	lms := platform.OpenEdX{Client: client}
	wants := func(want time.Duration) {
		t.Helper()
		got, err := lms.ExtraTime(t.Context(), w.exam.Course, w.exam.Usage)
		if err != nil || got["ada_l"] != want {
			t.Errorf("ExtraTime = %v, %v; want %s for ada_l", got, err, want)
		}
	}
	wants(0) // the exams of the course are in the LMS
	course := w.exam.Course.String()
	w.platform.AddCourse(edxtest.Course{Key: course, Name: "Logic", ExamProvider: "proctor_tool"})
	wants(0) // edx-exams does not have this one
	w.grantOnPlatform("45")
	wants(45 * time.Minute)
	w.platform.Fault(proctorbooktest.Fault{Kind: proctorbooktest.Status500, Endpoint: "GET /api/v1/exams/course_id/{course}", Times: -1})
	if got, err := lms.ExtraTime(t.Context(), w.exam.Course, w.exam.Usage); err == nil {
		t.Errorf("with edx-exams failing: %v, want an error", got)
	}
}

// Who keeps extra time elsewhere can leave the platform out of it.
func TestWithoutAllowances(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Scheduler = w.over(w.proctorU(), platform.OpenEdX{Client: w.edx, NoAllowances: true})
	w.grantOnPlatform("30")
	w.platform.Fault(proctorbooktest.Fault{Kind: proctorbooktest.Status500, Endpoint: allowances, Times: -1})
	if b := w.booked(nine); b.Duration != 90*time.Minute {
		t.Errorf("Duration = %s, want the exam's own", b.Duration)
	}
}

// A platform that knows nothing of extra time is no outage.
func TestPlatformWithoutAllowances(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	plain := struct{ platform.Platform }{platform.OpenEdX{Client: w.edx}}
	s, err := scheduling.New(provider.ProctorU{Client: w.client}, plain, w.store, scheduling.WithClock(w.clock),
		scheduling.WithUnlockKeys(scheduling.UnlockKey{ID: "k1", Secret: []byte("0123456789abcdef0123456789abcdef")}))
	if err != nil {
		t.Fatal(err)
	}
	if b, err := s.Book(t.Context(), w.exam, w.learner, nine); err != nil || b.Duration != 90*time.Minute {
		t.Errorf("Book = %s, %v; want 90 minutes", b.Duration, err)
	}
}

// An answer of the platform serves many learners for half a minute, and no longer.
func TestAllowancesAreAskedOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	asked := func() (n int) {
		for endpoint, of := range w.platform.Counts().Requests {
			if strings.Contains(endpoint, "allowance") {
				n += of
			}
		}
		return n
	}
	for range 5 {
		if _, err := w.Status(t.Context(), w.exam, w.learner); err != nil {
			t.Fatal(err)
		}
		w.clock.Advance(5 * time.Second)
	}
	if got := asked(); got != 1 {
		t.Errorf("asked %d times in 25 seconds, want once", got)
	}
	w.grantOnPlatform("30")
	w.clock.Advance(5 * time.Second)
	if b := w.booked(nine); b.Duration != 120*time.Minute || asked() != 2 {
		t.Errorf("after half a minute: %s, asked %d times; want 2h0m0s, asked twice", b.Duration, asked())
	}
}
