package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/edx/edxtest"
	"github.com/proctorbook/proctorbook/examples/internal/command"
	"github.com/proctorbook/proctorbook/examples/internal/commandtest"
	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
)

// realServices are the fakes as the program sees real services: by its
// environment, and by the machine's clock.
type realServices struct {
	provider       *proctorutest.Server
	platform       *edxtest.Server
	env            map[string]string
	exam, profile  string
	stdout, stderr commandtest.Output
	saidFirst      bool // the reservation id was printed before the create arrived
}

func newRealServices(t *testing.T) *realServices {
	t.Helper()
	r := &realServices{provider: proctorutest.NewServer(), platform: edxtest.NewServer()}
	t.Cleanup(r.provider.Close)
	t.Cleanup(r.platform.Close)
	front := httptest.NewServer(http.HandlerFunc(r.watch))
	t.Cleanup(front.Close)

	day := time.Now().UTC().Truncate(24 * time.Hour)
	r.exam = file(t, fmt.Sprintf(`{
		"course": "course-v1:Uni+Law+Run", "usage": "block-v1:Uni+Law+Run+type@sequential+block@exam", "name": "Exam",
		"window": {"start": %q, "end": %q}, "zone": "Europe/Paris", "duration": "1h", "policy": {}
	}`, day.AddDate(0, 0, 5).Format(time.RFC3339), day.AddDate(0, 0, 6).Format(time.RFC3339)))
	r.profile = file(t, `{"given_name": "Nadia", "family_name": "Boulanger", "phone": "+33100000000", "country": "FR"}`)
	r.platform.AddCourse(edxtest.Course{Key: "course-v1:Uni+Law+Run", Name: "Law"})
	r.platform.AddUser(edxtest.User{ID: 77, Username: "nadia", Name: "Nadia Boulanger", Email: "nadia@example.org", TimeZone: "Europe/Paris"})
	r.platform.Enroll("nadia", "course-v1:Uni+Law+Run", "verified", true)
	r.env = map[string]string{
		"PROCTORU_URL": front.URL + "/api", "PROCTORU_TOKEN": r.provider.Token,
		"EDX_URL": r.platform.URL, "EDX_CLIENT_ID": r.platform.ClientID, "EDX_CLIENT_SECRET": r.platform.ClientSecret,
	}
	return r
}

// watch passes requests on to the fake provider, and looks at the program's
// output when the create arrives.
func (r *realServices) watch(w http.ResponseWriter, req *http.Request) {
	if strings.HasSuffix(req.URL.Path, "/addAdHocProcess") {
		body, _ := io.ReadAll(req.Body)
		form, _ := url.ParseQuery(string(body))
		id := form.Get("reservation_id")
		r.saidFirst = id != "" && strings.Contains(r.stdout.String(), id)
		req.Body = io.NopCloser(strings.NewReader(string(body)))
	}
	r.provider.ServeHTTP(w, req)
}

// play runs the program; answers is what the user types.
func (r *realServices) play(t *testing.T, answers string, args ...string) result {
	t.Helper()
	args = append([]string{"-exam", r.exam, "-learner", "nadia", "-profile", r.profile}, args...)
	code := run(t.Context(), args, func(name string) string { return r.env[name] }, strings.NewReader(answers), &r.stdout, &r.stderr)
	got := result{code, r.stdout.String(), r.stderr.String()}
	for _, secret := range []string{r.provider.Token, r.platform.ClientSecret, "Nadia", "Boulanger", "nadia", "+33100000000"} {
		if strings.Contains(got.stdout+got.stderr, secret) {
			t.Errorf("output holds %q", secret)
		}
	}
	return got
}

// states tells what became of the reservations that the provider ever made.
func (r *realServices) states() []string {
	states := []string{}
	for _, reservation := range r.provider.Reservations() {
		states = append(states, map[bool]string{true: "canceled", false: "stands"}[reservation.Canceled])
	}
	return states
}

func TestRealServices(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		answers    string
		args       []string
		wantStates []string
		wantSteps  []string
		wantAsked  int
	}{
		"agrees":                  {"y\n", nil, []string{"stands"}, []string{"status", "slots", "book", "book"}, 1},
		"declines":                {"n\n", nil, []string{}, []string{"status", "slots"}, 1},
		"says nothing":            {"", nil, []string{}, []string{"status", "slots"}, 1},
		"is not asked":            {"", []string{"-yes"}, []string{"stands"}, []string{"status", "slots", "book", "book"}, 0},
		"cancels":                 {"y\nyes\n", []string{"-then", "cancel"}, []string{"canceled"}, []string{"status", "slots", "book", "book", "cancel"}, 2},
		"keeps it after all":      {"y\nn\n", []string{"-then", "cancel"}, []string{"stands"}, []string{"status", "slots", "book", "book"}, 2},
		"cancels without a query": {"", []string{"-yes", "-then", "cancel"}, []string{"canceled"}, []string{"status", "slots", "book", "book", "cancel"}, 0},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			services := newRealServices(t)
			r := services.play(t, tt.answers, append(tt.args, "-format", "json")...)
			if r.code != command.Done {
				t.Fatalf("exit code %d, stderr %q; want 0", r.code, r.stderr)
			}
			wantSlice(t, "reservations at the provider", services.states(), tt.wantStates)
			wantSlice(t, "steps", each(r.lines(t), "step"), tt.wantSteps)
			if got := strings.Count(r.stderr, "[y/N]"); got != tt.wantAsked {
				t.Errorf("asked %d times, want %d: %q", got, tt.wantAsked, r.stderr)
			}
			if booked := len(tt.wantStates) > 0; services.saidFirst != booked {
				t.Errorf("reservation id printed before the create arrived: %t, want %t", services.saidFirst, booked)
			}
		})
	}
}

