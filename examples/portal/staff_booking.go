package main

import (
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/lists"
)

// timelineView is all that is known of one booking.
type timelineView struct {
	scheduling.Explanation
	Name  string
	Short bool // without the engine's own steps
	Acts  []act
}

// act is a button of staff's. Each needs a reason, which is kept.
type act struct{ Name, Label, Says string }

// Decisions are the answers to a booking that needs attention.
func (timelineView) Decisions() []scheduling.Decision {
	return []scheduling.Decision{scheduling.DecisionKeep, scheduling.DecisionGone, scheduling.DecisionStands, scheduling.DecisionHeld}
}

// timelinePage shows what happened to a booking, what comes next, and what staff can do.
func (p *portal) timelinePage(v *visit) error {
	e, err := p.s.Staff.Explain(v.ctx(), scheduling.BookingID(v.r.PathValue("id")))
	if err != nil {
		return err
	}
	view := timelineView{Explanation: e, Name: p.nameOf(v, e.Booking.Learner), Short: v.r.FormValue("all") == "", Acts: acts(e.Booking)}
	if view.Short {
		view.History = nil
		for _, event := range e.History {
			if !event.Type.Step() {
				view.History = append(view.History, event)
			}
		}
	}
	return v.show(http.StatusOK, "timeline", "Booking", view)
}

// acts are what staff may do with a booking in its state.
func acts(b scheduling.Booking) []act {
	all := []act{{"note", "Write a note", "It is kept in the history, and changes nothing."}, {"look", "Look now", "The provider is asked at once."}}
	switch b.State {
	case scheduling.StateScheduled:
		all = append(all, act{"cancel", "Cancel", "The reservation is removed at the provider, at no cost for the learner."})
	case scheduling.StateBegun, scheduling.StateUnlocked:
		all = append(all, act{"reset-code", "New unlock code", "Give the proctor the new code."},
			act{"void", "Void this sitting", "It does not count, and the learner may book again."})
	case scheduling.StateFinished:
		all = append(all, act{"reopen", "Reopen", "For a learner who ended the exam by mistake."},
			act{"void", "Void this sitting", "It does not count, and the learner may book again."},
			act{"pass", "Overrule: passed", "Your verdict counts instead of the report's."}, act{"fail", "Overrule: failed", "Your verdict counts instead of the report's."})
	case scheduling.StateNoShow:
		all = append(all, act{"undo-no-show", "Take the no-show back", "For a proctor who is still waiting, or a session that was moved."})
	}
	return all
}

// timelineCSV is the history as a file.
func (p *portal) timelineCSV(v *visit) error {
	b, err := p.s.Booking(v.ctx(), scheduling.BookingID(v.r.PathValue("id")))
	if err != nil {
		return err
	}
	v.attach("events", b.Exam.Key())
	return lists.WriteTimelineCSV(v.w, p.s.Events(v.ctx(), scheduling.EventQuery{Booking: b.ID}), lists.WithBOM())
}

// act does what a button says, and shows the booking again.
func (p *portal) act(v *visit) error {
	id := scheduling.BookingID(v.r.PathValue("id"))
	why := scheduling.Request{Reason: strings.TrimSpace(v.r.PostFormValue("reason")), By: v.person.Username}
	var err error
	switch v.r.PathValue("act") {
	case "note":
		_, err = p.s.Staff.Annotate(v.ctx(), id, why)
	case "look":
		err = p.look(v, id)
	case "cancel":
		_, err = p.s.Cancel(v.ctx(), id, why)
	case "void":
		_, err = p.s.Staff.Void(v.ctx(), id, why)
	case "reopen":
		_, err = p.s.Staff.Reopen(v.ctx(), id, why)
	case "undo-no-show":
		_, err = p.s.Staff.UndoNoShow(v.ctx(), id, why)
	case "reset-code":
		_, err = p.s.Staff.ResetCode(v.ctx(), id, why)
	case "pass":
		_, err = p.s.Staff.OverrideOutcome(v.ctx(), id, scheduling.VerdictPassed, why)
	case "fail":
		_, err = p.s.Staff.OverrideOutcome(v.ctx(), id, scheduling.VerdictFailed, why)
	case "resolve":
		err = p.resolve(v, id, why)
	default:
		return errNoPage
	}
	if _, pending := errors.AsType[*scheduling.PendingError](err); err != nil && !pending {
		return err
	}
	return v.goTo("/staff/bookings/" + string(id))
}

// look wakes the engine for the booking, and for a session that was held reads the report.
func (p *portal) look(v *visit, id scheduling.BookingID) error {
	b, err := p.s.Booking(v.ctx(), id)
	if err != nil {
		return err
	}
	if b.State == scheduling.StateFinished {
		_, err = p.s.Outcome(v.ctx(), id)
		return err
	}
	return p.s.Wake(v.ctx(), string(id))
}

// resolve takes the answer of whoever has asked the provider.
func (p *portal) resolve(v *visit, id scheduling.BookingID, why scheduling.Request) error {
	r := scheduling.Resolution{Decision: scheduling.Decision(v.r.PostFormValue("decision")), Request: why}
	if r.Decision == scheduling.DecisionStands {
		r.Number = proctoru.ReservationNo(strings.TrimSpace(v.r.PostFormValue("number")))
		start, err := time.ParseInLocation("2006-01-02T15:04", v.r.PostFormValue("start"), v.zone)
		if err != nil {
			return errBadForm
		}
		r.Start = start
	}
	_, err := p.s.Staff.Resolve(v.ctx(), id, r)
	return err
}
