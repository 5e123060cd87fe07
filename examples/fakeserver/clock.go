package main

import (
	"context"
	"sync"
	"time"

	"github.com/proctorbook/proctorbook"
)

// shiftedClock is the system's clock plus an offset.
type shiftedClock struct {
	proctorbook.SystemClock

	mu     sync.Mutex
	offset time.Duration
}

// Now returns the shifted time.
func (c *shiftedClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.SystemClock.Now().Add(c.offset)
}

// Sleep really waits: what is shifted does not run faster.
func (c *shiftedClock) Sleep(ctx context.Context, d time.Duration) error {
	return c.SystemClock.Sleep(ctx, d)
}

// advance shifts the clock further.
func (c *shiftedClock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.offset += d
}

// set shifts the clock so that it shows t.
func (c *shiftedClock) set(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.offset = t.Sub(c.SystemClock.Now())
}
