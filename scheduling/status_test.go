package scheduling_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/edx/edxtest"
	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/scheduling"
)

// situation is a learner's standing with an exam, and what Status must say of it.
type situation struct {
	prepare func(w *world)
	state   scheduling.State
	may     []scheduling.Action
	reasons []scheduling.ReasonCode // why not book
	fields  []string                // of profile_incomplete
}

// situations are those that the exam page must tell apart, from "not enrolled"
// to "bookable again".
var situations = map[string]situation{
	"may book": {may: []scheduling.Action{scheduling.ActionBook}},
	"never enrolled": {
		prepare: func(w *world) { w.stranger(edxtest.User{TimeZone: "Europe/Paris"}, profile) },
		reasons: []scheduling.ReasonCode{scheduling.ReasonNotEnrolled},
	},
	"has left the course": {
		prepare: func(w *world) { w.platform.Enroll("ada_l", w.exam.Course.String(), "verified", false) },
		reasons: []scheduling.ReasonCode{scheduling.ReasonEnrollmentInactive},
	},
	"audits the course": {
		prepare: func(w *world) { w.platform.Enroll("ada_l", w.exam.Course.String(), "audit", true) },
		reasons: []scheduling.ReasonCode{scheduling.ReasonModeNotAllowed},
	},
	"audits, and the exam lets auditors book": {
		prepare: func(w *world) {
			w.exam.Modes = append(w.exam.Modes, "honor", "audit")
			w.platform.Enroll("ada_l", w.exam.Course.String(), "audit", true)
		},
		may: []scheduling.Action{scheduling.ActionBook},
	},
	"never read from the platform": {
		prepare: func(w *world) { w.learner = "4999" },
		reasons: []scheduling.ReasonCode{scheduling.ReasonProfileIncomplete},
		fields:  []string{"learner"},
	},
	"no profile yet": {
		prepare: func(w *world) {
			w.stranger(edxtest.User{TimeZone: "Europe/Paris"}, scheduling.Profile{})
			w.platform.Enroll("stranger", w.exam.Course.String(), "verified", true)
		},
		reasons: []scheduling.ReasonCode{scheduling.ReasonProfileIncomplete},
		fields:  []string{"country", "family_name", "given_name", "phone"},
	},
	"no time zone and no mail address": {
		prepare: func(w *world) {
			w.stranger(edxtest.User{Email: "none"}, profile)
			w.platform.Enroll("stranger", w.exam.Course.String(), "verified", true)
		},
		reasons: []scheduling.ReasonCode{scheduling.ReasonProfileIncomplete},
		fields:  []string{"email", "zone"},
	},
	"the window is over": {
		prepare: func(w *world) { w.clock.Set(w.exam.Window.End) },
		reasons: []scheduling.ReasonCode{scheduling.ReasonWindowOver},
	},
	"everything at once": {
		prepare: func(w *world) {
			w.stranger(edxtest.User{TimeZone: "Europe/Paris"}, scheduling.Profile{})
			w.clock.Set(w.exam.Window.End)
		},
		reasons: []scheduling.ReasonCode{scheduling.ReasonNotEnrolled, scheduling.ReasonProfileIncomplete, scheduling.ReasonWindowOver},
		fields:  []string{"country", "family_name", "given_name", "phone"},
	},
	"canceled, and left the course": {
		prepare: func(w *world) {
			standings["canceled"].prepare(w)
			w.platform.Enroll("ada_l", w.exam.Course.String(), "verified", false)
		},
		state:   scheduling.StateCanceled,
		reasons: []scheduling.ReasonCode{scheduling.ReasonEnrollmentInactive},
	},
	"the platform is down": {
		prepare: func(w *world) { w.platform.Fault(proctorbooktest.Fault{Kind: proctorbooktest.Down}) },
		reasons: []scheduling.ReasonCode{scheduling.ReasonPlatformUnavailable},
	},
	"the platform answers 500": {
		prepare: func(w *world) {
			w.platform.Fault(proctorbooktest.Fault{Kind: proctorbooktest.Status500, Endpoint: "enrollment", Times: -1})
		},
		reasons: []scheduling.ReasonCode{scheduling.ReasonPlatformUnavailable},
	},
}

// stranger makes a learner beside ada_l the one whom the test is about. An empty
// profile is not saved; the mail address "none" stands for no address.
func (w *world) stranger(u edxtest.User, p scheduling.Profile) {
	w.t.Helper()
	u.ID, u.Username, u.Name = 4777, "stranger", "Max Example"
	switch u.Email {
	case "":
		u.Email = "stranger@example.org"
	case "none":
		u.Email = ""
	}
	w.platform.AddUser(u)
	l, err := w.Learner(w.t.Context(), u.Username)
	if err != nil {
		w.t.Fatal(err)
	}
	if w.learner = l.ID; p != (scheduling.Profile{}) {
		if err := w.SaveProfile(w.t.Context(), l.ID, p); err != nil {
			w.t.Fatal(err)
		}
	}
}

