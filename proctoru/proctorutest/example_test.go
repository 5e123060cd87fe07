package proctorutest_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"time"

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

// The answer to a create gets lost on its way. The server did make the
// reservation, which shows when the same id is sent again.
func Example() {
	clock := proctorutest.NewClock(time.Date(2030, 3, 4, 9, 0, 0, 0, time.UTC))
	server := proctorutest.NewServer(proctorutest.WithClock(clock))
	defer server.Close()
	client, err := proctoru.NewClient(server.URL, server.Token, proctoru.WithClock(clock))
	if err != nil {
		log.Fatal(err)
	}

	server.Fault(proctorutest.Fault{Kind: proctorutest.LoseAnswer, Endpoint: "addAdHocProcess"})
	_, err = client.Reservations.Create(context.Background(), final)
	fmt.Println("may have been made:", errors.Is(err, proctoru.ErrOutcomeUnknown))
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
		clock := proctorutest.NewClock(time.Date(2030, 3, 4, 9, 0, 0, 0, time.UTC))
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
