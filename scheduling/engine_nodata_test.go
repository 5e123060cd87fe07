package scheduling_test

import (
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
	"github.com/proctorbook/proctorbook/scheduling"
)

// A report or a list that comes without data proves no absence, however often it is
// read: a booking that seems gone stays open until a list comes that is one.
func TestAnswersWithoutDataProveNothing(t *testing.T) {
	for _, endpoint := range []string{"clientActivityReport", "getStudentReservationList"} {
		t.Run(endpoint, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, hasty)
			w.introduce()
			w.fault(proctorbooktest.LoseRequest, "addAdHocProcess")
			_, err := w.Book(t.Context(), w.exam, w.learner, nine)
			id := w.pendingID(err)
			w.provider.BlockSlot(nine) // a second try is refused
			w.provider.Fault(proctorbooktest.Fault{Kind: proctorutest.ReadNull, Endpoint: endpoint, Times: -1})
			for range 40 {
				w.clock.Advance(time.Minute)
				if _, err := w.Reconcile(t.Context()); err != nil {
					t.Fatal(err)
				}
				if b := w.booking(id); !b.State.Active() {
					t.Fatalf("booking is %s, want that it stays open\n%s", b.State, w.history(id))
				}
			}
			w.provider.ClearFaults()
			for range 40 {
				w.clock.Advance(time.Minute)
				w.pass()
			}
			if b := w.booking(id); b.State != scheduling.StateFailed {
				t.Errorf("booking is %s, want failed: now the lists are lists\n%s", b.State, w.history(id))
			}
		})
	}
}
