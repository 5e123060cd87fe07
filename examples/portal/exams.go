package main

import (
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/proctorbook/proctorbook/scheduling"
)

// card is an exam as the learner has it.
type card struct {
	offered
	Status scheduling.Status
}

// Booked reports whether there is an active booking.
func (c card) Booked() bool {
	return slices.Contains([]scheduling.State{scheduling.StatePending, scheduling.StateScheduled, scheduling.StateBegun, scheduling.StateUnlocked}, c.Status.State)
}

// Why is what forbids booking. That there is a booking needs no reason.
func (c card) Why() []scheduling.Reason {
	if c.Booked() {
		return nil
	}
	return c.Status.Reasons
}

// examsPage shows all exams of the learner.
func (p *portal) examsPage(v *visit) error {
	if !v.ByLink() {
		if _, err := p.s.Learner(v.ctx(), v.person.Username); err != nil { // what the platform knows may have changed
			return err
		}
	}
	if err := p.know(v); err != nil {
		return err
	}
	var cards []card
	for _, exam := range v.exams {
		status, err := p.status(v, exam.Exam)
		if err != nil {
			return err
		}
		cards = append(cards, card{exam, status})
		if status.Intent != "" {
			v.refresh = 2
		}
	}
	return v.show(http.StatusOK, "exams", "My exams", cards)
}

// exam finds the exam that the address names, and how it stands.
func (p *portal) exam(v *visit) (card, error) {
	i := slices.IndexFunc(v.exams, func(o offered) bool { return o.Slug == v.r.PathValue("exam") })
	if i < 0 {
		return card{}, errNoPage
	}
	status, err := p.status(v, v.exams[i].Exam)
	return card{v.exams[i], status}, err
}

// examPage tells what the exam is, and why the learner may or may not book it.
func (p *portal) examPage(v *visit) error {
	c, err := p.exam(v)
	if err != nil {
		return err
	}
	earlier, err := p.bookingsOf(v, c.Exam.Key())
	if err != nil {
		return err
	}
	return v.show(http.StatusOK, "exam", c.Exam.Name, struct {
		card
		Terms   scheduling.Terms
		Earlier []scheduling.Booking
	}{c, c.Status.Terms[scheduling.ActionBook], earlier})
}

// bookingsOf returns the learner's bookings of an exam, the newest first. One that
// can't be read does not hide the others.
func (p *portal) bookingsOf(v *visit, exam scheduling.ExamKey) (all []scheduling.Booking, err error) {
	for b, err := range p.store.List(v.ctx(), scheduling.Filter{Learner: v.learner.ID, Exam: exam}) {
		if _, unreadable := errors.AsType[*scheduling.UnreadableError](err); unreadable {
			continue
		}
		if err != nil {
			return nil, err
		}
		all = append(all, b)
	}
	slices.SortFunc(all, func(a, b scheduling.Booking) int { return b.CreatedAt.Compare(a.CreatedAt) })
	return all, nil
}

// others returns the learner's other exams by the day on which they begin.
func (p *portal) others(v *visit, exam scheduling.ExamKey) (map[scheduling.Date][]scheduling.Booking, error) {
	all, err := p.bookingsOf(v, scheduling.ExamKey{})
	if err != nil {
		return nil, err
	}
	days := map[scheduling.Date][]scheduling.Booking{}
	for _, b := range all {
		start := startOf(b)
		if b.Exam.Key() == exam || start.IsZero() || !(card{Status: scheduling.Status{State: b.State}}).Booked() {
			continue
		}
		day := scheduling.DateOf(start, v.zone)
		days[day] = append(days[day], b)
	}
	return days, nil
}

// startOf is when a booking begins, or is asked for.
func startOf(b scheduling.Booking) time.Time {
	if b.Start.IsZero() && b.Intent != nil {
		return b.Intent.Want
	}
	return b.Start
}
