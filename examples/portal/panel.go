package main

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
	"github.com/proctorbook/proctorbook/scheduling"
)

// panelView is what the panel shows.
type panelView struct {
	Faults  []fault
	Played  string // the fault that is on
	Armed   bool   // the next reservation kills the portal
	Alive   bool
	Kills   int
	Offset  time.Duration
	Now     time.Time
	Stories []story
	Rooms   []room
	LMS     *lmsView // nil if the portal serves none
}

// fault is a button of the panel.
type fault struct{ Name, Label, Says string }

var faults = []fault{
	{"lose", "Lose the next answer", "The provider makes the reservation; its answer never arrives."},
	{"down", "Provider down", "No request gets through until you end it."},
	{"slow", "Provider slow", "The provider acts three seconds after the connection is gone."},
	{"kill", "Kill the process now", "SIGKILL, in the middle of whatever it does. It starts again on the same file."},
	{"kill-next", "Kill it at the next commit", "SIGKILL when the provider has made the next reservation, before it answers."},
	{"none", "All well again", "Ends every fault."},
}

// story is a booking with both sides' view of it.
type story struct {
	Booking scheduling.Booking
	Lines   []line
	There   int // reservations that the provider holds of it
}

// line is one moment of a story, on the provider's side or on ours.
type line struct {
	At     time.Time
	There  string // what the provider saw
	Start  time.Time
	Lost   bool
	Here   scheduling.EventType // what we knew
	Killed bool                 // the portal was killed
}

// room is a session that a proctor looks after.
type room struct {
	Booking scheduling.BookingID
	Number  int64
	Start   time.Time
	Code    string
	Started bool
}

// maxStories is how many bookings the panel tells of.
const maxStories = 4

// panel returns the pages of the panel.
func (d *demo) panel() http.Handler {
	mux := http.NewServeMux()
	for pattern, show := range map[string]page{
		"GET /panel": d.panelPage, "POST /panel/fault": d.setFault, "POST /panel/clock": d.setClock, "POST /panel/room": d.proctor,
		"POST /panel/lms": d.onLMS,
	} {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			v := d.pages.newVisit(w, r, d.world.clock.Now())
			v.zone, v.Demo = d.world.exams[0].Exam.Zone, true
			if err := show(v); err != nil {
				if err := v.fail(err); err != nil {
					d.log.Error("the page of an error failed", "page", r.Pattern, "error", err)
				}
			}
		})
	}
	return mux
}

// panelPage shows the buttons, and the newest bookings as both sides saw them.
func (d *demo) panelPage(v *visit) error {
	bookings, err := d.known(v.ctx(), maxStories)
	if err != nil {
		return err
	}
	d.mu.Lock()
	if d.played == "lose" && d.lost() > d.lostBefore {
		d.played = "" // it is lost
	}
	view := panelView{
		Faults: faults, Played: d.played, Armed: d.world.trace.armed(), Alive: d.worker != nil, Kills: len(d.kills),
		Offset: time.Duration(d.world.clock.offset.Load()).Round(time.Minute), Now: d.world.clock.Now(), Rooms: d.rooms(),
	}
	d.mu.Unlock()
	for _, b := range bookings {
		s, err := d.story(v.ctx(), b)
		if err != nil {
			return err
		}
		view.Stories = append(view.Stories, s)
		if b.Intent != nil {
			v.refresh = 2 // until it has settled: a page that moves for ever can't be read
		}
	}
	if d.order.Public != "" {
		lms := d.lmsSection(v, view.Alive)
		if view.LMS = &lms; slices.ContainsFunc(lms.Sittings, func(s lmsSitting) bool { return s.Waits }) {
			v.refresh = 2
		}
	}
	if !view.Alive {
		v.refresh = 1
	}
	return v.show(http.StatusOK, "panel", "Break something", view)
}

// Moment is the time of day to the millisecond.
func (v *visit) Moment(t time.Time) string { return t.In(v.zone).Format("15:04:05.000") }

