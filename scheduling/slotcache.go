package scheduling

import (
	"context"
	"fmt"
	"maps"
	"sync"
	"time"

	"github.com/proctorbook/proctorbook/scheduling/provider"
	"golang.org/x/sync/singleflight"
)

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
	slots   []provider.Offer
	fetched time.Time
	end     time.Time // of the day
}

// offersOf returns what the provider offers from day.From on, and when it said so.
func (s *Scheduler) offersOf(ctx context.Context, begin time.Time, day provider.Day) ([]provider.Offer, time.Time, error) {
	if s.slots == nil {
		now := s.now()
		slots, err := s.provider.Slots(ctx, day)
		return slots, now, err
	}
	// The whole rest of the day is kept: others may ask for more of it.
	day.From = later(begin, upToSecond(s.now()))
	key := slotKey{zone: day.Zone.String(), day: begin.Unix(), duration: day.Duration, number: string(day.Number), onDemand: day.OnDemand}
	kept, epoch := s.slots.load(key, s.now())
	if kept != nil {
		return kept.slots, kept.fetched, nil
	}
	// The call goes on while anybody waits for it: whoever leaves leaves alone.
	answer := s.slots.flight.DoChan(fmt.Sprint(key, epoch), func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.tuning.Patience)
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
