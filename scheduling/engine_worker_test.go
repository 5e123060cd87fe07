package scheduling_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/scheduling"
)

// dyingStore is the store of a process that dies: from the given write on,
// nothing is stored or read any more. With after, that write still happens.
type dyingStore struct {
	scheduling.Store
	writes, dieAt int
	after         bool
	dead          bool
}

func (s *dyingStore) write(do func() error) error {
	if s.dead {
		return errDead
	}
	s.writes++
	if s.writes < s.dieAt {
		return do()
	}
	if s.after {
		_ = do()
	}
	s.dead = true
	return errDead
}

func (s *dyingStore) Create(ctx context.Context, b scheduling.Booking, e ...scheduling.Event) (got scheduling.Booking, err error) {
	err = s.write(func() error { got, err = s.Store.Create(ctx, b, e...); return err })
	return got, err
}

func (s *dyingStore) Update(ctx context.Context, b scheduling.Booking, e ...scheduling.Event) (got scheduling.Booking, err error) {
	err = s.write(func() error { got, err = s.Store.Update(ctx, b, e...); return err })
	return got, err
}

func (s *dyingStore) Get(ctx context.Context, id scheduling.BookingID) (scheduling.Booking, error) {
	if s.dead {
		return scheduling.Booking{}, errDead
	}
	return s.Store.Get(ctx, id)
}

var errDead = errors.New("the process is dead")

// TestCrashAtEveryWrite lets the process die before or after each write to the
// store, with and without the answer of the provider. A new process on the same
// store ends with one reservation or none, as the store says.
func TestCrashAtEveryWrite(t *testing.T) {
	for opName, op := range operations {
		for dieAt := 1; dieAt <= 4; dieAt++ {
			for _, after := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s/write %d/after=%v", opName, dieAt, after), func(t *testing.T) {
					t.Parallel()
					w := newWorld(t)
					id := op.prepare(w)
					survives := w.store
					w.store = &dyingStore{Store: survives, dieAt: dieAt, after: after}
					w.restart()
					err := op.do(w, id)
					crashed := w.store.(*dyingStore).dead
					w.store = survives
					w.restart()
					w.clock.Advance(scheduling.DefaultTuning().Lease)
					w.pass()
					w.pass()

					if dieAt == 1 && !after {
						return // nothing was stored, so nothing may have been sent
					}
					if !crashed && err != nil {
						t.Fatalf("without a crash: %v", err)
					}
					if id == "" {
						id = w.onlyBooking()
					}
					op.check(w, id)
				})
			}
		}
	}
}

// holding is a transport that holds each request to one endpoint until released.
type holding struct {
	next     http.RoundTripper
	endpoint string
	arrived  chan struct{}
	release  chan struct{}
}

func (h *holding) RoundTrip(r *http.Request) (*http.Response, error) {
	if strings.HasSuffix(r.URL.Path, h.endpoint) {
		h.arrived <- struct{}{}
		<-h.release
	}
	return h.next.RoundTrip(r)
}

// An answer that arrives after the lease has run out and another worker has
// settled the operation is dropped.
func TestLateAnswerUnderLostLeaseIsDropped(t *testing.T) {
	w := newWorld(t)
	h := &holding{next: proctorbooktest.InProcess(w.provider), endpoint: "addAdHocProcess", arrived: make(chan struct{}), release: make(chan struct{})}
	slowClient, err := proctoru.NewClient(proctorbooktest.InProcessURL, w.provider.Token, proctoru.WithTransport(h), proctoru.WithClock(w.clock), proctoru.WithLimiter(freely{}))
	if err != nil {
		t.Fatal(err)
	}
	fast := w.client
	w.client = slowClient
	slow := w.replica()
	w.client = fast

	done := make(chan error)
	go func() {
		_, err := slow.Book(context.WithoutCancel(t.Context()), w.exam, w.learner, nine)
		done <- err
	}()
	<-h.arrived
	w.clock.Advance(3 * time.Minute) // the lease runs out while the request is under way
	w.pass()                         // another replica sends again, under the same id
	id := w.onlyBooking()
	w.wantAgreement(id)
	if _, err := w.Reschedule(t.Context(), id, noon); err != nil {
		t.Fatal(err)
	}
	close(h.release)
	if err := <-done; err != nil {
		w.pendingID(err)
	}
	w.wantAgreement(id)
	if b := w.booking(id); !b.Start.Equal(noon) {
		t.Errorf("stands at %s, want %s: the late answer was applied\n%s", b.Start, noon, w.history(id))
	}
}
