package main

import (
	"context"
	"errors"
	"net/http"
	"runtime"
	"strings"
	"time"

	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/scheduling"
)

// The faults that an offline run can play.
const (
	faultLoseAnswer = "lose-answer"   // the answer to each write is lost after the provider acted
	faultDown       = "provider-down" // the provider is down while the learner books
	faultCrash      = "crash"         // the program dies when it has sent the create
)

var faultNames = []string{faultLoseAnswer, faultDown, faultCrash}

// faultOf names what the fake played as the flag does.
func faultOf(kind proctorbooktest.FaultKind) string {
	if kind == proctorbooktest.Down {
		return faultDown
	}
	return string(kind)
}

// disturb prepares the fault that the user asked for, if it hits the operation.
func (w *world) disturb(op scheduling.Op) {
	endpoint := map[scheduling.Op]string{
		scheduling.OpReserve: "addAdHocProcess",
		scheduling.OpMove:    "addAdHocProcess", // with the reservation's number it edits
		scheduling.OpCancel:  "removeReservation",
	}[op]
	switch {
	case w.fault == faultLoseAnswer:
		w.provider.Fault(proctorbooktest.Fault{Kind: proctorbooktest.LoseAnswer, Endpoint: endpoint})
	case w.fault == faultDown && op == scheduling.OpReserve:
		w.provider.Fault(proctorbooktest.Fault{Kind: proctorbooktest.Down})
		w.backAt = w.clock.Now().Add(5 * time.Minute)
	}
}

// repair brings the provider back when its time has come.
func (w *world) repair() {
	if !w.backAt.IsZero() && !w.clock.Now().Before(w.backAt) {
		w.provider.ClearFaults()
		w.backAt = time.Time{}
	}
}

// deadly carries requests until the first create. That one it delivers, and then
// the worker dies: Goexit ends the goroutine in the middle of Book, so that no
// line after the send runs, as if the process had been killed.
type deadly struct{ next http.RoundTripper }

func (d deadly) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := d.next.RoundTrip(r)
	if strings.HasSuffix(r.URL.Path, "/addAdHocProcess") {
		if err == nil {
			resp.Body.Close()
		}
		runtime.Goexit()
	}
	return resp, err
}

// bookAndDie books, dies when the create is sent, and goes on as a new process
// on the same store.
func (w *world) bookAndDie(ctx context.Context, f *flow, start time.Time, e *entry) (scheduling.Booking, error) {
	died, survived := make(chan struct{}), false
	go func() {
		defer close(died)
		_, _ = f.s.Book(ctx, f.exam, f.learner.ID, start) // does not return
		survived = true
	}()
	<-died
	if survived {
		return scheduling.Booking{}, errors.New("the crash did not happen")
	}
	w.crashes++
	e.say("the create is sent, and the process dies before the answer comes")

	var err error
	if w.scheduler, err = w.newScheduler(); err != nil {
		return scheduling.Booking{}, err
	}
	f.s = w.scheduler
	status, err := f.s.Status(ctx, f.exam, f.learner.ID)
	if err != nil {
		return scheduling.Booking{}, err
	}
	e.say("a new process on the same store: booking %s is %s, a %s is open", status.Booking, status.State, status.Intent)
	b, err := f.s.Booking(ctx, status.Booking)
	if err != nil {
		return b, err
	}
	pass, err := f.s.Reconcile(ctx)
	if err != nil {
		return b, err
	}
	e.say("Reconcile works on %d bookings: the dead process has the booking until %s", pass.Worked, b.Lease.Until.In(f.zone).Format("15:04:05 MST"))
	return f.findOut(ctx, b.ID, e)
}
