package main

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestProfile(t *testing.T) {
	t.Parallel()
	s := newSite(t, 0)
	b := s.as("mei")
	b.get("/profile?then=statistics").wants(t, http.StatusOK, `maxlength="50"`, "At most 100 characters.", `value="statistics"`)
	wrong := b.post("/profile", "GivenName", "Mei", "FamilyName", `"><script>alert(1)</script>`, "Phone", "12", "Country", "Japan")
	wrong.wants(t, http.StatusUnprocessableEntity, "Please check this:", `value="Mei"`, `aria-invalid="true"`)
	if strings.Contains(wrong.body, "<script") {
		t.Error("what was typed is not escaped")
	}
	saved := b.post("/profile", "GivenName", " Mei ", "FamilyName", "Tanaka", "Phone", "+81 3 1234 5678", "Country", "jp", "Zone", "Asia/Tokyo", "then", "statistics")
	saved.wants(t, http.StatusOK, "You may book it")
	if saved.path != "/exams/statistics" {
		t.Errorf("led to %s, want back to the exam", saved.path)
	}
	b.get("/").wants(t, http.StatusOK, "Asia/Tokyo")
}

func TestZones(t *testing.T) {
	t.Parallel()
	now := time.Date(2027, 1, 12, 9, 0, 0, 0, time.UTC)
	all := zones(now, "Pacific/Chatham")
	if all[0] != (zone{"Pacific/Chatham", "22:45", "UTC+13:45"}) {
		t.Errorf("first = %v, want the one that was chosen", all[0])
	}
	if got, want := len(all), strings.Count(zoneNames, "\n")+1; got != want {
		t.Errorf("%d zones, want %d: the provider must know all", got, want)
	}
}
