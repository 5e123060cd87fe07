package scheduling

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/proctorbook/proctorbook/edx"
	"github.com/proctorbook/proctorbook/internal/typed"
	"github.com/proctorbook/proctorbook/proctoru"
)

// Exam is a proctored exam: a subsection of a course, the window in which it may be
// sat, and the rules of the exam office. A [Booking] keeps a copy.
//
// Its JSON form is meant to be written by hand: keys and modes as text,
// durations as "1h30m", the zone by its IANA name, and the window's instants
// either with an offset ("2027-01-11T08:00:00Z") or as wall-clock time in the
// zone ("2027-01-11T09:00").
type Exam struct {
	Course edx.CourseKey `json:"course"` // required
	Usage  edx.UsageKey  `json:"usage"`  // the subsection that holds the exam; required, of the same course

	Name         string `json:"name"`                    // title that learners and proctors see; required
	Description  string `json:"description,omitempty"`   // more about it, for the proctor; may be empty
	ProctorNotes string `json:"proctor_notes,omitempty"` // instructions for the proctor; may be empty

	Window   Window         `json:"window"`   // when the exam may be sat; required
	Zone     *time.Location `json:"zone"`     // the exam office's zone; required, never time.Local
	Duration time.Duration  `json:"duration"` // length of a sitting: whole minutes, 1 minute to 24 hours

	Modes   []edx.Mode `json:"modes,omitempty"`    // enrollment modes that may book; empty = edx.Verified alone
	Code    CodeRule   `json:"code,omitempty"`     // how the unlock code is made; empty = CodePerBooking
	CodeVia CodeVia    `json:"code_via,omitempty"` // how the code reaches the proctor; empty = CodeViaPassword
	Policy  Policy     `json:"policy"`             // what learners may do, and when
}

// Window is a span of time in which sittings begin and end.
type Window struct {
	Start time.Time `json:"start"` // no sitting starts before
	End   time.Time `json:"end"`   // every sitting ends by then
}

// Contains reports whether a sitting of length d from start on fits in.
func (w Window) Contains(start time.Time, d time.Duration) bool {
	return !start.Before(w.Start) && !start.Add(d).After(w.End)
}

// ExamKey identifies an exam: re-runs of a course have blocks of equal names.
type ExamKey struct {
	Course edx.CourseKey `json:"course"` // the course run
	Usage  edx.UsageKey  `json:"usage"`  // the subsection that holds the exam
}

// String returns both keys, for people and logs.
func (k ExamKey) String() string { return k.Course.String() + " " + k.Usage.String() }

// Key returns what identifies the exam.
func (e Exam) Key() ExamKey { return ExamKey{Course: e.Course, Usage: e.Usage} }

// maxDescription is the longest description that the provider takes, in characters.
const maxDescription = 255

// Validate returns nil, or a [*proctorbook.ValidationError] of every wrong field.
func (e Exam) Validate() error {
	var v problems
	v.check(!e.Course.IsZero(), "Exam.Course", "is missing")
	v.check(!e.Usage.IsZero(), "Exam.Usage", "is missing")
	if !e.Course.IsZero() && !e.Usage.IsZero() {
		v.check(e.Usage.CourseKey() == e.Course, "Exam.Usage", "belongs to another course than Exam.Course")
	}
	e.validateTexts(&v)
	e.validateTimes(&v)
	e.validateRules(&v)
	return v.err()
}

func (e Exam) validateTexts(v *problems) {
	v.check(typed.Visible(e.Name), "Exam.Name", "is empty")
	v.line("Exam.Name", e.Name)
	v.line("Exam.Description", e.Description)
	v.line("Exam.ProctorNotes", strings.NewReplacer("\n", "", "\t", "").Replace(e.notes()))
	if n := utf8.RuneCountInString(e.providerDescription()); n > maxDescription {
		v.add("Exam.Description", fmt.Sprintf("makes the title at the provider %d characters long; the limit is %d with course, run and name", n, maxDescription))
	}
}

// notes are the instructions for the proctor, with line feeds as line ends.
func (e Exam) notes() string { return typed.Lines(e.ProctorNotes) }

