package scheduling

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"time"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/edx"
	"github.com/proctorbook/proctorbook/internal/shown"
	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/scheduling/internal/days"
	"github.com/proctorbook/proctorbook/scheduling/provider"
)

// Slots yields the free starts, sorted, each once, day by day in the learner's zone. At
// each, the whole sitting fits into the window and the notice is kept. Window and
// duration are the learner's, or those of the booking that is to be moved. A start at
// which another exam of the learner is in the way is marked with its booking. The
// provider is asked for a day when the loop reaches it, unless the cache has it (see
// [Tuning].SlotCache).
//
// Errors, as the last thing yielded: [*proctorbook.ValidationError] for a bad exam or
// query, or a learner without a zone; ErrNotFound for an unknown learner, or a booking
// that is not the learner's for this exam; [*NotAllowedError] with platform_unavailable
// if the platform can't be asked for the extra time that it grants; errors of the
// provider and the store; with a slot cache, [*PanicError] for a panic of the provider's
// adapter. A day without slots is no error, nor is one outside the window: Status has the
// earliest and latest start.
// Endpoint behind [provider.ProctorU]: GET /getScheduleInfoAvailableTimesList.
func (s *Scheduler) Slots(ctx context.Context, exam Exam, learner LearnerID, q SlotQuery) iter.Seq2[Slot, error] {
	return func(yield func(Slot, error) bool) {
		search, err := s.slotSearch(ctx, exam, learner, q)
		if err != nil {
			yield(Slot{}, inMethod("Slots", err))
			return
		}
		search.each(ctx, yield)
	}
}

// each yields what is found, day by day.
func (x *slotSearch) each(ctx context.Context, yield func(Slot, error) bool) {
	first, last := x.first, x.last
	if !x.own.IsZero() {
		first, last = earlier(first, x.own), later(last, x.own)
	}
	for day := days.Start(first.In(x.zone)); !first.After(last) && !day.After(last); day = days.Next(day) {
		slots, err := x.day(ctx, day)
		if err != nil {
			yield(Slot{}, fmt.Errorf("scheduling: Slots: %w", err))
			return
		}
		for _, slot := range slots {
			if !yield(slot, nil) {
				return
			}
		}
	}
}

type slotSearch struct {
	s           *Scheduler
	slot        Slot // what all slots have in common
	zone        *time.Location
	number      proctoru.ReservationNo
	own         time.Time // start of the booking that is to be moved, if it can be kept
	others      []Booking // the learner's active ones of other exams
	first, last time.Time // starts allowed, both included
}

func (s *Scheduler) slotSearch(ctx context.Context, exam Exam, learner LearnerID, q SlotQuery) (*slotSearch, error) {
	if err := exam.Validate(); err != nil {
		return nil, err
	}
	if err := q.validate(); err != nil {
		return nil, err
	}
	record, err := s.store.Learner(ctx, learner, 0)
	if err != nil {
		return nil, fmt.Errorf("scheduling: Slots: learner: %w", err)
	}
	if q.For != "" {
		b, err := s.store.Get(ctx, q.For)
		if err != nil || b.Learner != learner || b.Exam.Key() != exam.Key() {
			return nil, fmt.Errorf("scheduling: Slots: booking %s: %w", shown.ID(q.For), ErrNotFound)
		}
		return s.searchFor(ctx, b, record, q)
	}
	x, err := s.newSearch(ctx, exam, record)
	if err != nil {
		return nil, err
	}
	w, d, err := s.effective(ctx, exam, record)
	if err != nil {
		return nil, &NotAllowedError{Action: ActionBook, Reasons: []Reason{{Code: ReasonPlatformUnavailable}}, cause: err}
	}
	x.slot.OnDemand = q.OnDemand
	x.limit(w, d, exam.Policy.Notice, q)
	return x, nil
}

// searchFor prepares a search for starts to which the booking could be moved. The
// booking's own window, duration and policy count.
func (s *Scheduler) searchFor(ctx context.Context, b Booking, record Learner, q SlotQuery) (*slotSearch, error) {
	x, err := s.newSearch(ctx, b.Exam, record)
	if err != nil {
		return nil, err
	}
	x.number = b.Number
	x.limit(b.Window, b.Duration, b.Exam.Policy.Notice, q)
	if b.State.Active() && b.Start.After(s.now()) && b.Window.Contains(b.Start, b.Duration) && q.asks(b.Start, x.zone) {
		x.own = b.Start
	}
	return x, nil
}

func (s *Scheduler) newSearch(ctx context.Context, exam Exam, record Learner) (*slotSearch, error) {
	zone, err := record.Location()
	switch {
	case errors.Is(err, edx.ErrNoTimeZone):
		return nil, invalid("Profile.Zone", "is missing, and the platform has no zone for the learner", err)
	case errors.Is(err, proctoru.ErrUnknownZone):
		return nil, invalid("Profile.Zone", "is missing, and nobody knows the platform's zone for the learner", err)
	case err != nil:
		return nil, invalid("Profile.Zone", "or else the platform's, is a zone that this machine has no data of: update them, or import time/tzdata", err)
	}
	others, err := s.others(ctx, record.ID, exam.Key())
	if err != nil {
		return nil, fmt.Errorf("scheduling: Slots: %w", err)
	}
	return &slotSearch{s: s, zone: zone, slot: Slot{Exam: exam.Key(), Learner: record.ID}, others: others}, nil
}

