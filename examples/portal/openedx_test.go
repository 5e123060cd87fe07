package main

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/edx/backend"
	"github.com/proctorbook/proctorbook/edx/edxtest"
	"github.com/proctorbook/proctorbook/proctorbooktest"
)

// link is the path of the link that the LMS shows to the learner who has begun the set-up.
func (s *site) link(who string) string {
	s.t.Helper()
	if _, err := s.world.acts(s.t.Context(), who, "begin"); err != nil {
		s.t.Fatal(err)
	}
	link, err := s.world.acts(s.t.Context(), who, "open")
	if err != nil || !strings.HasPrefix(link, s.url+"/sit/link/") {
		s.t.Fatalf("the link is %q, %v", link, err)
	}
	return strings.TrimPrefix(link, s.url)
}

// A learner comes by the link, and books as the LMS has the exam and the learner's time.
func TestByLink(t *testing.T) {
	t.Parallel()
	s := newSite(t, 0)
	others := s.as("bob").book("statistics", 3)
	own := s.as("ada_l").book("history", 0)
	s.world.platform.AddAllowance(edxtest.Allowance{ExamID: s.published(), Username: "ada_l", Key: "additional_time_granted", Value: "15"})
	s.world.clock.shift(time.Minute) // what was granted to others at bob's booking is not asked again before
	link := s.link("ada_l")
	b := newBrowser(t, s.url)
	due := s.world.exams[0].Exam.Window.End.AddDate(0, 0, -1).UTC().Format(time.RFC3339)
	if got := b.get(link).wants(t, http.StatusOK, "You came from your course platform", due, "Ada Example"); got.path != "/exams/statistics" {
		t.Errorf("the link leads to %s, want the exam", got.path)
	}
	booking := b.book("statistics", 0)
	for _, r := range s.world.provider.Reservations() {
		if "/bookings/"+r.ID == booking && r.Duration != 45*time.Minute {
			t.Errorf("%s are reserved, want the 30 minutes of the LMS and 15 more", r.Duration)
		}
	}
	b.get(booking).wants(t, http.StatusOK, "Begin the session", "You submit the exam on your course platform")
	b.post(booking+"/begin").wants(t, http.StatusOK, "auto_login")
	if got := b.get("/").wants(t, http.StatusOK, booking); strings.Contains(got.body, "Algorithms") {
		t.Error("the link shows other exams, too")
	}
	s.as("ada_l").get(booking).wants(t, http.StatusOK) // who comes by a link is who signs in
	for _, path := range []string{others, own, "/exams/history", "/exams/algorithms/slots", "/staff", "/sit/at/none/x"} {
		b.get(path).wants(t, map[bool]int{true: http.StatusForbidden, false: http.StatusNotFound}[strings.HasPrefix(path, "/sit/")])
	}
	for _, act := range []string{"cancel", "move", "begin", "unlock", "finish"} {
		b.post(others+"/"+act, "start", "2027-01-12T09:00:00Z", "code", "x").wants(t, http.StatusNotFound)
	}
	b.post("/sign-out").wants(t, http.StatusOK, "Who are you today?")
	s.logIsClean(link, strings.TrimPrefix(booking, "/bookings/"))
}