// story puts what the provider saw beside what we knew, in the order of time.
func (d *demo) story(ctx context.Context, b scheduling.Booking) (story, error) {
	s := story{Booking: b}
	for _, saw := range d.world.trace.of(b.ID) {
		s.Lines = append(s.Lines, line{At: saw.At, There: saw.Call + ": " + saw.Did, Start: saw.Start, Lost: saw.Lost})
	}
	events, err := d.store.Events(ctx, scheduling.EventQuery{Booking: b.ID, Limit: 200})
	if _, unreadable := errors.AsType[*scheduling.UnreadableError](err); err != nil && !unreadable {
		return s, err
	}
	for _, e := range events {
		s.Lines = append(s.Lines, line{At: e.At, Here: e.Type})
	}
	d.mu.Lock()
	for _, at := range d.kills {
		if at.After(b.CreatedAt) && at.Before(b.UpdatedAt) {
			s.Lines = append(s.Lines, line{At: at, Killed: true})
		}
	}
	d.mu.Unlock()
	slices.SortStableFunc(s.Lines, func(a, b line) int { return a.At.Compare(b.At) })
	for _, r := range d.world.provider.Reservations() {
		if r.ID == string(b.ID) && !r.Canceled {
			s.There++
		}
	}
	return s, nil
}

// newest returns the bookings that were made last.
func newest(all []scheduling.Booking, most int) []scheduling.Booking {
	slices.SortFunc(all, func(a, b scheduling.Booking) int { return b.CreatedAt.Compare(a.CreatedAt) })
	return all[:min(most, len(all))]
}

// setFault breaks something, or mends it.
func (d *demo) setFault(v *visit) error {
	name := v.r.PostFormValue("fault")
	if !slices.ContainsFunc(faults, func(f fault) bool { return f.Name == name }) {
		return errBadForm
	}
	switch name {
	case "kill":
		d.kill()
		return v.goTo("/panel")
	case "kill-next":
		d.world.trace.killAtCommit(d.kill)
		return v.goTo("/panel")
	}
	d.world.provider.ClearFaults()
	d.world.provider.SetFaultPlan(nil)
	d.world.provider.SetListLag(0, 0)
	switch name {
	case "none":
		d.world.trace.killAtCommit(nil)
		name = ""
	case "lose":
		d.world.provider.SetListLag(demoBounds.ListLag-200*time.Millisecond, 0) // so that there is time to see "we are checking"
		d.world.provider.Fault(proctorbooktest.Fault{Kind: proctorbooktest.LoseAnswer, Endpoint: "addAdHocProcess"})
	case "down":
		d.world.provider.Fault(proctorbooktest.Fault{Kind: proctorbooktest.Down, Times: -1})
	case "slow":
		d.world.provider.SetFaultPlan(func(endpoint string) proctorbooktest.Fault {
			if endpoint != "addAdHocProcess" {
				return proctorbooktest.Fault{}
			}
			return proctorbooktest.Fault{Kind: proctorbooktest.Late, Delay: 3 * time.Second}
		})
	}
	d.mu.Lock()
	d.played, d.lostBefore = name, d.lost()
	d.mu.Unlock()
	return v.goTo("/panel")
}

// lost counts the answers that were lost so far.
func (d *demo) lost() int { return d.world.provider.Counts().Faults[proctorbooktest.LoseAnswer] }

// setClock sets all clocks forward: to exam day.
func (d *demo) setClock(v *visit) error {
	minutes, err := strconv.Atoi(v.r.PostFormValue("minutes"))
	if err != nil || minutes < 1 || minutes > 200*24*60 {
		return errBadForm
	}
	if err := d.shift(time.Duration(minutes) * time.Minute); err != nil {
		return err
	}
	return v.goTo("/panel")
}

// rooms are the sessions that a proctor has on the screen: those that a learner has
// entered.
func (d *demo) rooms() (all []room) {
	for _, r := range d.world.provider.Reservations() {
		if r.Begun && !r.Ended && !r.Canceled {
			all = append(all, room{Booking: scheduling.BookingID(r.ID), Number: r.Number, Start: r.Start, Code: r.ExamPassword, Started: r.Started})
		}
	}
	slices.SortFunc(all, func(a, b room) int { return cmp.Compare(b.Number, a.Number) })
	return all[:min(3, len(all))]
}

// proctor does what the proctor does: let the learner in, or close the session.
func (d *demo) proctor(v *visit) error {
	number, err := strconv.ParseInt(v.r.PostFormValue("number"), 10, 64)
	if err != nil {
		return errBadForm
	}
	if v.r.PostFormValue("act") == "start" {
		err = d.world.journal.starts(number)
	} else {
		err = d.world.journal.ends(number, proctorutest.Verdict{Authenticated: true, TestSubmitted: true})
	}
	if err != nil {
		return errBadForm // a button of a page that is older than the session
	}
	return v.goTo("/panel")
}
