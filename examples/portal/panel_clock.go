package main

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/proctorbook/proctorbook"
)

// shiftedClock is the machine's clock, set forward by the panel: exam day is today.
type shiftedClock struct {
	machine proctorbook.SystemClock
	offset  atomic.Int64
}

func newShiftedClock(offset time.Duration) *shiftedClock {
	c := &shiftedClock{}
	c.shift(offset)
	return c
}

// Now returns the shifted time.
func (c *shiftedClock) Now() time.Time { return c.machine.Now().Add(time.Duration(c.offset.Load())) }

// Sleep really waits: what is shifted does not run faster.
func (c *shiftedClock) Sleep(ctx context.Context, d time.Duration) error {
	return c.machine.Sleep(ctx, d)
}

// shift sets how far the clock is ahead of the machine's.
func (c *shiftedClock) shift(offset time.Duration) { c.offset.Store(int64(offset)) }
