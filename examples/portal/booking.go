package main

import (
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/proctorbook/proctorbook/scheduling"
)

// confirmView is what the learner is told before anything is done.
type confirmView struct {
	card
	Start  time.Time // the start to book, or to move to; zero for a cancel
	End    time.Time
	Slot   *scheduling.Slot // as the provider offers it now; nil if it does no longer
	Terms  scheduling.Terms
	Why    []scheduling.Reason // what forbids it now
	Change bool                // the clocks change on that day
}

// Losses are what the learner loses. A fee is shown as an amount.
func (c confirmView) Losses() []scheduling.Loss {
	return slices.DeleteFunc(slices.Clone(c.Terms.Loses), func(l scheduling.Loss) bool { return l == scheduling.LossFee })
}

// start is the start that the form, or the link, asks for.
func (v *visit) start() (time.Time, error) {
	start, err := time.Parse(time.RFC3339, v.r.FormValue("start"))
	if err != nil {
		return time.Time{}, errBadForm
	}
	return start, nil
}

// confirmPage shows what a start costs and loses, before it is booked or moved to.
func (p *portal) confirmPage(v *visit, c card) error {
	start, err := v.start()
	if err != nil {
		return err
	}
	view := confirmView{card: c, Start: start, End: start.Add(c.Status.Duration)}
	day := scheduling.DateOf(start, v.zone)
	query := scheduling.SlotQuery{From: day, To: day}
	action := scheduling.ActionBook
	if c.Booked() {
		action, query.For = scheduling.ActionReschedule, c.Status.Booking
	}
	view.Terms, view.Why = c.Status.Terms[action], c.Status.Why[action]
	view.Change = newDay(day, day, v.zone, nil).Changes
	if len(view.Why) == 0 {
		for slot, err := range p.s.Slots(v.ctx(), c.Exam, v.learner.ID, query) {
			if err != nil {
				return err
			}
			if slot.Start.Equal(start) {
				view.Slot = &slot
			}
		}
		if view.Slot == nil || view.Slot.Conflict != "" {
			return p.showSlots(v, http.StatusConflict, slotsView{card: c, Taken: true, Gone: start}, day)
		}
	}
	return v.render(http.StatusOK, "confirm", c.Exam.Name, view)
}

// book reserves the start. A second click, or a reload, finds the booking that the
// first one made.
func (p *portal) book(v *visit, c card) error {
	start, err := v.start()
	if err != nil {
		return err
	}
	var b scheduling.Booking
	if v.ByLink() {
		b, err = p.bridge.Book(v.ctx(), v.attempt, start)
	} else {
		b, err = p.s.Book(v.ctx(), c.Exam, v.learner.ID, start)
	}
	return p.settled(v, b, err)
}

// move moves the booking to the start.
func (p *portal) move(v *visit, b scheduling.Booking) error {
	start, err := v.start()
	if err != nil {
		return err
	}
	b, err = p.s.Reschedule(v.ctx(), b.ID, start)
	return p.settled(v, b, err)
}

// cancelPage shows what a cancel costs and loses.
func (p *portal) cancelPage(v *visit, b scheduling.Booking) error {
	c, err := p.standing(v, b)
	if err != nil {
		return err
	}
	if c.Status.Booking != b.ID {
		return v.goTo("/bookings/" + string(b.ID)) // it is over; what is booked by now has a page of its own
	}
	return v.render(http.StatusOK, "cancel", c.Exam.Name, confirmView{
		card: c, Terms: c.Status.Terms[scheduling.ActionCancel], Why: c.Status.Why[scheduling.ActionCancel],
	})
}

// cancel cancels the booking.
func (p *portal) cancel(v *visit, b scheduling.Booking) error {
	b, err := p.s.Cancel(v.ctx(), b.ID, scheduling.Request{Reason: v.r.PostFormValue("reason"), By: "learner"})
	return p.settled(v, b, err)
}

// settled shows what a write came to. While nobody knows, the booking's page says so,
// and finds out by itself.
func (p *portal) settled(v *visit, b scheduling.Booking, err error) error {
	if pending, ok := errors.AsType[*scheduling.PendingError](err); ok {
		return v.goTo("/bookings/" + string(pending.BookingID))
	}
	if already, ok := errors.AsType[*scheduling.AlreadyBookedError](err); ok {
		return v.goTo("/bookings/" + string(already.BookingID) + "?already=1")
	}
	if taken, ok := errors.AsType[*scheduling.SlotTakenError](err); ok {
		return p.showTaken(v, taken)
	}
	if err != nil {
		return err
	}
	return v.goTo("/bookings/" + string(b.ID))
}

// showTaken offers what else is free: somebody was faster.
func (p *portal) showTaken(v *visit, taken *scheduling.SlotTakenError) error {
	b, err := p.s.Booking(v.ctx(), taken.BookingID)
	if err != nil {
		return err
	}
	c, err := p.standing(v, b)
	if err != nil {
		return err
	}
	return p.showSlots(v, http.StatusConflict, slotsView{card: c, Taken: true, Gone: taken.Start}, scheduling.DateOf(taken.Start, v.zone))
}

// mine returns the booking that the address names, if it is the learner's own, and of the
// attempt's exam if a link led here. What belongs to somebody else is not there.
func (p *portal) mine(v *visit) (scheduling.Booking, error) {
	b, err := p.s.Booking(v.ctx(), scheduling.BookingID(v.r.PathValue("id")))
	if err == nil && (b.Learner != v.learner.ID || v.ByLink() && b.Exam.Key() != v.exams[0].Exam.Key()) {
		return scheduling.Booking{}, errNoPage
	}
	return b, err
}

// standing is how the booking's exam stands for the learner. An exam that is no longer
// offered is shown as it was booked.
func (p *portal) standing(v *visit, b scheduling.Booking) (card, error) {
	o, ok := keyed(v.exams, b.Exam.Key())
	if !ok {
		o.Exam = b.Exam
	}
	status, err := p.status(v, o.Exam)
	return card{o, status}, err
}

// bookingView is what the page of a booking shows.
type bookingView struct {
	card
	Booking scheduling.Booking
	Current bool // it is the booking that Status is about
	Already bool // the learner asked for another start while it stands
	Check   string
	Outcome scheduling.Outcome
}

// bookingPage tells the truth about a booking, and keeps telling it: as long as
// something is open the browser asks again.
func (p *portal) bookingPage(v *visit, b scheduling.Booking) error {
	c, err := p.standing(v, b)
	if err != nil {
		return err
	}
	view := bookingView{
		card: c, Booking: b, Current: c.Status.Booking == b.ID, Already: v.r.FormValue("already") != "",
		Check: p.provider.Client.EquipmentCheckURL(), Outcome: b.Outcome(),
	}
	switch {
	case b.Intent != nil:
		v.refresh = 2
	case b.State == scheduling.StateScheduled && b.Start.Sub(v.Now) < time.Hour, b.State == scheduling.StateUnlocked:
		v.refresh = 30
	}
	return v.render(http.StatusOK, "booking", c.Exam.Name, view)
}
