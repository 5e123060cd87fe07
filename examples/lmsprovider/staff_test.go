package main

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/edx"
	"github.com/proctorbook/proctorbook/examples/internal/command"
	"github.com/proctorbook/proctorbook/examples/internal/commandtest"
	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/sqlstore"
)

// A booking whose reservation the provider does not show any more waits for a person. -check
// shows it, -explain all of it, and -resolve settles it by what the provider has said.
func TestStaffSettleABooking(t *testing.T) {
	t.Parallel()
	f := newFakes(proctorbook.SystemClock{}, time.Now())
	t.Cleanup(f.close)
	env := map[string]string{
		"PROCTORU_URL": f.proctors.URL, "PROCTORU_TOKEN": f.proctors.Token, "EDX_URL": f.lms.URL, "EDX_CLIENT_ID": "service", "EDX_CLIENT_SECRET": "no secret either",
		"PROVIDER_CLIENT_ID": clientID, "PROVIDER_CLIENT_SECRET": secret.Reveal(), "UNLOCK_KEY": strings.Repeat("no secret ", 4),
		"PUBLIC_URL": "https://proctoring.example.org/", "LINK_KEY": strings.Repeat("no secret ", 4),
	}
	db := filepath.Join(t.TempDir(), "service.db")
	exams := file(t, `[{"zone": "Europe/Paris", "window": {"start": "2027-01-11T08:00:00Z"}}]`)
	staff := func(args ...string) (int, string) {
		var stdout, stderr commandtest.Output
		code := run(t.Context(), append([]string{"-db", db, "-exams", exams}, args...), func(name string) string { return env[name] }, &stdout, &stderr)
		return code, stdout.String() + stderr.String()
	}
	flagged(t, db, "pb-gone", "pb-stands")

	code, said := staff("-check")
	for _, want := range []string{"booking pb-gone, booked: missing: ", "booking pb-stands, booked: missing: "} {
		if code != exitLooks || !strings.Contains(said, want) {
			t.Errorf("-check: exit code %d, want %d and %q in\n%s", code, exitLooks, want, said)
		}
	}
	if code, said := staff("-explain", "pb-gone"); code != command.Done || !strings.Contains(said, `"number": "900000515"`) || !strings.Contains(said, `"advice": `) {
		t.Errorf("-explain: exit code %d, want 0 and the booking\n%s", code, said)
	}
	if code, said := staff("-explain", "pb-nobody"); code != command.Failed || !strings.Contains(said, "not found") {
		t.Errorf("-explain of no booking: exit code %d, want 1 and that there is none\n%s", code, said)
	}
	if code, said := staff("-resolve", "pb-gone=gone", "-by", "desk", "-why", "ProctorU says so on the phone"); code != command.Done || !strings.Contains(said, "booking pb-gone is canceled") {
		t.Errorf("-resolve gone: exit code %d, want 0 and a canceled booking\n%s", code, said)
	}
	if code, said := staff("-resolve", "pb-stands=stands,900000516,2027-01-12T09:00:00Z", "-by", "desk", "-why", "likewise"); code != command.Done || !strings.Contains(said, "booking pb-stands is booked") {
		t.Errorf("-resolve stands: exit code %d, want 0 and a booking that stands\n%s", code, said)
	}
	if _, said := staff("-check"); strings.Contains(said, "booking pb-") {
		t.Errorf("-check still shows a booking:\n%s", said)
	}
	if code, said := staff("-resolve", "pb-gone=gone", "-by", "desk", "-why", "again"); code != command.Failed {
		t.Errorf("-resolve of a booking that needs nobody: exit code %d, want 1\n%s", code, said)
	}
}

// exitLooks is the exit code of -check where a person should look.
const exitLooks = 3

// flagged puts bookings into the database whose reservations are missing.
func flagged(t *testing.T, db string, ids ...scheduling.BookingID) {
	t.Helper()
	store, err := sqlstore.OpenSQLite(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	from := time.Date(2027, 1, 12, 9, 0, 0, 0, time.UTC)
	exam := scheduling.Exam{
		Course: edx.MustCourseKey(course), Usage: edx.MustUsageKey(content), Name: "Final exam",
		Window: scheduling.Window{Start: from, End: from.AddDate(0, 0, 20)}, Zone: time.UTC, Duration: 90 * time.Minute,
	}
	for i, id := range ids {
		_, err := store.Create(t.Context(), scheduling.Booking{
			ID: id, Learner: scheduling.LearnerID("lms-" + string(id)), Profile: 1, CreatedAt: from.AddDate(0, -1, 0), UpdatedAt: from.AddDate(0, -1, 0),
			Exam: exam, Window: exam.Window, Duration: exam.Duration, State: scheduling.StateScheduled, Number: []proctoru.ReservationNo{"900000515", "900000516"}[i], Start: from,
			Generation: 1, Memory: scheduling.ProtocolMemory{StartsSent: []time.Time{from}},
			NeedsAttention: &scheduling.Attention{Since: from.AddDate(0, -1, 0), Reason: scheduling.ReasonMissing},
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}
