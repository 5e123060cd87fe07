package edxtest

import (
	"fmt"
	"slices"
	"time"
)

// Seen is what the platform has seen of proctoring providers so far: what a test of a
// provider asks for at its end.
type Seen struct {
	// Sittings are the attempts at proctored exams, in their order, also those that are
	// gone.
	Sittings []Sitting
	// Strays are the callbacks about no attempt of these: the platform does not know the
	// id, or knows it twice.
	Strays []Callback
	// Troubles are the answers of providers that the platform could not use as they
	// were meant, in their order, and those that leave a page without texts and link, took
	// more than five seconds by the platform's clock or the machine's, or quote the full
	// name or the address of a user. A provider that does all right has none.
	//
	// What the platform can't see is none: a link that the provider left out of an answer
	// with texts, an attempt that it should have forgotten and has not, or a true about a
	// user of whom it keeps the name.
	Troubles []Trouble
}

// Sitting is what has become of one attempt at a proctored exam.
type Sitting struct {
	// Attempt is the platform's number of the attempt.
	Attempt int64
	// ExamID is the platform's number of the exam.
	ExamID int64
	// Username is the learner's user name.
	Username string
	// ExternalID is the provider's id of the attempt, the last one there was; "" is none.
	ExternalID string
	// Status is that of the attempt, the last one there was.
	Status string
	// Opened is when the learner could first read the exam, by the platform's clock:
	// after the provider's answer to the start, or at once after declining the proctor.
	// Zero is not yet.
	Opened time.Time
	// Ready are the callbacks "ready", in their order.
	Ready []Callback
	// Reviewed are the callbacks "reviewed", in their order.
	Reviewed []Callback
	// Removed reports whether the attempt is gone, since staff removed or reset it.
	Removed bool
}

// Callback is a call of a provider about an attempt.
type Callback struct {
	// At is when it came, by the platform's clock.
	At time.Time
	// Kind is ready or reviewed.
	Kind string
	// ExternalID is the provider's id of the attempt, from the path.
	ExternalID string
	// By is the user name of the caller.
	By string
	// Said is the status in the body, such as passed; "" is none.
	Said string
	// Status is the status of the answer.
	Status int
	// Before is the attempt's status when the call came.
	Before string
	// After is the attempt's status after the answer.
	After string
}

// Changed reports whether the callback has moved the attempt to another status.
func (c Callback) Changed() bool { return c.Before != c.After }

// Trouble is an answer of a provider that the platform could not use.
type Trouble struct {
	// At is when it came, by the platform's clock.
	At time.Time
	// Backend is the name of the provider.
	Backend string
	// Call is the method and the path.
	Call string
	// Status is that of the answer; 0 is no answer.
	Status int
	// Attempt is the platform's number of the attempt that the call was about; 0 is
	// none, or one that did not come to be.
	Attempt int64
	// Fatal reports whether somebody got an error page, or could not go on.
	Fatal bool
	// Text says in a plain sentence what was wrong, and what came of it.
	Text string
}

// String returns the call, the status and the text.
func (t Trouble) String() string {
	if t.Status == 0 {
		return fmt.Sprintf("%s: no answer: %s", t.Call, t.Text)
	}
	return fmt.Sprintf("%s: answer with status %d: %s", t.Call, t.Status, t.Text)
}

// Seen returns what the platform has seen of providers so far.
func (s *Server) Seen() Seen {
	s.mu.Lock()
	defer s.mu.Unlock()
	seen := Seen{Strays: slices.Clone(s.strays), Troubles: slices.Clone(s.troubles)}
	for _, kept := range s.sittings {
		seen.Sittings = append(seen.Sittings, s.sittingNow(kept))
	}
	return seen
}

// Sitting returns what has become of the attempt with that number; there is nothing
// about an attempt at an exam without a proctor.
func (s *Server) Sitting(attempt int64) (sitting Sitting, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, kept := range s.sittings {
		if kept.Attempt == attempt {
			return s.sittingNow(kept), true
		}
	}
	return Sitting{}, false
}

// sittingNow copies what is kept, with what the attempt is now if it is still there.
func (s *Server) sittingNow(kept *Sitting) Sitting {
	s.keepUp(kept)
	now := *kept
	now.Ready, now.Reviewed = slices.Clone(kept.Ready), slices.Clone(kept.Reviewed)
	return now
}

// keepUp notes what may be forgotten soon: a learner who declines has no external id.
func (s *Server) keepUp(kept *Sitting) {
	a := s.exams.attempt(kept.Attempt)
	if kept.Removed = a == nil; kept.Removed {
		return
	}
	if kept.Status = a.Status; a.ExternalID != "" {
		kept.ExternalID = a.ExternalID
	}
	if kept.Opened.IsZero() && !a.Started.IsZero() && a.Status != "started" {
		kept.Opened = a.Started // one that was added with a past
	}
}

// keepAttempt adds an attempt, and remembers it if the exam is proctored.
func (s *Server) keepAttempt(a *Attempt) {
	s.exams.number(&a.ID)
	s.exams.attempts = append(s.exams.attempts, a)
	if e := s.exams.exam(a.ExamID); e.Proctored {
		s.sittings = append(s.sittings, &Sitting{
			Attempt: a.ID, ExamID: a.ExamID, Username: a.Username, ExternalID: a.ExternalID, Status: a.Status, Opened: a.Started,
		})
	}
}

// sitting is what is kept of the attempt, or nil.
func (s *Server) sitting(a *Attempt) *Sitting {
	for _, kept := range s.sittings {
		if kept.Attempt == a.ID {
			return kept
		}
	}
	return nil
}

// opened notes that the learner can read the exam from now on.
func (s *Server) opened(a *Attempt) {
	if kept := s.sitting(a); kept != nil && kept.Opened.IsZero() {
		kept.Opened = s.now()
	}
}

// Degrees of troubles.
const (
	minor = false
	fatal = true
)

// trouble notes an answer. What says nothing of people or secrets goes into the text.
func (s *Server) trouble(b backend, answer heard, attempt int64, fatal bool, format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if answer.why != "" {
		text = answer.why + "; " + text
	}
	s.troubles = append(s.troubles, Trouble{
		At: s.now(), Backend: b.Name, Call: answer.request, Status: answer.status, Attempt: attempt, Fatal: fatal, Text: text,
	})
}