func TestStatusOfLearnersWithoutBooking(t *testing.T) {
	t.Parallel()
	for name, tt := range situations {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			if tt.prepare != nil {
				tt.prepare(w)
			}

			calls := w.providerRequests()

			got, err := w.Status(t.Context(), w.exam, w.learner)

			if err != nil {
				t.Fatalf("Status error = %v, want none", err)
			}
			if got.State != tt.state || !slices.Equal(got.Actions, tt.may) {
				t.Errorf("Status = state %q, actions %q; want %q, %q", got.State, got.Actions, tt.state, tt.may)
			}
			if codes := codesOf(got.Reasons); !slices.Equal(codes, tt.reasons) {
				t.Errorf("Reasons = %q, want %q", codes, tt.reasons)
			}
			if fields := fieldsOf(got.Reasons); !slices.Equal(fields, tt.fields) {
				t.Errorf("fields = %q, want %q", fields, tt.fields)
			}
			if n := w.providerRequests() - calls; n != 0 {
				t.Errorf("Status sent %d requests to the provider, want 0", n)
			}
		})
	}
}

// codesOf returns the codes, sorted.
func codesOf(reasons []scheduling.Reason) []scheduling.ReasonCode {
	var codes []scheduling.ReasonCode
	for _, r := range reasons {
		codes = append(codes, r.Code)
	}
	slices.Sort(codes)
	return codes
}

// fieldsOf returns all fields that the reasons speak of, sorted.
func fieldsOf(reasons []scheduling.Reason) []string {
	var fields []string
	for _, r := range reasons {
		fields = append(fields, r.Fields...)
	}
	slices.Sort(fields)
	return fields
}

// providerRequests counts what has arrived at the provider so far.
func (w *world) providerRequests() int {
	n := 0
	for _, of := range w.provider.Counts().Requests {
		n += of
	}
	return n
}

// platformRequests counts what has arrived at the platform so far.
func (w *world) platformRequests() int {
	n := 0
	for _, of := range w.platform.Counts().Requests {
		n += of
	}
	return n
}

// A window is over when no sitting fits into its rest: to the second.
func TestStatusAtTheEndOfTheWindow(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		notice time.Duration
		left   time.Duration // before the end, beside the sitting and the notice
		want   bool
	}{
		"a second left":                   {left: time.Second, want: true},
		"a second too late":               {left: -time.Second},
		"with notice, a second left":      {notice: 72 * time.Hour, left: time.Second, want: true},
		"with notice, exactly":            {notice: 72 * time.Hour, want: true},
		"with notice, a second too late":  {notice: 72 * time.Hour, left: -time.Second},
		"with notice, long before it all": {notice: 72 * time.Hour, left: 24 * time.Hour, want: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.exam.Policy.Notice = tt.notice
			w.clock.Set(w.exam.Window.End.Add(-w.exam.Duration - tt.notice - tt.left))

			got, err := w.Status(t.Context(), w.exam, w.learner)

			if err != nil || got.May(scheduling.ActionBook) != tt.want {
				t.Fatalf("May(book) = %v (%v), %v; want %v", got.May(scheduling.ActionBook), got.Reasons, err, tt.want)
			}
			if over := slices.Contains(codesOf(got.Reasons), scheduling.ReasonWindowOver); over == tt.want {
				t.Errorf("window_over given = %v, want %v", over, !tt.want)
			}
		})
	}
}

// A booked learner sees his booking whatever becomes of the window, the
// enrollment, the platform and the provider.
func TestStatusNeverHidesABooking(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.booked(nine)
	w.clock.Set(w.exam.Window.End.AddDate(0, 0, 1))
	w.platform.Enroll("ada_l", w.exam.Course.String(), "audit", false)
	w.platform.Fault(proctorbooktest.Fault{Kind: proctorbooktest.Down})
	w.fault(proctorbooktest.Down, "")
	before := w.platformRequests()

	got, err := w.Status(t.Context(), w.exam, w.learner)

	if err != nil || got.Booking != b.ID || got.State != scheduling.StateScheduled || !got.StartsAt.Equal(nine) {
		t.Fatalf("Status = %+v, %v; want the booking at %s", got, err, nine)
	}
	if n := w.platformRequests() - before; n != 0 {
		t.Errorf("Status sent %d requests to the platform for a booked learner, want 0", n)
	}
}

