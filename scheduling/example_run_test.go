package scheduling_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"time"

	"github.com/proctorbook/proctorbook/edx"
	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/metrics"
	"github.com/proctorbook/proctorbook/scheduling/platform"
	"github.com/proctorbook/proctorbook/scheduling/provider"
)

// The provider makes the reservation, and its answer is lost. The booking stays
// pending until Reconcile has found out; nothing is booked twice.
func ExampleScheduler_Reconcile() {
	d := newDemo(scheduling.WithTuning(scheduling.Tuning{Patience: time.Millisecond})) // give up waiting at once
	defer d.close()
	ctx := context.Background()
	d.provider.Fault(proctorbooktest.Fault{Kind: proctorbooktest.LoseAnswer, Endpoint: "addAdHocProcess"})

	_, err := d.Book(ctx, d.exam, d.learner, at(12, 9))
	pending, ok := errors.AsType[*scheduling.PendingError](err)
	if !ok {
		log.Fatal(err)
	}
	fmt.Println(must(d.Booking(ctx, pending.BookingID)).State)

	d.clock.Advance(time.Minute) // Run does this in the background
	if _, err := d.Reconcile(ctx); err != nil {
		log.Fatal(err)
	}
	booking := must(d.Booking(ctx, pending.BookingID))
	fmt.Println(booking.State, booking.Number, "- reservations made:", d.provider.Counts().ReservationsMade)
	// Output:
	// pending
	// scheduled 900000501 - reservations made: 1
}

// A service runs this in every process, until it is told to stop. Here the days pass on
// a ManualClock, on which a sleep lasts until somebody moves the clock.
func ExampleScheduler_Serve() {
	clock := proctorbooktest.NewManualClock(at(7, 8))
	read := make(chan string, 10)
	d := newDemo(scheduling.WithClock(clock), scheduling.WithObserver(metrics.ObserverFunc(func(_ context.Context, m metrics.Measurement) {
		if m.Name == metrics.JobRuns && m.Labels["job"] == "report" && m.Labels["result"] == "done" {
			read <- clock.Now().Format(time.DateOnly)
		}
	})))
	defer d.close()
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- d.Serve(ctx, scheduling.ServeOptions{ReportHour: 4, ReportZone: d.exam.Zone}) }()

	fmt.Println("report read at once:", <-read)
	for _, morning := range []time.Time{at(8, 5), at(9, 5)} {
		// Three goroutines sleep between their rounds: for Reconcile, the sweep and the
		// report. While a job runs, another one sleeps, which prolongs its lease: so wait
		// for the end of the job as well.
		if err := clock.AdvanceTo(ctx, morning, 3); err != nil {
			log.Fatal(err)
		}
		fmt.Println("report read in the night:", <-read)
	}
	stop()
	fmt.Println("stopped:", <-done)
	// Output:
	// report read at once: 2027-01-07
	// report read in the night: 2027-01-08
	// report read in the night: 2027-01-09
	// stopped: <nil>
}

// A program that has timers of its own runs this, in every process. The clock is one on
// which a sleep lasts until somebody moves it: on a Clock, Run would run through days here.
func ExampleScheduler_Run() {
	clock := proctorbooktest.NewManualClock(at(7, 8))
	d := newDemo(scheduling.WithClock(clock))
	defer d.close()
	ctx, stop := context.WithCancelCause(context.Background())
	done := make(chan error)
	go func() { done <- d.Run(ctx, time.Minute) }()

	if err := clock.BlockUntil(ctx, 1); err != nil { // the first pass is done
		log.Fatal(err)
	}
	clock.Advance(time.Minute) // the next one begins
	stop(errors.New("shutting down"))
	fmt.Println(<-done, "at", clock.Now().Format("15:04"))
	// Output: shutting down at 08:01
}

// A webhook reports that something happened to a reservation. Delivered believes
// nothing of it, and makes the booking due: the next look at the provider
// tells.
func ExampleScheduler_Delivered() {
	d := newDemo()
	defer d.close()
	ctx := context.Background()
	booking := must(d.Book(ctx, d.exam, d.learner, at(12, 9)))
	d.clock.Advance(2 * time.Minute)
	if _, err := d.provider.ProviderMoves(d.provider.Reservations()[0].Number, at(12, 15)); err != nil {
		log.Fatal(err)
	}

	// In the handler of a webhook:
	if err := d.Delivered(ctx, string(booking.ID)); err != nil {
		log.Fatal(err)
	}

	for range 12 {
		must(d.Reconcile(ctx))
		d.clock.Advance(time.Minute)
	}
	booking = must(d.Booking(ctx, booking.ID))
	fmt.Println(booking.State, "at", booking.Start.Format("15:04"))
	// Output: scheduled at 15:00
}

