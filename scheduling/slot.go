package scheduling

import (
	"time"

	"github.com/proctorbook/proctorbook/proctoru"
)

// Slot is a start that the provider offers for an exam. Instants are UTC. In JSON,
// durations are nanoseconds.
type Slot struct {
	Start     time.Time     `json:"start"`               // whole seconds
	End       time.Time     `json:"end"`                 // Start plus Duration
	Exam      ExamKey       `json:"exam"`                // what it is for
	Learner   LearnerID     `json:"learner"`             // for whom it was looked up
	Duration  time.Duration `json:"duration"`            // of the sitting, for this learner
	FetchedAt time.Time     `json:"fetched_at"`          // when the provider was asked: within minutes, slots are taken
	Current   bool          `json:"current,omitempty"`   // the booking of SlotQuery.For is at this start now
	Conflict  BookingID     `json:"conflict,omitempty"`  // the learner's booking of another exam that is in the way: Book refuses the start
	OnDemand  bool          `json:"on_demand,omitempty"` // a session on demand: book it with BookSlot

	// In the currency of the provider's account. How they add up is not documented.
	Fee         proctoru.Money `json:"fee,omitempty"`          // the regular fee
	PremiumFee  proctoru.Money `json:"premium_fee,omitempty"`  // for short notice
	DiscountFee proctoru.Money `json:"discount_fee,omitempty"` // a discount
}

// Premium reports whether the slot costs more, for its short notice.
func (s Slot) Premium() bool {
	cents, err := s.PremiumFee.Cents()
	return err == nil && cents > 0
}

// SlotQuery chooses the days of [Scheduler.Slots]. They are days of the learner's zone,
// wherever the program runs: a page that has "2026-12-03" in its address gives what
// [ParseDate] makes of it, and one that has an instant gives [DateOf] with the zone of
// [Learner].Location.
type SlotQuery struct {
	From Date      // the first day; zero: the first on which the exam's window allows a start
	To   Date      // the last day, which is included; zero: the last on which the window allows a start
	For  BookingID // the booking that is to be moved: its own slot is offered too, as Current

	// OnDemand asks for sessions on demand, in the next hours and at a higher fee,
	// instead of slots planned ahead. The exam's notice holds for them, too. It can't be
	// used with For: a booking is moved to planned slots only.
	OnDemand bool
}

func (q SlotQuery) validate() error {
	var v problems
	v.check(q.From.IsZero() || q.From.Valid(), "SlotQuery.From", notADay)
	v.check(q.To.IsZero() || q.To.Valid(), "SlotQuery.To", notADay)
	v.check(!q.OnDemand || q.For == "", "SlotQuery.OnDemand", "can't be used with For: a booking is moved to planned slots only")
	return v.err()
}

// asks reports whether the start is on one of the days.
func (q SlotQuery) asks(start time.Time, zone *time.Location) bool {
	day := DateOf(start, zone)
	return (q.From.IsZero() || day.Compare(q.From) >= 0) && (q.To.IsZero() || day.Compare(q.To) <= 0)
}
