package sqlstore_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/edx"
	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/platform"
	"github.com/proctorbook/proctorbook/scheduling/provider"
)

// consumerOn returns a Scheduler for Consume alone, whose lease is short.
func consumerOn(t *testing.T, s scheduling.Store) *scheduling.Scheduler {
	t.Helper()
	proctor, err := proctoru.NewClient("https://proctor.example", "token")
	if err != nil {
		t.Fatal(err)
	}
	lms, err := edx.NewClient("https://lms.example", edx.WithClientCredentials("id", "secret"))
	if err != nil {
		t.Fatal(err)
	}
	scheduler, err := scheduling.New(provider.ProctorU{Client: proctor}, platform.OpenEdX{Client: lms}, s, scheduling.WithTuning(scheduling.Tuning{Lease: 2 * time.Second}))
	if err != nil {
		t.Fatal(err)
	}
	return scheduler
}

// deadStore is a store that a process can no longer reach once it is dead.
type deadStore struct {
	scheduling.Store
	scheduling.ConsumerKeeper
	dead context.Context
}

func (d deadStore) PutConsumer(ctx context.Context, c scheduling.Consumer, change scheduling.HeldChange) (scheduling.Consumer, error) {
	if err := d.dead.Err(); err != nil {
		return scheduling.Consumer{}, err
	}
	return d.ConsumerKeeper.PutConsumer(ctx, c, change)
}

// Two consumers at a time, which are killed at drawn moments while others write, miss no
// event and keep each booking's order.
func TestConsumeUnderKills(t *testing.T) {
	onEach(t, func(t *testing.T, m medium) {
		dsn, db := m.migrated(t)
		s := m.on(t, db)
		storeShared(t, s)
		var mu sync.Mutex
		seen := map[scheduling.BookingID][]string{}
		runs, most := 0, 0
		consume := func(ctx, dead context.Context, on scheduling.Store, keeper scheduling.ConsumerKeeper) {
			flaky := 0
			handle := func(_ context.Context, e scheduling.Event) error {
				mu.Lock()
				runs++
				most = max(most, runs)
				mu.Unlock()
				time.Sleep(time.Millisecond)
				mu.Lock()
				defer mu.Unlock()
				runs--
				if flaky++; flaky%5 == 0 || dead.Err() != nil {
					return context.DeadlineExceeded
				}
				seen[e.Booking] = append(seen[e.Booking], fmt.Sprintf("%09d/%d", e.Version, e.Attempt))
				return nil
			}
			o := scheduling.ConsumeOptions{Poll: 50 * time.Millisecond, RetryFirst: 20 * time.Millisecond, RetryMost: 100 * time.Millisecond}
			if err := consumerOn(t, deadStore{on, keeper, dead}).Consume(ctx, "mails", handle, o); err != nil {
				t.Errorf("Consume error = %v, want none", err)
			}
		}
		other := m.on(t, m.connect(t, dsn))
		for round := range 10 / min(less, 2) {
			var all sync.WaitGroup
			ctx, stop := context.WithCancel(t.Context())
			dead, kill := context.WithCancel(t.Context())
			all.Go(func() { consume(ctx, dead, s, s) })
			all.Go(func() { consume(ctx, dead, other, other) })
			for range 10 {
				writeSome(t, s)
			}
			time.Sleep(time.Duration(rand.IntN(300)) * time.Millisecond)
			if round%2 == 0 {
				kill() // the lease stays behind
			}
			stop()
			all.Wait()
			kill()
		}
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { defer close(ended); consume(ctx, t.Context(), s, s) }()
		wantConsumed(t, s, &mu, seen)
		stop()
		<-ended
		if most != 1 {
			t.Errorf("%d calls at a time, want 1", most)
		}
	})
}

// writeSome changes one of the shared bookings.
func writeSome(t *testing.T, s scheduling.Store) {
	t.Helper()
	b, err := s.Get(t.Context(), scheduling.BookingID(fmt.Sprint("pb-", rand.IntN(sharedBookings))))
	if err == nil {
		_, err = s.Update(t.Context(), b, several(b, 2)...)
	}
	if err != nil {
		t.Error(err)
	}
}

// wantConsumed waits until every event was handled, in the order of each booking, repeats
// aside.
func wantConsumed(t *testing.T, s scheduling.Store, mu *sync.Mutex, seen map[scheduling.BookingID][]string) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(50 * time.Millisecond) {
		var problem string
		for b, err := range s.List(t.Context(), scheduling.Filter{}) {
			if err != nil {
				t.Fatal(err)
			}
			mu.Lock()
			next, got := 0, seen[b.ID]
			for _, event := range got {
				if want := fmt.Sprintf("%09d/%d", next/2+1, next%2+1); event == want {
					next++
				} else if event > want {
					t.Errorf("booking %s: %s was handled before %s: %v", b.ID, event, want, got)
				}
			}
			mu.Unlock()
			if int64(next) != 2*b.Version {
				problem = fmt.Sprintf("%d events of booking %s were handled, want %d", next, b.ID, 2*b.Version)
			}
		}
		if problem == "" || t.Failed() {
			return
		}
		if time.Now().After(deadline) {
			t.Error(problem)
			return
		}
	}
}