func (e Exam) validateTimes(v *problems) {
	v.window("Exam.Window", e.Window)
	v.check(loadable(e.Zone, e.Window), "Exam.Zone", "is missing, or is not the zone of that IANA name: load the exam office's zone by its name, such as Europe/Paris")
	v.check(e.Duration >= time.Minute && e.Duration <= 24*time.Hour && e.Duration%time.Minute == 0,
		"Exam.Duration", "must be whole minutes, 1 minute to 24 hours")
	if e.Duration > 0 && e.Window.Start.Before(e.Window.End) {
		v.check(e.Window.Contains(e.Window.Start, e.Duration), "Exam.Duration", "is longer than the window")
	}
}

// window checks a span of time that an exam office has set.
func (p *problems) window(field string, w Window) {
	for _, f := range []struct {
		field string
		at    time.Time
	}{{field + ".Start", w.Start}, {field + ".End", w.End}} {
		year := f.at.UTC().Year()
		p.check(!f.at.IsZero(), f.field, "is missing")
		p.check(f.at.IsZero() || year >= 2000 && year <= 9999, f.field, "must lie in the years 2000 to 9999")
	}
	p.check(w.Start.Before(w.End), field+".End", "must be after "+field+".Start")
}

// loadable reports whether the zone can be loaded again by the name that is stored, and
// is the same one then: a time.FixedZone may have any name. The two are compared
// from a year before the window to a year after it.
func loadable(zone *time.Location, w Window) bool {
	if zone == nil || zone == time.Local || zone.String() == "" || zone.String() == "Local" {
		return false
	}
	loaded, err := proctoru.LoadZone(zone.String())
	if err != nil {
		return false
	}
	end := w.End.AddDate(1, 0, 0)
	for at, months := w.Start.AddDate(-1, 0, 0), 0; !at.After(end) && months < 120; months++ {
		if offset(at, zone) != offset(at, loaded) {
			return false
		}
		at = at.AddDate(0, 1, 0)
	}
	return offset(w.Start, zone) == offset(w.Start, loaded) && offset(w.End, zone) == offset(w.End, loaded)
}

// offset returns how many seconds clocks in the zone are ahead of UTC.
func offset(at time.Time, zone *time.Location) int {
	_, seconds := at.In(zone).Zone()
	return seconds
}

func (e Exam) validateRules(v *problems) {
	for _, m := range e.Modes {
		v.check(m != "", "Exam.Modes", "holds an empty mode")
	}
	v.check(e.Code == "" || e.Code == CodePerBooking || e.Code == CodeFixed, "Exam.Code", "is not a known rule")
	v.check(e.CodeVia == "" || e.CodeVia == CodeViaPassword || e.CodeVia == CodeViaNotes, "Exam.CodeVia", "is not a known way")
	e.Policy.validate(v)
}

// Allows reports whether a learner enrolled in mode m may book: one of Modes, or
// verified if there are none.
func (e Exam) Allows(m edx.Mode) bool {
	if len(e.Modes) == 0 {
		return m == edx.Verified
	}
	for _, allowed := range e.Modes {
		if m == allowed {
			return true
		}
	}
	return false
}

// providerDescription is the exam's title at the provider, for staff and proctors.
// Nothing is ever matched by it.
func (e Exam) providerDescription() string {
	text := fmt.Sprintf("%s %s - %s", e.Course.Course(), e.Course.Run(), e.Name)
	if e.Description != "" {
		text += " - " + e.Description
	}
	return norm.NFC.String(text)
}

// Setting is a part of an [Exam] that may differ from a booking's copy.
type Setting string

// The settings. The provider keeps title, notes and duration with a reservation:
// only a move to another start changes them there.
const (
	SettingTitle    Setting = "title" // Name and Description
	SettingNotes    Setting = "proctor_notes"
	SettingDuration Setting = "duration"
	SettingWindow   Setting = "window"
	SettingZone     Setting = "zone"
	SettingModes    Setting = "modes"
	SettingPolicy   Setting = "policy"
	SettingCode     Setting = "code" // Code and CodeVia; a booking keeps its own, since the proctor has the code
)

// CodeRule is how the code that unlocks an exam is made. Codes are derived from the
// unlock keys, and never stored.
type CodeRule string

// The code rules.
const (
	CodePerBooking CodeRule = "per_booking" // one code a booking, good for one unlock; the default
	CodeFixed      CodeRule = "fixed"       // one code for all bookings of the exam; whoever has seen it can pass it on
)

// CodeVia is how the unlock code reaches the proctor.
type CodeVia string

// The ways in which a code reaches the proctor.
const (
	CodeViaPassword CodeVia = "password" // in the provider's exam_password field; the default
	CodeViaNotes    CodeVia = "notes"    // in the notes to the proctor; the provider's reports show them
)
