package proctorutest_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/url"
	"time"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
)

var final = proctoru.CreateReservationParams{
	ID: "exam-7-ada",
	Student: proctoru.Student{
		ID: "learner-7", FirstName: "Ada", LastName: "Example", Email: "ada@example.org",
		Country: "FR", Phone: "+33100000000", ZoneID: "Romance Standard Time",
	},
	Start: time.Date(2030, 3, 12, 9, 0, 0, 0, time.UTC), Duration: 90 * time.Minute, Description: "Final exam",
}

// book is code that wants a test. It looks before it books again.
func book(ctx context.Context, client *proctoru.Client) error {
	_, err := client.Reservations.Create(ctx, final)
	if !errors.Is(err, proctorbook.ErrOutcomeUnknown) {
		return err
	}
	rows, listErr := client.Reservations.List(ctx, proctoru.ListReservationsParams{StudentID: final.Student.ID})
	for _, row := range rows {
		if row.ID == final.ID {
			return nil
		}
	}
	return errors.Join(err, listErr)
}

// Every variant, with its default and how well that is known.
func ExampleVariants() {
	for _, v := range proctorutest.Variants() {
		fmt.Printf("%s=%s: %s\n", v.Name, v.Default, v.Known)
	}
	// Output:
	// bad-key=code-2: nobody shows it
	// time-sent-tolerance=5m: nobody shows it
	// time-sent-format=lenient: seen in production clients: they send all of these forms, a date alone among them
	// error-time-sent=echo: recorded
	// error-counter-scope=key: recorded: the count went from 2 to 0 within a day; what it counts and what resets it, nobody shows
	// error-limit=locked: nobody shows it
	// error-suffix=as-documented: recorded; of-100: nobody shows it
	// error-text=documented: recorded; the others: nobody shows them, but letter case differs between endpoints
	// error-status=200: recorded; a page with status 500: seen in production clients; the others: nobody shows them
	// empty-list=array: recorded, as null too; the others: nobody shows them
	// no-slots=array: seen in production clients, which read null too; error: in a test double
	// local-start-date=real-offset: recorded, once, in a way that fits real-offset and false-z
	// slot-span=rest-of-day: seen in production clients: they ask day by day; how much one answer covers, nobody shows
	// numbers=numbers: recorded; strings: seen in production clients, which read both
	// unoffered-slot=quarter-hours: nobody shows it
	// overlap-rule=intersect: nobody shows it
	// create-order=exist-first: nobody shows it
	// repeated-id=refuses-ever: nobody shows it
	// create-with-number=same-number: seen in production clients: it edits; which number the reservation has then, nobody shows
	// move=new-number: recorded: a past reservation; of a future one nobody shows it
	// move-rows=one: nobody shows it
	// second-removal=canceled: recorded; the others: nobody shows them
	// explanation=optional: seen in production clients, which send none; others send one always
	// late-removal=before-begin: nobody shows it, though a client in production asks for it
	// cancelled-rows=by-status: seen in production clients, which take what is not listed for canceled
	// past-rows=24h: seen in production clients: a session is listed for hours after its start; how long, nobody shows
	// list-lag=none: nobody shows it
	// begin-window=15m: recorded: there is a time before which it is refused; which one, nobody shows
	// begin-key=number-alone: seen in production clients, which send a stale id with the right number; the others: nobody shows them
	// begin-answer=object: seen in production clients; rows: in a fixture; the others: nobody shows them
	// begin-twice=new-url: nobody shows it
	// learner-on-create=saved: seen in production clients; the others: nobody shows them
	// missing-fields=code-2: nobody shows it
	// long-values=cut: nobody shows it; clients cut values themselves
	// long-report=500-over-30-days: seen in production clients: they ask for 10 or 30 days at a time; where the limit is, nobody shows
	// report-duplicates=adjacent: recorded; apart: seen in production clients, which allow for it
	// report-gaps=1-in-50: recorded
	// report-lag=none: nobody shows it
	// bluebird-answer=data-url: seen in production clients, which read data-url and launch-url; message: of 2015; top-level: nobody shows it
	// zone-names=windows: recorded; more-names: GMT is seen in production clients, the other names are in their tables; the others: nobody shows them
	// trailing-slash=either: nobody shows it
	// read-methods=both: seen in production clients; documented-only: nobody shows it
	// webhooks=json: nobody shows it, but the three formats and the signature are documented
	// concurrency=serialised: nobody shows it
	// commit-without-answer=off: nobody shows it
	// record-plus-answer=top-level: nobody shows it, but a program of the provider reads it there, and a client in all three
	// school-notes=returned: recorded; empty: nobody shows it
	// report-sessions=all: nobody shows it
	// report-dates=start: nobody shows it
	// report-ends=instants: seen in production clients, which send dates, times without a zone, and times with an offset; how they are read, nobody shows
	// report-rows=all-rows: nobody shows it
	// take-it-now=all-slots: seen in production clients, which list with it always, and days ahead; next-hours: nobody shows it
	// edit-key=number-alone: seen in production clients, which send another one with the right number; both: nobody shows it
	// edit-id=new: nobody shows it
	// exam-dates=optional: seen in production clients, the provider's own sample among them; required: nobody shows it
	// exam-slots=learners-zone: seen in production clients, which send neither zone nor duration; whose day it is, nobody shows
	// slots-without-exam=required: nobody shows it
	// date-alone=in-zone: seen in production clients, which send a date alone; when it begins, nobody shows
	// blank-values=keep: seen in production clients, which send blank names and a blank zone for known learners; erase: nobody shows it
	// zone-description=windows-id: recorded; iana: seen in production clients, which look for it there
	// history-text=cancelled-created-by: recorded; a first entry without a time too, in an order that fits first-without-time and oldest-first; cancelled-by: nobody shows it
	// endpoint-case=any: seen in production clients; exact: nobody shows it
	// department-list=data: seen in production clients: it is an array, in which of the two places nobody shows
}

