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
	department   string
	instructors  string // JSON
	whitelist    string // JSON
	blueBird     bool   // the learner chose the time on the provider's site
	made         time.Time

	canceled   bool
	shownUntil time.Time // a canceled row that the list still shows
	begun      bool
	beginURL   string
	started    bool
	ended      bool
	verdict    Verdict
	checkedIn  bool
	history    []entry // oldest first
}

// entry is one of a reservation's history.
type entry struct{ what, who, when string }

// What happened in some of the entries. Each reservation has one of the service's own
// besides that of the learner who made it.
const (
	noteCreated   = "Reservation created"
	noteCancelled = "Reservation cancelled"
)

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
	when := fmt.Sprintf(" at %2d:%02d%s UTC on %s", hour, now.Minute(), half, now.Format("Jan 2, 2006"))
	r.history = append(slices.Clip(r.history), entry{what, who, when})
}

// Counts is what a server has seen and done so far.
type Counts struct {
	// CreatesSeen counts the creates that were looked at, refused and repeated ones too.
	CreatesSeen int
	// ReservationsMade counts those of them that made a reservation.
	ReservationsMade int
	// Changes counts the moves and edits that were carried out, the provider's own too.
	Changes int
	// Removals counts the reservations canceled by removeReservation.
	Removals int
	// Begins counts the begins that were allowed.
	Begins int
	// ActiveNow is how many reservations are neither canceled nor over.
	ActiveNow int
	// MostActiveAtOnce is the largest number of active reservations that any learner
	// ever had for one exam. An exam is known by its description.
	MostActiveAtOnce int
	// Requests counts the requests that arrived, by the endpoint's wire name.
	Requests map[string]int
	// Faults counts the faults that were played, scripted or not.
	Faults map[proctorbooktest.FaultKind]int
}

// Counts returns what the server has seen and done so far.
func (s *Server) Counts() Counts {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.runLate()
	counts := s.counts
	counts.Requests, counts.Faults = maps.Clone(s.counts.Requests), s.faults.Played()
	for _, r := range s.reservations {
		if r.active(s.now()) {
			counts.ActiveNow++
		}
	}
	return counts
}

// Reservation is a reservation as the provider holds it.
type Reservation struct {
	// Number is the provider's, reservation_no on the wire.
	Number int64
	// ID is the institution's, reservation_id on the wire.
	ID string
	// StudentID is the institution's id of the learner.
	StudentID string
	// Start is when the session begins, in UTC.
	Start time.Time
	// Duration is how long the session takes, in whole minutes.
	Duration time.Duration
	// Description is the name of the exam.
	Description string
	// Notes is what the institution tells the proctor.
	Notes string
	// Comments is what the institution keeps with the reservation.
	Comments string
	// ExamPassword is the password that the proctor types in.
	ExamPassword string
	// DepartmentID is the institution's id of the department, as it was sent.
	DepartmentID string
	// Instructors are who teaches the exam, as they were sent: JSON, such as
	// [{"email":"grace@example.org","first_name":"Grace","last_name":"Example"}], also
	// where a form had them in brackets.
	Instructors string
	// WhitelistURLs are the pages that the learner may open, as they were sent: JSON.
	// What an element holds nobody shows.
	WhitelistURLs string
	// ExamID is the exam on the institution's list; "" for an ad-hoc reservation.
	ExamID string
	// Made is when the reservation was made, in UTC.
	Made time.Time
	// Canceled reports whether it was canceled, by whomever.
	Canceled bool
	// Active reports whether it is neither canceled nor over.
	Active bool
	// Begun reports whether the learner has a launch URL.
	Begun bool
	// Started reports whether the proctor has admitted the learner.
	Started bool
	// Ended reports whether the proctor has closed the session.
	Ended bool
	// Verdict is what the proctor found; zero until then.
	Verdict Verdict
}

// Reservations returns all reservations ever made, by number.
func (s *Server) Reservations() []Reservation {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.runLate()
	states := make([]Reservation, len(s.reservations))
	for i, r := range s.reservations {
		states[i] = Reservation{
			Number: r.number, ID: r.id, StudentID: r.student, Start: r.start, Duration: r.end().Sub(r.start),
			Description: r.description, Notes: r.notes, Comments: r.comments, ExamPassword: r.examPassword, ExamID: r.examID, Made: r.made,
			DepartmentID: r.department, Instructors: r.instructors, WhitelistURLs: r.whitelist,
			Canceled: r.canceled, Active: r.active(s.now()), Begun: r.begun, Started: r.started, Ended: r.ended, Verdict: r.verdict,
		}
	}
	return states
}

// AddReservation files a reservation as if it had been made some time ago, and
// returns its number. No rule is applied, so that what should not be can be: two
// sessions at once, a start in the past. Number, Active and Made are the
// server's own. A hundred thousand of them take about a second. The report shows the Notes
// and not the ID: what looks for a reservation there needs the booking's line
// "Booking: pb-..." in them. It panics without an ID, a StudentID and a Duration of at
// least a minute.
func (s *Server) AddReservation(r Reservation) int64 {
	if r.ID == "" || r.StudentID == "" || r.Duration < time.Minute {
		panic("proctorutest: AddReservation needs an ID, a StudentID and a Duration")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.runLate()
	if s.learners[r.StudentID] == nil {
		s.saveLearner(call{params: map[string]string{"student_id": r.StudentID}})
	}
	var filed *reservation
	s.change(r.StudentID, func() {
		filed = s.add(reservation{
			id: r.ID, student: r.StudentID, start: r.Start.UTC(), minutes: int(r.Duration / time.Minute),
			description: r.Description, notes: r.Notes, comments: r.Comments, examPassword: r.ExamPassword, examID: r.ExamID,
			department: r.DepartmentID, instructors: r.Instructors, whitelist: r.WhitelistURLs,
			begun: r.Begun, started: r.Started, ended: r.Ended, verdict: r.Verdict,
		})
		if r.Canceled {
			s.cancel(filed, proctor)
		}
	})
	return filed.number
}

// change lets write alter a learner's reservations, and keeps the views and the
// counts in step with it.
func (s *Server) change(student string, write func()) {
	s.lists.before(student, s.byStudent[student])
	s.evidence.before(student, s.byStudent[student])
	write()
	s.lists.after(student, s.byStudent[student], s.now())
	s.evidence.after(student, s.byStudent[student], s.now())
	s.countActive(student)
}

func (s *Server) countActive(student string) {
	perExam := map[string]int{}
	for _, r := range s.byStudent[student] {
		if r.active(s.now()) {
			perExam[r.description]++
			s.counts.MostActiveAtOnce = max(s.counts.MostActiveAtOnce, perExam[r.description])
		}
	}
}

// add gives r the next number and files it.
func (s *Server) add(r reservation) *reservation {
	r.number, r.made = s.nextNumber, s.now()
	s.nextNumber++
	r.history = nil
	r.note(noteCreated, s.nameOf(r.student), s.now())
	r.note("Fulfillment created", proctor, s.now())
	filed := &r
	s.reservations = append(s.reservations, filed)
	s.dated.add(filed)
	s.byNumber[r.number] = filed
	s.byStudent[r.student] = append(s.byStudent[r.student], filed)
	s.byRID[r.id] = append(s.byRID[r.id], filed)
	s.notify(eventConfirmation, filed)
	return filed
}
