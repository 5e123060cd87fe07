package scheduling_test

import (
	"context"
	"fmt"
	"time"

	"github.com/proctorbook/proctorbook/scheduling"
)

// Before a learner cancels, the page says what it costs.
func ExampleStatus_Terms() {
	d := newDemo()
	defer d.close()
	ctx := context.Background()
	d.exam.Policy = scheduling.Policy{MaxMoves: 2, LateWithin: 24 * time.Hour, LateFee: "25.00"}
	must(d.Book(ctx, d.exam, d.learner, at(12, 9)))

	for _, now := range []time.Time{at(7, 9), at(11, 20)} {
		d.clock.Set(now)
		status := must(d.Status(ctx, d.exam, d.learner))
		terms := status.Terms[scheduling.ActionCancel]
		fmt.Printf("free until %s, late %v, fee %q, loses %v\n", terms.FreeUntil.Format("Mon 15:04"), terms.Late, terms.Fee, terms.Loses)
		fmt.Println("moves left:", status.Terms[scheduling.ActionReschedule].Left)
	}
	// Output:
	// free until Mon 09:00, late false, fee "", loses [slot]
	// moves left: 2
	// free until Mon 09:00, late true, fee "25.00", loses [slot fee]
	// moves left: 2
}

// A learner is given half the time more. What she books from then on is longer.
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

// A form checks a start before its button is pressed. Nothing is sent for that.
func ExampleScheduler_TryReschedule() {
	d := newDemo()
	defer d.close()
	ctx := context.Background()
	booking := must(d.Book(ctx, d.exam, d.learner, at(12, 9)))

	for _, start := range []time.Time{at(12, 9), at(13, 9), at(18, 9)} {
		_, sends, err := d.TryReschedule(ctx, booking.ID, start)
		fmt.Println(start.Format("Mon 15:04"), sends, err)
	}
	fmt.Println("requests:", d.provider.Counts().Requests["addAdHocProcess"])
	// Output:
	// Tue 09:00 false <nil>
	// Wed 09:00 true <nil>
	// Mon 09:00 false scheduling: start is after the latest start allowed, 2027-01-15T16:30:00Z
	// requests: 1
}
