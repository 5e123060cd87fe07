package scheduling_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/edx"
	"github.com/proctorbook/proctorbook/edx/edxtest"
	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/memstore"
	"github.com/proctorbook/proctorbook/scheduling/preflight"
	"github.com/proctorbook/proctorbook/scheduling/provider"
)

// verdicts are all checks but those that are ok: "code verdict", in order.
func verdicts(checks []preflight.Check) string {
	var bad []string
	for _, c := range checks {
		if c.Verdict != preflight.VerdictOK {
			bad = append(bad, fmt.Sprint(c.Code, " ", c.Verdict))
		}
	}
	return strings.Join(bad, ", ")
}

func checkOf(t *testing.T, checks []preflight.Check, code preflight.Code) preflight.Check {
	t.Helper()
	for _, c := range checks {
		if c.Code == code {
			return c
		}
	}
	t.Fatalf("there is no check %s", code)
	return preflight.Check{}
}

// A store that keeps things, and says how it is.
type soundStore struct {
	scheduling.Store
	err error
}

func (s soundStore) Check(context.Context) error { return s.err }

// A store with checks of its own.
type wideOpenStore struct{ soundStore }

func (wideOpenStore) Preflight(context.Context) []preflight.Check {
	return []preflight.Check{{Code: preflight.CodeStoreAccess, Verdict: preflight.VerdictWarning, Err: errors.New("everybody reads it")}}
}

// A store that does not answer.
type deadStore struct{ scheduling.Store }

func (deadStore) Namespace(context.Context) (string, error) {
	return "", errors.New("connection refused")
}

// ... but knows its namespace by heart.
type goneStore struct{ scheduling.Store }

func (goneStore) Get(context.Context, scheduling.BookingID) (scheduling.Booking, error) {
	return scheduling.Booking{}, errors.New("connection refused")
}

// ... or answers everything but a list, or what it keeps of a job.
type listless struct{ soundStore }

func (listless) List(context.Context, scheduling.Filter) iter.Seq2[scheduling.Booking, error] {
	return func(yield func(scheduling.Booking, error) bool) {
		yield(scheduling.Booking{}, errors.New("connection refused"))
	}
}

type jobless struct{ soundStore }

func (jobless) Job(context.Context, string) (scheduling.Job, error) {
	return scheduling.Job{}, errors.New("connection refused")
}

func (jobless) PutJob(context.Context, scheduling.Job) (scheduling.Job, error) {
	return scheduling.Job{}, errors.New("connection refused")
}

var errNoTable = errors.New("no such table: bookings")

