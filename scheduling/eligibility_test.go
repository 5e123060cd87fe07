package scheduling_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/edx/edxtest"
	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/platform"
	"github.com/proctorbook/proctorbook/scheduling/provider"
)

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

// What counts as a booking: see Policy.MaxBookings.
func TestMaxBookings(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		end  func(w *world) // makes and ends a booking
		used bool
	}{
		"canceled in time": {func(w *world) { w.cancelAt(nine, nine.Add(-24*time.Hour-time.Second)) }, false},
		"canceled late":    {func(w *world) { w.cancelAt(nine, nine.Add(-24*time.Hour)) }, true},
		"missed": {func(w *world) {
			id := w.settled(nine)
			w.clock.Set(nine.Add(w.exam.Duration + 4*time.Hour))
			w.wake(id)
		}, true},
		"the slot was taken": {func(w *world) { standings["failed"].prepare(w) }, false},
		"canceled by the provider": {func(w *world) {
			id := w.settled(nine)
			if err := w.provider.ProviderCancels(w.provider.Reservations()[0].Number); err != nil {
				w.t.Fatal(err)
			}
			w.clock.Advance(2 * time.Hour)
			w.pass()
			w.wantCanceled(id)
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, hasty)
			w.exam.Policy.MaxBookings, w.exam.Policy.LateWithin = 1, 24*time.Hour
			tt.end(w)
			before := w.status()

			_, err := w.Book(t.Context(), w.exam, w.learner, noon.AddDate(0, 0, 2))

			if !tt.used {
				if err != nil || before.Terms[book].Left != 1 {
					t.Errorf("Book = %v, left %d before; want it to go, 1 left", err, before.Terms[book].Left)
				}
				return
			}
			w.wantRefused(book, before, err, scheduling.ReasonBookingsUsedUp)
			if terms := before.Terms[book]; !terms.Limited || terms.Left != 0 {
				t.Errorf("Terms(book) = %+v, want none left", terms)
			}
		})
	}
}

// choosy is a provider that refuses learners, on demand.
type choosy struct {
	provider.ProctorU
	refuse bool
}

func (p *choosy) Reserve(ctx context.Context, c provider.Call) provider.Answer {
	if p.refuse {
		return provider.Answer{Kind: provider.AnswerRefused, Refusal: provider.RefusalLearner}
	}
	return p.ProctorU.Reserve(ctx, c)
}

// A provider that refuses a learner's data is not asked again with the same.
func TestProviderRefusesTheLearner(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := &choosy{ProctorU: provider.ProctorU{Client: w.client}}
	s, err := scheduling.New(p, platform.OpenEdX{Client: w.edx}, w.store, scheduling.WithClock(w.clock),
		scheduling.WithUnlockKeys(scheduling.UnlockKey{ID: "k1", Secret: []byte("0123456789abcdef0123456789abcdef")}))
	if err != nil {
		t.Fatal(err)
	}
	w.Scheduler = s
	refuse := func() {
		t.Helper()
		p.refuse = true
		_, err := w.Book(t.Context(), w.exam, w.learner, nine)
		if no, ok := errors.AsType[*scheduling.RefusedError](err); !ok || no.Reason != scheduling.ReasonProviderRefuses {
			t.Fatalf("Book = %v, want RefusedError with provider_refuses", err)
		}
		p.refuse = false
	}
	refuse()
	w.accommodate(scheduling.Accommodation{Factor: 1.5}) // the provider is not told
	before := w.status()
	calls := w.providerRequests()
	_, err = w.Book(t.Context(), w.exam, w.learner, ten)
	w.wantRefused(book, before, err, scheduling.ReasonProviderRefuses)
	if n := w.providerRequests() - calls; n != 0 {
		t.Errorf("%d requests, want none", n)
	}
	w.clock.Advance(24 * time.Hour)
	if !w.status().May(book) {
		t.Errorf("a day later: %v, want another try", w.status().Reasons)
	}
	refuse()
	better := profile
	better.GivenName = "Augusta"
	if err := w.SaveProfile(t.Context(), w.learner, better); err != nil {
		t.Fatal(err)
	}
	if !w.status().May(book) {
		t.Errorf("with other data: %v, want another try", w.status().Reasons)
	}
}

// situation is a learner's standing with an exam, and what Status must say of it.
type situation struct {
	prepare func(w *world)
	state   scheduling.State
	may     []scheduling.Action
	reasons []scheduling.ReasonCode // why not book
	fields  []string                // of profile_incomplete
}

// If the platform can't be asked what it grants, nothing is booked: too little
// time is worse than a wait.
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
