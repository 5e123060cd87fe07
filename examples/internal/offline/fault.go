package offline

import (
	"context"
	"net/http"
	"runtime"
	"strings"
	"time"

	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/scheduling"
)

// The faults that a world can play.
const (
	LoseAnswer   = "lose-answer"   // the answer to each write is lost after the provider acted
	ProviderDown = "provider-down" // the provider is down for five minutes when the learner books
	Crash        = "crash"         // the process dies when it has sent the first create
)

// Faults are all of them.
var Faults = []string{LoseAnswer, ProviderDown, Crash}

// Play chooses the fault that is played; "" is none.
func (w *World) Play(fault string) { w.fault = fault }

// Disturb prepares the fault for the action that comes next, if it hits that one.
func (w *World) Disturb(action scheduling.Action) {
	endpoint := map[scheduling.Action]string{
		scheduling.ActionBook:       "addAdHocProcess",
		scheduling.ActionReschedule: "addAdHocProcess", // with the reservation's number it edits
		scheduling.ActionCancel:     "removeReservation",
	}[action]
	switch {
	case w.fault == LoseAnswer && endpoint != "":
		w.Provider.Fault(proctorbooktest.Fault{Kind: proctorbooktest.LoseAnswer, Endpoint: endpoint})
	case w.fault == ProviderDown && action == scheduling.ActionBook:
		w.Provider.Fault(proctorbooktest.Fault{Kind: proctorbooktest.Down})
		w.backAt = w.Clock.Now().Add(5 * time.Minute)
	}
}

// Until lets time pass until t; if t is past, nothing happens. A provider that is
// down comes back when its time has come.
func (w *World) Until(ctx context.Context, t time.Time) error {
	if err := w.Clock.Sleep(ctx, t.Sub(w.Clock.Now())); err != nil {
		return err
	}
	if !w.backAt.IsZero() && !w.Clock.Now().Before(w.backAt) {
		w.Provider.ClearFaults()
		w.backAt = time.Time{}
	}
	return nil
}

// Process runs f as a process that may die in it, and reports whether it did. What
// f was to return is lost then, and its clients are of no use any more.
func (w *World) Process(f func() error) (died bool, err error) {
	ended := make(chan struct{})
	died = true
	go func() {
		defer close(ended)
		err = f()
		died = false
	}()
	<-ended
	return died, err
}

// mortal carries requests until the process is to die. The create it delivers, and
// then Goexit ends the goroutine in the middle of Book: no line after the send runs
// but what is deferred, as if the process had been killed.
type mortal struct {
	world *World
	next  http.RoundTripper
}

func (m mortal) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := m.next.RoundTrip(r)
	if m.world.fault == Crash && m.world.crashes == 0 && strings.HasSuffix(r.URL.Path, "/addAdHocProcess") {
		if err == nil {
			resp.Body.Close()
		}
		m.world.crashes++
		runtime.Goexit()
	}
	return resp, err
}

// Played counts the faults that were played, by the names above.
func (w *World) Played() map[string]int {
	played := map[string]int{}
	for kind, times := range w.Provider.Counts().Faults {
		name := string(kind)
		if kind == proctorbooktest.Down {
			name = ProviderDown
		}
		played[name] += times
	}
	if w.crashes > 0 {
		played[Crash] = w.crashes
	}
	return played
}
