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

// take takes over what programs want to know of a booking.
func (e *entry) take(b scheduling.Booking) {
	e.State, e.Booking, e.Number, e.Start = b.State, b.ID, b.Number, b.Start
}

// when prints an instant for the learner.
func (e *entry) when(t time.Time) string { return when(t, e.zone) }

// when prints an instant as a person in the zone says it, and in UTC.
func when(t time.Time, zone *time.Location) string {
	local, utc := t.In(zone), t.UTC()
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

// summary is the end of an offline run, as the fake provider counted.
type summary struct {
	Step             string         `json:"step"`
	CreatesSeen      int            `json:"creates_seen"`
	ReservationsMade int            `json:"reservations_made"`
	MostActiveAtOnce int            `json:"most_active_at_once"` // of one learner for one exam
	Faults           map[string]int `json:"faults"`
}

// printer writes entries for people or for programs.
type printer struct {
	out   io.Writer
	json  bool
	steps int
}

func (p *printer) head(exam scheduling.Exam, place string) {
	if p.json {
		return
	}
	fmt.Fprintf(p.out, "%s, %d minutes, %s\n", exam.Name, exam.Duration/time.Minute, place)
	fmt.Fprintf(p.out, "window opens  %s\n", when(exam.Window.Start, exam.Zone))
	fmt.Fprintf(p.out, "window closes %s\n", when(exam.Window.End, exam.Zone))
}

func (p *printer) entry(e entry) {
	if p.json {
		p.object(e)
		return
	}
	p.steps++
	title := e.Step
	if !e.At.IsZero() {
		title = fmt.Sprintf("%-12s %s", e.Step, e.when(e.At))
	}
	fmt.Fprintf(p.out, "\n%d. %s\n", p.steps, title)
	for _, line := range e.lines {
		fmt.Fprintln(p.out, "   "+line)
	}
}

func (p *printer) summary(s summary) {
	if p.json {
		p.object(s)
		return
	}
	fmt.Fprintf(p.out, "\nThe provider saw %d creates and made %d reservations; most at once for one learner and exam: %d.\n",
		s.CreatesSeen, s.ReservationsMade, s.MostActiveAtOnce)
	for _, fault := range slices.Sorted(maps.Keys(s.Faults)) {
		fmt.Fprintf(p.out, "Faults played: %s %d.\n", fault, s.Faults[fault])
	}
}

// note tells people something that is no step.
func (p *printer) note(format string, args ...any) {
	if !p.json {
		fmt.Fprintf(p.out, format+"\n", args...)
	}
}

func (p *printer) object(v any) {
	line, err := json.Marshal(v)
	if err != nil {
		panic("book: " + err.Error()) // all types are ours
	}
	fmt.Fprintln(p.out, string(line))
}

func joined[T ~string](words []T) string {
	texts := make([]string, len(words))
	for i, w := range words {
		texts[i] = string(w)
	}
	return strings.Join(texts, ", ")
}
