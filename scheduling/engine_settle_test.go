package scheduling_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/proctorbooktest"
)

func TestContextEndsWhileBooking(t *testing.T) {
	w := newWorld(t)
	ctx, cancel := context.WithCancelCause(t.Context())
	gone := errors.New("the learner has closed the page")
	w.provider.SetFaultPlan(func(endpoint string) proctorbooktest.Fault {
		if endpoint == "addAdHocProcess" {
			cancel(gone)
			return proctorbooktest.Fault{Kind: proctorbooktest.LoseAnswer}
		}
		return proctorbooktest.Fault{}
	})
	_, err := w.Book(ctx, w.exam, w.learner, nine)
	id := w.pendingID(err)
	w.provider.SetFaultPlan(nil)
	if b := w.booking(id); b.Lease.Owner != "" {
		t.Errorf("the lease is still held by %q", b.Lease.Owner)
	}
	w.clock.Advance(time.Minute)
	w.pass()
	w.wantAgreement(id)
}
