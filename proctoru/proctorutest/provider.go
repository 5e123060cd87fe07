package proctorutest

import (
	"fmt"
	"time"
)

// Verdict is what the proctor found. It appears in the activity report.
type Verdict struct {
	// Authenticated reports whether the learner proved who they are.
	Authenticated bool
	// TestSubmitted reports whether the proctor saw the submission.
	TestSubmitted bool
	// Escalated reports whether the institution has to decide.
	Escalated bool
	// IncidentReport reports whether an incident was written down.
	IncidentReport bool
}

// ProviderMoves gives an active reservation another start, as the provider's
// staff may, and returns its number from now on: a new one, unless [VariantMove] is
// played with "same-number". It returns an error if there is no active reservation of
// that number.
func (s *Server) ProviderMoves(number int64, start time.Time) (int64, error) {
	var moved *reservation
	err := s.act(number, func(r *reservation) {
		wish := *r
		wish.start = start.UTC()
		moved = s.restart(r, wish, proctor)
	})
	if err != nil {
		return 0, err
	}
	return moved.number, nil
}

// ProviderCancels cancels an active reservation, as the provider's staff may.
func (s *Server) ProviderCancels(number int64) error {
	return s.act(number, func(r *reservation) { s.cancel(r, proctor) })
}

// ProctorChecksIn notes that the learner has shown an identity document and waits for
// the proctor. The report shows it before the session begins.
func (s *Server) ProctorChecksIn(number int64) error {
	return s.act(number, func(r *reservation) { r.checkedIn = true })
}

// ProctorStarts notes that the proctor has checked the learner's identity and lets the
// session begin.
func (s *Server) ProctorStarts(number int64) error {
	return s.act(number, func(r *reservation) {
		r.started, r.verdict.Authenticated = true, true
		r.note("Fulfillment started", proctor, s.now())
	})
}

// ProctorEnds closes the session with a verdict, which the activity report shows.
func (s *Server) ProctorEnds(number int64, verdict Verdict) error {
	return s.act(number, func(r *reservation) {
		r.ended, r.verdict = true, verdict
		r.note("Fulfillment ended", proctor, s.now())
		s.notify(eventEnd, r)
	})
}

// ProctorRevises changes the verdict of a session that has ended, as when an
// incident is reported days later.
func (s *Server) ProctorRevises(number int64, verdict Verdict) error {
	return s.actIf(number, func(r *reservation) bool { return r.ended }, func(r *reservation) { r.verdict = verdict })
}

// act lets the provider's side change one reservation that is neither canceled nor ended.
func (s *Server) act(number int64, write func(*reservation)) error {
	return s.actIf(number, func(r *reservation) bool { return !r.canceled && !r.ended }, write)
}

func (s *Server) actIf(number int64, fits func(*reservation) bool, write func(*reservation)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.runLate()
	r := s.byNumber[number]
	if r == nil || !fits(r) {
		return fmt.Errorf("proctorutest: there is no reservation %d for which this can be done", number)
	}
	s.change(r.student, func() { write(r) })
	return nil
}
