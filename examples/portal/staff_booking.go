package main

import (
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
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
		view.History = slices.DeleteFunc(view.History, func(e scheduling.Event) bool { return e.Type.Step() })
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
	return v.attach("events", b.Exam.Key(), func(w io.Writer) error {
		return lists.WriteTimelineCSV(w, readable(p.s.Events(v.ctx(), scheduling.EventQuery{Booking: b.ID})), lists.WithBOM())
	})
}

// deed is what a button does to a booking.
type deed = func(context.Context, scheduling.BookingID, scheduling.Request) (scheduling.Booking, error)

// act does what a button says, and shows the booking again.
func (p *portal) act(v *visit) error {
	overrule := func(verdict scheduling.Verdict) deed {
		return func(ctx context.Context, id scheduling.BookingID, why scheduling.Request) (scheduling.Booking, error) {
			return p.s.Staff.OverrideOutcome(ctx, id, verdict, why)
		}
	}
	do, known := map[string]deed{
		"note": p.s.Staff.Annotate, "cancel": p.s.Cancel, "void": p.s.Staff.Void, "reopen": p.s.Staff.Reopen, "undo-no-show": p.s.Staff.UndoNoShow,
		"reset-code": p.s.Staff.ResetCode, "pass": overrule(scheduling.VerdictPassed), "fail": overrule(scheduling.VerdictFailed), "look": p.look,
	}[v.r.PathValue("act")]
	if !known {
		return errNoPage
	}
	id, why := v.ask()
	_, err := do(v.ctx(), id, why)
	return v.done(id, err)
}

// done shows the booking again. What is pending is shown there.
func (v *visit) done(id scheduling.BookingID, err error) error {
	if _, pending := errors.AsType[*scheduling.PendingError](err); err != nil && !pending {
		return err
	}
	return v.goTo("/staff/bookings/" + string(id))
}

// ask is which booking staff mean, why, and who they are.
func (v *visit) ask() (scheduling.BookingID, scheduling.Request) {
	return scheduling.BookingID(v.r.PathValue("id")), scheduling.Request{Reason: strings.TrimSpace(v.r.PostFormValue("reason")), By: v.Person.Username}
}

// look wakes the engine for the booking, and for a session that was held reads the report.
func (p *portal) look(ctx context.Context, id scheduling.BookingID, _ scheduling.Request) (scheduling.Booking, error) {
	b, err := p.s.Booking(ctx, id)
	if err == nil && b.State == scheduling.StateFinished {
		_, err = p.s.Outcome(ctx, id)
	} else if err == nil {
		err = p.s.Wake(ctx, string(id))
	}
	return b, err
}

// resolve takes the answer of whoever has asked the provider.
func (p *portal) resolve(v *visit) error {
	id, why := v.ask()
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
	return v.done(id, err)
}