// preflights are services that are not ready, and what the checks find.
var preflights = map[string]struct {
	spoil func(*world)
	as    provider.ProctorU
	exams func(*world) []scheduling.Exam
	want  string // what is not ok
}{
	"all is well":  {},
	"memory store": {spoil: func(w *world) { w.store = w.store.(soundStore).Store }, want: "store_schema warning"},
	"a store that can't check itself": {spoil: func(w *world) {
		w.store = struct{ scheduling.Store }{w.store}
	}, want: "store_schema skipped"},
	"a store that others can read": {spoil: func(w *world) { w.store = wideOpenStore{w.store.(soundStore)} }, want: "store_access warning"},
	"a schema that is not there":   {spoil: func(w *world) { w.store = soundStore{w.store, errNoTable} }, want: "store_schema failed"},
	"a store that is down": {spoil: func(w *world) {
		w.store = deadStore{w.store}
	}, want: "store failed, store_schema skipped, provider_shared skipped"},
	"a store that has gone down": {spoil: func(w *world) {
		w.store = goneStore{w.store}
	}, want: "store failed, store_schema skipped"},
	"a store that lists nothing": {spoil: func(w *world) { w.store = listless{w.store.(soundStore)} }, want: "unlock_keys warning, bulk_watch skipped"},
	"a store without its jobs":   {spoil: func(w *world) { w.store = jobless{w.store.(soundStore)} }, want: "bulk_watch skipped, deliveries skipped"},
	"no evidence":                {as: provider.ProctorU{EvidenceSource: provider.EvidenceNone}, want: "evidence warning"},
	"a bad exam, a past one": {exams: func(w *world) []scheduling.Exam {
		bad, past := w.exam, w.exam
		bad.Name = ""
		past.Window = scheduling.Window{Start: day.AddDate(0, 0, -9), End: day.AddDate(0, 0, -8)}
		return []scheduling.Exam{bad, past}
	}, want: "exam failed, exam warning"},
	"no exams": {exams: func(*world) []scheduling.Exam { return nil }, want: "platform_enrollments skipped, platform_accounts skipped, platform_allowances skipped, exam_modes skipped"},
	"a provider that is down": {spoil: func(w *world) {
		w.provider.Fault(proctorbooktest.Fault{Kind: proctorbooktest.Status500, Endpoint: "getTimeZoneList", Times: -1})
	}, want: "provider_access failed, provider_clock skipped, provider_zones skipped"},
	"a refused token": {spoil: func(w *world) {
		w.client = w.newClient("0123456789abcdef")
	}, want: "provider_access failed, provider_clock skipped, provider_zones skipped, provider_shared skipped"},
	"a clock that is late": {spoil: func(w *world) {
		w.client = w.newClient(w.provider.Token, proctoru.WithClock(offClock{w.clock, -20 * time.Second}))
	}, want: "provider_clock warning"},
	"a clock that is far ahead": {spoil: func(w *world) {
		w.client = w.newClient(w.provider.Token, proctoru.WithClock(offClock{w.clock, 2 * time.Minute}))
	}, want: "provider_clock failed"},
	"a clock that the provider does not take": {spoil: func(w *world) {
		w.client = w.newClient(w.provider.Token, proctoru.WithClock(offClock{w.clock, time.Hour}))
	}, want: "provider_clock failed, provider_zones skipped, provider_shared skipped"},
	"a zone that the provider does not offer": {exams: func(w *world) []scheduling.Exam {
		w.exam.Zone = time.FixedZone("Atlantis", 3600)
		return []scheduling.Exam{w.exam}
	}, want: "exam failed, provider_zones failed"},
	"refused credentials": {spoil: func(w *world) {
		w.edx = w.newPlatform(w.platform.ClientID, "wrong")
	}, want: "platform_access failed, platform_enrollments failed, platform_accounts skipped, platform_allowances failed, exam_modes failed"},
	"a service user who is not staff": {spoil: func(w *world) {
		w.platform.AddUser(edxtest.User{ID: 4400, Username: "service"})
		w.platform.AddClient("weak", "weak-secret", "service")
		w.edx = w.newPlatform("weak", "weak-secret")
	}, want: "platform_enrollments failed, platform_accounts skipped, platform_allowances failed, exam_modes failed"},
	"accounts that can't be read": {spoil: func(w *world) {
		w.platform.Fault(proctorbooktest.Fault{Kind: proctorbooktest.Status500, Endpoint: "accounts", Times: -1})
	}, want: "platform_accounts failed"},
	"a mistyped mode": {exams: func(w *world) []scheduling.Exam {
		w.exam.Modes = []edx.Mode{"verifed"}
		return []scheduling.Exam{w.exam}
	}, want: "exam_modes failed"},
	"a mistyped mode beside a right one": {exams: func(w *world) []scheduling.Exam {
		w.exam.Modes = []edx.Mode{"honor", "verifed"}
		return []scheduling.Exam{w.exam}
	}, want: "exam_modes warning"},
	"a course that nobody takes": {exams: func(w *world) []scheduling.Exam {
		w.exam.Course, w.exam.Usage = edx.MustCourseKey("course-v1:X+Y+Z"), edx.MustUsageKey("block-v1:X+Y+Z+type@sequential+block@final")
		return []scheduling.Exam{w.exam}
	}, want: "platform_enrollments warning, platform_accounts skipped, exam_modes warning"},
}

func TestPreflight(t *testing.T) {
	t.Parallel()
	for name, c := range preflights {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.store = soundStore{Store: w.store}
			if c.spoil != nil {
				c.spoil(w)
			}
			w.proctor = c.as
			w.restart()
			exams := []scheduling.Exam{w.exam}
			if c.exams != nil {
				exams = c.exams(w)
			}
			checks := w.Preflight(t.Context(), exams...)
			if got := verdicts(checks); got != c.want {
				t.Errorf("not ok: %s\n   want: %s\n%+v", got, c.want, checks)
			}
			for _, check := range checks {
				if check.Verdict == preflight.VerdictFailed != check.Failed() {
					t.Errorf("%s: Failed = %v", check.Code, check.Failed())
				}
			}
		})
	}
}

// offClock is a clock that is off.
type offClock struct {
	proctorbook.Clock
	by time.Duration
}

func (c offClock) Now() time.Time { return c.Clock.Now().Add(c.by) }

func (w *world) newClient(token string, opts ...proctoru.Option) *proctoru.Client {
	w.t.Helper()
	opts = append([]proctoru.Option{
		proctoru.WithTransport(proctorbooktest.InProcess(w.provider)), proctoru.WithClock(w.clock), proctoru.WithLimiter(freely{}),
	}, opts...)
	client, err := proctoru.NewClient(proctorbooktest.InProcessURL, token, opts...)
	if err != nil {
		w.t.Fatal(err)
	}
	return client
}

