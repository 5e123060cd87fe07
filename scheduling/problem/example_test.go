package problem_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/problem"
)

// book stands for Scheduler.Book, whose answer was lost.
func book() (scheduling.Booking, error) {
	return scheduling.Booking{}, &scheduling.PendingError{BookingID: "pb-examples-00000000000000000001", Op: scheduling.OpReserve}
}

// A service answers with the problem, and keeps the error to itself.
func ExampleWrite() {
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		booking, err := book()
		if err != nil {
			// Log err here: the answer does not say what it says.
			problem.Write(w, err)
			return
		}
		fmt.Fprintln(w, booking.ID)
	})

	answer := httptest.NewRecorder()
	handler.ServeHTTP(answer, httptest.NewRequest(http.MethodPost, "/bookings", nil))
	fmt.Println(answer.Code, answer.Header().Get("Content-Type"), answer.Header().Get("Retry-After"))
	fmt.Print(answer.Body)
	// Output:
	// 202 application/problem+json 15
	// {"type":"https://pkg.go.dev/github.com/proctorbook/proctorbook/scheduling/problem#TypePending","title":"Not settled yet","status":202,"detail":"We have stored this, and are checking with the exam provider. Please look at the booking again soon, and do not book anew.","booking_id":"pb-examples-00000000000000000001","retry_after":15}
}
