package scheduling

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/proctorbook/proctorbook/scheduling/metrics"
)

// This file keeps the lease of a consumer, and stores how far it has come.

// errConsumerLost ends the work of a process whose lease another one has, or may have.
var errConsumerLost = errors.New("scheduling: the consumer's lease is lost: another process handles its events")

// tenure is the time for which this process has the lease.
type tenure struct {
	*consuming

	mu      sync.Mutex // of writes, which come from who works and who keeps the lease
	row     Consumer   // as it was stored last
	changed bool       // a write was in the way of another one, perhaps a person's
}

func newTenure(c *consuming, row Consumer) *tenure { return &tenure{consuming: c, row: row} }

// run works until ctx ends or the lease is lost, and gives the lease back.
func (t *tenure) run(ctx context.Context) {
	work, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	// The lease is kept until handle has returned, also after the end of ctx.
	keeping, done := context.WithCancel(context.WithoutCancel(ctx))
	var kept sync.WaitGroup
	kept.Go(func() {
		t.s.safely(keeping, "", func() { defer stop(errConsumerLost); t.keep(keeping) })
	})
	defer kept.Wait()
	defer done()
	err := t.s.guarded(ctx, nil, "", func() error { return t.work(work) })
	t.s.safely(ctx, "", func() { t.measure(ctx, 0, HeldCount{}) }) // the next process measures from here on
	if errors.Is(context.Cause(work), errConsumerLost) || errors.Is(err, errConsumerLost) {
		t.s.safely(ctx, "", func() { t.tellLost(ctx) })
		return
	}
	done()
	kept.Wait() // else it could take the lease again
	if _, err := t.put(ctx, Lease{}, t.cursor(), nil); err != nil {
		t.s.safely(ctx, "", func() {
			t.s.log.WarnContext(ctx, "consumer's lease not given back: it runs out", slog.String("consumer", t.name), slog.Any("error", err))
		})
	}
}

// tellLost measures and logs that the lease is lost.
func (t *tenure) tellLost(ctx context.Context) {
	t.s.measure(ctx, metrics.LeasesLost, 1)
	t.s.log.WarnContext(ctx, "consumer's lease lost", slog.String("consumer", t.name))
}

// work makes round after round. It ends with ctx, or when the lease is lost.
func (t *tenure) work(ctx context.Context) error {
	for {
		busy, err := t.round(ctx)
		if ctx.Err() != nil || errors.Is(err, errConsumerLost) {
			return err
		}
		if err != nil {
			t.tellTrouble(ctx, err)
		}
		if busy && err == nil {
			continue
		}
		if err := t.s.clock.Sleep(ctx, t.s.jitter(t.o.Poll)); err != nil {
			return err
		}
	}
}

// tellTrouble logs why a round did not get to its end: the store did not answer, or it
// refused the cursor, which only a person can mend.
func (t *tenure) tellTrouble(ctx context.Context, err error) {
	t.s.safely(ctx, "", func() {
		if errors.Is(err, ErrUnknownCursor) {
			t.s.measure(ctx, metrics.ConsumerEvents, 1, t.name, string(FailureUnknownCursor))
			t.s.log.ErrorContext(ctx, "consumer stands still: the store does not know its cursor, call ResetConsumer", slog.String("consumer", t.name))
			return
		}
		t.s.log.WarnContext(ctx, "consumer: round not finished", slog.String("consumer", t.name), slog.Any("error", err))
	})
}

// keep prolongs the lease until ctx ends, or the lease is lost.
func (t *tenure) keep(ctx context.Context) {
	lease, sleep := t.s.tuning.Lease, t.s.clock.Sleep
	if c, ok := t.s.clock.(asideClock); ok {
		sleep = c.SleepAside
	}
	for sleep(ctx, lease/4) == nil {
		_, err := t.put(ctx, t.lease(), t.cursor(), nil)
		t.s.measure(ctx, metrics.ConsumerLooked, float64(t.s.now().Unix()), t.name)
		if errors.Is(err, errConsumerLost) || err != nil && !t.holds(lease/4) {
			return // another process has it, or will before the next try
		}
	}
}

