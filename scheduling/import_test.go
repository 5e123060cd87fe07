package scheduling_test

import (
	"errors"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
	"github.com/proctorbook/proctorbook/scheduling"
)

// oldID is a reservation id as the old extension made them.
const oldID = "AB12CD34EF56AB12CD34EF56AB12CD34EF56AB12"

// made files a reservation of the old extension at the provider.
func (w *world) made(start time.Time, change func(*proctorutest.Reservation)) proctoru.ReservationNo {
	w.t.Helper()
	r := proctorutest.Reservation{
		ID: oldID, StudentID: string(w.learner), Start: start, Duration: w.exam.Duration,
		Description: "CS101 2027 - Final exam", Notes: "Password is - letmein\nExam Notes - none",
	}
	if change != nil {
		change(&r)
	}
	started, over := r.Started, r.Ended // the proctor's history tells of these
	r.Started, r.Ended = false, false
	number := w.provider.AddReservation(r)
	var err error
	if started {
		err = w.provider.ProctorStarts(number)
	}
	if over {
		err = errors.Join(err, w.provider.ProctorEnds(number, proctorutest.Verdict{}))
	}
	if err != nil {
		w.t.Fatal(err)
	}
	return proctoru.ReservationNo(strconv.FormatInt(number, 10))
}

func TestImport(t *testing.T) {
	past, recent, ahead := day.AddDate(0, -1, 0), day.AddDate(0, 0, -4).Add(-2*time.Hour), nine
	began := func(r *proctorutest.Reservation) { r.Started = true }
	ended := func(r *proctorutest.Reservation) { r.Started, r.Ended = true, true }
	canceled := func(r *proctorutest.Reservation) { r.Canceled = true }
	tests := []struct {
		name   string
		start  time.Time
		change func(*proctorutest.Reservation)
		edit   func(*scheduling.Import)
		state  scheduling.State
		reason scheduling.ReasonCode
	}{
		{"a session that ended", past, ended, nil, scheduling.StateFinished, ""},
		{"a session without an end, long ago", past, began, nil, scheduling.StateFinished, ""},
		{"an end that only the old system knows", past, nil, func(i *scheduling.Import) { i.Completed = past.Add(time.Hour) }, scheduling.StateFinished, ""},
		{"never begun", past, nil, nil, scheduling.StateNoShow, ""},
		{"canceled", past, canceled, nil, scheduling.StateCanceled, ""},
		{"canceled, ahead", ahead, canceled, nil, scheduling.StateCanceled, ""},
		{"a number that the provider does not know", past, nil, func(i *scheduling.Import) { i.Number = "1" }, "", scheduling.ReasonReservationMissing},
		{"another learner's number", past, func(r *proctorutest.Reservation) { r.StudentID = "99" }, nil, "", scheduling.ReasonReservationMissing},
		{"never begun, and the grace is not over", recent, nil, nil, "", scheduling.ReasonUnsettled},
		{"a session that is on", recent, began, nil, "", scheduling.ReasonUnsettled},
		{"ahead", ahead, nil, nil, "", scheduling.ReasonLive},
		{"ahead, live", ahead, nil, func(i *scheduling.Import) { i.Live = true }, scheduling.StateScheduled, ""},
		{"ahead, live, outside the window", ahead.AddDate(0, 1, 0), nil, func(i *scheduling.Import) { i.Live = true }, "", scheduling.ReasonOutsideWindow},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			i := scheduling.Import{Learner: w.learner, Number: w.made(test.start, test.change)}
			if test.edit != nil {
				test.edit(&i)
			}
			dry := i
			dry.DryRun = true
			said, err := w.Staff.Import(t.Context(), w.exam, dry)
			if refused, ok := errors.AsType[*scheduling.NotAllowedError](err); ok != (test.reason != "") || ok && !refused.Has(test.reason) {
				t.Fatalf("dry run: %v, want reason %q", err, test.reason)
			}
			if len(w.events(said.ID)) != 0 {
				t.Error("the dry run stored something")
			}
			b, err := w.Staff.Import(t.Context(), w.exam, i)
			if refused, ok := errors.AsType[*scheduling.NotAllowedError](err); ok != (test.reason != "") || ok && !refused.Has(test.reason) {
				t.Fatalf("Import: %v, want reason %q", err, test.reason)
			}
			if test.reason != "" {
				return
			}
			if b.State != test.state || b.State != said.State || b.ID != said.ID || !b.Start.Equal(test.start) || b.Number != i.Number {
				t.Errorf("imported %s as %s at %s, the dry run said %s as %s; want %s at %s", b.ID, b.State, b.Start, said.ID, said.State, test.state, test.start)
			}
			again, err := w.Staff.Import(t.Context(), w.exam, i)
			if err != nil || again.ID != b.ID || again.Version != b.Version {
				t.Errorf("again: %s version %d, %v; want the booking as it stands", again.ID, again.Version, err)
			}
			w.wantOnlyImported(b.ID)
		})
	}
}

