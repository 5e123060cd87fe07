package proctorbook_test

import (
	"context"
	"errors"
	"fmt"
	"log"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
)

// One error type lists the wrong fields of an input, whichever package refused it.
func ExampleValidationError() {
	_, err := proctoru.NewClient("http://exams.example.org", "0badc0de")
	fmt.Println(err)

	learner := proctoru.Student{ID: "learner-7", FirstName: "Ada", LastName: "Example", Country: "FR", Phone: "+33100000000", ZoneID: "Romance Standard Time"}
	if bad, ok := errors.AsType[*proctorbook.ValidationError](learner.Validate()); ok {
		for _, f := range bad.Fields {
			fmt.Printf("%s: %s %s\n", bad.Op, f.Field, f.Problem)
		}
	}
	fmt.Println("nothing was sent:", errors.Is(err, proctorbook.ErrNotDone))
	// Output:
	// proctoru: NewClient: base URL or option is not valid: base URL refused: http is allowed on loopback only, use https
	// proctoru: Student.Validate: Student.Email is required
	// nothing was sent: true
}

// An observer counts what a service answers.
func ExampleObserverFunc() {
	server := proctorutest.NewServer()
	defer server.Close()
	observer := proctorbook.ObserverFunc(func(_ context.Context, e proctorbook.Event) {
		fmt.Println(e.Kind, e.Op, e.Class, e.Outcome, e.Status)
	})
	client, err := proctoru.NewClient(server.URL, server.Token, proctoru.WithObserver(observer))
	if err != nil {
		log.Fatal(err)
	}
	if _, err := client.Ping(context.Background()); err != nil {
		log.Fatal(err)
	}
	// Output:
	// attempt Client.Ping read done 200
	// call Client.Ping read done 200
}
