package scheduling_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"time"

	"github.com/proctorbook/proctorbook/edx/edxtest"
	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
	"github.com/proctorbook/proctorbook/scheduling"
)

// finished books Tuesday, sits the exam, and ends it; the proctor reports the verdict.
func (d *demo) finished(v proctorutest.Verdict) scheduling.BookingID {
	ctx := context.Background()
	booking := must(d.Book(ctx, d.exam, d.learner, at(12, 9)))
	d.clock.Set(at(12, 9))
	must(d.Begin(ctx, booking.ID))
	number := d.provider.Reservations()[0].Number
	for _, err := range []error{d.provider.ProctorStarts(number), d.provider.ProctorEnds(number, v)} {
		if err != nil {
			log.Fatal(err)
		}
	}
	must(d.Finish(ctx, booking.ID))
	return booking.ID
}

// Every night: what the proctors reported of these days, on every booking. Then
// lists and verdicts need no provider.
func ExampleScheduler_ReadReport() {
	d := newDemo()
	defer d.close()
	ctx := context.Background()
	id := d.finished(proctorutest.Verdict{Authenticated: true, TestSubmitted: true})

	report, err := d.ReadReport(ctx, at(11, 0), at(16, 0))
	if err != nil {
		log.Fatal(err) // a *ReportError says from when on to read again
	}
	outcome := must(d.Booking(ctx, id)).Outcome() // no call
	fmt.Println(report.Bookings, "read:", outcome.Verdict, outcome.Attendance.Presence, "at", outcome.Attendance.At.Format(time.RFC3339))
	// Output: 1 read: passed ended at 2027-01-12T09:00:00Z
}

// The same for all days on which sessions of one exam may be.
func ExampleScheduler_ReadExamReport() {
	d := newDemo()
	defer d.close()
	d.finished(proctorutest.Verdict{Authenticated: true, TestSubmitted: true})

	report := must(d.ReadExamReport(context.Background(), d.exam))
	fmt.Println(report.From.Format(time.DateOnly), "to", report.To.Format(time.DateOnly), "-", report.Reservations, "reservations")
	// Output: 2027-01-10 to 2027-01-16 - 1 reservations
}

// An incident turns out to be none: staff's verdict counts, and the evidence stays.
func ExampleScheduler_OverrideOutcome() {
	d := newDemo()
	defer d.close()
	ctx := context.Background()
	id := d.finished(proctorutest.Verdict{Authenticated: true, TestSubmitted: true, IncidentReport: true})
	fmt.Println(must(d.Outcome(ctx, id)).Verdict)

	why := scheduling.StaffRequest{Reason: "the noise came from next door", By: "exam office"}
	booking := must(d.OverrideOutcome(ctx, id, scheduling.VerdictPassed, why))
	fmt.Println(booking.Outcome().Verdict, "by staff:", booking.Outcome().ByStaff, "- incident:", booking.Outcome().Incident)

	booking = must(d.WithdrawOverride(ctx, id, scheduling.StaffRequest{Reason: "it did not", By: "exam office"}))
	fmt.Println(booking.Outcome().Verdict)
	// Output:
	// failed
	// passed by staff: true - incident: true
	// failed
}

// The proctor's check took long, and the report came late: staff knows better.
func ExampleScheduler_SetAttendance() {
	d := newDemo()
	defer d.close()
	ctx := context.Background()
	booking := must(d.Book(ctx, d.exam, d.learner, at(12, 9)))
	d.clock.Set(at(12, 10))

	booking = must(d.SetAttendance(ctx, booking.ID, scheduling.PresenceCheckedIn, scheduling.StaffRequest{Reason: "she called us from the waiting room", By: "exam office"}))
	fmt.Println(booking.Session.Attendance.Presence, booking.Session.Attendance.Fact)
	// Output: checked_in staff
}

// A learner clicked "end" by mistake, and is back while the window is open.
func ExampleScheduler_Reopen() {
	d := newDemo()
	defer d.close()
	ctx := context.Background()
	id := d.finished(proctorutest.Verdict{})

	booking, err := d.Reopen(ctx, id, scheduling.StaffRequest{Reason: "ended by mistake", By: "exam office"})
	fmt.Println(booking.State, err)
	d.clock.Set(at(15, 18))
	must(d.Finish(ctx, id))
	_, err = d.Reopen(ctx, id, scheduling.StaffRequest{Reason: "again", By: "exam office"})
	fmt.Println(err)
	// Output:
	// begun <nil>
	// scheduling: reopen is not allowed: window_over
}

