package scheduling

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"sync"
	"time"
)

// This file keeps, once for all replicas, whether deliveries are shown, and whether the
// last sweep stands for routine watches while they are.

const (
	// deliveriesFrom is how many bookings must have a change of the last day that a
	// delivery told of. One alone may be a try by hand, when the webhook was set up, and
	// two the clicks of one person. More would not prove that none gets lost: what ends
	// that belief is the first one that does.
	deliveriesFrom = 3

	// deliveriesDay is how far back changes count.
	deliveriesDay = 24 * time.Hour

	// deliveriesNamed is how many bookings are named whose change came without one.
	deliveriesNamed = 3
)

// deliveryStatus is what the store keeps of the last pass of Sweep.
type deliveryStatus struct {
	Began    time.Time   `json:"began"`              // when the pass began that counted
	Shown    bool        `json:"shown,omitempty"`    // each change of the last day came as a delivery
	Told     int         `json:"told,omitempty"`     // bookings with a change that did
	Missed   int         `json:"missed,omitempty"`   // bookings with one that did not
	Bookings []BookingID `json:"bookings,omitempty"` // some of these
	MissedAt time.Time   `json:"missed_at,omitzero"` // the last such change, also of a booking that is no longer counted
	Swept    time.Time   `json:"swept,omitzero"`     // when the last pass began that compared all bookings and got to its end
}

// deliveriesKnown is what this process knows of it.
type deliveriesKnown struct {
	mu     sync.Mutex
	status deliveryStatus
	known  time.Time // when the store said so
}

func (k *deliveriesKnown) forget() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.known = time.Time{}
}

// deliveries returns what the store says of the last pass, at most coverageFor ago. It is
// empty if the store does not answer.
func (s *Scheduler) deliveries(ctx context.Context) deliveryStatus {
	keeper, ok := s.store.(JobKeeper)
	if !ok {
		return deliveryStatus{}
	}
	k, now := &s.delivered, s.now()
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.known.IsZero() || now.Before(k.known) || !now.Before(k.known.Add(coverageFor)) {
		var status deliveryStatus
		err := s.guarded(ctx, nil, "", func() (err error) {
			_, status, err = readDeliveries(ctx, keeper)
			return err
		})
		if err != nil {
			s.log.WarnContext(ctx, "deliveries: not known whether they are shown", slog.Any("error", err))
			return deliveryStatus{}
		}
		k.status, k.known = status, now
	}
	return k.status
}

// readDeliveries reads the row. What this program can't read says nothing.
func readDeliveries(ctx context.Context, keeper JobKeeper) (Job, deliveryStatus, error) {
	row, err := keeper.Job(ctx, jobDeliveries)
	var status deliveryStatus
	if err != nil || json.Unmarshal([]byte(row.Data), &status) != nil {
		return row, deliveryStatus{}, err
	}
	return row, status, nil
}

// deliveriesShown reports whether the status still says that deliveries are shown. A pass
// that is missing may have counted one that is lost.
func (s *Scheduler) deliveriesShown(status deliveryStatus, now time.Time) bool {
	return status.Shown && !s.bulkAhead(status.Began, now) && now.Before(status.Began.Add(bulkFor*s.tuning.WatchInterval))
}

// sweepStands reports whether the last sweep stands for routine watches, because
// deliveries are shown. As a reading, it stands for two intervals: one may fail.
func (s *Scheduler) sweepStands(status deliveryStatus, now time.Time) bool {
	if s.tuning.WatchWithDeliveries == 0 || !s.deliveriesShown(status, now) {
		return false
	}
	swept := status.Swept
	return !swept.IsZero() && !s.bulkAhead(swept, now) && now.Before(s.sweepStandsUntil(swept))
}

func (s *Scheduler) sweepStandsUntil(swept time.Time) time.Time {
	return swept.Add(bulkFor * s.tuning.WatchWithDeliveries)
}

// covered reports whether something stands for routine watches now: a bulk reading, or
// any sweep while deliveries are shown.
func (s *Scheduler) covered(ctx context.Context) bool {
	if s.readingStands(ctx) {
		return true
	}
	return s.tuning.WatchWithDeliveries > 0 && s.sweepStands(s.deliveries(ctx), s.now())
}

// noteDeliveries changes what the store keeps. It returns what it was and is, and false
// if the store does not answer.
func (s *Scheduler) noteDeliveries(ctx context.Context, change func(*deliveryStatus)) (was, is deliveryStatus, ok bool) {
	keeper, ok := s.store.(JobKeeper)
	if !ok {
		return was, is, false
	}
	defer s.delivered.forget()
	for try := 1; ; try++ {
		err := s.guarded(ctx, nil, "", func() error {
			row, status, err := readDeliveries(ctx, keeper)
			if err != nil {
				return err
			}
			was, is = status, status
			change(&is)
			data, err := json.Marshal(is)
			if err != nil {
				return err
			}
			row.Data = string(data)
			_, err = keeper.PutJob(ctx, row)
			return err
		})
		switch {
		case err == nil:
			return was, is, true
		case !errors.Is(err, ErrConflict) || try == maxSwaps:
			s.log.WarnContext(ctx, "deliveries: not stored", slog.Any("error", err))
			return was, is, false
		}
	}
}
