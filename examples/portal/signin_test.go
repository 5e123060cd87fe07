package main

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

func TestSession(t *testing.T) {
	t.Parallel()
	s := newSite(t, 0)
	b := s.as("ada_l")
	address, _ := url.Parse(s.url)
	cookie := b.client.Jar.Cookies(address)[0].Value
	for name, tt := range map[string]struct {
		value string
		known bool
	}{
		"as it was made":       {cookie, true},
		"another seal":         {cookie[:len(cookie)-2] + "xx", false},
		"another name":         {"Ym9i" + cookie[strings.IndexByte(cookie, '.'):], false},
		"past":                 {s.portal.sign("ada_l", "", s.portal.clock.Now().Add(-time.Second)), false},
		"nobody any more":      {s.portal.sign("nobody", "", s.portal.clock.Now().Add(time.Hour)), false},
		"nothing":              {"", false},
		"no cookie of ours":    {"a.b.c", false},
		"a later one of today": {s.portal.sign("bob", "", s.portal.clock.Now().Add(time.Hour)), true},
	} {
		r, _ := http.NewRequest("GET", "/", nil)
		r.AddCookie(&http.Cookie{Name: cookieName, Value: tt.value})
		if got, _, _ := s.portal.signedIn(r); (got != nil) != tt.known {
			t.Errorf("%s: signed in = %v, want %t", name, got, tt.known)
		}
	}
	for _, real := range []bool{false, true} {
		s.portal.Demo = !real
		if c := s.portal.cookie(&http.Request{}, "x", 1); !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Secure != real {
			t.Errorf("cookie %v", c)
		}
	}
	b.post("/sign-out").wants(t, http.StatusOK, "Who are you today?")
	b.post("/sign-in", "who", "nobody").wants(t, http.StatusBadRequest)
}

// What is not for a visitor is not there.
func TestNotForOthers(t *testing.T) {
	t.Parallel()
	s := newSite(t, 0)
	booking := s.as("ada_l").book("statistics", 3)
	for _, who := range []string{"bob", "office"} {
		b := s.as(who)
		b.get(booking).wants(t, http.StatusNotFound)
		b.get(booking+"/cancel").wants(t, http.StatusNotFound)
		b.get(booking+"/calendar.ics").wants(t, http.StatusNotFound)
		for _, act := range []string{"cancel", "move", "begin", "unlock", "finish"} {
			b.post(booking+"/"+act, "start", "2027-01-12T09:00:00Z", "code", "x").wants(t, http.StatusNotFound)
		}
	}
	ada, err := s.portal.s.Learner(t.Context(), "ada_l")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/staff", "/staff/learners/" + string(ada.ID), "/staff" + booking, "/staff/sessions.csv", "/staff/charts", "/staff/bookings/x", "/staff/not-booked.csv"} {
		s.as("bob").get(path).wants(t, http.StatusNotFound)
		newBrowser(t, s.url).get(path).wants(t, http.StatusNotFound)
	}
	s.as("bob").post("/staff"+booking+"/void", "reason", "x").wants(t, http.StatusNotFound)
	newBrowser(t, s.url).get(booking).wants(t, http.StatusOK, "Who are you today?")
	if reservations := s.world.provider.Reservations(); len(reservations) != 1 || reservations[0].Canceled {
		t.Errorf("reservations = %v, want ada's alone", reservations)
	}
	for _, personal := range []string{"ada_l", "Ada", "Example", "+33100000000", strings.TrimPrefix(booking, "/bookings/")} {
		for line := range strings.Lines(s.log.String()) {
			if strings.Contains(line, "msg=page") && strings.Contains(line, personal) {
				t.Errorf("the log of pages has %q: %s", personal, line)
			}
		}
	}
}
