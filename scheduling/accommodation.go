package scheduling

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"slices"
	"time"
)

// Accommodation is what one learner is given beyond the rules of one exam: more
// time, or another window. Its zero value is none. It comes close to data on
// health, so that it stands only in the learner's record, which [Store].Erase
// removes; it prints masked, and no event and no log record holds it.
type Accommodation struct {
	Factor float64       `json:"factor,omitzero"` // of the exam's duration, such as 1.5; thousandths count; 1 to 10, or 0 for 1
	Extra  time.Duration `json:"extra,omitzero"`  // added to that; at most 24 hours
	Window Window        `json:"window,omitzero"` // in place of the exam's; zero = the exam's own
}

// GrantedAccommodation is an [Accommodation] as the learner's record keeps it.
type GrantedAccommodation struct {
	Exam ExamKey `json:"exam"`
	Accommodation
	Reason string    `json:"reason"` // why, in the words of staff
	By     string    `json:"by"`     // who granted it
	At     time.Time `json:"at"`     // UTC
}

// String hides the accommodation.
func (a Accommodation) String() string { return "accommodation" }

// GoString hides the accommodation.
func (a Accommodation) GoString() string { return a.String() }

// Format hides the accommodation, for every verb.
func (a Accommodation) Format(f fmt.State, _ rune) { fmt.Fprint(f, a.String()) }

// LogValue hides the accommodation.
func (a Accommodation) LogValue() slog.Value { return slog.StringValue(a.String()) }

func (a Accommodation) isZero() bool {
	return a.Factor == 0 && a.Extra == 0 && a.Window.Start.IsZero() && a.Window.End.IsZero()
}

// Validate returns a [*proctorbook.ValidationError] that lists every wrong field, or nil.
func (a Accommodation) Validate() error {
	var v problems
	a.validate(&v)
	return v.err()
}

func (a Accommodation) validate(v *problems) {
	v.check(a.Factor == 0 || a.Factor >= 1 && a.Factor <= 10, "Accommodation.Factor", "must be 1 to 10, or 0 for 1")
	v.check(a.Extra >= 0 && a.Extra <= maxDuration, "Accommodation.Extra", "must be 0 to 24 hours")
	if w := a.Window; !w.Start.IsZero() || !w.End.IsZero() {
		v.window("Accommodation.Window", w)
	}
}

// maxDuration is the longest sitting that the provider takes.
const maxDuration = 24 * time.Hour

// duration returns how long a sitting of d takes for the learner. The factor is
// taken in thousandths, so that 1.1 times 90 minutes is 99, and not a hair more.
func (a Accommodation) duration(d time.Duration) time.Duration {
	if a.Factor > 1 {
		d = upTo(d*time.Duration(math.Round(a.Factor*1000))/1000, time.Minute)
	}
	return upTo(d+a.Extra, time.Minute)
}

// upTo rounds d up to a multiple of unit.
func upTo(d, unit time.Duration) time.Duration { return (d + unit - 1) / unit * unit }

// effective returns the window and the duration that hold for a learner with the
// accommodation, to whom the platform grants so much extra time. The longer of
// both durations counts, not their sum: offices often record the same decision
// in both places. A window too short for the longer sitting ends as late as one
// sitting from its start needs.
func (e Exam) effective(a Accommodation, granted time.Duration) (Window, time.Duration) {
	granted = min(granted, maxDuration)
	d := min(max(a.duration(e.Duration), upTo(e.Duration+granted, time.Minute)), maxDuration)
	w := e.Window
	if !a.Window.Start.IsZero() {
		w = a.Window
	}
	return w.stretched(d), d
}

// stretched returns the window, with room for one sitting of length d.
func (w Window) stretched(d time.Duration) Window {
	if end := w.Start.Add(d); end.After(w.End) {
		w.End = end
	}
	return w
}

// Accommodation returns what the learner is given in the exam; the zero value if
// nothing.
func (l Learner) Accommodation(exam ExamKey) Accommodation {
	for _, a := range l.Accommodations {
		if a.Exam == exam {
			return a.Accommodation
		}
	}
	return Accommodation{}
}

// SetAccommodation gives the learner more time or another window in the exam, in
// place of what was set before; the zero Accommodation takes it back. It holds
// from the next Slots and Book on. It is for staff; the caller checks their
// right. The request is kept with the accommodation, in the learner's record; an
// active booking's history gets an event with the name alone.
//
// A booking that exists keeps its window and duration. If they don't agree with
// the accommodation any more, the answer says so, as [StaffService.Affected] does;
// it is nil otherwise. [StaffService.ApplyExam] puts the new ones on it.
//
// Errors: [*proctorbook.ValidationError]; ErrNotFound for a learner whom [Scheduler.Learner]
// never read; [*NotAllowedError] with platform_unavailable if there is a booking,
// and the platform can't say how much time it grants by itself: nothing is
// stored then.
func (d *StaffService) SetAccommodation(ctx context.Context, id LearnerID, exam ExamKey, a Accommodation, r Request) (*Affected, error) {
	var v problems
	a.validate(&v)
	if err := v.join(r.validateStaff()); err != nil {
		return nil, err
	}
	record, err := d.s.store.Learner(ctx, id, 0)
	if err != nil {
		return nil, fmt.Errorf("scheduling: SetAccommodation: %w", err)
	}
	affected, booked, err := d.s.wouldAffect(ctx, record, exam, a)
	if err != nil {
		return nil, err
	}
	granted := GrantedAccommodation{Exam: exam, Accommodation: a, Reason: r.Reason, By: r.By, At: d.s.now()}
	if _, err = d.s.changeLearner(ctx, id, func(l *Learner) { l.accommodate(granted) }); err != nil {
		return nil, err
	}
	if booked != "" {
		_, err = d.s.change(ctx, booked, func(b *Booking, now time.Time) ([]Event, error) {
			e := b.event(EventAccommodationSet, now)
			e.By = r.By
			return []Event{e}, nil
		})
	}
	return affected, err
}

// accommodate puts the accommodation in the place of an older one.
func (l *Learner) accommodate(granted GrantedAccommodation) {
	l.Accommodations = slices.DeleteFunc(slices.Clone(l.Accommodations), func(a GrantedAccommodation) bool { return a.Exam == granted.Exam })
	if !granted.Accommodation.isZero() {
		l.Accommodations = append(l.Accommodations, granted)
	}
	if len(l.Accommodations) == 0 {
		l.Accommodations = nil
	}
}

// wouldAffect says how the active booking, if there is one, stands to the accommodation.
func (s *Scheduler) wouldAffect(ctx context.Context, record Learner, exam ExamKey, a Accommodation) (*Affected, BookingID, error) {
	b, err := s.store.Active(ctx, record.ID, exam)
	if errors.Is(err, ErrNotFound) {
		return nil, "", nil
	}
	if err != nil {
		return nil, "", fmt.Errorf("scheduling: SetAccommodation: %w", err)
	}
	record.accommodate(GrantedAccommodation{Exam: exam, Accommodation: a})
	w, d, err := s.effective(ctx, b.Exam, record)
	if err != nil {
		return nil, "", &NotAllowedError{Action: ActionAccommodate, Reasons: []Reason{{Code: ReasonPlatformUnavailable}}, cause: err}
	}
	return b.affected(b.Exam, w, d, s.now()), b.ID, nil
}
