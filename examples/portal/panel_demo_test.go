package main

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/scheduling"
)

// killsEnv says how often TestKilled kills the portal. It is 50 times without it, and five
// times under the race detector.
const killsEnv = "PROCTORBOOK_PORTAL_KILLS"

// newTestDemo is the whole demonstration: this process has the services, and the
// portal is a process of its own.
func newTestDemo(t *testing.T, learners, more int) (*demo, string) {
	t.Helper()
	server := httptest.NewUnstartedServer(nil)
	d, closeAll, err := newDemo(t.Context(), &config{learners: learners}, frontDoor(server.Listener), os.Stderr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(closeAll)
	d.order.Limit = 1000
	e, err := newEngine(d.order, d.store, d.world.clock, d.log)
	if err != nil {
		t.Fatal(err)
	}
	for i := range more {
		who := sampleLearner(i)
		who.Username = fmt.Sprintf("more%d", i)
		d.world.enroll(int64(1000+i), who)
		if _, err := d.world.register(t.Context(), e.s, who); err != nil {
			t.Fatal(err)
		}
		d.order.People = append(d.order.People, who.person)
	}
	if err := d.startWorker(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.endWorker(); err != nil {
			t.Error(err)
		}
	})
	server.Config.Handler = d.handler()
	server.Start()
	t.Cleanup(server.Close)
	return d, server.URL
}

// until asks for the page until it says one of the texts, and returns which.
func (b *browser) until(path string, says ...string) (answer, string) {
	b.t.Helper()
	for end := time.Now().Add(slowly); ; time.Sleep(50 * time.Millisecond) {
		got := b.get(path)
		for _, text := range says {
			if got.status == http.StatusOK && strings.Contains(got.body, text) {
				return got, text
			}
		}
		if time.Now().After(end) {
			b.t.Fatalf("%s never says %q; it is %d\n%s", path, says, got.status, got.body)
		}
	}
}

// killsWanted is how often TestKilled kills the portal.
func killsWanted(t *testing.T) int {
	t.Helper()
	text := os.Getenv(killsEnv)
	switch {
	case text == "" && testing.Short():
		return 3
	case text == "":
		return 50 / less
	}
	kills, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return kills
}

// The portal is killed at a drawn moment of each booking. After the restart there is
// one reservation, and a page that says so; where the kill came before the booking was
// stored, the page offers to book.
func TestKilled(t *testing.T) {
	kills := killsWanted(t) + 1 // the first booking is not disturbed
	d, address := newTestDemo(t, 0, kills)
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	dice := rand.New(rand.NewPCG(seed, 0))
	start := d.world.exams[2].Exam.Window.Start.Add(9 * time.Hour).UTC().Format(time.RFC3339)
	visitors := make([]*browser, kills)
	took := 20 * time.Millisecond
	for i := range visitors {
		b := newBrowser(t, address)
		visitors[i] = b
		b.until("/", "Who are you today?")
		b.post("/sign-in", "who", fmt.Sprintf("more%d", i))
		began := time.Now()
		book := func() answer { return b.post("/exams/history/book", "start", start) }
		switch {
		case i == 0: // nobody is killed: it tells from which time the moments are drawn
			book().wants(t, http.StatusOK, "It is booked")
			took = time.Since(began)
		case i%5 == 1: // between the provider's commit and its answer
			d.world.trace.killAtCommit(d.kill)
			book().wants(t, http.StatusServiceUnavailable, "comes back by itself")
		default:
			var click sync.WaitGroup
			click.Go(func() { book() })
			time.Sleep(time.Duration(dice.Int64N(int64(took))))
			d.kill()
			click.Wait()
		}
	}
	before, unknown := 0, 0
	for i, b := range visitors {
		got, says := b.until("/exams/history", "You may book it", "See my booking")
		if says == "You may book it" {
			before++
			b.post("/exams/history/book", "start", start)
			got, _ = b.until("/exams/history", "See my booking")
		} else if strings.Contains(b.get("/").body, "We are checking") {
			unknown++
		}
		path := "/bookings/" + strings.Split(strings.SplitAfter(got.body, "/bookings/")[1], `"`)[0]
		b.until(path, "It is booked")
		if n := d.activeOf(scheduling.BookingID(strings.TrimPrefix(path, "/bookings/"))); n != 1 {
			t.Errorf("learner %d: %d active reservations of the booking, want 1", i, n)
		}
	}
	if n := d.world.provider.Counts(); n.ActiveNow != kills || n.MostActiveAtOnce != 1 {
		t.Errorf("%d active reservations, at most %d at once of one learner; want %d and 1", n.ActiveNow, n.MostActiveAtOnce, kills)
	}
	t.Logf("%d kills within %s: %d before the booking was stored, %d found unsettled by the page", kills-1, took, before, unknown)
}

