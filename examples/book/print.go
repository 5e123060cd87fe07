package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
	"github.com/proctorbook/proctorbook/scheduling"
)

// An entry is what one step has to tell: members for programs, lines for people.
// Neither holds a secret or personal data.
type entry struct {
	Step    string                 `json:"step"`
	State   scheduling.State       `json:"state"`       // of the booking; "none" before there is one
	At      time.Time              `json:"at,omitzero"` // on the clock of the offline run
	Learner scheduling.LearnerID   `json:"learner"`
	Booking scheduling.BookingID   `json:"booking,omitempty"`
	Number  proctoru.ReservationNo `json:"reservation_no,omitempty"`
	Start   time.Time              `json:"start,omitzero"`
	Fee     proctoru.Money         `json:"fee,omitempty"`
	Slots   int                    `json:"slots,omitempty"`
	Reasons []scheduling.Reason    `json:"reasons,omitempty"` // that Status gave at first
	Actions []scheduling.Action    `json:"actions,omitempty"` // that are allowed after the step
	Launch  proctoru.SecretURL     `json:"launch_url,omitzero"`
	Verdict scheduling.Verdict     `json:"verdict,omitempty"`
	History []scheduling.EventType `json:"history,omitempty"` // what the step wrote into the store
	Proof   string                 `json:"proof,omitempty"`   // of the outcome of a write: answer, list, or list_and_report
	Sends   int                    `json:"sends,omitempty"`   // requests of a write
	Pending bool                   `json:"pending,omitempty"` // the write's outcome was open for a while

	lines []string
	known int // how much of History there was when the outcome was found to be open
	zone  *time.Location
}

// say adds a line for people.
func (e *entry) say(format string, args ...any) {
	e.lines = append(e.lines, fmt.Sprintf(format, args...))
}

// of makes it an entry about the learner, whose zone its lines are in.
func (e *entry) of(learner scheduling.Learner) {
	e.Learner = learner.ID
	if zone, err := learner.Location(); err == nil {
		e.zone = zone
	}
}

// take takes over what programs want to know of a booking.
func (e *entry) take(b scheduling.Booking) {
	if b.ID != "" {
		e.State, e.Booking, e.Number, e.Start = b.State, b.ID, b.Number, b.Start
	}
}

// refuse tells why the learner may not book.
func (e *entry) refuse(learner scheduling.Learner, reasons []scheduling.Reason) {
	e.of(learner)
	e.Reasons = reasons
	for _, reason := range reasons {
		e.say("may not book: %s", reason)
	}
}

// offer tells which slots are free.
func (e *entry) offer(free []scheduling.Slot) {
	if e.Slots = len(free); e.Slots == 0 {
		return
	}
	e.Start, e.Fee = free[0].Start, free[0].Fee
	e.say("the first %d free starts:", len(free))
	for _, slot := range free {
		e.say("%s  fee %s", e.when(slot.Start), price(slot.Fee))
	}
}

// meanwhile tells of another learner's booking.
func (e *entry) meanwhile(learner scheduling.Learner, b scheduling.Booking) {
	e.of(learner)
	e.say("meanwhile learner %s books %s, and cancels", learner.ID, e.when(b.Start))
}

// settled tells what a write has come to, and how that is known.
func (e *entry) settled(b scheduling.Booking) {
	e.take(b)
	switch e.Step {
	case "book":
		e.say("%s, fee %s", e.when(b.Start), price(e.Fee))
	case "reschedule":
		e.say("now %s", e.when(b.Start))
	}
	e.say("booking %s is %s, reservation %s at the provider", b.ID, b.State, b.Number)
	if len(e.History) < 2 {
		return // an older booking that stands at that start
	}
	var text string
	e.Proof, text = proof(e.History, e.known)
	e.say("proof: %s (%s)", text, strings.Trim(strings.ReplaceAll(fmt.Sprint(e.History), " ", ", "), "[]"))
}

// when prints an instant as a person in the learner's zone says it, and in UTC.
func (e *entry) when(t time.Time) string {
	local, utc := t.In(e.zone), t.UTC()
	layout := "15:04 UTC"
	if local.YearDay() != utc.YearDay() {
		layout = "Mon 2 Jan 15:04 UTC"
	}
	return local.Format("Mon 2 Jan 2006 15:04 MST") + " (" + utc.Format(layout) + ")"
}

// price prints an amount with its cents.
func price(m proctoru.Money) string {
	cents, err := m.Cents()
	if err != nil {
		return "unknown"
	}
	return fmt.Sprintf("%d.%02d", cents/100, cents%100)
}

// proof reads in the history of a write how its outcome became known. The first
// part of it was known when the outcome was still open.
func proof(history []scheduling.EventType, known int) (code, text string) {
	n := len(history)
	switch {
	case history[n-1] == scheduling.EventCanceled && !slices.Contains(history, scheduling.EventNumberRemoved):
		return "list_and_report", "the provider's list has it no more, and the report says canceled"
	case history[n-1] == scheduling.EventCanceled, history[n-2] == scheduling.EventSent && n-2 >= known:
		return "answer", "the provider's answer"
	}
	return "list", "the provider's list has one reservation under that id"
}

// printer writes entries for people or for programs.
type printer struct {
	out   io.Writer
	json  bool
	place string // where it all happens
	steps int
}

func (p *printer) head(exam scheduling.Exam) {
	local := entry{zone: exam.Zone}
	p.note("%s, %d minutes, %s", exam.Name, exam.Duration/time.Minute, p.place)
	p.note("window opens  %s", local.when(exam.Window.Start))
	p.note("window closes %s", local.when(exam.Window.End))
}

func (p *printer) entry(e *entry) {
	p.object(e)
	p.steps++
	title := e.Step
	if !e.At.IsZero() {
		title = fmt.Sprintf("%-12s %s", e.Step, e.when(e.At))
	}
	p.note("\n%d. %s", p.steps, title)
	for _, line := range e.lines {
		p.note("   %s", line)
	}
}

// summary is the end of an offline run, as the fake provider counted.
func (p *printer) summary(counts proctorutest.Counts, faults map[string]int) {
	p.object(struct {
		Step             string         `json:"step"`
		CreatesSeen      int            `json:"creates_seen"`
		ReservationsMade int            `json:"reservations_made"`
		MostActiveAtOnce int            `json:"most_active_at_once"` // of one learner for one exam
		Faults           map[string]int `json:"faults"`
	}{"summary", counts.CreatesSeen, counts.ReservationsMade, counts.MostActiveAtOnce, faults})
	p.note("\nThe provider saw %d creates and made %d reservations; most at once for one learner and exam: %d.",
		counts.CreatesSeen, counts.ReservationsMade, counts.MostActiveAtOnce)
	for _, fault := range slices.Sorted(maps.Keys(faults)) {
		p.note("Faults played: %s %d.", fault, faults[fault])
	}
}

// note prints a line for people.
func (p *printer) note(format string, args ...any) {
	if !p.json {
		fmt.Fprintf(p.out, format+"\n", args...)
	}
}

// object prints a line for programs.
func (p *printer) object(v any) {
	if p.json {
		json.NewEncoder(p.out).Encode(v) // can't fail: all types are ours
	}
}
