package memstore_test

import (
	"context"
	"errors"
	"fmt"
	"log"

	"github.com/proctorbook/proctorbook/edx"
	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/memstore"
)

// A test of a page or a job puts its bookings into the store, without a provider.
// The store keeps every rule of its interface, such as one active booking for a
// learner and an exam.
func Example() {
	ctx := context.Background()
	store := memstore.New()
	booking := scheduling.Booking{
		ID: "pb-testtest-1", Learner: "4211", State: scheduling.StateScheduled,
		Exam: scheduling.Exam{
			Course: edx.MustCourseKey("course-v1:Uni+MATH+2027"),
			Usage:  edx.MustUsageKey("block-v1:Uni+MATH+2027+type@sequential+block@final"),
		},
	}
	booking, err := store.Create(ctx, booking)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(booking.ID, booking.State, booking.Version)

	booking.ID = "pb-testtest-2"
	_, err = store.Create(ctx, booking)
	fmt.Println(errors.Is(err, scheduling.ErrAlreadyBooked))
	// Output:
	// pb-testtest-1 scheduled 1
	// true
}
