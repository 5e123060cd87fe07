package testserver

import (
	"fmt"
	"time"
)

// Verdict is what the proctor found; it appears in the activity report.
type Verdict struct {
	Authenticated  bool // the learner is who he says he is
	TestSubmitted  bool // the proctor saw the submission
	Escalated      bool // handed to the institution to decide
	IncidentReport bool
}

// ProviderMoves gives an active reservation another start, as the provider's
// staff may, and returns its number from now on: a new one, unless the variant
// Move says that the number stays.
func (p *ProctorU) ProviderMoves(number int64, start time.Time) (int64, error) {
	var moved *reservation
	err := p.act(number, func(r *reservation) {
		wish := *r
		wish.start = start.UTC()
		moved = p.restart(r, wish, proctor)
	})
	if err != nil {
		return 0, err
	}
	return moved.number, nil
}

// ProviderCancels cancels an active reservation, as the provider's staff may.
func (p *ProctorU) ProviderCancels(number int64) error {
	return p.act(number, func(r *reservation) { p.cancel(r, proctor) })
}

// ProctorStarts is the moment in which the proctor has checked the learner's
// identity and admits him.
func (p *ProctorU) ProctorStarts(number int64) error {
	return p.act(number, func(r *reservation) {
		r.started, r.verdict.Authenticated = true, true
		r.note("Fulfillment started", proctor, p.now())
	})
}

// ProctorEnds closes the session with a verdict.
func (p *ProctorU) ProctorEnds(number int64, verdict Verdict) error {
	return p.act(number, func(r *reservation) {
		r.ended, r.verdict = true, verdict
		r.note("Fulfillment ended", proctor, p.now())
		p.notify(eventEnd, r)
	})
}

// act lets the provider's side change one reservation that is neither canceled nor ended.
func (p *ProctorU) act(number int64, write func(*reservation)) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.runLate()
	r := p.byNumber[number]
	if r == nil || r.canceled || r.ended {
		return fmt.Errorf("testserver: there is no open reservation %d", number)
	}
	p.change(r.student, func() { write(r) })
	return nil
}
