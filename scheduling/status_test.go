package scheduling_test

import (
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/edx/edxtest"
	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
	"github.com/proctorbook/proctorbook/scheduling"
)

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

// codesOf returns the codes, sorted.
func codesOf(reasons []scheduling.Reason) []scheduling.ReasonCode {
	var codes []scheduling.ReasonCode
	for _, r := range reasons {
		codes = append(codes, r.Code)
	}
	slices.Sort(codes)
	return codes
}

// fieldsOf returns all fields that the reasons name, sorted.
func fieldsOf(reasons []scheduling.Reason) []string {
	var fields []string
	for _, r := range reasons {
		fields = append(fields, r.Fields...)
	}
	slices.Sort(fields)
	return fields
}

// A booked learner sees the booking whatever becomes of the window, the
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

// platformRequests counts what has arrived at the platform so far.
func (w *world) platformRequests() int {
	n := 0
	for _, of := range w.platform.Counts().Requests {
		n += of
	}
	return n
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

// What Status returns is the caller's own: changing it does not change the next answer.
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

// A store that fails is an error, never a reason: it must not look like "no booking".
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
		prepare: in("unlocked"), state: scheduling.StateUnlocked, may: []scheduling.Action{begin, finish}, reasons: []scheduling.ReasonCode{scheduling.ReasonAlreadyBooked},
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

// All reasons are given at once: a learner who lacks three things gets three.
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

// A reason is given for every action that is not allowed, and for no other.
func TestStatusGivesReasons(t *testing.T) {
	t.Parallel()
	for name, at := range standings {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, hasty)
			at.prepare(w)
			status, err := w.Status(t.Context(), w.exam, w.learner)
			if err != nil {
				t.Fatal(err)
			}
			for _, a := range everyAction {
				if got := len(status.Why[a]) == 0; got != status.May(a) {
					t.Errorf("%s: May = %v, and the reasons are %v", a, status.May(a), status.Why[a])
				}
			}
			if !reflect.DeepEqual(status.Reasons, status.Why[book]) {
				t.Errorf("Reasons = %v, Why(book) = %v", status.Reasons, status.Why[book])
			}
		})
	}
}

// A page that asks the JSON for an action finds a list, also an empty one.
func TestStatusWithoutActionsIsAList(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if _, err := w.Finish(t.Context(), w.begun()); err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(w.status())
	if err != nil || !strings.Contains(string(text), `"actions":[]`) {
		t.Errorf("Status of a finished exam = %s, %v; want an empty list of actions", text, err)
	}
}

// A page tells why nothing is booked, or why the move did not come about.
func TestStatusSaysWhyItEnded(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]scheduling.ReasonCode{
		"failed": scheduling.ReasonOverlap, "canceled": scheduling.ReasonCanceledByUs, "scheduled": "", "no-show": "",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, hasty)
			standings[name].prepare(w)
			if st := w.status(); st.EndReason != want || st.MoveRefusal != "" {
				t.Errorf("%s because of %q, move refused because of %q; want %q, and no move", st.State, st.EndReason, st.MoveRefusal, want)
			}
		})
	}
}

func TestStatusSaysWhyTheMoveWasRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, hasty)
	id := w.settled(nine)
	w.provider.BlockSlot(noon)
	if _, err := w.Reschedule(t.Context(), id, noon); err == nil {
		t.Fatal("Reschedule to a taken slot succeeded")
	}
	if st := w.status(); st.MoveRefusal != scheduling.ReasonOverlap || st.EndReason != "" || !st.StartsAt.Equal(nine) {
		t.Errorf("at %s, move refused because of %q; want at nine, overlap", st.StartsAt, st.MoveRefusal)
	}
	w.fault(proctorbooktest.LoseRequest, "addAdHocProcess")
	_, err := w.Reschedule(t.Context(), id, ten)
	w.pendingID(err)
	if st := w.status(); st.MoveRefusal != "" {
		t.Errorf("another move is open, and the status says that one was refused: %s", st.MoveRefusal)
	}
	w.pass()
	if st := w.status(); st.MoveRefusal != "" || !st.StartsAt.Equal(ten) {
		t.Errorf("moved to %s, refused because of %q; want ten, no refusal", st.StartsAt, st.MoveRefusal)
	}
	if _, err := w.Cancel(t.Context(), id, scheduling.Request{}); err != nil {
		t.Fatal(err)
	}
	if st := w.status(); st.MoveRefusal != "" || st.EndReason != scheduling.ReasonCanceledByUs {
		t.Errorf("canceled because of %q, move refused because of %q", st.EndReason, st.MoveRefusal)
	}
}
