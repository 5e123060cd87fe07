package scheduling

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/scheduling/provider"
)

// Slot is a start that the provider offers for an exam. Instants are UTC. In JSON,
// durations are nanoseconds.
type Slot struct {
	Start     time.Time     `json:"start"`               // whole seconds
	End       time.Time     `json:"end"`                 // Start plus Duration
	Exam      ExamKey       `json:"exam"`                // what it is for
	Learner   LearnerID     `json:"learner"`             // for whom it was looked up
	Duration  time.Duration `json:"duration"`            // of the sitting, for this learner
	FetchedAt time.Time     `json:"fetched_at"`          // when the provider said so: offers grow old within minutes
	Current   bool          `json:"current,omitempty"`   // the booking of SlotQuery.For stands here
	OnDemand  bool          `json:"on_demand,omitempty"` // a session on demand: book it with BookSlot

	// What the provider asks, in the currency of its account. How the parts add up
	// is the provider's business: it is not documented.
	Fee         proctoru.Money `json:"fee,omitempty"`          // the regular fee
	PremiumFee  proctoru.Money `json:"premium_fee,omitempty"`  // for short notice
	DiscountFee proctoru.Money `json:"discount_fee,omitempty"` // a discount
}

// Premium says that the provider asks more for the slot, for its short notice.
func (s Slot) Premium() bool {
	cents, err := s.PremiumFee.Cents()
	return err == nil && cents > 0
}

// SlotQuery says which days are wanted. A zero From or To means the first or the
// last day that the exam's window leaves.
type SlotQuery struct {
	From time.Time // any instant of the first day, in the learner's zone
	To   time.Time // any instant of the last day, in the learner's zone
	For  BookingID // the booking that is to be moved: its own slot is offered too, as Current

	// OnDemand asks for sessions on demand, in the next hours and at a higher fee,
	// instead of slots planned ahead. The exam's notice holds for them, too. It goes
	// not with For: only planned slots can be moved to.
	OnDemand bool
}

// Slots yields the free starts at which the learner's whole sitting fits into the
// window and the notice is kept: sorted, each once, day by day in the learner's
// zone. Window and duration are those that hold for this learner, or for the
// booking that is to be moved. The provider is asked for a day when the loop
// reaches it, unless [WithSlotCache] has it; break stops that.
//
// Errors, as the last thing yielded: [*proctorbook.ValidationError] for a bad exam or an
// incomplete profile's zone, ErrNotFound for an unknown learner, or a booking
// that is not the learner's for this exam, [*NotAllowedError] with
// platform_unavailable if the platform can't say how much time it grants, and the
// provider's errors. A day without slots is no error.
// Endpoint behind [ProctorU]: GET /getScheduleInfoAvailableTimesList.
func (s *Scheduler) Slots(ctx context.Context, exam Exam, learner LearnerID, q SlotQuery) iter.Seq2[Slot, error] {
	return func(yield func(Slot, error) bool) {
		search, err := s.slotSearch(ctx, exam, learner, q)
		if err != nil {
			yield(Slot{}, err)
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
	for day := midnight(first.In(x.zone)); !first.After(last) && !day.After(last); day = nextDay(day) {
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
	first, last time.Time // starts allowed, both included
}

func (s *Scheduler) slotSearch(ctx context.Context, exam Exam, learner LearnerID, q SlotQuery) (*slotSearch, error) {
	if err := exam.Validate(); err != nil {
		return nil, err
	}
	if q.OnDemand && q.For != "" {
		return nil, invalid("SlotQuery.OnDemand", "goes not with For: a booking is moved to planned slots only", nil)
	}
	record, err := s.store.Learner(ctx, learner, 0)
	if err != nil {
		return nil, fmt.Errorf("scheduling: Slots: learner: %w", err)
	}
	if q.For != "" {
		b, err := s.store.Get(ctx, q.For)
		if err != nil || b.Learner != learner || b.Exam.Key() != exam.Key() {
			return nil, fmt.Errorf("scheduling: Slots: booking %s: %w", q.For, ErrNotFound)
		}
		return s.searchFor(b, record, q)
	}
	x, err := s.newSearch(exam, record)
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

// searchFor looks for starts to which the booking could be moved, by its own terms.
func (s *Scheduler) searchFor(b Booking, record Learner, q SlotQuery) (*slotSearch, error) {
	x, err := s.newSearch(b.Exam, record)
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

func (s *Scheduler) newSearch(exam Exam, record Learner) (*slotSearch, error) {
	zone, err := record.Location()
	if err != nil {
		return nil, invalid("Profile.Zone", "is missing, and the platform has no zone for the learner", err)
	}
	return &slotSearch{s: s, zone: zone, slot: Slot{Exam: exam.Key(), Learner: record.ID}}, nil
}

// asks says whether the start lies on one of the days.
func (q SlotQuery) asks(start time.Time, zone *time.Location) bool {
	day := midnight(start.In(zone))
	return (q.From.IsZero() || !day.Before(midnight(q.From.In(zone)))) && (q.To.IsZero() || !day.After(midnight(q.To.In(zone))))
}

// limit narrows the starts to the window, the notice, and the days asked for.
func (x *slotSearch) limit(w Window, d, notice time.Duration, q SlotQuery) {
	x.slot.Duration = d
	x.first, x.last = span(w, d, notice, x.s.now())
	if !q.From.IsZero() {
		x.first = later(x.first, midnight(q.From.In(x.zone)))
	}
	if !q.To.IsZero() {
		x.last = earlier(x.last, nextDay(midnight(q.To.In(x.zone))).Add(-time.Second))
	}
}

// day returns what fits of one day.
func (x *slotSearch) day(ctx context.Context, day time.Time) ([]Slot, error) {
	end, now := nextDay(day), x.s.now()
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
		slot.Fee, slot.PremiumFee, slot.DiscountFee = o.Fee, o.PremiumFee, o.DiscountFee
		slots = append(slots, slot)
	}
	slices.SortStableFunc(slots, func(a, b Slot) int { return a.Start.Compare(b.Start) })
	return slices.CompactFunc(slots, func(a, b Slot) bool { return a.Start.Equal(b.Start) }), nil
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