// The proctor was late, not the learner: the grace counts anew.
func ExampleScheduler_UndoNoShow() {
	d := newDemo()
	defer d.close()
	ctx := context.Background()
	booking := must(d.Book(ctx, d.exam, d.learner, at(12, 9)))
	d.clock.Set(booking.End().Add(4 * time.Hour))
	must(d.Reconcile(ctx)) // Run does this in the background
	fmt.Println(must(d.Booking(ctx, booking.ID)).State)

	booking = must(d.UndoNoShow(ctx, booking.ID, scheduling.StaffRequest{Reason: "the proctor had an outage", By: "exam office"}))
	fmt.Println(booking.State)
	// Output:
	// no_show
	// scheduled
}

// The exam's sessions as a file for a spreadsheet; it is written as it is read.
func ExampleScheduler_Sessions() {
	d := newDemo()
	defer d.close()
	ctx := context.Background()
	must(d.Book(ctx, d.exam, d.learner, at(12, 9)))

	query := scheduling.SessionQuery{Filter: scheduling.Filter{Exam: d.exam.Key()}}
	for row, err := range d.Sessions(ctx, query) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(row.Booking.State, row.Booking.Start.Format(time.RFC3339), row.Outcome.Verdict)
	}
	fmt.Println(scheduling.CSVName("sessions", d.exam.Key(), d.clock.Now()))
	file, err := os.CreateTemp("", "sessions")
	if err != nil {
		log.Fatal(err)
	}
	defer os.Remove(file.Name())
	fmt.Println(scheduling.WriteSessionsCSV(file, d.Sessions(ctx, query)), file.Close())
	// Output:
	// scheduled 2027-01-12T09:00:00Z pending
	// sessions_course-v1-ExampleX-CS101-2027_final_2027-01-07.csv
	// <nil> <nil>
}

// Whom to remind: may book, and has not.
func ExampleScheduler_NotBooked() {
	d := newDemo()
	defer d.close()
	ctx := context.Background()
	d.platform.AddUser(edxtest.User{ID: 4300, Username: "bob", Name: "=Bob()", Email: "bob@example.org"})
	d.platform.Enroll("bob", d.exam.Course.String(), "verified", true)
	must(d.Book(ctx, d.exam, d.learner, at(12, 9)))

	if err := scheduling.WriteNotBookedCSV(os.Stdout, d.NotBooked(ctx, d.exam)); err != nil {
		log.Fatal(err)
	}
	// Output:
	// name,username,email,mode,why,last_booking
	// '=Bob(),bob,bob@example.org,verified,never,
}

// Where the store and the provider's report differ. Reconcile follows what it can
// prove; the rest is for a person.
func ExampleScheduler_Discrepancies() {
	d := newDemo()
	defer d.close()
	ctx := context.Background()
	must(d.Book(ctx, d.exam, d.learner, at(12, 9)))
	d.clock.Advance(time.Hour)
	if err := d.provider.ProviderCancels(d.provider.Reservations()[0].Number); err != nil {
		log.Fatal(err)
	}

	for x, err := range d.Discrepancies(ctx, at(11, 0), at(16, 0)) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(x.Kind, x.Differs, "- here:", x.State)
	}
	// Output: differ [canceled] - here: scheduled
}

// Numbers for a dashboard, in one pass over the store.
func ExampleScheduler_Counts() {
	d := newDemo()
	defer d.close()
	ctx := context.Background()
	must(d.Book(ctx, d.exam, d.learner, at(12, 9)))

	for _, c := range must(d.Counts(ctx, scheduling.Filter{})) {
		fmt.Println(c.Exam.Usage.BlockID(), c.States, "open:", c.Open, "attention:", c.NeedsAttention)
	}
	// Output: final map[scheduled:1] open: 0 attention: 0
}

// The audit of one booking: who did what, and why.
func ExampleScheduler_Timeline() {
	d := newDemo()
	defer d.close()
	ctx := context.Background()
	booking := must(d.Book(ctx, d.exam, d.learner, at(12, 9)))
	must(d.Cancel(ctx, booking.ID, scheduling.CancelRequest{Reason: "ill", By: "ada_l"}))

	for m, err := range d.Timeline(ctx, booking.ID, true) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%s %s: %s %q\n", m.Actor, m.Type, m.State, m.Reason)
	}
	// Output:
	// learner requested: pending ""
	// engine adopted: scheduled ""
	// learner cancel_requested: scheduled "ill"
	// engine canceled: canceled "ill"
}
