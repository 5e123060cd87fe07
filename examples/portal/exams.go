package main

import (
	"errors"
	"iter"
	"net/http"
	"slices"
	"time"

	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/lists"
)

// card is an exam as the learner has it.
type card struct {
	offered
	Status scheduling.Status
}

// Booked reports whether there is an active booking.
func (c card) Booked() bool { return c.Status.State.Active() }

// examsPage shows all exams of the learner.
func (p *portal) examsPage(v *visit) error {
	if !v.ByLink() {
		if _, err := p.s.Learner(v.ctx(), v.Person.Username); err != nil { // what the platform knows may have changed
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

// named finds the exam with the name.
func named(all []offered, slug string) (offered, bool) {
	return first(all, func(o offered) bool { return o.Slug == slug })
}

// keyed finds the exam with the key.
func keyed(all []offered, key scheduling.ExamKey) (offered, bool) {
	return first(all, func(o offered) bool { return o.Exam.Key() == key })
}

func first[T any](all []T, is func(T) bool) (found T, ok bool) {
	i := slices.IndexFunc(all, is)
	if i < 0 {
		return found, false
	}
	return all[i], true
}

// exam finds the exam that the address names, and how it stands.
func (p *portal) exam(v *visit) (card, error) {
	exam, ok := named(v.exams, v.r.PathValue("exam"))
	if !ok {
		return card{}, errNoPage
	}
	status, err := p.status(v, exam.Exam)
	return card{exam, status}, err
}

// examPage tells what the exam is, and why the learner may or may not book it.
func (p *portal) examPage(v *visit, c card) error {
	earlier, err := p.bookingsOf(v, c.Exam.Key())
	if err != nil {
		return err
	}
	return v.render(http.StatusOK, "exam", c.Exam.Name, struct {
		card
		Terms   scheduling.Terms
		Earlier []scheduling.Booking
	}{c, c.Status.Terms[scheduling.ActionBook], earlier})
}

// bookingsOf returns the learner's bookings of an exam, the newest first.
func (p *portal) bookingsOf(v *visit, exam scheduling.ExamKey) (all []scheduling.Booking, err error) {
	for b, err := range readable(p.store.List(v.ctx(), scheduling.Filter{Learner: v.learner.ID, Exam: exam})) {
		if err != nil {
			return nil, err
		}
		all = append(all, b)
	}
	slices.SortFunc(all, func(a, b scheduling.Booking) int { return b.CreatedAt.Compare(a.CreatedAt) })
	return all, nil
}

// readable leaves out what can't be read, and keeps the rows of learners whose account
// can't: they have the user name. It hides nothing else.
func readable[T any](all iter.Seq2[T, error]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for x, err := range all {
			if _, account := errors.AsType[*lists.AccountError](err); account {
				err = nil
			}
			if _, unreadable := errors.AsType[*scheduling.UnreadableError](err); !unreadable && !yield(x, err) {
				return
			}
		}
	}
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
		if b.Exam.Key() == exam || start.IsZero() || !b.State.Active() {
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
