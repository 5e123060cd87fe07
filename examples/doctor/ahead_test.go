package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
)

// Without a reservation of its own, doctor says what the report shows of the next days
// and of the last ones, and no more than that.
func TestLookAhead(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		plays  string
		days   []int // starts of sessions, from now
		answer string
		detail string
	}{
		{"", []int{-1, 3, 5}, "listed", "number 900000502 at 2027-01-10T08:00:00Z"},
		{"", []int{3}, "listed", "number 900000501 at 2027-01-10T08:00:00Z"},
		{"report-ends=whole-days", []int{-1, 3}, "listed", "900000502"},
		{"", []int{-1}, "not_seen", "number 900000501 at 2027-01-06T08:00:00Z: either there is none"},
		{"report-sessions=past-only", []int{-1, 3}, "not_seen", "number 900000501 at 2027-01-06T08:00:00Z: either there is none"},
		{"report-dates=created", []int{3}, "by_creation", "number 900000501 at 2027-01-10T08:00:00Z"},
		{"", nil, "no_rows", "shows nothing"},
		{"report-sessions=past-only", []int{3}, "no_rows", "shows nothing"},
	} {
		s := newSandbox(t)
		if variant, alternative, ok := strings.Cut(c.plays, "="); ok {
			if err := s.Play(variant, alternative); err != nil {
				t.Fatal(err)
			}
		}
		for i, day := range c.days {
			s.AddReservation(proctorutest.Reservation{
				ID: fmt.Sprint("r-", i), StudentID: fmt.Sprint("learner-", i), Start: s.clock.Now().AddDate(0, 0, day), Duration: time.Hour,
			})
		}
		s.clock.Advance(time.Minute)
		got, err := lookAhead(t.Context(), s.trial(nil).client, s.clock.Now())
		if err != nil || got.Question != askAhead || got.Answer != c.answer || !strings.Contains(got.Detail, c.detail) {
			t.Errorf("%q with sessions in %v days: %+v, %v; want %s, %q", c.plays, c.days, got, err, c.answer, c.detail)
		}
	}
}

// The trial has a reservation of its own, so it tells for certain, and warns.
func TestTrialWarnsWhereReadingsShowNothing(t *testing.T) {
	t.Parallel()
	for alternative, warn := range map[string]string{"all": "", "past-only": "lists no sessions to come"} {
		s := newSandbox(t)
		if err := s.Play(proctorutest.VariantReportSessions, alternative); err != nil {
			t.Fatal(err)
		}
		trial := s.trial(nil)
		if err := trial.run(t.Context(), false); err != nil {
			t.Fatal(err)
		}
		warnings := trial.advise().Warnings
		warned := slices.ContainsFunc(warnings, func(w string) bool { return strings.HasPrefix(w, "the report by dates") })
		if warned != (warn != "") || !strings.Contains(strings.Join(warnings, "; "), warn) {
			t.Errorf("%s: warnings = %q, want %q", alternative, warnings, warn)
		}
	}
}