// limit narrows the starts to the window, the notice, and the days asked for.
func (x *slotSearch) limit(w Window, d, notice time.Duration, q SlotQuery) {
	x.slot.Duration = d
	x.first, x.last = span(w, d, notice, x.s.now())
	if !q.From.IsZero() {
		x.first = later(x.first, q.From.Start(x.zone))
	}
	if !q.To.IsZero() {
		x.last = earlier(x.last, q.To.AddDays(1).Start(x.zone).Add(-time.Second))
	}
}

// day returns the slots of one day that fit.
func (x *slotSearch) day(ctx context.Context, day time.Time) ([]Slot, error) {
	end, now := days.Next(day), x.s.now()
	offers, fetched, err := x.offers(ctx, day, end)
	if err != nil {
		return nil, err
	}
	if !x.own.Before(day) && x.own.Before(end) {
		offers = append(slices.Clip(offers), provider.Offer{Start: x.own})
	}
	var slots []Slot
	for _, o := range offers {
		start := o.Start.UTC()
		current := start.Equal(x.own)
		if !current && (start.Before(x.first) || start.After(x.last)) || start.Before(day) || !start.Before(end) || !start.After(now) {
			continue
		}
		slot := x.slot
		slot.Start, slot.End, slot.FetchedAt, slot.Current = start, start.Add(slot.Duration), fetched, current
		slot.Conflict = x.conflict(slot)
		slot.Fee, slot.PremiumFee, slot.DiscountFee = o.Fee, o.PremiumFee, o.DiscountFee
		slots = append(slots, slot)
	}
	slices.SortStableFunc(slots, func(a, b Slot) int { return a.Start.Compare(b.Start) })
	return slices.CompactFunc(slots, func(a, b Slot) bool { return a.Start.Equal(b.Start) }), nil
}

// conflict returns the booking that is in the slot's way, or "".
func (x *slotSearch) conflict(slot Slot) BookingID {
	busy, _ := errors.AsType[*LearnerBusyError](blocked(x.others, Window{Start: slot.Start, End: slot.End}))
	if busy == nil {
		return ""
	}
	return busy.BookingID
}

// offers asks the provider, if a start of the day is allowed.
func (x *slotSearch) offers(ctx context.Context, day, end time.Time) ([]provider.Offer, time.Time, error) {
	if x.first.After(x.last) || !x.first.Before(end) || day.After(x.last) {
		return nil, x.s.now(), nil
	}
	return x.s.offersOf(ctx, day, provider.Day{
		Zone: x.zone, From: upToSecond(later(day, x.first)), Duration: x.slot.Duration, Number: x.number, OnDemand: x.slot.OnDemand,
	})
}

// offersOf returns what the provider offers from day.From on, and when it was asked.
func (s *Scheduler) offersOf(ctx context.Context, begin time.Time, day provider.Day) ([]provider.Offer, time.Time, error) {
	if s.slots == nil {
		now := s.now()
		slots, err := s.provider.Slots(ctx, day)
		return slots, now, err
	}
	// Ask for the whole rest of the day: others may need more of it.
	day.From = later(begin, upToSecond(s.now()))
	key := slotKey{zone: day.Zone.String(), day: begin.Unix(), duration: day.Duration, number: string(day.Number), onDemand: day.OnDemand}
	kept, epoch := s.slots.load(key, s.now())
	if kept != nil {
		return kept.slots, kept.fetched, nil
	}
	// Callers who want the same day share one call. It does not end when the context of
	// one of them does.
	answer := s.slots.flight.DoChan(fmt.Sprint(key, epoch), func() (d any, err error) {
		// This goroutine is none of the callers': a panic in it would end the process.
		err = s.guarded(ctx, nil, "", func() (err error) {
			d, err = s.askForDay(ctx, begin, day, key, epoch)
			return err
		})
		return d, err
	})
	select {
	case <-ctx.Done():
		// The call goes on for others, and can't have changed anything.
		return nil, time.Time{}, fmt.Errorf("%w: %w", proctorbook.ErrNotDone, context.Cause(ctx))
	case r := <-answer:
		d, _ := r.Val.(slotDay)
		return d.slots, d.fetched, r.Err
	}
}

// askForDay asks for those who share the call, and keeps the answer.
func (s *Scheduler) askForDay(ctx context.Context, begin time.Time, day provider.Day, key slotKey, epoch int) (slotDay, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.tuning.Patience)
	defer cancel()
	fetched := s.now()
	slots, err := s.provider.Slots(ctx, day)
	if err != nil {
		return slotDay{}, err
	}
	d := slotDay{slots: slots, fetched: fetched, end: days.Next(begin)}
	s.slots.store(key, d, epoch, s.now())
	return d, nil
}

// forget drops the days of the starts from the cache: what was free may be taken now,
// and the other way round.
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
