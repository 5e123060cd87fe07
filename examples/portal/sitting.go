package main

import (
	"errors"
	"net/http"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/ical"
)

// begin asks for the way into the session, and shows it as a link: the address signs
// the learner in, and is kept nowhere.
func (p *portal) begin(v *visit, b scheduling.Booking) error {
	beginNow := func() (scheduling.Launch, error) { return p.s.Begin(v.ctx(), b.ID) }
	if v.ByLink() && b.ID == v.sitting.Booking.ID {
		beginNow = func() (scheduling.Launch, error) { return p.bridge.Begin(v.ctx(), v.attempt) } // with the extra time that the platform grants by now
	}
	launch, err := beginNow()
	if early, ok := errors.AsType[*scheduling.TooEarlyError](err); ok {
		return v.show(http.StatusConflict, "early", "It is too early", early.At)
	}
	if err != nil {
		return err
	}
	v.w.Header().Set("Referrer-Policy", "no-referrer")
	return v.render(http.StatusOK, "launch", launch.Booking.Exam.Name, launch)
}

// unlock takes the code that the proctor types.
func (p *portal) unlock(v *visit, b scheduling.Booking) error {
	_, err := p.s.Unlock(v.ctx(), b.ID, v.r.PostFormValue("code"))
	_, empty := errors.AsType[*proctorbook.ValidationError](err)
	if errors.Is(err, scheduling.ErrWrongCode) || empty {
		return v.show(http.StatusForbidden, "wrongcode", "This is not the code", b)
	}
	if err != nil {
		return err
	}
	return v.goTo("/bookings/" + string(b.ID))
}

// finish hands in.
func (p *portal) finish(v *visit, b scheduling.Booking) error {
	if _, err := p.s.Finish(v.ctx(), b.ID); err != nil {
		return err
	}
	return v.goTo("/bookings/" + string(b.ID))
}

// calendarFile is the booking for the learner's calendar.
func (p *portal) calendarFile(v *visit, b scheduling.Booking) error {
	if b.Start.IsZero() {
		return errNoPage // nothing is proven that could stand in a calendar
	}
	text, err := ical.Write(ical.Invitation{Booking: b, Stamp: b.UpdatedAt, Zone: v.zone, Organizer: ical.Person{Name: v.T("Exam office"), Mail: "exams@example.org"}})
	if err != nil {
		return err
	}
	v.w.Header().Set("Content-Type", text.ContentType())
	v.w.Header().Set("Content-Disposition", `attachment; filename="exam.ics"`)
	_, err = v.w.Write(text.Data)
	return err
}
