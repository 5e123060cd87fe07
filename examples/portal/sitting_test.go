package main

import (
	"net/http"
	"regexp"
	"testing"
)

// The day of the exam: begin, unlock by the proctor, hand in.
func TestSitting(t *testing.T) {
	t.Parallel()
	s := newSite(t, 0)
	b := s.as("ada_l")
	late := s.as("nour")
	booking, other := b.book("statistics", 0), late.book("history", 0)
	late.post(other+"/begin").wants(t, http.StatusConflict)
	late.post(other+"/finish").wants(t, http.StatusConflict)
	b.get(booking).wants(t, http.StatusOK, "Begin the session", "Open the check")
	b.post(booking+"/unlock", "code", "x").wants(t, http.StatusConflict)
	launch := b.post(booking+"/begin").wants(t, http.StatusOK, "https://demo.proctoru.com/session/auto_login", "noopener noreferrer")
	if got := launch.header.Get("Referrer-Policy"); got != "no-referrer" {
		t.Errorf("Referrer-Policy = %q: the address signs the learner in", got)
	}
	b.get(booking).wants(t, http.StatusOK, "Unlock code", "Enter again")
	b.post(booking+"/unlock", "code", "WRONG").wants(t, http.StatusForbidden, "The code was not right")
	b.post(booking+"/unlock", "code", "").wants(t, http.StatusForbidden)
	reservation := s.world.provider.Reservations()[0]
	b.post(booking+"/unlock", "code", reservation.ExamPassword).wants(t, http.StatusOK, "The exam is open.", "Time left")
	b.post(booking+"/finish").wants(t, http.StatusOK, "It is not known yet")
}

func TestCalendarFile(t *testing.T) {
	t.Parallel()
	s := newSite(t, 0)
	b := s.as("ada_l")
	got := b.get(b.book("history", 0)+"/calendar.ics").wants(t, http.StatusOK, "BEGIN:VCALENDAR", "History of science")
	if !regexp.MustCompile(`^text/calendar`).MatchString(got.header.Get("Content-Type")) {
		t.Errorf("Content-Type = %q", got.header.Get("Content-Type"))
	}
}
