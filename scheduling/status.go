package scheduling

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Status is all that a page needs to show a learner the state of an exam. It holds no
// secret and no personal data. Instants are UTC. In JSON, durations are nanoseconds,
// and zero fields are left out.
type Status struct {
	State   State     `json:"state,omitempty"`   // the booking's; "" if there never was one
	Booking BookingID `json:"booking,omitempty"` // the active booking, else the newest; "" if there never was one
	Intent  Op        `json:"intent,omitempty"`  // the operation that is open; "" for none
	Queued  Op        `json:"queued,omitempty"`  // the wish that waits for it; "" for none

	EndReason   ReasonCode `json:"end_reason,omitempty"`   // why the booking is canceled or failed
	MoveRefusal ReasonCode `json:"move_refusal,omitempty"` // why the last move left the booking at its start; "" while another one is open
	HeldUntil   time.Time  `json:"held_until,omitzero"`    // a move, asked for or not yet, is not sent before; zero if nothing holds it back
	HeldBecause ReasonCode `json:"held_because,omitempty"` // why; "" if nothing holds it back

	Actions []Action            `json:"actions"`           // what is allowed now
	Why     map[Action][]Reason `json:"why,omitempty"`     // for each other action: what forbids it now
	Reasons []Reason            `json:"reasons,omitempty"` // what forbids booking: the same as Why[ActionBook]
	Terms   map[Action]Terms    `json:"terms,omitempty"`   // what each action means for the learner, see Terms

	StartsAt    time.Time     `json:"starts_at,omitzero"`    // proven start; zero if none
	EndsAt      time.Time     `json:"ends_at,omitzero"`      // zero if there is no start
	AskedFor    time.Time     `json:"asked_for,omitzero"`    // the start that an open operation, or a wish, wants; zero if none
	StartableAt time.Time     `json:"startable_at,omitzero"` // Begin is allowed from then on; zero if there is no start
	Earliest    time.Time     `json:"earliest,omitzero"`     // the earliest start that could be booked now
	Latest      time.Time     `json:"latest,omitzero"`       // the latest start that could be booked
	Duration    time.Duration `json:"duration"`              // of a sitting, for this learner

	// CanKeep reports whether the proven start is still to come, and the sitting fits
	// into the window of the exam as it is now. Otherwise offer a move.
	CanKeep bool `json:"can_keep,omitempty"`

	// Of an unlocked exam, by the server's clock; see [Booking.TimeOverAt].
	TimeOverAt time.Time     `json:"time_over_at,omitzero"` // zero before the unlock
	Remaining  time.Duration `json:"remaining,omitempty"`   // until then; 0 if it is over, or the exam is not unlocked
	TimeOver   bool          `json:"time_over,omitempty"`   // the time is over; Finish is still allowed

	NeedsAttention *Attention `json:"needs_attention,omitempty"` // why a person should look; show "we are checking"; nil if nobody needs to
}

// May reports whether the action is allowed now.
func (s Status) May(a Action) bool { return slices.Contains(s.Actions, a) }

// Status returns the state of the exam for the learner, what is allowed now, and what
// forbids the rest. It changes nothing. The platform is asked only if there is no
// active booking; if it is down, that is a reason, no error. Callers who ask at the same
// moment share calls, and [Tuning].EnrollmentCache saves more of them.
//
// Errors: [*proctorbook.ValidationError] for a bad exam; errors of the store.
func (s *Scheduler) Status(ctx context.Context, exam Exam, learner LearnerID) (Status, error) {
	if err := s.checkExam(exam); err != nil {
		return Status{}, inMethod("Status", err)
	}
	b, err := s.store.Active(ctx, learner, exam.Key())
	st := Status{}
	switch {
	case errors.Is(err, ErrNotFound):
		st, err = s.statusUnbooked(ctx, exam, learner)
	case err == nil:
		st, err = s.statusBooked(ctx, exam, b)
	}
	if err != nil {
		return Status{}, fmt.Errorf("scheduling: Status: %w", err)
	}
	return st, nil
}

// statusBooked returns the Status with an active booking. It does not ask the platform.
func (s *Scheduler) statusBooked(ctx context.Context, exam Exam, b Booking) (Status, error) {
	record, err := s.store.Learner(ctx, b.Learner, 0)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return Status{}, err
	}
	e := &eligibility{}
	if exam.Policy.MaxBookings > 0 {
		if err := e.readHistory(ctx, s.store, exam, b.Learner); err != nil {
			return Status{}, err
		}
	}
	now := s.now()
	st := s.statusOf(b, now)
	window, _ := exam.effective(record.Accommodation(exam.Key()), 0)
	window = window.stretched(b.Duration)
	st.CanKeep = b.State == StateScheduled && b.Start.After(now) && window.Contains(b.Start, b.Duration)
	st.Terms = b.terms(exam, window, now, e.used)
	return st, nil
}

// statusOf returns what follows from the booking alone.
func (s *Scheduler) statusOf(b Booking, now time.Time) Status {
	st := Status{
		State: b.State, Booking: b.ID, StartsAt: b.Start, EndsAt: b.End(), StartableAt: b.startableAt(), Duration: b.Duration,
		NeedsAttention: b.NeedsAttention, Actions: b.allowed(now), Why: map[Action][]Reason{},
	}
	st.Earliest, st.Latest = span(b.Window, b.Duration, b.Exam.Policy.Notice, now)
	if b.Intent != nil {
		st.Intent, st.AskedFor = b.Intent.Op, b.Intent.Want
	}
	st.EndReason = b.EndReason
	st.HeldUntil, st.HeldBecause = b.moveHeld(now, s.tuning.InFlight)
	if b.State.Active() && st.Intent != OpMove {
		st.MoveRefusal = b.MoveRefusal
	}
	if b.Wish != nil {
		st.Queued, st.AskedFor = b.Wish.Op, b.Wish.Want
	}
	if st.TimeOverAt = b.TimeOverAt(); b.State == StateUnlocked {
		st.Remaining = max(st.TimeOverAt.Sub(now), 0)
		st.TimeOver = st.Remaining == 0
	}
	for _, a := range actions {
		if reasons := b.why(a, now); len(reasons) > 0 {
			st.Why[a] = reasons
		}
	}
	st.Reasons = st.Why[ActionBook]
	return st
}

// statusUnbooked returns the Status without an active booking.
func (s *Scheduler) statusUnbooked(ctx context.Context, exam Exam, learner LearnerID) (Status, error) {
	e, err := s.eligibility(ctx, exam, learner, nil, s.enrollmentShown)
	if err != nil {
		return Status{}, err
	}
	now := s.now()
	st := Status{Why: map[Action][]Reason{}}
	if e.last != nil {
		st = s.statusOf(*e.last, now)
	}
	st.Duration = e.duration
	st.Earliest, st.Latest = span(e.window, e.duration, exam.Policy.Notice, now)
	st.Actions, st.Reasons = []Action{}, e.reasons
	for _, a := range actions[1:] {
		if e.last == nil {
			st.Why[a] = []Reason{{Code: ReasonNoBooking}}
		}
	}
	delete(st.Why, ActionBook)
	if len(e.reasons) > 0 {
		st.Why[ActionBook] = e.reasons
	} else {
		st.Actions = []Action{ActionBook}
	}
	st.Terms = e.terms(exam, st.Latest)
	return st, nil
}

// span returns the earliest and the latest start that the window and the notice allow.
func span(w Window, d, notice time.Duration, now time.Time) (earliest, latest time.Time) {
	earliest = now.Add(notice)
	if w.Start.After(earliest) {
		earliest = w.Start
	}
	return earliest, w.End.Add(-d)
}
