package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/proctorbook/proctorbook/scheduling"
)

// line is what the program prints of one thing that happened: members for programs, text
// for people. Neither holds a secret or personal data.
type line struct {
	Step    string               `json:"step"` // of the sitting, or asked and told: calls of the platform, and of the service
	At      time.Time            `json:"at"`   // by the clock of both services; UTC
	Call    string               `json:"call,omitempty"`
	Status  int                  `json:"status,omitempty"`  // of the answer to the call; 0 if there was none
	Attempt string               `json:"attempt,omitempty"` // its status on the platform
	Booking scheduling.BookingID `json:"booking,omitempty"`
	State   scheduling.State     `json:"state,omitempty"` // of the booking
	Text    string               `json:"text,omitempty"`
}

// summary is the last line of a sitting.
type summary struct {
	Step             string    `json:"step"`
	Attempt          string    `json:"attempt"`             // its status on the platform
	MostActiveAtOnce int       `json:"most_active_at_once"` // reservations of the learner for the exam
	OpenedBeforeCode int       `json:"opened_before_code"`  // sittings that were open before the proctor's code was accepted
	Callbacks        callbacks `json:"callbacks"`
}

// callbacks counts what the platform was told.
type callbacks struct {
	Ready    int `json:"ready"`
	Reviewed int `json:"reviewed"`
}

// printer writes lines for people or for programs. It is safe for use by many goroutines.
type printer struct {
	mu   sync.Mutex
	out  io.Writer
	json bool
}

func (p *printer) line(l line) {
	l.At = l.At.UTC().Truncate(time.Second)
	if p.object(l) {
		return
	}
	when := l.At.Format("Mon 15:04:05")
	switch answer := fmt.Sprint(l.Status); {
	case l.Call == "":
		p.text("%s  %s: %s", when, strings.ReplaceAll(l.Step, "_", " "), l.Text)
	case l.Status == 0:
		p.text("%s      the LMS %s: %s, no answer arrives", when, wasAsked(l.Step), l.Call)
	default:
		p.text("%s      the LMS %s: %s, answered %s", when, wasAsked(l.Step), l.Call, answer)
	}
}

func wasAsked(step string) string {
	if step == "told" {
		return "is told"
	}
	return "asks"
}

// end prints the last line.
func (p *printer) end(s summary) {
	s.Step = "summary"
	if !p.object(s) {
		p.text("\nThe attempt is %s. Reservations of the learner that were active at once: %d. Sittings that were open before the code: %d.\n"+
			"Callbacks: ready %d, reviewed %d.",
			s.Attempt, s.MostActiveAtOnce, s.OpenedBeforeCode, s.Callbacks.Ready, s.Callbacks.Reviewed)
	}
}

// object prints a line for programs, and reports whether those are who reads.
func (p *printer) object(v any) bool {
	if p.json {
		p.mu.Lock()
		defer p.mu.Unlock()
		json.NewEncoder(p.out).Encode(v) // can't fail: all types are ours
	}
	return p.json
}

func (p *printer) text(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	fmt.Fprintf(p.out, format+"\n", args...)
}
