package lists_test

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/lists"
)

// Everybody who may book and has not, with the reason: never, canceled, missed.
// Who has booked or sat the exam, left the course, or takes it in another mode,
// is not listed.
func TestNotBooked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.sat(clean) // ada_l
	canceled := w.canceled(w.enroll("canceled", 4301), day.AddDate(0, 0, 2))
	missed := w.booked(w.enroll("missed", 4302), noon)
	w.clock.Set(noon.Add(w.exam.Duration + 4*time.Hour))
	w.did(w.Wake(t.Context(), string(missed)))
	w.pass()
	w.booked(w.enroll("booked", 4303), day.AddDate(0, 0, 3))
	w.enroll("never", 4304)
	w.enroll("left", 4305)
	w.platform.Enroll("left", w.exam.Course.String(), "verified", false)
	w.enroll("auditor", 4306)
	w.platform.Enroll("auditor", w.exam.Course.String(), "audit", true)
	again := w.enroll("again", 4307)
	w.canceled(again, day.AddDate(0, 0, 3).Add(3*time.Hour))
	w.booked(again, day.AddDate(0, 0, 3).Add(6*time.Hour))

	got := map[string]lists.NotBookedRow{}
	for _, r := range rows(t, lists.NotBooked(t.Context(), w.store, w.class, w.exam)) {
		got[r.Username] = r
	}

	for name, want := range map[string]struct {
		why  lists.WhyNotBooked
		last scheduling.BookingID
	}{
		"canceled": {lists.NotBookedCanceled, canceled}, "missed": {lists.NotBookedMissed, missed}, "never": {lists.NotBookedNever, ""},
	} {
		if r := got[name]; r.Why != want.why || r.Last != want.last || r.Email != name+"@example.org" || r.Name == "" || r.Mode != "verified" {
			t.Errorf("%s: %v %q last %q, want %q last %q, with name and address", name, r, r.Why, r.Last, want.why, want.last)
		}
	}
	if len(got) != 3 {
		t.Errorf("listed are %v, want three", slices.Collect(maps.Keys(got)))
	}
}

// The newest of several ended bookings says why, whatever its id; a failed one
// says least.
func TestNotBookedByTheNewestBooking(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, b := range []struct {
		id    scheduling.BookingID
		state scheduling.State
		age   time.Duration
	}{{"pb-a", scheduling.StateNoShow, time.Hour}, {"pb-b", scheduling.StateCanceled, 3 * time.Hour}, {"pb-c", scheduling.StateFailed, time.Minute}, {"pb-d", scheduling.StateCanceled, 2 * time.Hour}} {
		row := scheduling.Booking{ID: b.id, Learner: w.learner, Exam: w.exam, State: b.state, CreatedAt: w.clock.Now().Add(-b.age)}
		if _, err := w.store.Create(t.Context(), row); err != nil {
			t.Fatal(err)
		}
	}
	if got := rows(t, lists.NotBooked(t.Context(), w.store, w.class, w.exam)); len(got) != 1 || got[0].Why != lists.NotBookedMissed || got[0].Last != "pb-a" {
		t.Errorf("listed are %d, why %v; want one who missed pb-a", len(got), got[0].Why)
	}
}

// An erased learner has no name in the store any more, and is still known.
func TestNotBookedAfterErase(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.sat(clean)
	if _, err := w.Finish(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	if err := w.store.Erase(t.Context(), w.learner); err != nil {
		t.Fatal(err)
	}
	if got := rows(t, lists.NotBooked(t.Context(), w.store, w.class, w.exam)); len(got) != 0 {
		t.Errorf("listed are %v, want nobody", got)
	}
}

func TestNotBookedErrors(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.platform.Fault(proctorbooktest.Fault{Kind: proctorbooktest.Status500, Endpoint: "GET /api/enrollment/v1/enrollments", Times: -1})
	for name, exam := range map[string]scheduling.Exam{"platform down": w.exam, "bad exam": {}} {
		n := 0
		for _, err := range lists.NotBooked(t.Context(), w.store, w.class, exam) {
			if n++; err == nil {
				t.Errorf("%s: no error", name)
			}
		}
		if n != 1 {
			t.Errorf("%s: %d yields, want the error alone", name, n)
		}
	}
}

// A learner whose account the platform does not give is in the file, by the user name.
func TestNotBookedCSVHasThoseWithoutAccount(t *testing.T) {
	t.Parallel()
	row := lists.NotBookedRow{Mode: "verified", Why: lists.NotBookedNever}
	row.Username = "ada_l"
	var file strings.Builder
	err := lists.WriteNotBookedCSV(&file, func(yield func(lists.NotBookedRow, error) bool) {
		_ = yield(row, &lists.AccountError{Err: errors.New("gone")}) && yield(lists.NotBookedRow{}, errors.New("else"))
	})
	if lines := strings.Split(strings.TrimSpace(file.String()), "\n"); err == nil || len(lines) != 2 || !strings.Contains(lines[1], `"ada_l","","verified"`) {
		t.Errorf("file %q, %v; want ada_l without name and mail, and both errors", file.String(), err)
	}
}