func (w *world) newPlatform(id, secret string) *edx.Client {
	w.t.Helper()
	client, err := edx.NewClient(proctorbooktest.InProcessURL, edx.WithClientCredentials(id, secret),
		edx.WithTransport(proctorbooktest.InProcess(w.platform)), edx.WithClock(w.clock), edx.WithLimiter(freely{}))
	if err != nil {
		w.t.Fatal(err)
	}
	return client
}

// Data and errors are for logs: they hold figures and keys, and nobody's name.
func TestPreflightData(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.client = w.newClient(w.provider.Token, proctoru.WithClock(offClock{w.clock, time.Hour}))
	w.restart()
	checks := w.Preflight(t.Context(), w.exam)
	if got := checkOf(t, checks, preflight.CodeProviderClock).Data["skew"]; got != "1h0m0s" {
		t.Errorf("skew = %q, want 1h0m0s", got)
	}
	if got := checkOf(t, checks, preflight.CodeProviderEnvironment).Data["environment"]; got != "loopback" {
		t.Errorf("environment = %q, want loopback", got)
	}
	if got := checkOf(t, checks, preflight.CodePlatformEnrollments).Data["course"]; got != w.exam.Course.String() {
		t.Errorf("course = %q, want %s", got, w.exam.Course)
	}
	w.exam.Modes = []edx.Mode{"honor", "verifed"}
	if got := checkOf(t, w.Preflight(t.Context(), w.exam), preflight.CodeExamModes).Data["missing"]; got != "verifed" {
		t.Errorf("missing = %q, want verifed", got)
	}
	all, err := json.Marshal(checks)
	if err != nil {
		t.Fatal(err)
	}
	text := string(all) + fmt.Sprintf("%+v", checks)
	for _, secret := range []string{"Ada", "ada_l", "ada_l@example.org", w.provider.Token, "client-secret", "0123456789abcdef"} {
		if strings.Contains(text, secret) {
			t.Errorf("the checks hold %q: %s", secret, text)
		}
	}
}

// Nothing is written, at the services or in the store.
func TestPreflightOnlyReads(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	before := w.provider.Counts().Requests
	w.Preflight(t.Context(), w.exam)
	after := w.provider.Counts().Requests
	if len(after) != len(before)+2 || after["getTimeZoneList"] != 1 || after["clientActivityReport"] != 1 {
		t.Errorf("requests = %v, want one for the time zones and one for the report", after)
	}
	for range w.Events(t.Context(), scheduling.EventQuery{}) {
		t.Error("Preflight wrote an event")
	}
}

// Other providers and platforms are checked as far as they check themselves.
func TestPreflightOfOthers(t *testing.T) {
	t.Parallel()
	p := newPaper(t, nil)
	want := "store_schema warning, provider_access skipped, provider_shared skipped, platform_access skipped, platform_allowances skipped, exam_modes skipped"
	if got := verdicts(p.Preflight(t.Context(), p.exam)); got != want {
		t.Errorf("not ok: %s\n   want: %s", got, want)
	}
}

// Two stores that book in one account, without a prefix: each is warned.
func TestPreflightSeesAnotherStore(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	shared := func() preflight.Check {
		return checkOf(t, w.Preflight(t.Context(), w.exam), preflight.CodeProviderShared)
	}
	w.settled(nine)
	if c := shared(); c.Verdict != preflight.VerdictOK {
		t.Errorf("alone: %+v, want ok", c)
	}
	w.store = soundStore{Store: memstore.New(memstore.WithNamespace("lawstore"))}
	w.restart()
	if c := shared(); c.Verdict != preflight.VerdictWarning || c.Data["others"] != "1" || c.Err == nil {
		t.Errorf("beside another store: %+v, want a warning", c)
	}
	w.proctor.StudentPrefix = "law-"
	w.restart()
	if c := shared(); c.Verdict != preflight.VerdictOK {
		t.Errorf("with a prefix: %+v, want ok", c)
	}
}

// A process without an older key is told of the bookings whose codes it can't make,
// before exam day.
func TestPreflightMissesAKey(t *testing.T) {
	w := newWorld(t)
	w.booked(nine)
	w.restart(scheduling.WithUnlockKeys(scheduling.UnlockKey{ID: "k2", Secret: []byte("fedcba9876543210fedcba9876543210")}))
	checks := w.Preflight(t.Context(), w.exam)
	i := slices.IndexFunc(checks, func(c preflight.Check) bool { return c.Code == preflight.CodeUnlockKeys })
	if c := checks[i]; c.Verdict != preflight.VerdictWarning || !errors.Is(c.Err, scheduling.ErrNoUnlockKey) || c.Data["missing"] != "k1" {
		t.Errorf("Preflight: %+v, want a warning that names k1", c)
	}
}
