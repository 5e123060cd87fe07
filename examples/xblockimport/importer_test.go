package main

import (
	"strings"
	"testing"

	"github.com/proctorbook/proctorbook/scheduling"
)

// Rows as odd as the old tables have them: each is taken as the provider knows
// it, or refused with the reason. Dry first, then really, then again.
func TestImportOddRows(t *testing.T) {
	s, err := newSample()
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	const want = `1 RESULT|finished|
2 AHEAD|scheduled|reservation_id start_date
3 AHEAD|scheduled|is_canceled
4 RESULT|canceled|is_canceled
5 RESULT|no_show|start_date
6 reservation_missing||
7 no exam of the map||
8 RESULT|finished|
`
	expect := func(step, got, result, ahead string, bookings int) {
		t.Helper()
		if want := strings.NewReplacer("RESULT", result, "AHEAD", ahead).Replace(want); got != want {
			t.Errorf("%s:\n%swant\n%s", step, got, want)
		}
		if b, e := s.stored(t); b != bookings || e != bookings {
			t.Errorf("%s: %d bookings and %d events are stored, want %d of each", step, b, e, bookings)
		}
	}
	const refused = "ahead: staff books anew, or -live"
	expect("dry", s.table(t, false, false), "would be imported", refused, 0)
	expect("dry, live", s.table(t, false, true), "would be imported", "would be imported", 0)
	expect("write", s.table(t, true, false), "imported", refused, 4)
	expect("write, live", s.table(t, true, true), "known", "imported", 6)
	expect("again", s.table(t, true, true), "known", "known", 6)

	if c := s.provider.Counts(); c.CreatesSeen+c.Changes+c.Removals != 0 {
		t.Errorf("the provider was changed: %+v", c)
	}
	for b, err := range s.store.List(t.Context(), scheduling.Filter{}) {
		wantRun := map[bool]string{true: "2027", false: "2026"}[b.State == scheduling.StateScheduled]
		if err != nil || b.Exam.Course.Run() != wantRun {
			t.Errorf("%s is of run %s, want %s (%v)", b.ID, b.Exam.Course.Run(), wantRun, err)
		}
	}
}

// Of a profile only what can be trusted is taken, and never over a newer one.
func TestProfiles(t *testing.T) {
	s, err := newSample()
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	mine := scheduling.Learner{ID: "4211", Profile: scheduling.Profile{City: "Nantes"}}
	if _, err := s.store.PutLearner(t.Context(), mine); err != nil {
		t.Fatal(err)
	}
	s.dump.users[2]["phone_number"], s.dump.users[2]["time_zone"] = "call me", "Time zone is not found"
	s.table(t, true, false)
	for id, want := range map[scheduling.LearnerID]scheduling.Profile{
		"4211": {City: "Nantes"},
		"4212": {Phone: "+33100000000", Address: "1 Main Street", City: "Lyon", Zone: "Europe/Paris"},
		"4213": {Address: "1 Main Street", City: "Lyon"},
	} {
		if l, err := s.store.Learner(t.Context(), id, 0); err != nil || l.Profile != want || l.Version != 1 {
			t.Errorf("learner %s: another profile than wanted, version %d, %v", id, l.Version, err)
		}
	}
}
