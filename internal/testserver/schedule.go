package testserver

import "time"

// Schedule holds requests that were delivered but act later. The zero value is empty.
type Schedule struct{ acts []lateAct }

type lateAct struct {
	due time.Time
	run func(at time.Time)
}

// Add keeps the acts in the order in which they are due.
func (s *Schedule) Add(due time.Time, run func(at time.Time)) {
	at := len(s.acts)
	for at > 0 && s.acts[at-1].due.After(due) {
		at--
	}
	s.acts = append(s.acts, lateAct{})
	copy(s.acts[at+1:], s.acts[at:])
	s.acts[at] = lateAct{due: due, run: run}
}

// Len returns how many acts have yet to run.
func (s *Schedule) Len() int { return len(s.acts) }

// RunDue runs the acts that are due, oldest first. Each gets the time at which it was
// due: the clock may have jumped far past that.
func (s *Schedule) RunDue(now time.Time) {
	for len(s.acts) > 0 && !s.acts[0].due.After(now) {
		act := s.acts[0]
		s.acts = s.acts[1:]
		act.run(act.due)
	}
}