// wantOnlyImported wants the import to be the booking's only event, the provider
// unchanged, and nothing for the sweep to find.
func (w *world) wantOnlyImported(id scheduling.BookingID) {
	w.t.Helper()
	if got := w.events(id); !slices.Equal(got, []scheduling.EventType{scheduling.EventImported}) {
		w.t.Errorf("events = %v, want imported, once", got)
	}
	if c := w.provider.Counts(); c.CreatesSeen != 0 || c.Removals != 0 || c.Changes != 0 {
		w.t.Errorf("the provider was changed: %+v", c)
	}
	var found []scheduling.Surplus
	for range 3 {
		found = append(found, w.sweep().Surplus...)
		w.clock.Advance(time.Hour)
	}
	if len(found) > 0 {
		w.t.Errorf("the sweep takes it for surplus: %+v", found)
	}
}

// A live import lives as a booking of ours: it is watched, moved and canceled
// under the reservation id that the provider knows.
func TestImportedBookingLives(t *testing.T) {
	w := newWorld(t, scheduling.WithSweep(scheduling.SweepRemove))
	b := must(w.Staff.Import(t.Context(), w.exam, scheduling.Import{Learner: w.learner, Number: w.made(nine, nil), Live: true}))
	if b.ID != oldID {
		t.Fatalf("imported as %s, want the provider's id", b.ID)
	}
	if _, err := w.Book(t.Context(), w.exam, w.learner, ten); !errors.Is(err, scheduling.ErrAlreadyBooked) {
		t.Errorf("a second booking: %v, want ErrAlreadyBooked", err)
	}
	w.clock.Advance(2 * time.Hour)
	w.pass()
	w.sweep()
	w.wantAgreement(b.ID)
	must(w.Reschedule(t.Context(), b.ID, noon))
	w.clock.Advance(2 * time.Hour)
	w.pass()
	w.sweep()
	w.wantAgreement(b.ID)
	must(w.Cancel(t.Context(), b.ID, scheduling.Request{}))
	w.wantCanceled(b.ID)
	w.sweep()
}

// What the provider does to it is also seen, although its notes don't name our id.
func TestImportedBookingFollowsTheProvider(t *testing.T) {
	w := newWorld(t)
	number := w.made(nine, nil)
	b := must(w.Staff.Import(t.Context(), w.exam, scheduling.Import{Learner: w.learner, Number: number, Live: true}))
	n, err := strconv.ParseInt(string(number), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.provider.ProviderCancels(n); err != nil {
		t.Fatal(err)
	}
	w.clock.Advance(2 * time.Hour)
	w.pass()
	w.wantCanceled(b.ID)
}

func TestImportRefuses(t *testing.T) {
	w := newWorld(t)
	good := scheduling.Import{Learner: w.learner, Number: w.made(nine, nil), Live: true}
	for name, edit := range map[string]func(*scheduling.Import){
		"no learner":           func(i *scheduling.Import) { i.Learner = "" },
		"no number":            func(i *scheduling.Import) { i.Number = "" },
		"a number with zeros":  func(i *scheduling.Import) { i.Number = "007" },
		"an end that is ahead": func(i *scheduling.Import) { i.Completed = noon },
	} {
		i := good
		edit(&i)
		_, err := w.Staff.Import(t.Context(), w.exam, i)
		if _, bad := errors.AsType[*proctorbook.ValidationError](err); !bad {
			t.Errorf("%s: %v, want a ValidationError", name, err)
		}
	}
	if _, err := w.Staff.Import(t.Context(), scheduling.Exam{}, good); err == nil {
		t.Error("no error without an exam")
	}
	w.fault(proctorutest.ReadError, "getStudentReservationList")
	w.provider.Fault(proctorbooktest.Fault{Kind: proctorutest.ReadError, Endpoint: "getStudentReservationList", Times: -1})
	if b, err := w.Staff.Import(t.Context(), w.exam, good); err == nil || b.ID != "" {
		t.Errorf("the list could not be read, and Import says %s, %v", b.ID, err)
	}
	w.provider.ClearFaults()
	w.booked(noon)
	_, err := w.Staff.Import(t.Context(), w.exam, good)
	if _, booked := errors.AsType[*scheduling.AlreadyBookedError](err); !booked {
		t.Errorf("beside an active booking: %v, want AlreadyBookedError", err)
	}
}

// A store that can't be read is an error with its cause, and no word about the
// learner's profile or other bookings.
func TestImportWhenTheStoreFails(t *testing.T) {
	t.Parallel()
	for _, method := range []string{"List", "Learner", "Active"} {
		t.Run(method, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			number, burning := w.made(nine, nil), errors.New("disk on fire")
			w.store = &failingStore{Store: w.store, fail: map[string]error{method: burning}}
			w.restart()
			_, err := w.Staff.Import(t.Context(), w.exam, scheduling.Import{Learner: w.learner, Number: number, Live: true})
			if refused, ok := errors.AsType[*scheduling.NotAllowedError](err); ok || !errors.Is(err, burning) {
				t.Errorf("Import = %v (refused: %v), want the store's error", err, refused)
			}
		})
	}
}
