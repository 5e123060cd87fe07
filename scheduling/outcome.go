package scheduling

import (
	"context"
	"fmt"
	"time"

	"github.com/proctorbook/proctorbook/scheduling/provider"
)

// Verdict is what the proctor's facts say of a session.
type Verdict string

// The verdicts.
const (
	VerdictPassed  Verdict = "passed"  // authenticated, submitted, and nothing held against it
	VerdictFailed  Verdict = "failed"  // an incident, an escalation, or a session that ended without both
	VerdictPending Verdict = "pending" // the provider has not reported the end of the session
)

// Outcome is the verdict on one booking's session, with the proctor's facts. The
// facts of other reservations of the learner don't count. The verdict may change
// as long as the provider reports: an incident may be reported days later.
type Outcome struct {
	Booking  BookingID
	Verdict  Verdict   // the one that counts: staff's, else by the facts
	ByStaff  bool      // staff has overruled the facts
	Reported bool      // the provider's report had the reservation
	ReadAt   time.Time // when the report was last read, UTC; zero if it never was. Its age is the age of all this
	Unread   error     // why it could not be read now: then all this is as of ReadAt; nil if it was read, or not asked

	Attendance Attendance
	provider.Facts
}

// Outcome answers from the booking alone, without any call: how the session went,
// as of Session.ReadAt.
func (b Booking) Outcome() Outcome {
	s := b.Session
	o := Outcome{Booking: b.ID, Verdict: s.Verdict, ReadAt: s.ReadAt, Attendance: s.Attendance}
	if s.Facts.Number != "" && s.Facts.Number == b.Number {
		o.Facts, o.Reported = s.Facts, true
	} else {
		o.Verdict = VerdictPending // what was reported of a reservation that was replaced does not count
	}
	if o.Verdict == "" {
		o.Verdict = VerdictPending
	}
	if s.Overridden != "" {
		o.Verdict, o.ByStaff = s.Overridden, true
	}
	return o
}

// verdict is what the facts say.
func verdictOf(f provider.Facts) Verdict {
	switch {
	case !f.Ended:
		return VerdictPending
	case f.Authenticated && f.TestSubmitted && !f.Escalated && !f.Incident:
		return VerdictPassed
	}
	return VerdictFailed
}

// noteVerdict follows the facts. Staff's verdict goes before it, and stays.
func (b *Booking) noteVerdict(now time.Time) []Event {
	s, v := &b.Session, verdictOf(b.Session.Facts)
	if v == s.Verdict || v == VerdictPending && s.Verdict == "" {
		return nil
	}
	s.Verdict, s.VerdictAt = v, now
	e := b.event(EventVerdict, now)
	e.Verdict = v
	return []Event{e}
}

// Outcome reads the provider's activity report of the learner, keeps what it says
// of the booking's reservation, and returns the verdict. If the provider can't be
// asked it answers from the store: Unread then says why, and ReadAt how old the
// answer is. Use [Booking.Outcome] where no call is wanted at all, and
// [Scheduler.ReadReport] to read the report of many bookings at once.
//
// It shows one booking's result, found by its reservation number alone: the
// caller checks whose booking it may show.
//
// Errors: [*NotAllowedError] if no reservation was ever proven, ErrNotFound, those
// of the store; the provider's only if the report was never read for the booking.
func (s *Scheduler) Outcome(ctx context.Context, id BookingID) (Outcome, error) {
	b, err := s.Booking(ctx, id)
	if err != nil {
		return Outcome{}, err
	}
	if b.Number == "" {
		return Outcome{}, notAllowed(ActionOutcome, ReasonNoBooking)
	}
	readAt := s.now()
	facts, err := s.factsOf(ctx, b)
	if err != nil {
		if b.Session.ReadAt.IsZero() {
			return Outcome{}, fmt.Errorf("scheduling: Outcome: %w", err)
		}
		o := b.Outcome()
		o.Unread = fmt.Errorf("scheduling: Outcome: %w", err)
		return o, nil
	}
	b, _, err = s.observed(ctx, id, facts, readAt)
	if err != nil {
		return Outcome{}, err
	}
	return b.Outcome(), nil
}

// factsOf asks the provider what was reported of the booking's reservation.
func (s *Scheduler) factsOf(ctx context.Context, b Booking) (provider.Facts, error) {
	rows, err := s.provider.Activity(ctx, string(b.Learner))
	if err != nil {
		return provider.Facts{}, err
	}
	var t provider.Tally
	for _, row := range rows {
		if row.Number == b.Number {
			t.Add(row)
		}
	}
	return t.Facts, nil
}

// observed stores what a reading of the report says, and makes the booking due
// if the report disagrees with it. It says whether attendance or verdict changed.
func (s *Scheduler) observed(ctx context.Context, id BookingID, f provider.Facts, readAt time.Time) (Booking, bool, error) {
	return decide(ctx, s, id, func(b *Booking, now time.Time) (bool, []Event, error) {
		events := b.observe(f, readAt, now)
		if b.disagrees() && b.DueAt.After(now) {
			b.DueAt = now
		}
		return len(events) > 0, events, nil
	})
}

// OverrideOutcome sets staff's verdict, VerdictPassed or VerdictFailed: a second
// chance, or an incident that the provider does not know of. It counts whatever
// the provider reports later, until [StaffService.WithdrawOverride]. It makes no
// call. It is for staff; the caller checks their right. Reason and name are kept
// in the history.
//
// Errors: [*proctorbook.ValidationError], [*NotAllowedError] if no reservation was ever
// proven, ErrNotFound.
func (d *StaffService) OverrideOutcome(ctx context.Context, id BookingID, v Verdict, r Request) (Booking, error) {
	var p problems
	p.check(v == VerdictPassed || v == VerdictFailed, "Verdict", "must be passed or failed")
	if err := p.join(r.validateStaff()); err != nil {
		return Booking{}, err
	}
	return d.s.change(ctx, id, func(b *Booking, now time.Time) ([]Event, error) {
		if b.Number == "" {
			return nil, notAllowed(ActionOverride, ReasonNoBooking)
		}
		return []Event{b.override(v, EventOverridden, r, now)}, nil
	})
}

// WithdrawOverride takes staff's verdict back: the facts count again, also those
// that were reported meanwhile. It is for staff; the caller checks their right.
//
// Errors: [*proctorbook.ValidationError], [*NotAllowedError] if no verdict of staff is set,
// ErrNotFound.
func (d *StaffService) WithdrawOverride(ctx context.Context, id BookingID, r Request) (Booking, error) {
	if err := r.validateStaff(); err != nil {
		return Booking{}, err
	}
	return d.s.change(ctx, id, func(b *Booking, now time.Time) ([]Event, error) {
		if b.Session.Overridden == "" {
			return nil, notAllowed(ActionOverride, ReasonNotOverruled)
		}
		return []Event{b.override("", EventOverrideWithdrawn, r, now)}, nil
	})
}

func (b *Booking) override(v Verdict, typ EventType, r Request, now time.Time) Event {
	b.Session.Overridden, b.Session.OverriddenAt = v, time.Time{}
	if v != "" {
		b.Session.OverriddenAt = now
	}
	e := b.event(typ, now)
	e.Verdict, e.Reason, e.By = v, r.Reason, r.By
	return e
}
