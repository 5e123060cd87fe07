package scheduling_test

import (
	"slices"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/edx/edxtest"
	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
	"github.com/proctorbook/proctorbook/scheduling"
)

// view is a branch of the page that learners of the old system saw, and what
// Status says there. Its first two branches were those of authors and staff, whom
// the application knows.
type view struct {
	prepare func(w *world)
	state   scheduling.State
	may     []scheduling.Action
	reasons []scheduling.ReasonCode // why not book
	check   func(scheduling.Status) bool
}

func in(name string) func(w *world) { return func(w *world) { standings[name].prepare(w) } }

var views = map[string]view{
	"V3 not in the track that may book": {
		prepare: func(w *world) { w.platform.Enroll("ada_l", w.exam.Course.String(), "honor", true) },
		reasons: []scheduling.ReasonCode{scheduling.ReasonModeNotAllowed},
	},
	"V3 no enrollment at all, where the old page failed": {
		prepare: func(w *world) { w.stranger(edxtest.User{TimeZone: "Europe/Paris"}, profile) },
		reasons: []scheduling.ReasonCode{scheduling.ReasonNotEnrolled},
	},
	"V4 the exam has ended": {
		prepare: in("finished"), state: scheduling.StateFinished, reasons: []scheduling.ReasonCode{scheduling.ReasonAttemptFinished},
	},
	"V5 unlocked: the exam, and the time that is left": {
		prepare: in("unlocked"), state: scheduling.StateUnlocked, may: []scheduling.Action{finish}, reasons: []scheduling.ReasonCode{scheduling.ReasonAlreadyBooked},
		check: func(s scheduling.Status) bool { return s.Remaining == 90*time.Minute && !s.TimeOver },
	},
	"V6 begun: the code is awaited": {
		prepare: in("begun"), state: scheduling.StateBegun, may: []scheduling.Action{begin, unlock, finish}, reasons: []scheduling.ReasonCode{scheduling.ReasonAlreadyBooked},
	},
	"V6 begun, and an empty list, for which the old page dropped the exam": {
		prepare: func(w *world) {
			id := w.begun()
			w.provider.Fault(proctorbooktest.Fault{Kind: proctorutest.ReadEmpty, Endpoint: "getStudentReservationList", Times: -1})
			w.wake(id)
		},
		state: scheduling.StateBegun, may: []scheduling.Action{begin, unlock, finish}, reasons: []scheduling.ReasonCode{scheduling.ReasonAlreadyBooked},
	},
	"V7 moving: no state of its own": {
		prepare: in("scheduled"), state: scheduling.StateScheduled, may: []scheduling.Action{reschedule, cancel}, reasons: []scheduling.ReasonCode{scheduling.ReasonAlreadyBooked},
		check: func(s scheduling.Status) bool { return s.CanKeep && s.StartsAt.Equal(nine) },
	},
	"V8 scheduled, and about to start": {
		prepare: in("scheduled, about to start"), state: scheduling.StateScheduled, may: []scheduling.Action{reschedule, cancel, begin},
		reasons: []scheduling.ReasonCode{scheduling.ReasonAlreadyBooked},
		check:   func(s scheduling.Status) bool { return s.StartableAt.Equal(nine.Add(-15 * time.Minute)) },
	},
	"V8 moved by the provider": {
		prepare: func(w *world) {
			id := w.settled(nine)
			if _, err := w.provider.ProviderMoves(w.active(id)[0].Number, noon); err != nil {
				w.t.Fatal(err)
			}
			w.clock.Advance(2 * time.Hour)
			w.pass()
		},
		state: scheduling.StateScheduled, may: []scheduling.Action{reschedule, cancel}, reasons: []scheduling.ReasonCode{scheduling.ReasonAlreadyBooked},
		check: func(s scheduling.Status) bool { return s.StartsAt.Equal(noon) },
	},
	"V8 an outage, which the old page took for a cancel": {
		prepare: func(w *world) {
			id := w.settled(nine)
			w.fault(proctorbooktest.Down, "")
			if err := w.Wake(w.t.Context(), string(id)); err != nil {
				w.t.Fatal(err)
			}
			_, _ = w.Reconcile(w.t.Context()) // that it fails is the point
		},
		state: scheduling.StateScheduled, may: []scheduling.Action{reschedule, cancel}, reasons: []scheduling.ReasonCode{scheduling.ReasonAlreadyBooked},
	},
	"V8a missed": {prepare: in("no-show"), state: scheduling.StateNoShow, may: []scheduling.Action{book}},
	"V8b canceled at the provider": {
		prepare: func(w *world) {
			id := w.settled(nine)
			if err := w.provider.ProviderCancels(w.active(id)[0].Number); err != nil {
				w.t.Fatal(err)
			}
			w.clock.Advance(2 * time.Hour)
			w.pass()
		},
		state: scheduling.StateCanceled, may: []scheduling.Action{book},
	},
	"V9 nothing booked": {prepare: func(*world) {}, may: []scheduling.Action{book}},
	"V9 nothing booked, the window over": {
		prepare: func(w *world) { w.clock.Set(w.exam.Window.End) }, reasons: []scheduling.ReasonCode{scheduling.ReasonWindowOver},
	},
	"V10 no profile": {
		prepare: func(w *world) {
			w.stranger(edxtest.User{TimeZone: "Europe/Paris"}, scheduling.Profile{})
			w.platform.Enroll("stranger", w.exam.Course.String(), "verified", true)
		},
		reasons: []scheduling.ReasonCode{scheduling.ReasonProfileIncomplete},
		check: func(s scheduling.Status) bool {
			return slices.Equal(fieldsOf(s.Reasons), []string{"country", "family_name", "given_name", "phone"})
		},
	},
}

// The old page decided by ten branches, asked the provider at each view, and
// wrote while it looked. Status answers the same from the store.
func TestStatusAnswersEveryView(t *testing.T) {
	t.Parallel()
	for name, tt := range views {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, hasty)
			tt.prepare(w)
			calls, events := w.providerRequests(), len(w.allEvents(""))

			got := w.status()

			if got.State != tt.state || !slices.Equal(got.Actions, tt.may) || !slices.Equal(codesOf(got.Reasons), tt.reasons) {
				t.Errorf("Status = %q, may %q, reasons %q; want %q, %q, %q", got.State, got.Actions, codesOf(got.Reasons), tt.state, tt.may, tt.reasons)
			}
			if tt.check != nil && !tt.check(got) {
				t.Errorf("Status = %+v", got)
			}
			if w.providerRequests() != calls || len(w.allEvents("")) != events {
				t.Error("Status asked the provider, or wrote")
			}
		})
	}
}

// All reasons at once: whoever lacks three things learns of three.
func TestStatusGivesEveryReasonAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.exam.Policy.MaxBookings, w.exam.Policy.LateWithin = 1, 24*time.Hour
	w.cancelAt(nine, nine.Add(-time.Hour))
	if err := w.store.Erase(t.Context(), w.learner); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Learner(t.Context(), "ada_l"); err != nil {
		t.Fatal(err)
	}
	w.platform.Enroll("ada_l", w.exam.Course.String(), "verified", false)
	w.clock.Set(w.exam.Window.End)
	want := []scheduling.ReasonCode{
		scheduling.ReasonBookingsUsedUp, scheduling.ReasonEnrollmentInactive, scheduling.ReasonProfileIncomplete, scheduling.ReasonWindowOver,
	}
	if got := codesOf(w.status().Reasons); !slices.Equal(got, want) {
		t.Errorf("Reasons = %q, want %q", got, want)
	}
}