// The shortest test: give the code under test a client of the server, and look at
// what the server holds afterwards.
func Example() {
	clock := proctorbooktest.NewClock(time.Date(2030, 3, 4, 9, 0, 0, 0, time.UTC))
	server := proctorutest.NewServer(proctorutest.WithClock(clock))
	defer server.Close()
	client, err := proctoru.NewClient(server.URL, server.Token, proctoru.WithClock(clock))
	if err != nil {
		log.Fatal(err)
	}
	server.Fault(proctorbooktest.Fault{Kind: proctorbooktest.LoseAnswer, Endpoint: "addAdHocProcess"})

	err = book(context.Background(), client) // the code under test

	for _, r := range server.Reservations() {
		fmt.Println(r.ID, r.StudentID, r.Start.Format(time.RFC3339), "active:", r.Active)
	}
	fmt.Println("error:", err)
	// Output:
	// exam-7-ada learner-7 2030-03-12T09:00:00Z active: true
	// error: <nil>
}

// The provider's notifications, signed with the secret that was agreed on.
func ExampleServer_Webhooks() {
	clock := proctorbooktest.NewClock(time.Date(2030, 3, 4, 9, 0, 0, 0, time.UTC))
	server := proctorutest.NewServer(proctorutest.WithClock(clock))
	defer server.Close()
	server.EnableWebhooks("whsec-example")
	server.AddReservation(proctorutest.Reservation{
		ID: "r-1", StudentID: "learner-7", Start: clock.Now().AddDate(0, 0, 1), Duration: time.Hour, Description: "Final exam",
	})

	for _, d := range server.Webhooks(proctorutest.WebhookForm) {
		fmt.Println(d.Header.Get(proctorutest.SignatureHeader) == proctorutest.SignWebhook("whsec-example", d.Body))
		body, err := url.ParseQuery(string(d.Body))
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(body.Get("event[type]"), body.Get("reservation[reservation_no]"))
	}
	// Output:
	// true
	// event-reservation-confirmation 900000501
}

// The answer to a create gets lost on its way. The server did make the
// reservation, which shows when the same id is sent again.
func ExampleServer_Fault() {
	clock := proctorbooktest.NewClock(time.Date(2030, 3, 4, 9, 0, 0, 0, time.UTC))
	server := proctorutest.NewServer(proctorutest.WithClock(clock))
	defer server.Close()
	client, err := proctoru.NewClient(server.URL, server.Token, proctoru.WithClock(clock))
	if err != nil {
		log.Fatal(err)
	}

	server.Fault(proctorbooktest.Fault{Kind: proctorbooktest.LoseAnswer, Endpoint: "addAdHocProcess"})
	_, err = client.Reservations.Create(context.Background(), final)
	fmt.Println("may have been made:", errors.Is(err, proctorbook.ErrOutcomeUnknown))
	_, err = client.Reservations.Create(context.Background(), final)
	fmt.Println("exists:", errors.Is(err, proctoru.ErrReservationIDExists))
	fmt.Println("reservations:", len(server.Reservations()))
	// Output:
	// may have been made: true
	// exists: true
	// reservations: 1
}

// Nobody knows whether the provider lets an id be used again after a cancel. A
// program has to live with either.
func ExampleServer_Play() {
	for _, alternative := range []string{"refuses-ever", "refuses-while-active"} {
		clock := proctorbooktest.NewClock(time.Date(2030, 3, 4, 9, 0, 0, 0, time.UTC))
		server := proctorutest.NewServer(proctorutest.WithClock(clock))
		defer server.Close()
		client, err := proctoru.NewClient(server.URL, server.Token, proctoru.WithClock(clock))
		if err != nil {
			log.Fatal(err)
		}
		if err := server.Play("repeated-id", alternative); err != nil {
			log.Fatal(err)
		}

		if _, err := client.Reservations.Create(context.Background(), final); err != nil {
			log.Fatal(err)
		}
		if err := server.ProviderCancels(server.Reservations()[0].Number); err != nil {
			log.Fatal(err)
		}
		_, err = client.Reservations.Create(context.Background(), final)
		fmt.Println(alternative, "- made again:", err == nil)
	}
	// Output:
	// refuses-ever - made again: false
	// refuses-while-active - made again: true
}