// published saves the exam on the LMS.
func (s *site) published() int64 {
	s.t.Helper()
	exam, err := s.world.publish(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	return exam
}

// logIsClean fails if the log has somebody, or a link; of pages it has no ids either.
func (s *site) logIsClean(link, booking string) {
	s.t.Helper()
	for line := range strings.Lines(s.log.String()) {
		for _, personal := range []string{"ada_l", "Ada Example", "example.org", "+331", link[strings.LastIndexByte(link, '.'):]} {
			if strings.Contains(line, personal) {
				s.t.Errorf("the log has %q: %s", personal, line)
			}
		}
		if strings.Contains(line, "msg=page") && (strings.Contains(line, booking) || strings.Contains(line, "/sit/link")) {
			s.t.Errorf("the log of pages has an id: %s", line)
		}
	}
}

// A link opens nothing that it is not for.
func TestLinkIsRefused(t *testing.T) {
	t.Parallel()
	s := newSite(t, 0)
	link := s.link("ada_l")
	b := newBrowser(t, s.url)
	b.get(link[:len(link)-2]+"xx").wants(t, http.StatusForbidden, "not valid")
	b.get(strings.Replace(link, "/link/", "/link/x", 1)).wants(t, http.StatusForbidden, "not valid")
	s.world.clock.shift(2 * time.Hour)
	b.get(link).wants(t, http.StatusForbidden, "no longer valid")
	s.world.clock.shift(0)
	b.get("/").wants(t, http.StatusOK, "Who are you today?") // so far nobody was signed in
	b.get(link).wants(t, http.StatusOK, "You came from")
	stranger := newBrowser(t, s.url)
	stranger.get(link).wants(t, http.StatusOK, "You have begun in another browser")
	stranger.post(link, "who", "Bob Example").wants(t, http.StatusForbidden)
	stranger.get("/exams/statistics").wants(t, http.StatusOK, "Who are you today?")
	stranger.post(link, "who", "ada example").wants(t, http.StatusOK, "You came from")

	// Staff close the attempt to all browsers: who was let in before is not any more.
	id := backend.AttemptID(s.world.platform.Seen().Sittings[0].ExternalID)
	if err := s.portal.bridge.ForgetBrowsers(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	b.get("/exams/statistics").wants(t, http.StatusForbidden, "We no longer know this browser")
	s.world.clock.shift(2 * time.Second)
	stranger.get(link).wants(t, http.StatusOK, "You came from")
	b.get("/exams/statistics").wants(t, http.StatusForbidden)
	stranger.get("/exams/statistics").wants(t, http.StatusOK)
}

// What became of an attempt is said in plain words, also to a browser that was let in before.
func TestAttemptsWithoutPages(t *testing.T) {
	t.Parallel()
	s := newSite(t, 0)
	ctx, lms := t.Context(), s.world.platform
	lms.AddUser(edxtest.User{Username: "root", Staff: true, MayRetire: true})

	link, b := s.link("ada_l"), newBrowser(t, s.url)
	lms.Fault(proctorbooktest.Fault{Kind: proctorbooktest.Down, Times: -1})
	got := b.get(link).wants(t, http.StatusServiceUnavailable, "We are asking who you are")
	if got.header.Get("Refresh") == "" {
		t.Error("the page does not look again by itself")
	}
	lms.ClearFaults()
	b.get(link).wants(t, http.StatusOK, "You came from")
	sittings := lms.Seen().Sittings
	if err := lms.Staff("root").RemoveAttempt(ctx, sittings[len(sittings)-1].Attempt); err != nil {
		t.Fatal(err)
	}
	b.get("/").wants(t, http.StatusGone, "This attempt is no longer there", "Sign out")
	b.post("/exams/statistics/book", "start", "2027-01-12T09:00:00Z").wants(t, http.StatusGone)
	newBrowser(t, s.url).get(link).wants(t, http.StatusGone)

	link, b = s.link("nour"), newBrowser(t, s.url)
	b.get(link).wants(t, http.StatusOK, "You came from")
	if err := lms.Staff("root").RetireAtProviders(ctx, "nour"); err != nil {
		t.Log(err) // it is asked again until nothing is left
	}
	b.get("/").wants(t, http.StatusGone, "You are no longer known here")

	exam, err := lms.PublishExam(ctx, edxtest.Exam{
		Course: statistics, Content: "block-v1:ExampleX+STAT1+2027+type@sequential+block@other", Name: "Another one", Minutes: 30, Proctored: true, Backend: providerName,
	})
	if err != nil {
		t.Fatal(err)
	}
	bob := lms.Learner("bob", edxtest.LearningApp)
	if _, err := bob.SetUp(ctx, exam.ID); err != nil {
		t.Fatal(err)
	}
	view, err := bob.ClickDownload(ctx, exam.ID)
	if err != nil {
		t.Fatal(err)
	}
	newBrowser(t, s.url).get(strings.TrimPrefix(view.Download, s.url)).wants(t, http.StatusConflict, "This exam can't be booked yet")
}