// Status gives instants, and leaves words to the application.
func TestStatusInstants(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.exam.Policy.Notice, w.exam.Policy.StartLead = 72*time.Hour, 3*time.Minute
	now := w.clock.Now()

	free, err := w.Status(t.Context(), w.exam, w.learner)
	if err != nil || !free.Earliest.Equal(day) || !free.Latest.Equal(w.exam.Window.End.Add(-90*time.Minute)) {
		t.Errorf("before the window: earliest %s, latest %s, %v; want the window's start, and its end less the sitting", free.Earliest, free.Latest, err)
	}
	w.clock.Set(day)
	if free, err = w.Status(t.Context(), w.exam, w.learner); err != nil || !free.Earliest.Equal(day.Add(72*time.Hour)) {
		t.Errorf("in the window: earliest %s, %v; want 72 hours from now", free.Earliest, err)
	}
	w.clock.Set(now)

	w.booked(nine)
	got, err := w.Status(t.Context(), w.exam, w.learner)
	if err != nil || !got.StartsAt.Equal(nine) || !got.EndsAt.Equal(nine.Add(90*time.Minute)) || !got.StartableAt.Equal(nine.Add(-3*time.Minute)) {
		t.Errorf("booked: starts %s, ends %s, startable %s, %v", got.StartsAt, got.EndsAt, got.StartableAt, err)
	}
}

// While a move is open the page can show where the learner stands and what he
// asked for, and that a cancel waits behind it.
func TestStatusOfOpenOperations(t *testing.T) {
	t.Parallel()
	w := newWorld(t, hasty)
	id := w.settled(nine)
	w.fault(proctorbooktest.Status500, "addAdHocProcess")
	if _, err := w.Reschedule(t.Context(), id, noon); w.pendingID(err) != id {
		t.Fatal(err)
	}
	got, err := w.Status(t.Context(), w.exam, w.learner)
	if err != nil || got.Intent != scheduling.OpMove || !got.StartsAt.Equal(nine) || !got.AskedFor.Equal(noon) {
		t.Fatalf("Status = %+v, %v; want a move from nine to noon", got, err)
	}
	if _, err := w.Cancel(t.Context(), id, scheduling.Request{}); w.pendingID(err) != id {
		t.Fatal(err)
	}
	if got, err = w.Status(t.Context(), w.exam, w.learner); err != nil || got.Queued != scheduling.OpCancel || !got.AskedFor.IsZero() {
		t.Errorf("Status = %+v, %v; want a queued cancel", got, err)
	}
}

// Looking changes nothing: no version, no event, no record.
func TestStatusIsReadOnly(t *testing.T) {
	t.Parallel()
	for name, at := range standings {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, hasty)
			id := at.prepare(w)
			version, events, calls := w.versionOf(id), len(w.allEvents("")), w.providerRequests()

			for range 3 {
				if _, err := w.Status(t.Context(), w.exam, w.learner); err != nil {
					t.Fatal(err)
				}
				w.clock.Advance(time.Hour)
			}

			if got := w.versionOf(id); got != version {
				t.Errorf("Version = %d, want %d", got, version)
			}
			if got := len(w.allEvents("")); got != events {
				t.Errorf("%d events, want %d", got, events)
			}
			if got := w.providerRequests(); got != calls {
				t.Errorf("%d requests to the provider, want none", got-calls)
			}
		})
	}
}

// versionOf returns the stored version, 0 if there is no such booking.
func (w *world) versionOf(id scheduling.BookingID) int64 {
	b, err := w.Booking(w.t.Context(), id)
	if err != nil && !errors.Is(err, scheduling.ErrNotFound) {
		w.t.Fatal(err)
	}
	return b.Version
}

// What Status returns is the caller's own: the next answer knows nothing of it.
func TestStatusSharesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.booked(nine)
	first := w.status()
	first.Why[scheduling.ActionBook][0].Code = "scribbled"
	first.Terms[scheduling.ActionCancel].Loses[0] = "scribbled"
	second := w.status()
	if code := second.Why[scheduling.ActionBook][0].Code; code != scheduling.ReasonAlreadyBooked {
		t.Errorf("Why = %q after scribbling on an earlier answer, want already_booked", code)
	}
	if loss := second.Terms[scheduling.ActionCancel].Loses[0]; loss == "scribbled" {
		t.Error("Terms are shared with an earlier answer")
	}
}

// A store that fails is an error, never a reason: nobody may take it for "no booking".
func TestStatusWhenTheStoreFails(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	broken := errors.New("disk on fire")
	for _, method := range []string{"Active", "Learner", "List"} {
		w.store = &failingStore{Store: w.store, fail: map[string]error{method: broken}}
		if _, err := w.replica().Status(t.Context(), w.exam, w.learner); !errors.Is(err, broken) {
			t.Errorf("Status with %s failing = %v, want the store's error", method, err)
		}
		w.store = w.store.(*failingStore).Store
	}
}
