package scheduling

import (
	"maps"
	"sync"
	"time"

	"github.com/proctorbook/proctorbook/scheduling/provider"
	"golang.org/x/sync/singleflight"
)

// maxSlotDays bounds the cache: each day holds some hundred slots.
const maxSlotDays = 1000

// slotCache keeps the provider's offers, day by day.
type slotCache struct {
	ttl    time.Duration
	flight singleflight.Group

	mu    sync.Mutex
	days  map[slotKey]slotDay
	epoch int // grows when something is dropped: an answer asked for before is not kept
}

// slotKey is what was asked for. Zones of the same name are the same zone.
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
