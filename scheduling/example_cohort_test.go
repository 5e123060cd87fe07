package scheduling_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"time"

	"github.com/proctorbook/proctorbook/edx/edxtest"
	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/metrics"
)

// also adds a learner who may book, beside ada_l.
func (d *demo) also(username string, id int64) scheduling.LearnerID {
	ctx := context.Background()
	d.platform.AddUser(edxtest.User{ID: id, Username: username, Name: "Grace Example", Email: username + "@example.org", TimeZone: "Europe/Paris"})
	d.platform.Enroll(username, d.exam.Course.String(), "verified", true)
	learner := must(d.Learner(ctx, username)).ID
	if err := d.SaveProfile(ctx, learner, scheduling.Profile{GivenName: "Grace", FamilyName: "Example", Phone: "+33100000001", Country: "FR"}); err != nil {
		log.Fatal(err)
	}
	return learner
}

// The exam office books for many: dry first, then really. Each row says for
// itself what became of it, and another run goes on where this one stops.
func ExampleScheduler_BookCohort() {
	d := newDemo()
	defer d.close()
	ctx := context.Background()
	rows := []scheduling.CohortRow{
		{Learner: d.learner, Start: at(12, 9)},
		{Learner: d.also("grace", 4212), Start: at(12, 9)},
		{Learner: d.also("late", 4213), Start: at(18, 9)},
	}
	for r := range d.BookCohort(ctx, d.exam, rows, scheduling.CohortOptions{DryRun: true, Parallel: 1}) {
		fmt.Printf("dry %d: %s %q\n", r.Index, r.Code, r.Reason)
	}
	for r := range d.BookCohort(ctx, d.exam, rows[:2], scheduling.CohortOptions{Parallel: 1}) {
		fmt.Println(r.Index, r.Code, r.Booking.Number)
	}
	for r := range d.BookCohort(ctx, d.exam, rows[:2], scheduling.CohortOptions{Parallel: 1}) {
		fmt.Println("again", r.Index, r.Code, r.Booking.Number)
	}
	fmt.Println("reservations made:", d.provider.Counts().ReservationsMade)
	// Output:
	// dry 0: ready ""
	// dry 1: ready ""
	// dry 2: refused "outside_window"
	// 0 done 900000501
	// 1 done 900000502
	// again 0 done 900000501
	// again 1 done 900000502
	// reservations made: 2
}

// The exam moves by a day, for everybody.
func ExampleScheduler_MoveCohort() {
	d := newDemo()
	defer d.close()
	ctx := context.Background()
	must(d.Book(ctx, d.exam, d.learner, at(12, 9)))

	rows := []scheduling.CohortRow{{Learner: d.learner, Start: at(13, 9)}}
	for r := range d.MoveCohort(ctx, d.exam.Key(), rows, scheduling.CohortOptions{}) {
		fmt.Println(r.Code, r.Booking.Start.Format(time.RFC3339))
	}
	// Output: done 2027-01-13T09:00:00Z
}

func ExampleScheduler_CancelCohort() {
	d := newDemo()
	defer d.close()
	ctx := context.Background()
	must(d.Book(ctx, d.exam, d.learner, at(12, 9)))

	rows := []scheduling.CohortRow{{Learner: d.learner}, {Learner: d.also("grace", 4212)}}
	why := scheduling.Request{Reason: "flood", By: "exam office"}
	for r := range d.CancelCohort(ctx, d.exam.Key(), rows, why, scheduling.CohortOptions{Parallel: 1}) {
		fmt.Println(r.Code, r.Reason, r.Booking.State)
	}
	// Output:
	// done  canceled
	// refused no_booking
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

// A learner with a booking has moved house. The profile is stored first; that
// the provider has it, too, counts only once it has said so.
func ExampleScheduler_SyncProfile() {
	d := newDemo()
	defer d.close()
	ctx := context.Background()
	must(d.Book(ctx, d.exam, d.learner, at(12, 9)))

	changed := scheduling.Profile{GivenName: "Ada", FamilyName: "Example", Phone: "+33100000000", Country: "FR", City: "Lyon"}
	if err := d.SaveProfile(ctx, d.learner, changed); err != nil {
		log.Fatal(err)
	}
	d.provider.Fault(proctorbooktest.Fault{Kind: proctorutest.StaleRequest, Endpoint: "editStudent", Times: 3})
	learner, err := d.SyncProfile(ctx, d.learner)
	if unsynced, ok := errors.AsType[*scheduling.UnsyncedError](err); ok {
		fmt.Println("unsynced since", learner.Sync.Since.Format(time.RFC3339), unsynced.Reason)
	}
	d.provider.ClearFaults()
	learner = must(d.SyncProfile(ctx, d.learner)) // or leave it to Reconcile
	held, _ := d.provider.Learner("4211")
	fmt.Println("synced:", learner.Sync.Since.IsZero(), held["city"])
	// Output:
	// unsynced since 2027-01-07T08:00:00Z provider_unavailable
	// synced: true Lyon
}

// An observer feeds whatever counts and draws your metrics. Names, units and
// labels are in the table at [metrics.Measurement].
func ExampleWithObserver() {
	d := newDemo(scheduling.WithObserver(metrics.ObserverFunc(func(_ context.Context, m metrics.Measurement) {
		if m.Name == metrics.Operations {
			fmt.Println(m.Labels["op"], m.Labels["result"], m.Value)
		}
	})))
	defer d.close()
	ctx := context.Background()

	booking := must(d.Book(ctx, d.exam, d.learner, at(12, 9)))
	must(d.Cancel(ctx, booking.ID, scheduling.Request{}))
	// Output:
	// reserve adopted 1
	// cancel canceled 1
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
