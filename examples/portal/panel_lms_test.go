package main

import (
	"net"
	"net/http"
	"regexp"
	"testing"
)

// The whole way by the panel's buttons and the portal's pages; the portal is killed
// after each step, and goes on.
func TestSittingOfTheLMS(t *testing.T) {
	t.Parallel()
	d, address := newTestDemo(t, 0, 0)
	b := newBrowser(t, address)
	click := func(act string) answer { return b.post("/panel/lms", "who", "ada_l", "act", act) }
	kill := func() {
		b.post("/panel/fault", "fault", "kill")
		b.until("/static/icon.svg", "<svg") // the next process is there
	}
	// What a process that was killed had begun to tell the LMS is left alone for two minutes.
	forward := func() { b.post("/panel/clock", "minutes", "3").wants(t, http.StatusOK) }
	click("start").wants(t, http.StatusBadRequest) // there is no attempt yet
	click("begin").wants(t, http.StatusOK, "Open the learner's link", "created")
	click("start").wants(t, http.StatusOK, "The Open edX shows an error")
	kill()
	click("open").wants(t, http.StatusOK, "You came from your course platform", "Choose a time")
	b.get("/panel").wants(t, http.StatusOK, "download_software_clicked", "/sit/link/")
	start := b.free("statistics", 1)[0]
	kill()
	booking := b.post("/exams/statistics/book", "start", start).wants(t, http.StatusOK, "It is booked").path
	kill()
	b.until(booking, "Begin the session")
	b.post(booking+"/begin").wants(t, http.StatusOK, "Your session is ready")
	desk := b.get("/panel").wants(t, http.StatusOK, "Let the learner in").body
	number := regexp.MustCompile(`name="number" value="(\d+)"`).FindStringSubmatch(desk)[1]
	code := regexp.MustCompile(`<strong>(\w+)</strong></p>\s*<form method="post" action="/panel/room"`).FindStringSubmatch(desk)[1]
	b.post("/panel/room", "number", number, "act", "start").wants(t, http.StatusOK, "Close the session")
	kill()
	b.post(booking+"/unlock", "code", code).wants(t, http.StatusOK, "Start it on your course platform")
	kill()
	forward()
	b.until("/panel", "Start the exam")
	b.get("/panel").wants(t, http.StatusOK, "it was told “ready”, answered 200")
	kill()
	click("start").wants(t, http.StatusOK, "Submit the exam")
	click("submit").wants(t, http.StatusOK, "submitted")
	kill()
	b.post("/panel/room", "number", number, "act", "end").wants(t, http.StatusOK)
	forward()
	b.until("/panel", "verified")
	b.until(booking, "All was in order.")
	b.get("/exams/statistics").wants(t, http.StatusOK, "You have sat this exam.")
	b.post("/exams/statistics/book", "start", start).wants(t, http.StatusConflict, "You have submitted the exam")

	seen := d.world.platform.Seen()
	if len(seen.Sittings) != 1 || seen.Sittings[0].Status != "verified" || seen.Sittings[0].Opened.IsZero() || len(seen.Strays) > 0 {
		t.Errorf("the LMS has seen %+v, want one verified sitting", seen)
	}
	if n := d.world.provider.Counts(); n.ReservationsMade != 1 || n.MostActiveAtOnce != 1 {
		t.Errorf("%d reservations were made, want 1", n.ReservationsMade)
	}
}

// The LMS and browsers find the portal only where links need no TLS.
func TestFrontDoor(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{"127.0.0.1:80": "http://127.0.0.1:80", "0.0.0.0:80": "http://127.0.0.1:80", "[::]:80": "http://127.0.0.1:80", "[::1]:80": "", "192.0.2.1:80": ""} {
		at, err := net.ResolveTCPAddr("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		if got := frontDoor(fixed{at}); got != want {
			t.Errorf("frontDoor(%s) = %q, want %q", address, got, want)
		}
	}
}

// fixed is a listener that is somewhere.
type fixed struct{ at net.Addr }

func (f fixed) Addr() net.Addr          { return f.at }
func (fixed) Accept() (net.Conn, error) { return nil, net.ErrClosed }
func (fixed) Close() error              { return nil }
