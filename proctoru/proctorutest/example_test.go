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
