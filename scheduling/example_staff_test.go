package scheduling_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"time"

	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/provider"
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

	one.Live = true // the exam office tells the proctor the new unlock code
	booking := must(d.Staff.Import(ctx, d.exam, one))
	fmt.Println(booking.State, booking.ID, booking.Start.Format(time.RFC3339))
	// Output:
	// scheduling: import is not allowed: live
	// scheduled AB12CD34EF56AB12CD34EF56AB12CD34EF56AB12 2027-01-12T09:00:00Z
}

// It is exam day, and a booking hangs. Explain tells an operator what is open,
// how often it was sent, when it will be looked at next, and what that leads to.
func ExampleStaffService_Explain() {
	d := newDemo(scheduling.WithTuning(scheduling.Tuning{Patience: time.Millisecond}))
	defer d.close()
	ctx := context.Background()
	d.provider.Fault(proctorbooktest.Fault{Kind: proctorbooktest.LoseRequest, Endpoint: "addAdHocProcess", Times: -1})
	_, err := d.Book(ctx, d.exam, d.learner, at(12, 9))
	pending, ok := errors.AsType[*scheduling.PendingError](err)
	if !ok {
		log.Fatal(err)
	}

	x, err := d.Staff.Explain(ctx, pending.BookingID)
	if err != nil {
		log.Fatal(err)
	}
	open := x.Booking.Intent
	fmt.Println(x.Booking.State, "with an open", open.Op, "sent", open.Attempt, "time")
	fmt.Println("flagged at", open.Deadline.Format("15:04"), "- next:", x.Next)
	for _, event := range x.History {
		fmt.Println(" ", event.Type)
	}
	// Output:
	// pending with an open reserve sent 1 time
	// flagged at 08:15 - next: send
	//   requested
	//   sent
	//   unknown
}

// Where nothing can be proven, the provider's answer to a phone call decides:
// here it has no second source, and a reservation is missing from its list.
func ExampleStaffService_Resolve() {
	d := newDemoAt(provider.ProctorU{EvidenceSource: provider.EvidenceNone})
	defer d.close()
	ctx := context.Background()
	booking := must(d.Book(ctx, d.exam, d.learner, at(12, 9)))
	if err := d.provider.ProviderCancels(d.provider.Reservations()[0].Number); err != nil {
		log.Fatal(err)
	}
	for range 12 { // Run does this in the background
		d.clock.Advance(time.Hour)
		must(d.Reconcile(ctx))
	}
	booking = must(d.Booking(ctx, booking.ID))
	fmt.Println(booking.State, booking.NeedsAttention.Reason)

	booking, err := d.Staff.Resolve(ctx, booking.ID, scheduling.Resolution{
		Decision: scheduling.DecisionGone,
		Request:  scheduling.Request{Reason: "the provider had canceled it by mistake", By: "grace_h"},
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(booking.State, booking.EndReason)
	// Output:
	// scheduled missing
	// canceled staff
}

// A code that was mistyped ten times is locked until staff give new tries. The
// provider keeps the old code: staff read the new one, and tell the proctor.
func ExampleStaffService_ResetCode() {
	d := newDemo()
	defer d.close()
	ctx := context.Background()
	booking := must(d.Book(ctx, d.exam, d.learner, at(12, 9)))
	d.clock.Set(at(12, 9))
	must(d.Begin(ctx, booking.ID))
	var err error
	for range 10 {
		_, err = d.Unlock(ctx, booking.ID, "0000000000")
	}
	fmt.Println(errors.Is(err, scheduling.ErrCodeLocked))

	booking, err = d.Staff.ResetCode(ctx, booking.ID, scheduling.Request{Reason: "bad keyboard", By: "grace_h"})
	if err != nil {
		log.Fatal(err)
	}
	code := must(d.Staff.UnlockCode(booking))
	booking = must(d.Unlock(ctx, booking.ID, code.Reveal()))
	fmt.Println(booking.State)
	// Output:
	// true
	// unlocked
}

// A learner is given half as much time again. Bookings made from then on are longer.
func ExampleStaffService_SetAccommodation() {
	d := newDemo()
	defer d.close()
	ctx := context.Background()

	decided := scheduling.Request{Reason: "decision 12 of the exam office", By: "grace_h"}
	must(d.Staff.SetAccommodation(ctx, d.learner, d.exam.Key(), scheduling.Accommodation{Factor: 1.5}, decided))

	status := must(d.Status(ctx, d.exam, d.learner))
	fmt.Println("sitting:", status.Duration, "latest start:", status.Latest.Format("Mon 15:04"))
	booking := must(d.Book(ctx, d.exam, d.learner, at(12, 9)))
	fmt.Println("ends:", booking.End().Format("Mon 15:04"))
	// Output:
	// sitting: 2h15m0s latest start: Fri 15:45
	// ends: Tue 11:15
}

// The exam office takes Monday out of the window. Who stands there must move.
func ExampleStaffService_ApplyExam() {
	d := newDemo()
	defer d.close()
	ctx := context.Background()
	must(d.Book(ctx, d.exam, d.learner, at(11, 9)))

	d.exam.Window.Start = at(12, 8)
	for affected, err := range d.Staff.Affected(ctx, d.exam) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println("changed:", affected.Changed, "misfits:", affected.Misfits)
	}
	left := must(d.Staff.ApplyExam(ctx, d.exam, scheduling.Request{Reason: "the room is closed on Monday", By: "grace_h"}))
	for _, affected := range left {
		fmt.Println("must move:", affected.NeedsMove())
		booking := must(d.Reschedule(ctx, affected.Booking.ID, at(12, 9)))
		fmt.Println("moved:", booking.Start.Format("Mon 15:04"))
	}
	// Output:
	// changed: [window] misfits: [outside_window]
	// must move: true
	// moved: Tue 09:00
}
