package scheduling_test

import (
	"context"
	"math/rand/v2"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/memstore"
)

// doomed is a process that dies at its nth access to the store or call of the func: from
// then on nothing that it does counts, its lease stays behind, and so does a write whose
// answer it never sees.
type doomed struct {
	*memstore.Store
	left  *atomic.Int64
	after bool // it dies with the write done, not before
}

func (m doomed) dead() bool { return m.left.Load() <= 0 }

// live counts, and reports whether the process lives on.
func (m doomed) live() bool { return m.left.Add(-1) > 0 }

func (m doomed) Consumer(ctx context.Context, name string) (scheduling.Consumer, error) {
	if !m.live() {
		return scheduling.Consumer{}, errNoRoute
	}
	return m.Store.Consumer(ctx, name)
}

func (m doomed) PutConsumer(ctx context.Context, c scheduling.Consumer, change scheduling.HeldChange) (scheduling.Consumer, error) {
	was := m.dead()
	if !m.live() {
		if m.after && !was {
			_, _ = m.Store.PutConsumer(ctx, c, change)
		}
		return scheduling.Consumer{}, errNoRoute
	}
	return m.Store.PutConsumer(ctx, c, change)
}

func (m doomed) Held(ctx context.Context, q scheduling.HeldQuery) ([]scheduling.HeldEvent, error) {
	if !m.live() {
		return nil, errNoRoute
	}
	return m.Store.Held(ctx, q)
}

func (m doomed) Events(ctx context.Context, q scheduling.EventQuery) ([]scheduling.Event, error) {
	if !m.live() {
		return nil, errNoRoute
	}
	return m.Store.Events(ctx, q)
}

// A consumer that is killed at any moment misses no event, and keeps each booking's order.
func TestConsumeKilled(t *testing.T) {
	t.Parallel()
	for seed := range uint64(50) {
		synctest.Test(t, func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 1))
			p := newPost(t)
			sound := &mailbox{}
			flaky := rand.New(rand.NewPCG(seed, 2))
			fails := func(scheduling.Event) error {
				if flaky.IntN(4) == 0 {
					return errMail
				}
				return nil
			}
			ids := []scheduling.BookingID{"pb-1", "pb-2", "pb-3"}
			for range 4 {
				for range 5 {
					p.write(ids...)
				}
				m := doomed{p.store, &atomic.Int64{}, random.IntN(2) == 0}
				m.left.Store(1 + random.Int64N(60))
				box := &mailbox{takes: time.Duration(random.IntN(500)) * time.Millisecond}
				box.fails = func(e scheduling.Event) error {
					if !m.live() {
						return errNoRoute // nothing that it does counts
					}
					err := fails(e)
					if err == nil {
						sound.set(func(s *mailbox) { s.got = append(s.got, nameOf(e)) })
					}
					return err
				}
				stop := p.consume(m, box, scheduling.ConsumeOptions{})
				time.Sleep(time.Minute)
				m.left.Store(0)
				stop()
			}
			sound.fails = nil
			p.consume(p.store, sound, scheduling.ConsumeOptions{})
			time.Sleep(time.Hour)
			for _, id := range ids {
				wantOrdered(t, sound.handled(), string(id), 20)
			}
			if held := p.held(); len(held) != 0 {
				t.Errorf("seed %d: held %+v, want nothing", seed, held)
			}
		})
	}
}
