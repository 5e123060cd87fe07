package scheduling

import (
	"fmt"
	"log/slog"
	"math"
	"slices"
	"time"
)

// Accommodation is what one learner gets beyond the rules of one exam: more time,
// or another window. The zero value is none. It may reveal something about the
// learner's health. It is kept only in the learner's record, which [Store].Erase
// removes; it prints masked, and no event or log holds it.
type Accommodation struct {
	Factor float64       `json:"factor,omitzero"` // of the exam's duration, such as 1.5; thousandths count; 1 to 10, or 0 for 1
	Extra  time.Duration `json:"extra,omitzero"`  // added to that; at most 24 hours
	Window Window        `json:"window,omitzero"` // in place of the exam's; zero = the exam's own
}

// GrantedAccommodation is an [Accommodation] as the learner's record keeps it.
type GrantedAccommodation struct {
	Exam          ExamKey   `json:"exam"` // the exam that it is for
	Accommodation           // what was granted: Factor, Extra and Window
	Reason        string    `json:"reason"` // why, in the words of staff
	By            string    `json:"by"`     // who granted it
	At            time.Time `json:"at"`     // when; UTC
}

// Format hides the accommodation, for every verb.
func (a Accommodation) Format(f fmt.State, _ rune) { fmt.Fprint(f, "accommodation") }

// LogValue hides the accommodation.
func (a Accommodation) LogValue() slog.Value { return slog.StringValue("accommodation") }

func (a Accommodation) isZero() bool {
	return a.Factor == 0 && a.Extra == 0 && a.Window.Start.IsZero() && a.Window.End.IsZero()
}

// Validate returns nil, or a [*proctorbook.ValidationError] of every wrong field.
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

// duration returns how long a sitting of d takes for the learner, in whole minutes,
// rounded up. The factor counts in thousandths, so that 1.1 times 90 minutes is
// exactly 99.
func (a Accommodation) duration(d time.Duration) time.Duration {
	if a.Factor > 1 {
		d = upTo(d*time.Duration(math.Round(a.Factor*1000))/1000, time.Minute)
	}
	return upTo(d+a.Extra, time.Minute)
}

// upTo rounds d up to a multiple of unit.
func upTo(d, unit time.Duration) time.Duration { return (d + unit - 1) / unit * unit }

// effective returns the window and the duration for a learner who has the
// accommodation here, and the granted extra time on the platform. The longer
// duration counts, not the sum: offices often record one decision in both places.
// If the window is too short for the sitting, its end moves back.
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

// Accommodation returns what staff granted the learner in the exam, or zero.
func (l Learner) Accommodation(exam ExamKey) Accommodation {
	for _, a := range l.Accommodations {
		if a.Exam == exam {
			return a.Accommodation
		}
	}
	return Accommodation{}
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
