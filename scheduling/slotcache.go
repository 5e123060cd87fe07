package scheduling

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"
)

// WithSlotCache keeps what the provider offers on a day for ttl, and lets those
// who ask for the same day at once share one call; [Slot].FetchedAt tells the
// age. Without it every question goes to the provider. A minute spares a busy
// provider much, and costs little: a slot that is gone comes back as a
// [*SlotTakenError] with fresh ones, for which the cache is not used. What this
// Scheduler books, moves, cancels or is refused is forgotten at once.
func WithSlotCache(ttl time.Duration) Option {
	return func(s *Scheduler) error {
		if ttl <= 0 || ttl > time.Hour {
			return errors.New("scheduling: WithSlotCache: must be positive, and at most an hour")
		}
		s.slots = &slotCache{ttl: ttl, days: map[slotKey]slotDay{}}
		return nil
	}
}

// maxSlotDays bounds the cache: each day holds some hundred slots.
const maxSlotDays = 1000

// slotCache keeps the provider's answers, as they came.
type slotCache struct {
	ttl    time.Duration
	flight singleflight.Group

	mu    sync.Mutex
	days  map[slotKey]slotDay
	epoch int // grows when something is forgotten: older answers on their way are not kept
}

// slotKey says what was asked. Two zones of one name are one zone.
type slotKey struct {
	zone     string
	day      int64 // Unix time of its beginning
	duration time.Duration
	number   string
	onDemand bool
}

type slotDay struct {
	slots   []Slot
	fetched time.Time
	end     time.Time // of the day
}

// offersOf returns what the provider offers from day.From on, and when it said so.
func (s *Scheduler) offersOf(ctx context.Context, begin time.Time, day SlotDay) ([]Slot, time.Time, error) {
	if s.slots == nil {
		now := s.now()
		slots, err := s.provider.Slots(ctx, day)
		return slots, now, err
	}
	// The whole rest of the day is kept: others may ask for more of it.
	day.From = later(begin, upToSecond(s.now()))
	key := slotKey{zone: day.Zone.String(), day: begin.Unix(), duration: day.Duration, number: string(day.Number), onDemand: day.TakeItNow}
	kept, epoch := s.slots.load(key, s.now())
	if kept != nil {
		return kept.slots, kept.fetched, nil
	}
	// The call goes on while anybody waits for it: whoever leaves leaves alone.
	answer := s.slots.flight.DoChan(fmt.Sprint(key, epoch), func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.patience)
		defer cancel()
		fetched := s.now()
		slots, err := s.provider.Slots(ctx, day)
		if err != nil {
			return nil, err
		}
		d := slotDay{slots: slots, fetched: fetched, end: nextDay(begin)}
		s.slots.store(key, d, epoch, s.now())
		return d, nil
	})
	select {
	case <-ctx.Done():
		return nil, time.Time{}, context.Cause(ctx)
	case r := <-answer:
		d, _ := r.Val.(slotDay)
		return d.slots, d.fetched, r.Err
	}
}

func (c *slotCache) fresh(d slotDay, now time.Time) bool {
	return !now.Before(d.fetched) && now.Before(d.fetched.Add(c.ttl))
}

func (c *slotCache) load(key slotKey, now time.Time) (*slotDay, int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if d, ok := c.days[key]; ok && c.fresh(d, now) {
		return &d, c.epoch
	}
	return nil, c.epoch
}

func (c *slotCache) store(key slotKey, d slotDay, epoch int, now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if epoch != c.epoch {
		return
	}
	maps.DeleteFunc(c.days, func(_ slotKey, d slotDay) bool { return !c.fresh(d, now) })
	if len(c.days) >= maxSlotDays {
		clear(c.days)
	}
	c.days[key] = d
}

// forget drops the days in which the starts lie: what was free may be taken, and
// the other way round.
func (s *Scheduler) forget(starts ...time.Time) {
	c := s.slots
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.epoch++
	for _, start := range starts {
		maps.DeleteFunc(c.days, func(key slotKey, d slotDay) bool { return start.Unix() >= key.day && start.Before(d.end) })
	}
}
