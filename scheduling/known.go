package scheduling

import (
	"fmt"
	"regexp"
	"slices"
)

// This file knows the values that a stored booking may have where only this library
// makes them up. A newer version may have written another one. What it means nobody
// here knows, so that nothing may be decided by it: such a booking can't be read.
//
// Some names are no such values, and come as they are. Reason codes: a provider brings
// its own, and what is not known of one decides nothing. Enrollment modes, which are
// the platform's. And all that stands in events: they tell, and decide nothing.

// The known values, beside "" where a member may be missing.
var (
	states       = []State{StatePending, StateScheduled, StateBegun, StateUnlocked, StateFinished, StateCanceled, StateNoShow, StateFailed, StateVoid}
	activeStates = []State{StatePending, StateScheduled, StateBegun, StateUnlocked}
	intentOps    = []Op{OpReserve, OpMove, OpCancel}
	wishOps      = []Op{OpMove, OpCancel}
	codeRules    = []CodeRule{"", CodePerBooking, CodeFixed}
	codeVias     = []CodeVia{"", CodeViaPassword, CodeViaNotes}
	settings     = []Setting{SettingTitle, SettingNotes, SettingDuration, SettingWindow, SettingZone, SettingModes, SettingPolicy, SettingCode}
	presences    = []Presence{PresenceUnknown, PresenceCheckedIn, PresenceStarted, PresenceEnded, PresenceNoShow, PresenceCanceled, PresenceMoved}
	facts        = []Fact{"", FactHistory, FactIdentity, FactSlot, FactGrace, FactStaff}
	verdicts     = []Verdict{"", VerdictPassed, VerdictFailed, VerdictPending}
)

// unknownValues returns the members of the booking with values that this version does
// not know, each as `state "paused"`.
func (b *Booking) unknownValues() []string {
	var u unknownValues
	note(&u, states, "state", b.State)
	if b.Intent != nil {
		note(&u, intentOps, "intent.op", b.Intent.Op)
	}
	if b.Wish != nil {
		note(&u, wishOps, "wish.op", b.Wish.Op)
	}
	note(&u, codeRules, "exam.code", b.Exam.Code)
	note(&u, codeVias, "exam.code_via", b.Exam.CodeVia)
	note(&u, settings, "outdated", b.Outdated...)
	s := b.Session
	note(&u, presences, "session.attendance.presence", s.Attendance.Presence)
	note(&u, facts, "session.attendance.fact", s.Attendance.Fact)
	note(&u, verdicts, "session.verdict", s.Verdict)
	note(&u, verdicts, "session.overridden", s.Overridden)
	return u
}

// unknownValues is what note has found.
type unknownValues []string

// note adds those of the member's values that are not known.
func note[T ~string](u *unknownValues, known []T, member string, values ...T) {
	for _, v := range values {
		if !slices.Contains(known, v) {
			*u = append(*u, member+quoted(string(v)))
		}
	}
}

// quoted returns a value for an error's text, if it looks like one of ours: a damaged
// document may have anything in its place.
func quoted(value string) string {
	if !valueForm.MatchString(value) {
		return ""
	}
	return fmt.Sprintf(" %q", value)
}

var valueForm = regexp.MustCompile(`^[a-z_]{1,40}$`)