// Sweep looks for what the provider holds too much. It reports by default.
func ExampleScheduler_Sweep() {
	d := newDemo()
	defer d.close()
	ctx := context.Background()
	must(d.Book(ctx, d.exam, d.learner, at(12, 9)))
	// A backup was restored: the provider has a reservation that the store lacks.
	d.provider.AddReservation(proctorutest.Reservation{
		ID: "pb-examples-0000lost0000", StudentID: string(d.learner), Start: at(13, 9), Duration: time.Hour,
	})

	result, err := d.Sweep(ctx)
	if err != nil {
		log.Fatal(err)
	}
	for _, u := range result.Unknown {
		fmt.Println("unknown to this store:", u.ID, "ours:", u.Ours)
	}
	// Output: unknown to this store: pb-examples-0000lost0000 ours: true
}

// A learner with a booking has moved house. The profile is stored first; it
// counts as synced once the provider has confirmed it.
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

// Mails are sent from the events, in every process that shares the store: one of them at a
// time sends. The mail server refuses one mail at first: it is sent later, and the mail of
// the other booking does not wait for it. The clock is one on which a sleep lasts until
// somebody moves it.
func ExampleScheduler_Consume() {
	clock := proctorbooktest.NewManualClock(at(7, 8))
	d := newDemo(scheduling.WithClock(clock))
	defer d.close()
	ctx, stop := context.WithCancel(context.Background())
	booking := must(d.Book(ctx, d.exam, d.learner, at(12, 9)))

	refusals, mails := 1, make(chan string, 10)
	mail := func(ctx context.Context, e scheduling.Event) error {
		if e.Type != scheduling.EventAdopted {
			return nil // EventType lists the other events that are worth a mail
		}
		if refusals--; refusals >= 0 {
			mails <- "refused"
			return errors.New("the mail server is busy")
		}
		mails <- fmt.Sprint("booked: ", e.Booking == booking.ID, " ", e.Start.Format(time.DateTime))
		return nil
	}
	done := make(chan error)
	go func() { done <- d.Consume(ctx, "mails", mail, scheduling.ConsumeOptions{}) }()

	fmt.Println(<-mails)
	// One goroutine sleeps between its looks. Who keeps the lease sleeps aside.
	if err := clock.AdvanceTo(ctx, at(7, 9), 1); err != nil {
		log.Fatal(err)
	}
	fmt.Println(<-mails)
	stop()
	fmt.Println("stopped:", <-done)
	// Output:
	// refused
	// booked: true 2027-01-12 09:00:00
	// stopped: <nil>
}

// What happened is read in order, from where the reader left off: mail people,
// or fill a report, from here.
func ExampleScheduler_Events() {
	d := newDemo()
	defer d.close()
	ctx := context.Background()
	booking := must(d.Book(ctx, d.exam, d.learner, at(12, 9)))
	must(d.Reschedule(ctx, booking.ID, at(12, 12)))

	var cursor scheduling.Cursor // keep it where you keep what you did with the events
	for event, err := range d.Events(ctx, scheduling.EventQuery{After: cursor}) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(event.Type, event.State)
		cursor = event.Cursor
	}
	// Output:
	// requested pending
	// sent pending
	// adopted scheduled
	// move_requested scheduled
	// sent scheduled
	// moved scheduled
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

// audited is ProctorU, and writes down who is canceled.
type audited struct {
	provider.ProctorU
	ledger *[]string
}

func (a audited) Remove(ctx context.Context, c provider.Call) provider.Answer {
	answer := a.ProctorU.Remove(ctx, c)
	*a.ledger = append(*a.ledger, fmt.Sprint(c, ": ", answer.Kind))
	return answer
}

// To watch or change single calls, embed ProctorU, and hand that to New.
func ExampleNew_watchedProvider() {
	d := newDemo()
	defer d.close()
	ctx := context.Background()
	client := must(proctoru.NewClient(d.provider.URL, d.provider.Token, proctoru.WithClock(d.clock)))
	lms := must(edx.NewClient(d.platform.URL, edx.WithClientCredentials(d.platform.ClientID, d.platform.ClientSecret), edx.WithClock(d.clock)))
	var ledger []string
	s, err := scheduling.New(audited{provider.ProctorU{Client: client}, &ledger}, platform.OpenEdX{Client: lms},
		d.store, scheduling.WithClock(d.clock),
		scheduling.WithUnlockKeys(scheduling.UnlockKey{ID: "2027", Secret: []byte("32 random bytes out of the vault")}))
	if err != nil {
		log.Fatal(err)
	}

	booking := must(d.Book(ctx, d.exam, d.learner, at(12, 9)))
	must(s.Cancel(ctx, booking.ID, scheduling.Request{Reason: "ill", By: "ada_l"}))
	fmt.Println(len(ledger), "removal:", ledger[0] == "call for booking "+string(booking.ID)+": done")
	// Output: 1 removal: true
}
