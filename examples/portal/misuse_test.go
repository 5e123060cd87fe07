package main

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/proctorbooktest"
)

var hiddenField = regexp.MustCompile(`<input type="hidden" name="([^"]+)" value="([^"]*)"`)

// A file that can't be had whole is no file: nobody takes a page of ours for its last rows.
func TestNoHalfFile(t *testing.T) {
	t.Parallel()
	s := newSite(t, 0)
	b := s.as("office")
	down := proctorbooktest.Fault{Kind: proctorbooktest.Down, Times: -1}
	s.world.provider.Fault(down)
	s.world.platform.Fault(down)
	for _, path := range []string{"/staff/discrepancies.csv", "/staff/not-booked.csv", "/staff/sessions.csv?q=nobody"} {
		got := b.get(path)
		if kind := got.header.Get("Content-Type"); got.status < 400 || got.header.Get("Content-Disposition") != "" || !strings.HasPrefix(kind, "text/html") {
			t.Errorf("%s: status %d, %s, %q", path, got.status, kind, got.header.Get("Content-Disposition"))
		}
	}
	if got := b.get("/staff?q=nobody").wants(t, http.StatusOK, "Nobody of this name"); strings.Contains(got.body, ".csv") {
		t.Error("the page of nobody links to a file that is not there")
	}
}

// What a form says is of the learner to whom it was shown, whoever has signed in since.
func TestFormOfAnother(t *testing.T) {
	t.Parallel()
	s := newSite(t, 0)
	b := s.as("ada_l")
	start := b.free("statistics", 1)[0]
	forms := map[string]answer{
		"/profile":               b.get("/profile"),
		"/exams/statistics/book": b.get("/exams/statistics/confirm?start=" + url.QueryEscape(start)),
	}
	b.post("/sign-in", "who", "bob").wants(t, http.StatusOK)
	for action, page := range forms {
		var fields []string
		for _, m := range hiddenField.FindAllStringSubmatch(page.body, -1) {
			fields = append(fields, m[1], m[2])
		}
		fields = append(fields, "GivenName", "Ada", "FamilyName", "Example", "Phone", "+33100000000", "Country", "FR", "start", start)
		b.post(action, fields...).wants(t, http.StatusConflict, "Somebody else has signed in here")
	}
	if all := s.world.provider.Reservations(); len(all) != 0 {
		t.Errorf("%d reservations, want none", len(all))
	}
	l, err := s.portal.s.Learner(t.Context(), "bob")
	if err != nil || l.Profile.GivenName == "Ada" {
		t.Errorf("bob's profile is ada's, %v", err)
	}
}

// Whoever signs out leaves nothing behind that leads in again.
func TestSignOutByLink(t *testing.T) {
	t.Parallel()
	s := newSite(t, 0)
	link, b := s.link("ada_l"), newBrowser(t, s.url)
	b.get(link).wants(t, http.StatusOK, "You came from")
	id := s.world.platform.Seen().Sittings[0].ExternalID
	b.get("/sit/at/"+id+"/").wants(t, http.StatusOK, "You came from")
	b.post("/sign-out").wants(t, http.StatusOK, "Who are you today?")
	b.get("/sit/at/"+id+"/").wants(t, http.StatusForbidden, "We do not know this browser")
	b.get("/").wants(t, http.StatusOK, "Who are you today?")
	b.get(link).wants(t, http.StatusOK, "type your full name")
}

// An exam has any name, such as one with a percent sign, and it is nobody's sentence.
func TestNameOfExam(t *testing.T) {
	t.Parallel()
	s := newSite(t, 0)
	for _, name := range []string{"Growth of 5% a year", "Cancel"} {
		s.world.exams[0].Exam.Name = name
		b := s.as("ada_l")
		b.lang = "fr"
		b.get("/exams/statistics").wants(t, http.StatusOK, "<title>"+name+" · ", "<h1>"+name+"</h1>")
	}
}

// Short names of months differ.
func TestLetters(t *testing.T) {
	t.Parallel()
	for _, lang := range []string{"en", "fr"} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header.Set("Accept-Language", lang)
		v := loadPages().newVisit(nil, r, time.Time{})
		seen := map[string]time.Month{}
		for m := time.January; m <= time.December; m++ {
			short := v.Letters(m.String())
			if seen[short] != 0 {
				t.Errorf("%s: %s and %s are both %q", lang, seen[short], m, short)
			}
			seen[short] = m
		}
	}
}

