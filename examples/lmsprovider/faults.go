package main

import (
	"sync"
	"time"

	"github.com/proctorbook/proctorbook/proctorbooktest"
)

// The faults that the offline run can play.
const (
	loseAnswer   = "lose-answer"   // the first answer to each call of the LMS, and to each write of ours, is lost
	providerDown = "provider-down" // ProctorU is down for five minutes when the learner books
	lmsDown      = "lms-down"      // the LMS is down for an hour at the booking, at "ready" and at "reviewed"
	crash        = "crash"         // the process is killed when it has sent the create, "ready" and "reviewed"
)

var allFaults = []string{loseAnswer, providerDown, lmsDown, crash}

// The calls of ours that faults strike, by the ends of their paths.
const (
	create   = "addAdHocProcess"
	ready    = "ready"
	reviewed = "reviewed"
)

// faults plays one of them, at each call once.
type faults struct {
	chosen string

	mu     sync.Mutex
	struck map[string]bool // calls
	backAt time.Time       // when what is down comes back; zero if nothing is
}

// strikes reports whether the fault is chosen, and has not struck the call yet.
func (f *faults) strikes(fault, call string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.chosen != fault || f.struck[call] {
		return false
	}
	if f.struck == nil {
		f.struck = map[string]bool{}
	}
	f.struck[call] = true
	return true
}

// count returns how many calls the fault has struck.
func (f *faults) count() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.struck)
}

// before plays what strikes a call of ours that is about to be sent.
func (w *world) before(call string) {
	const attempt = "POST /api/edx_proctoring/v1/proctored_exam/attempt/{external_id}/"
	lost := proctorbooktest.Fault{Kind: proctorbooktest.LoseAnswer, Endpoint: attempt + call}
	switch call {
	case create:
		lost.Endpoint = create
		if w.faults.strikes(loseAnswer, call) {
			w.proctors.Fault(lost)
		}
	case ready, reviewed:
		if w.faults.strikes(loseAnswer, call) {
			w.lms.Fault(lost)
		}
		w.goDown(lmsDown, call)
	}
}

// goDown takes a service down when a call is due, if the fault is played: ProctorU for
// five minutes, the LMS for an hour.
func (w *world) goDown(fault, call string) {
	if !w.faults.strikes(fault, call) {
		return
	}
	who, long, down := "ProctorU", 5*time.Minute, w.proctors.Fault
	if fault == lmsDown {
		who, long, down = "the LMS", time.Hour, w.lms.Fault
	}
	down(proctorbooktest.Fault{Kind: proctorbooktest.Down})
	w.faults.mu.Lock()
	w.faults.backAt = w.time.Now().Add(long)
	w.faults.mu.Unlock()
	w.print(line{Step: "down", Text: who + " is down for " + long.String()})
}

// comeBack ends what is down, once its time is over.
func (w *world) comeBack() {
	w.faults.mu.Lock()
	back := !w.faults.backAt.IsZero() && !w.time.Now().Before(w.faults.backAt)
	if back {
		w.faults.backAt = time.Time{}
	}
	w.faults.mu.Unlock()
	if back {
		w.proctors.ClearFaults()
		w.lms.ClearFaults()
		w.print(line{Step: "up", Text: "it is up again"})
	}
}

// kills reports whether the process dies now that it has sent the call.
func (f *faults) kills(call string) bool {
	return (call == create || call == ready || call == reviewed) && f.strikes(crash, call)
}