// activeOf counts the reservations that the provider holds of a booking.
func (d *demo) activeOf(id scheduling.BookingID) (n int) {
	for _, r := range d.world.provider.Reservations() {
		if r.ID == string(id) && !r.Canceled {
			n++
		}
	}
	return n
}

// The visitor breaks something, books, and sees one reservation on both sides.
func TestPanel(t *testing.T) {
	t.Parallel()
	d, address := newTestDemo(t, 0, 0)
	panel, b := newBrowser(t, address), newBrowser(t, address)
	panel.get("/panel").wants(t, http.StatusOK, "Nobody has booked", "The portal runs.")
	b.post("/sign-in", "who", "ada_l").wants(t, http.StatusOK, "My exams")
	starts := b.get("/exams/history/slots").starts(t)

	panel.post("/panel/fault", "fault", "lose").wants(t, http.StatusOK, `value="lose" aria-pressed="true"`)
	got := b.post("/exams/history/book", "start", starts[0]).wants(t, http.StatusOK, "We are checking")
	b.until(got.path, "It is booked")
	panel.get("/panel").wants(t, http.StatusOK, "the answer is lost", "1 active reservation at the provider", "unknown", "adopted")

	panel.post("/panel/fault", "fault", "kill-next").wants(t, http.StatusOK, `value="kill-next" aria-pressed="true"`)
	b.post("/exams/algorithms/book", "start", b.get("/exams/algorithms/slots").starts(t)[8]).wants(t, http.StatusServiceUnavailable, "comes back by itself")
	page, _ := b.until("/exams/algorithms", "See my booking")
	b.until("/bookings/"+strings.Split(strings.SplitAfter(page.body, "/bookings/")[1], `"`)[0], "It is booked")
	panel.get("/panel").wants(t, http.StatusOK, "The process was killed.", "killed once")

	panel.post("/panel/fault", "fault", "none").wants(t, http.StatusOK, `value="kill-next" aria-pressed="false"`)
	panel.post("/panel/fault", "fault", "down").wants(t, http.StatusOK)
	b.get("/exams/statistics/slots").wants(t, http.StatusServiceUnavailable, "does not answer")
	panel.post("/panel/fault", "fault", "slow").wants(t, http.StatusOK)
	got = b.post("/exams/statistics/book", "start", b.free("statistics", 1)[0])
	b.until(got.path, "It is booked")
	panel.post("/panel/fault", "fault", "none").wants(t, http.StatusOK)
	if n := d.world.provider.Counts(); n.ActiveNow != 3 || n.MostActiveAtOnce != 1 {
		t.Errorf("%d active reservations, at most %d of one exam; want 3 and 1", n.ActiveNow, n.MostActiveAtOnce)
	}

	b.until(got.path, "Begin the session")
	b.post(strings.Split(got.path, "?")[0]+"/begin").wants(t, http.StatusOK, "The proctor&#39;s desk")
	desk := panel.get("/panel").wants(t, http.StatusOK, "Let the learner in")
	number := strings.Split(strings.SplitAfter(desk.body, `name="number" value="`)[1], `"`)[0]
	panel.post("/panel/room", "number", number, "act", "start").wants(t, http.StatusOK, "Close the session")
	panel.post("/panel/clock", "minutes", "20").wants(t, http.StatusOK, "set forward by 20 minutes")
	panel.post("/panel/room", "number", number, "act", "end").wants(t, http.StatusOK)
	panel.post("/panel/room", "number", "none").wants(t, http.StatusBadRequest)
	panel.post("/panel/fault", "fault", "nothing").wants(t, http.StatusBadRequest)
	panel.post("/panel/clock", "minutes", "-1").wants(t, http.StatusBadRequest)
}
