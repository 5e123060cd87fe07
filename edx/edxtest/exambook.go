package edxtest

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// examBook keeps special exams, attempts and allowances, each in the order in
// which they were made.
type examBook struct {
	exams      []*Exam
	attempts   []*Attempt
	allowances []*Allowance
	lastID     int64
}

// number gives an id if there is none yet. Exams, attempts and allowances share the
// count, so that an id which is taken for another kind is not found.
func (b *examBook) number(id *int64) {
	if *id == 0 {
		*id = b.lastID + 1
	}
	b.lastID = max(b.lastID, *id)
}

func (b *examBook) exam(id int64) *Exam {
	for _, e := range b.exams {
		if e.ID == id {
			return e
		}
	}
	return nil
}

func (b *examBook) examAt(course, content string) *Exam {
	for _, e := range b.exams {
		if e.Course == course && e.Content == content {
			return e
		}
	}
	return nil
}

func (b *examBook) attempt(id int64) *Attempt {
	for _, a := range b.attempts {
		if a.ID == id {
			return a
		}
	}
	return nil
}

// latest is the learner's last attempt at the exam, or nil.
func (b *examBook) latest(username string, exam int64) *Attempt {
	for _, a := range slices.Backward(b.attempts) {
		if a.Username == username && a.ExamID == exam {
			return a
		}
	}
	return nil
}

func (b *examBook) allowance(exam int64, username, key string) *Allowance {
	for _, a := range b.allowances {
		if a.ExamID == exam && a.Username == username && a.Key == key {
			return a
		}
	}
	return nil
}

// grant sets an allowance; there is one for a learner, exam and key.
func (b *examBook) grant(a Allowance) int64 {
	if old := b.allowance(a.ExamID, a.Username, a.Key); old != nil {
		old.Value = a.Value
		return old.ID
	}
	b.number(&a.ID)
	b.allowances = append(b.allowances, &a)
	return a.ID
}

const extraTime = "additional_time_granted"

// minutesFor is how long the learner has: the exam's time and what was granted,
// but not beyond the due date.
func (s *Server) minutesFor(e *Exam, username string) int {
	minutes := e.Minutes
	if granted := s.exams.allowance(e.ID, username, extraTime); granted != nil {
		minutes += extraMinutes(granted.Value)
	}
	if e.Due.IsZero() {
		return minutes
	}
	return max(0, min(minutes, int(e.Due.Sub(s.now())/time.Minute)))
}

// overdue turns an attempt whose time is over into a submitted one: to be called
// by the reads that have this effect. It fails where the provider's answer to it is not
// handled, and then the attempt runs on.
func (s *Server) overdue(c call, a *Attempt) (ok bool) {
	if !a.running() || s.remaining(a) > 0 {
		return true
	}
	before := *a
	a.Status, a.Completed = "submitted", s.now()
	if s.is(VariantTimedOut, "timed-out") {
		a.Status = "timed_out"
	}
	if !s.tellAttempt(c, a) {
		*a = before
		return false
	}
	s.completed(a)
	return true
}

// allowed is how long the learner has, which is set only at the start.
func (a *Attempt) allowed() any {
	if a.Started.IsZero() && slices.Contains(beforeStart, a.Status) {
		return nil
	}
	return a.Minutes
}

func (a *Attempt) running() bool { return a.Status == "started" || a.Status == "ready_to_submit" }

func (s *Server) remaining(a *Attempt) time.Duration {
	if a.Started.IsZero() {
		return time.Duration(a.Minutes) * time.Minute
	}
	return max(0, a.Started.Add(time.Duration(a.Minutes)*time.Minute).Sub(s.now()))
}

// code is the secret by which the provider's software knows the attempt.
func (a *Attempt) code() string {
	return fmt.Sprintf("%08X-7B1C-4D5E-9F00-%012X", a.ID, a.ID*7919)
}

func (e *Exam) kind() string {
	switch {
	case e.Proctored && e.Practice:
		return "onboarding"
	case e.Practice:
		return "practice"
	case e.Proctored:
		return "proctored"
	}
	return "timed"
}

// matches reports whether text is in the user's name or e-mail address.
func (u User) matches(text string) bool {
	text = strings.ToLower(text)
	return strings.Contains(strings.ToLower(u.Username), text) || strings.Contains(strings.ToLower(u.Email), text)
}
