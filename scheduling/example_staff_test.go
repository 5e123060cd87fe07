package scheduling_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"time"

	"github.com/proctorbook/proctorbook/proctoru"
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
func ExampleStaffService_OverrideOutcome() {
	d := newDemo()
	defer d.close()
	ctx := context.Background()
	id := d.finished(proctorutest.Verdict{Authenticated: true, TestSubmitted: true, IncidentReport: true})
	fmt.Println(must(d.Outcome(ctx, id)).Verdict)

	why := scheduling.Request{Reason: "the noise came from next door", By: "exam office"}
	booking := must(d.Staff.OverrideOutcome(ctx, id, scheduling.VerdictPassed, why))
	fmt.Println(booking.Outcome().Verdict, "by staff:", booking.Outcome().ByStaff, "- incident:", booking.Outcome().Facts.Incident)

	booking = must(d.Staff.WithdrawOverride(ctx, id, scheduling.Request{Reason: "it did not", By: "exam office"}))
	fmt.Println(booking.Outcome().Verdict)
	// Output:
	// failed
	// passed by staff: true - incident: true
	// failed
}

// The proctor's check took long, and the report came late: staff knows better.
func ExampleStaffService_SetAttendance() {
	d := newDemo()
	defer d.close()
	ctx := context.Background()
	booking := must(d.Book(ctx, d.exam, d.learner, at(12, 9)))
	d.clock.Set(at(12, 10))

	booking = must(d.Staff.SetAttendance(ctx, booking.ID, scheduling.PresenceCheckedIn, scheduling.Request{Reason: "she called us from the waiting room", By: "exam office"}))
	fmt.Println(booking.Session.Attendance.Presence, booking.Session.Attendance.Fact)
	// Output: checked_in staff
}

// A learner clicked "end" by mistake, and is back while the window is open.
func ExampleStaffService_Reopen() {
	d := newDemo()
	defer d.close()
	ctx := context.Background()
	id := d.finished(proctorutest.Verdict{})

	booking, err := d.Staff.Reopen(ctx, id, scheduling.Request{Reason: "ended by mistake", By: "exam office"})
	fmt.Println(booking.State, err)
	d.clock.Set(at(15, 18))
	must(d.Finish(ctx, id))
	_, err = d.Staff.Reopen(ctx, id, scheduling.Request{Reason: "again", By: "exam office"})
	fmt.Println(err)
	// Output:
	// begun <nil>
	// scheduling: reopen is not allowed: window_over
}

// The proctor was late, not the learner: the grace counts anew.
func ExampleStaffService_UndoNoShow() {
	d := newDemo()
	defer d.close()
	ctx := context.Background()
	booking := must(d.Book(ctx, d.exam, d.learner, at(12, 9)))
	d.clock.Set(booking.End().Add(4 * time.Hour))
	must(d.Reconcile(ctx)) // Run does this in the background
	fmt.Println(must(d.Booking(ctx, booking.ID)).State)

	booking = must(d.Staff.UndoNoShow(ctx, booking.ID, scheduling.Request{Reason: "the proctor had an outage", By: "exam office"}))
	fmt.Println(booking.State)
	// Output:
	// no_show
	// scheduled
}

// Erasing waits until nothing of the learner can come alive any more.
func ExampleStaffService_Erase() {
	d := newDemo()
	defer d.close()
	ctx := context.Background()
	booking := must(d.Book(ctx, d.exam, d.learner, at(12, 9)))
	must(d.Cancel(ctx, booking.ID, scheduling.Request{}))

	err := d.Staff.Erase(ctx, d.learner)
	if early, ok := errors.AsType[*scheduling.NotErasableError](err); ok {
		fmt.Println("not before", early.At.Format(time.RFC3339))
		d.clock.Advance(early.At.Sub(d.clock.Now()))
	}
	fmt.Println(d.Staff.Erase(ctx, d.learner))
	// Output:
	// not before 2027-01-12T09:00:01Z
	// <nil>
}

// A reservation that the system before made at the provider becomes a booking.
// Whatever that system thinks of it: the provider is asked, by its number.
func ExampleStaffService_Import() {
	d := newDemo()
	defer d.close()
	ctx := context.Background()
	number := d.provider.AddReservation(proctorutest.Reservation{
		ID: "AB12CD34EF56AB12CD34EF56AB12CD34EF56AB12", StudentID: string(d.learner), Start: at(12, 9), Duration: 90 * time.Minute,
	})

	one := scheduling.Import{Learner: d.learner, Number: proctoru.ReservationNo(fmt.Sprint(number))}
	_, err := d.Staff.Import(ctx, d.exam, one)
	fmt.Println(err)

	one.Live = true // somebody will tell the proctor the new unlock code
	booking := must(d.Staff.Import(ctx, d.exam, one))
	fmt.Println(booking.State, booking.ID, booking.Start.Format(time.RFC3339))
	// Output:
	// scheduling: import is not allowed: live
	// scheduled AB12CD34EF56AB12CD34EF56AB12CD34EF56AB12 2027-01-12T09:00:00Z
}
