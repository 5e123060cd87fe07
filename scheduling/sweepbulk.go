package scheduling

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"time"

	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/scheduling/provider"
)

// This file is what a pass of Sweep does with a bulk reading.

// byReport compares the bookings with a bulk reading, and returns those of which it does
// not tell whether a reservation too many has their id.
func (p *sweepPass) byReport(ctx context.Context) ([]*watchedBooking, error) {
	var reading *bulkReading
	began := p.s.now()
	counting, calls := countingCalls(ctx)
	err := p.s.guarded(ctx, nil, "", func() (err error) {
		reading, err = p.s.readInBulk(counting, &p.watched)
		return err
	})
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		p.s.log.WarnContext(ctx, "bulk reading", slog.Any("error", err))
		p.s.noteBulk(ctx, bulkStatus{Began: began, Failed: true, Calls: calls()})
		return p.watched.quiet, nil
	}
	others := p.others(reading)
	p.doubled = others
	status, doubtful := p.judge(reading, others)
	open := p.watched.quiet
	if status.Covers && reading.named && status.whole() {
		open = p.untold(reading, others)
	}
	status.Calls, status.Lists = calls(), learnersOf(open)
	if status.Covers {
		p.result.Bulk = true
		p.makeDue(ctx, doubtful)
	}
	p.s.noteBulk(ctx, status)
	if err := p.noteStrangers(ctx, reading); err != nil {
		return nil, err
	}
	return open, nil
}

// others returns the bookings under whose id the reading shows an active reservation that
// they do not hold. What has begun by now is no longer too many.
func (p *sweepPass) others(r *bulkReading) map[BookingID]bool {
	found := map[BookingID]bool{}
	for _, row := range r.shown {
		b := p.watched.byID[row.id]
		if b == nil || row.canceled || row.number == b.number && !b.over() {
			continue
		}
		if row.start.IsZero() || row.start.After(r.began) {
			found[row.id] = true
		}
	}
	return found
}

// judge says what the reading proves of the scheduled bookings. It covers routine watches
// if it shows at least one of those ahead with its start, and half of all that it should
// show: less means that the report does not list what is ahead, or not all of it.
func (p *sweepPass) judge(r *bulkReading, others map[BookingID]bool) (status bulkStatus, doubtful []*watchedBooking) {
	status = bulkStatus{Began: r.began, Bookings: len(p.watched.quiet), Gaps: len(r.gaps)}
	for _, b := range p.watched.quiet {
		if b.state != StateScheduled {
			continue
		}
		v := r.verdict(b, p.s.tuning.EvidenceLag)
		if others[b.id] {
			v = bulkDoubtful
		}
		b.undated = v == bulkUndated && b.seen.Before(r.began.Add(-undatedFor))
		if v == bulkDoubtful || b.undated {
			doubtful = append(doubtful, b)
		}
		if v != bulkTooEarly && b.start.After(r.began) && !r.missed(b.start) {
			status.count(v, r.shown[b.number] != nil)
		}
	}
	status.Covers = status.Confirmed > 0 && 2*status.Shown >= status.Ahead
	return status, doubtful
}

// makeDue makes the bookings due for a look each, behind what is urgent. One that would
// be looked at by itself anyway is left alone.
func (p *sweepPass) makeDue(ctx context.Context, doubtful []*watchedBooking) {
	for _, x := range doubtful {
		if ctx.Err() != nil {
			return
		}
		if !x.routine {
			continue
		}
		made := false
		err := p.s.guarded(ctx, nil, x.id, func() error {
			_, err := p.s.change(ctx, x.id, func(b *Booking, now time.Time) ([]Event, error) {
				if made = b.routine(); !made {
					return nil, errNoChange
				}
				b.lookNow(now)
				if x.undated {
					b.Memory.UndatedAt = b.DueAt
				}
				return nil, nil
			})
			return err
		})
		switch {
		case err != nil:
			p.fail(sweepError(x.id, err))
		case made:
			p.result.Due++
		}
	}
}

// untold returns the bookings of which the reading does not tell whether a reservation
// too many has their id. The others are compared.
func (p *sweepPass) untold(r *bulkReading, others map[BookingID]bool) []*watchedBooking {
	var open []*watchedBooking
	for _, b := range p.watched.quiet {
		early := r.began.Before(b.changed.Add(p.s.tuning.EvidenceLag))
		if b.odd || others[b.id] || early || r.missed(b.start) {
			open = append(open, b)
			continue
		}
		p.result.Looked++
	}
	return open
}

// noteStrangers adds the reservations ahead that have an id of this library which is not
// in the store: of this store's namespace, or of a learner whose bookings it has.
func (p *sweepPass) noteStrangers(ctx context.Context, r *bulkReading) error {
	for _, n := range slices.SortedFunc(maps.Keys(r.shown), proctoru.ReservationNo.Compare) {
		row := r.shown[n]
		if row.id == "" || row.canceled || !row.start.After(r.began) || p.watched.byID[row.id] != nil {
			continue
		}
		if row.id.Namespace() != p.namespace && !p.watched.learners[row.learner] {
			continue
		}
		listed := provider.Listed{ReservationID: string(row.id), Number: row.number, Start: row.start}
		if err := p.noteUnknown(ctx, row.learner, []provider.Listed{listed}); err != nil {
			return err
		}
	}
	return nil
}