// Behind a portal that died the browser comes back to a page of this site that is there.
func TestComesBack(t *testing.T) {
	t.Parallel()
	d := &demo{world: &world{clock: newShiftedClock(0)}, pages: loadPages()}
	for _, tt := range []struct{ method, asked, want string }{
		{"GET", "/exams/x/confirm?start=2027-01-12T09:00:00Z", "/exams/x/confirm?start=2027-01-12T09:00:00Z"},
		{"GET", "//evil.example/x", "/evil.example/x"},
		{"GET", `/\evil.example/x`, "/%5Cevil.example/x"},
		{"POST", "//evil.example/x", "/evil.example"},
		{"POST", "///evil.example", "/"},
		{"POST", "/exams/x/book", "/exams/x"},
		{"POST", "/profile", "/profile"},
		{"POST", "/sign-in", "/"},
		{"POST", "/sign-out", "/"},
		{"POST", "/sit/link/a.b", "/sit/link/a.b"},
		{"POST", "/staff/learners/7", "/staff/learners/7"},
		{"POST", "/staff/bookings/7/void", "/staff/bookings/7"},
	} {
		asked, err := url.ParseRequestURI(tt.asked)
		if strings.HasPrefix(tt.asked, "//") { // as the server reads it
			asked, err = &url.URL{Path: tt.asked}, nil
		}
		if err != nil {
			t.Fatal(err)
		}
		w := httptest.NewRecorder()
		r := httptest.NewRequest(tt.method, "/", nil)
		r.URL = asked
		d.away(w, r, nil)
		if got := w.Header().Get("Refresh"); got != "1; url="+tt.want {
			t.Errorf("%s %s: %q, want %q", tt.method, tt.asked, got, tt.want)
		}
	}
}

// A busy machine, on which a booking of the sample does not settle in time, is no reason not
// to start.
func TestFillsOnBusyMachine(t *testing.T) {
	t.Parallel()
	s := newSite(t, 0)
	s.world.enroll(1000, sampleLearner(0))
	s.world.provider.SetListLag(demoBounds.ListLag-200*time.Millisecond, 0)
	s.world.provider.Fault(proctorbooktest.Fault{Kind: proctorbooktest.LoseAnswer, Endpoint: "addAdHocProcess"})
	if err := s.world.fill(t.Context(), s.portal.s, s.portal.store, 1); err != nil {
		t.Fatal(err)
	}
}

// A booking that is over can't be canceled once more, and its page cancels no other one.
func TestCancelPageOfOldBooking(t *testing.T) {
	t.Parallel()
	s := newSite(t, 0)
	b := s.as("ada_l")
	old := b.book("statistics", 0)
	b.post(old+"/cancel").wants(t, http.StatusOK, "This booking is canceled")
	b.get(old+"/cancel").wants(t, http.StatusOK, "This booking has ended")
	b.book("statistics", 1)
	if got := b.get(old+"/cancel").wants(t, http.StatusOK); strings.Contains(got.body, "/cancel\"") {
		t.Errorf("the page of the old booking offers to cancel:\n%s", got.words())
	}
}

// What can't be meant grants nothing: neither so many minutes that the number overflows, nor
// time in an exam that is not there.
func TestGrantsNothingElse(t *testing.T) {
	t.Parallel()
	s := newSite(t, 0)
	l, err := s.portal.s.Learner(t.Context(), "nour")
	if err != nil {
		t.Fatal(err)
	}
	b, page := s.as("office"), "/staff/learners/"+string(l.ID)
	b.post(page, "exam", "statistics", "percent", "0", "minutes", "307445734562", "reason", "x").wants(t, http.StatusUnprocessableEntity)
	b.post(page, "exam", "statistics", "percent", "0", "minutes", "-307445734562", "reason", "x").wants(t, http.StatusUnprocessableEntity)
	b.post(page, "exam", "none", "percent", "50", "minutes", "0", "reason", "x").wants(t, http.StatusBadRequest)
	if got := b.get(page).wants(t, http.StatusOK); strings.Contains(got.body, `value="50"`) {
		t.Error("it was granted in another exam")
	}
}
