package proctorutest

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/proctorbook/proctorbook/proctorbooktest"
)

// reservation is a session that the provider holds for a learner. Its fields are
// replaced, never changed in place, so that a copy of the struct is a snapshot.
type reservation struct {
	number       int64
	id           string // the institution's reservation_id
	student      string
	start        time.Time
	minutes      int
	description  string
	notes        string
	comments     string
	examPassword string
	onDemand     bool   // at no slot
	examID       string // of the institution's list, "" for ad-hoc ones
	courseNo     string
	instructor   string
	blueBird     bool // the learner chose the time on the provider's site
	made         time.Time

	canceled   bool
	shownUntil time.Time // a canceled row that the list still shows
	begun      bool
	beginURL   string
	started    bool
	ended      bool
	verdict    Verdict
	checkedIn  bool
	history    []string // oldest first
}

func (r *reservation) end() time.Time {
	return r.start.Add(time.Duration(r.minutes) * time.Minute)
}

// active reports whether the learner is still expected.
func (r *reservation) active(now time.Time) bool {
	return !r.canceled && !r.ended && now.Before(r.end())
}

// note adds an entry to the history, as the proctors' notes show it.
func (r *reservation) note(what, who string, now time.Time) {
	half, hour := "am", now.Hour()
	if hour >= 12 {
		half = "pm"
	}
	hour = (hour+11)%12 + 1
	entry := fmt.Sprintf("%s by %s at %2d:%02d%s UTC on %s", what, who, hour, now.Minute(), half, now.Format("Jan 2, 2006"))
	r.history = append(slices.Clip(r.history), entry)
}

// Counts tells what the fake has seen and done so far.
type Counts struct {
	CreatesSeen      int // creates that arrived and were looked at, refused and repeated ones too
	ReservationsMade int // of these, creates that made a reservation
	Changes          int // moves and edits carried out, the provider's own too
	Removals         int // reservations canceled by removeReservation
	Begins           int // begins that were allowed
	ActiveNow        int // reservations neither canceled nor over
	// MostActiveAtOnce is the largest number of active reservations that any
	// learner ever had for one exam; an exam is known by its description.
	MostActiveAtOnce int
	Requests         map[string]int                    // requests that arrived, by the endpoint's wire name
	Faults           map[proctorbooktest.FaultKind]int // faults that were really played
}

// Counts returns what the fake has seen and done so far.
func (p *Server) Counts() Counts {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.runLate()
	counts := p.counts
	counts.Requests, counts.Faults = maps.Clone(p.counts.Requests), p.faults.Played()
	for _, r := range p.reservations {
		if r.active(p.now()) {
			counts.ActiveNow++
		}
	}
	return counts
}

// Reservation is a reservation as the provider holds it.
type Reservation struct {
	Number       int64
	ID           string // the institution's reservation_id
	StudentID    string
	Start        time.Time // UTC
	Duration     time.Duration
	Description  string
	Notes        string
	Comments     string
	ExamPassword string
	ExamID       string    // of the institution's list, "" for ad-hoc ones
	Made         time.Time // UTC
	Canceled     bool
	Active       bool // neither canceled nor over
	Begun        bool // the learner has a launch URL
	Started      bool // the proctor has admitted the learner
	Ended        bool // the proctor has closed the session
	Verdict      Verdict
}

// Reservations returns all reservations ever made, by number.
func (p *Server) Reservations() []Reservation {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.runLate()
	states := make([]Reservation, len(p.reservations))
	for i, r := range p.reservations {
		states[i] = Reservation{
			Number: r.number, ID: r.id, StudentID: r.student, Start: r.start, Duration: r.end().Sub(r.start),
			Description: r.description, Notes: r.notes, Comments: r.comments, ExamPassword: r.examPassword, ExamID: r.examID, Made: r.made,
			Canceled: r.canceled, Active: r.active(p.now()), Begun: r.begun, Started: r.started, Ended: r.ended, Verdict: r.verdict,
		}
	}
	return states
}

// AddReservation files a reservation as if it had been made some time ago, and
// returns its number. No rule is applied, so that what should not be can be: two
// sessions at once, a start in the past. Number, Active and Made are the fake's own.
// It panics without an ID, a StudentID and a Duration of at least a minute.
func (p *Server) AddReservation(s Reservation) int64 {
	if s.ID == "" || s.StudentID == "" || s.Duration < time.Minute {
		panic("proctorutest: AddReservation needs an ID, a StudentID and a Duration")
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.runLate()
	if p.learners[s.StudentID] == nil {
		p.saveLearner(call{params: map[string]string{"student_id": s.StudentID}})
	}
	var filed *reservation
	p.change(s.StudentID, func() {
		filed = p.add(reservation{
			id: s.ID, student: s.StudentID, start: s.Start.UTC(), minutes: int(s.Duration / time.Minute),
			description: s.Description, notes: s.Notes, comments: s.Comments, examPassword: s.ExamPassword, examID: s.ExamID,
			begun: s.Begun, started: s.Started, ended: s.Ended, verdict: s.Verdict,
		})
		if s.Canceled {
			p.cancel(filed, proctor)
		}
	})
	return filed.number
}

// change lets write alter a learner's reservations, and keeps the views and the
// counts in step with it.
func (p *Server) change(student string, write func()) {
	p.lists.before(student, p.byStudent[student])
	p.evidence.before(student, p.byStudent[student])
	write()
	p.lists.after(student, p.byStudent[student], p.now())
	p.evidence.after(student, p.byStudent[student], p.now())
	p.countActive(student)
}

func (p *Server) countActive(student string) {
	perExam := map[string]int{}
	for _, r := range p.byStudent[student] {
		if r.active(p.now()) {
			perExam[r.description]++
			p.counts.MostActiveAtOnce = max(p.counts.MostActiveAtOnce, perExam[r.description])
		}
	}
}

// add gives r the next number and files it.
func (p *Server) add(r reservation) *reservation {
	r.number, r.made = p.nextNumber, p.now()
	p.nextNumber++
	r.history = nil
	r.note("Reservation created", p.nameOf(r.student), p.now())
	r.note("Fulfillment created", proctor, p.now())
	filed := &r
	p.reservations = append(p.reservations, filed)
	p.byNumber[r.number] = filed
	p.byStudent[r.student] = append(p.byStudent[r.student], filed)
	p.byRID[r.id] = append(p.byRID[r.id], filed)
	p.notify(eventConfirmation, filed)
	return filed
}