// lease is what this process wants to have from now on.
func (t *tenure) lease() Lease { return Lease{Owner: t.owner, Until: t.s.now().Add(t.s.tuning.Lease)} }

// cursor is how far the consumer has come, as it was stored last.
func (t *tenure) cursor() Cursor {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.row.Cursor
}

// holds reports whether the lease lasts for so long.
func (t *tenure) holds(d time.Duration) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.s.now().Add(d).Before(t.row.Lease.Until)
}

// heldChange is what becomes of what is held of one booking.
type heldChange struct {
	was *HeldEvent // as the store had it; nil if there was none
	now *HeldEvent // nil: it is dropped
}

// booking is whose it is.
func (h heldChange) booking() BookingID {
	if h.was != nil {
		return h.was.Booking
	}
	return h.now.Booking
}

// save stores that all events up to the cursor are handled or held, and the change if it is
// not nil. It tries until the lease is over, so that a store that does not answer for a
// moment lets nothing be handled twice. It reports whether a person has changed what is
// held of the booking meanwhile, which then stands.
func (t *tenure) save(ctx context.Context, at Cursor, change *heldChange) (overtaken bool, err error) {
	for told := false; ; told = true {
		overtaken, err = t.put(ctx, t.lease(), at, change)
		if err == nil || errors.Is(err, errConsumerLost) {
			return overtaken, err
		}
		if !told {
			t.s.log.WarnContext(ctx, "consumer's progress not stored yet", slog.String("consumer", t.name), slog.Any("error", err))
		}
		if !t.holds(0) {
			return false, errConsumerLost
		}
		if t.s.clock.Sleep(ctx, t.s.jitter(time.Second)) != nil {
			return t.put(ctx, t.lease(), at, change) // ctx has ended: one more time
		}
	}
}

// put stores the lease, the cursor and the change, also after the end of ctx. If the stored
// version is another one, since an earlier write was carried out although it returned an
// error, or since a person has skipped an event, it reads anew; errConsumerLost then means
// that another process has the lease, or that it was taken away.
func (t *tenure) put(ctx context.Context, lease Lease, at Cursor, change *heldChange) (overtaken bool, err error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), answerGrace)
	defer cancel()
	t.mu.Lock()
	defer t.mu.Unlock()
	for range mostConflicts {
		if overtaken, err = t.overtaken(ctx, change); err != nil {
			return false, err
		}
		row := t.row
		row.Lease, row.Cursor = lease, at
		var held HeldChange
		switch {
		case change == nil || overtaken:
		case change.now == nil:
			held.Drop = []BookingID{change.booking()}
		default:
			held.Put = []HeldEvent{*change.now}
		}
		if row, err = t.keeper.PutConsumer(ctx, row, held); err == nil {
			t.row = row
			return overtaken, nil
		}
		if !errors.Is(err, ErrConflict) {
			return false, err
		}
		if err = t.reread(ctx); err != nil {
			return false, err
		}
	}
	return false, ErrConflict
}

// mostConflicts is how often a write is tried in whose way others come: people who skip
// events are few.
const mostConflicts = 10

// reread reads the row after a conflict. The caller has the lock.
func (t *tenure) reread(ctx context.Context) error {
	row, err := t.keeper.Consumer(ctx, t.name)
	if err != nil {
		return err
	}
	if row.Lease.Owner != t.owner || row.Began.IsZero() {
		return errConsumerLost
	}
	t.row, t.changed = row, true
	return nil
}

// overtaken reports whether what is held of the booking is no longer what it was. Only after
// a conflict, be it while the lease was kept, can that be. The caller has the lock, and the
// version of a row that was read before.
func (t *tenure) overtaken(ctx context.Context, change *heldChange) (bool, error) {
	if change == nil || !t.changed {
		return false, nil
	}
	held, err := t.keeper.Held(ctx, HeldQuery{Consumer: t.name, Bookings: []BookingID{change.booking()}, Limit: 1})
	if err != nil {
		return false, err
	}
	if len(held) == 0 || change.was == nil {
		return len(held) > 0 || change.was != nil, nil
	}
	return held[0].Event != change.was.Event || held[0].After != change.was.After, nil
}
