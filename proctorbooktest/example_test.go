package proctorbooktest_test

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/proctorbook/proctorbook/proctorbooktest"
)

// A reminder is sent an hour before the exam, by a goroutine that sleeps until then.
func ExampleManualClock() {
	ctx := context.Background()
	clock := proctorbooktest.NewManualClock(time.Date(2030, 3, 4, 9, 0, 0, 0, time.UTC))
	exam := clock.Now().Add(3 * time.Hour)
	sent := make(chan time.Time, 1)
	go func() { // the code under test
		if clock.Sleep(ctx, exam.Add(-time.Hour).Sub(clock.Now())) == nil {
			sent <- clock.Now()
		}
	}()

	if err := clock.BlockUntil(ctx, 1); err != nil {
		fmt.Println(err)
	}
	clock.Advance(time.Hour)
	fmt.Println("at 10:00 sent:", len(sent) == 1)
	clock.Advance(time.Hour)
	fmt.Println("sent at", (<-sent).Format("15:04"))
	// Output:
	// at 10:00 sent: false
	// sent at 11:00
}

// A handler is called in the caller's goroutine, without a socket.
func ExampleInProcess() {
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "hello, "+r.URL.Path) })
	client := &http.Client{Transport: proctorbooktest.InProcess(handler)}

	resp, err := client.Get(proctorbooktest.InProcessURL + "/world")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer resp.Body.Close()
	fmt.Println(resp.Status, resp.ContentLength)
	// Output:
	// 200 OK 13
}
