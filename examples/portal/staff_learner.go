package main

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/proctorbook/proctorbook/scheduling"
)

// accommodationView is what one learner gets in each exam.
type accommodationView struct {
	Learner  scheduling.Learner
	Exams    []granted
	Bookings []scheduling.Booking
}

// granted is what was granted in one exam.
type granted struct {
	offered
	Percent  int // more time, of the exam's
	Minutes  int // and so many
	Duration time.Duration
}

// whose is the learner whom the address names.
func (p *portal) whose(v *visit) (scheduling.Learner, error) {
	return p.store.Learner(v.ctx(), scheduling.LearnerID(v.r.PathValue("id")), 0)
}

// accommodationPage shows what was granted, and asks for more.
func (p *portal) accommodationPage(v *visit, l scheduling.Learner) (err error) {
	view := accommodationView{Learner: l}
	for _, exam := range p.Exams {
		a := l.Accommodation(exam.Exam.Key())
		g := granted{offered: exam, Minutes: int(a.Extra / time.Minute)}
		if a.Factor > 1 {
			g.Percent = int((a.Factor-1)*100 + 0.5)
		}
		g.Duration = exam.Exam.Duration + exam.Exam.Duration*time.Duration(g.Percent)/100 + a.Extra
		view.Exams = append(view.Exams, g)
	}
	v.learner = l
	if view.Bookings, err = p.bookingsOf(v, scheduling.ExamKey{}); err != nil {
		return err
	}
	return v.show(http.StatusOK, "accommodation", "Accommodations", view)
}

// accommodate grants more time in one exam. A booking that exists keeps its duration
// until it is moved; its timeline says so.
func (p *portal) accommodate(v *visit, l scheduling.Learner) error {
	percent, wrong := strconv.Atoi(v.r.PostFormValue("percent"))
	minutes, wrongToo := strconv.Atoi(v.r.PostFormValue("minutes"))
	offer, known := named(p.Exams, v.r.PostFormValue("exam"))
	if wrong != nil || wrongToo != nil || !known {
		return errBadForm
	}
	exam := offer.Exam.Key()
	a := l.Accommodation(exam)
	a.Factor, a.Extra = 1+float64(percent)/100, time.Duration(max(-1, min(minutes, 1e6)))*time.Minute // which is too much, and no overflow
	if percent == 0 {
		a.Factor = 0
	}
	why := scheduling.Request{Reason: strings.TrimSpace(v.r.PostFormValue("reason")), By: v.Person.Username}
	if _, err := p.s.Staff.SetAccommodation(v.ctx(), l.ID, exam, a, why); err != nil {
		return err
	}
	return v.goTo("/staff/learners/" + string(l.ID))
}
