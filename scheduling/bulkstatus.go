package scheduling

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"sync"
	"time"
)

// This file keeps, once for all replicas, whether a bulk reading stands for the routine
// watches of Reconcile.

// bulkStatus is what the store keeps of the last bulk reading.
type bulkStatus struct {
	Began     time.Time `json:"began"`               // when the reading began
	Failed    bool      `json:"failed,omitempty"`    // the report could not be read: an earlier reading stands until it is too old
	Covers    bool      `json:"covers,omitempty"`    // it stands for routine watches
	Bookings  int       `json:"bookings,omitempty"`  // compared with it
	Ahead     int       `json:"ahead,omitempty"`     // scheduled ones that it should show
	Shown     int       `json:"shown,omitempty"`     // those of them that it shows, whatever it says of them
	Confirmed int       `json:"confirmed,omitempty"` // and shows with their start
	Gaps      int       `json:"gaps,omitempty"`      // days that could not be read
	Calls     int       `json:"calls,omitempty"`     // requests that it took
	Lists     int       `json:"lists,omitempty"`     // learners whose lists it left to be read
}

func (b *bulkStatus) count(v bulkVerdict, shown bool) {
	b.Ahead++
	if shown {
		b.Shown++
	}
	if v == bulkConfirmed {
		b.Confirmed++
	}
}

// whole reports whether the reading shows nearly all of what it should. One that does not
// may be cut off, and then says nothing of reservations too many.
func (b *bulkStatus) whole() bool { return 100*b.Shown >= 99*b.Ahead }

// bulkFor is how long a reading stands, in watch intervals: one may fail.
const bulkFor = 2

// coverageFor is how long what the store says of the last reading is kept.
const coverageFor = time.Minute

// coverage is what this process knows of the last reading that stands.
type coverage struct {
	mu    sync.Mutex
	began time.Time // when it began; zero for none
	known time.Time // when the store said so
}

// readingStands reports whether a bulk reading stands for routine watches now.
func (s *Scheduler) readingStands(ctx context.Context) bool {
	keeper, ok := s.store.(JobKeeper)
	if !ok || s.tuning.BulkFrom < 0 {
		return false
	}
	c, now := &s.coverage, s.now()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.known.IsZero() || now.Before(c.known) || !now.Before(c.known.Add(coverageFor)) {
		var row Job
		err := s.guarded(ctx, nil, "", func() (err error) {
			row, err = keeper.Job(ctx, jobBulk)
			return err
		})
		if err != nil {
			s.log.WarnContext(ctx, "bulk reading: not known whether one stands", slog.Any("error", err))
			return false
		}
		c.began, c.known = row.Done, now
	}
	return s.bulkStands(c.began, now)
}

// bulkStands reports whether a reading that began then stands now.
func (s *Scheduler) bulkStands(began, now time.Time) bool {
	return !began.IsZero() && !s.bulkAhead(began, now) && now.Before(began.Add(bulkFor*s.tuning.WatchInterval))
}

// bulkAhead reports whether a reading cannot have begun then, which is further ahead than
// clocks may differ: a clock was wrong, and nobody knows when it did begin. It counts as
// none, rather than to stand until that time has come, and to keep later ones away.
func (s *Scheduler) bulkAhead(began, now time.Time) bool {
	return began.After(now.Add(s.tuning.ListLag))
}

// noteBulk stores what a reading has come to, unless a later one is stored already. One
// that covers nothing ends what an earlier one covers; one that failed does not.
func (s *Scheduler) noteBulk(ctx context.Context, status bulkStatus) {
	keeper, ok := s.store.(JobKeeper)
	if !ok {
		return
	}
	for try := 1; ; try++ {
		err := s.guarded(ctx, nil, "", func() error { return s.putBulk(ctx, keeper, status) })
		if err == nil || !errors.Is(err, ErrConflict) || try == maxSwaps {
			s.coverage.forget()
			if err != nil {
				s.log.WarnContext(ctx, "bulk reading: not stored", slog.Any("error", err))
			}
			return
		}
	}
}

func (s *Scheduler) putBulk(ctx context.Context, keeper JobKeeper, status bulkStatus) error {
	row, err := keeper.Job(ctx, jobBulk)
	if err != nil {
		return err
	}
	var last bulkStatus
	if json.Unmarshal([]byte(row.Data), &last) == nil && last.Began.After(status.Began) && !s.bulkAhead(last.Began, s.now()) {
		return nil
	}
	data, err := json.Marshal(status)
	if err != nil {
		return err
	}
	row.Data = string(data)
	switch {
	case status.Covers:
		row.Done = status.Began
	case !status.Failed || s.bulkAhead(row.Done, s.now()):
		row.Done = time.Time{}
	}
	_, err = keeper.PutJob(ctx, row)
	return err
}

// forget makes the next question go to the store.
func (c *coverage) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.known = time.Time{}
}
