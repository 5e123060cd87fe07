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

// The learner comes in with the platform's user name, and has an id from then on.
// Printed, her record shows no more than that.
func ExampleScheduler_Learner() {
	d := newDemo()
	defer d.close()

	learner, err := d.Learner(context.Background(), "ada_l")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(learner.ID, learner.Zone)
	fmt.Println(learner)

	_, err = d.Learner(context.Background(), "nobody")
	fmt.Println(errors.Is(err, edx.ErrNotFound))
	// Output:
	// 4211 Europe/Paris
	// learner 4211 version 2
	// true
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

// A webhook says that something happened to a reservation. Wake believes nothing
// of it, and makes the booking due: the next look at the provider tells.
func ExampleScheduler_Wake() {
	d := newDemo()
	defer d.close()
	ctx := context.Background()
	booking := must(d.Book(ctx, d.exam, d.learner, at(12, 9)))
	d.clock.Advance(2 * time.Minute)
	if _, err := d.provider.ProviderMoves(d.provider.Reservations()[0].Number, at(12, 15)); err != nil {
		log.Fatal(err)
	}

	// In the handler of a webhook:
	if err := d.Wake(ctx, string(booking.ID)); err != nil {
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
	// Somebody restored a backup: the provider has a reservation that it lacks.
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

// A service runs this in every process, until it is told to stop.
func ExampleScheduler_Run() {
	d := newDemo()
	defer d.close()
	ctx, stop := context.WithCancelCause(context.Background())
	done := make(chan error)
	go func() { done <- d.Run(ctx, time.Minute) }()

	stop(errors.New("shutting down"))
	fmt.Println(<-done)
	// Output: shutting down
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