func TestRealServicesInText(t *testing.T) {
	t.Parallel()
	services := newRealServices(t)
	r := services.play(t, "", "-yes")
	for _, want := range []string{
		"The reservation id will be pb-", "is scheduled, reservation 900000501", "fee 30.00",
		"reschedule, begin, unlock, finish and report run offline only",
	} {
		if !strings.Contains(r.stdout, want) {
			t.Errorf("output lacks %q:\n%s", want, r.stdout)
		}
	}
}

func TestRealServicesOpenOutcome(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		endpoint   string
		wantStates []string
	}{
		"of the booking": {"addAdHocProcess", []string{"stands"}},
		"of the cancel":  {"removeReservation", []string{"canceled"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			services := newRealServices(t)
			services.provider.Fault(proctorbooktest.Fault{Kind: proctorbooktest.LoseAnswer, Endpoint: tt.endpoint})
			r := services.play(t, "", "-yes", "-then", "cancel", "-patience", "50ms")
			if r.code != command.Unfinished {
				t.Errorf("exit code %d, want 3", r.code)
			}
			id := services.provider.Reservations()[0].ID
			if !strings.Contains(r.stderr, "look at the provider for the reservation id "+id) || !services.saidFirst {
				t.Errorf("stderr %q, stdout %q; want both to name the reservation id %s", r.stderr, r.stdout, id)
			}
			wantSlice(t, "reservations at the provider", services.states(), tt.wantStates)
		})
	}
}

func TestRealServicesLostAnswerHeals(t *testing.T) {
	t.Parallel()
	services := newRealServices(t)
	services.provider.Fault(proctorbooktest.Fault{Kind: proctorbooktest.LoseAnswer, Endpoint: "addAdHocProcess"})
	r := services.play(t, "", "-yes", "-format", "json")
	lines := r.lines(t)
	if last := lines[len(lines)-1]; r.code != command.Done || last["state"] != "scheduled" || last["proof"] != "list" {
		t.Errorf("exit code %d, last line %v; want 0 and a booking proven by the list", r.code, last)
	}
	if got := services.provider.Counts().CreatesSeen; got != 1 {
		t.Errorf("creates seen = %d, want 1", got)
	}
}

func TestRealServicesWrongInput(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		change func(*realServices) []string // arguments in place of the usual ones
		want   string
	}{
		"variables missing": {func(r *realServices) []string {
			delete(r.env, "EDX_URL")
			delete(r.env, "PROCTORU_TOKEN")
			return nil
		}, "set PROCTORU_TOKEN, EDX_URL too"},
		"no exam":      {func(*realServices) []string { return []string{"-learner", "nadia"} }, "need -exam FILE and -learner USERNAME"},
		"no profile":   {func(r *realServices) []string { return []string{"-exam", r.exam, "-learner", "nadia"} }, "-profile FILE"},
		"unknown user": {func(r *realServices) []string { return []string{"-exam", r.exam, "-learner", "nobody"} }, "no account of that name"},
		"a fault": {func(r *realServices) []string {
			return []string{"-exam", r.exam, "-learner", "nadia", "-fault", "crash"}
		}, "-fault is for the offline run"},
		"http to another host": {func(r *realServices) []string {
			r.env["PROCTORU_URL"] = "http://api.example.org/api"
			return []string{"-exam", r.exam, "-learner", "nadia"}
		}, "http"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			services := newRealServices(t)
			args := slices.Clone(tt.change(services))
			code := run(t.Context(), args, func(name string) string { return services.env[name] }, strings.NewReader(""), &services.stdout, &services.stderr)
			if stderr := services.stderr.String(); code != command.WrongInput || !strings.Contains(stderr, tt.want) {
				t.Errorf("exit code %d, stderr %q; want 2 and %q", code, stderr, tt.want)
			}
			if got := services.provider.Counts().CreatesSeen; got != 0 {
				t.Errorf("creates seen = %d, want 0", got)
			}
		})
	}
}
