package main

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/scheduling"
)

// active returns the reservations that the provider holds now.
func (s *site) active() (n int) {
	for _, r := range s.world.provider.Reservations() {
		if !r.Canceled {
			n++
		}
	}
	return n
}

// The learner's whole way, but for the sitting.
func TestBookMoveCancel(t *testing.T) {
	t.Parallel()
	s := newSite(t, 0)
	b := s.as("ada_l")
	starts := b.get("/exams/algorithms/slots").starts(t)
	b.get("/exams/algorithms/confirm?start="+starts[4]).wants(t, http.StatusOK, "Book this time?", "nothing more", "30.00")
	booking := b.book("algorithms", 4)
	b.get("/").wants(t, http.StatusOK, booking)
	b.get("/exams/algorithms/confirm?start="+starts[6]).wants(t, http.StatusOK, "Move to this time?", "25.00, since it is late", "your present time", "one of the moves")
	moved := b.post(booking+"/move", "start", starts[6]).wants(t, http.StatusOK, "It is booked")
	if moved.path != booking {
		t.Errorf("moved to %s, want the same booking %s", moved.path, booking)
	}
	b.get("/exams/algorithms/slots").wants(t, http.StatusOK, "yours", "Your present time:")
	b.get(booking+"/cancel").wants(t, http.StatusOK, "25.00, since it is late", "Cancel this booking?")
	b.post(booking+"/cancel", "reason", "ill").wants(t, http.StatusOK, "This booking is canceled")
	b.get("/exams/algorithms").wants(t, http.StatusOK, "My bookings of this exam", "canceled")
	if s.active() != 0 {
		t.Errorf("%d active reservations, want none", s.active())
	}
}

// A double click books once, and shows the booking, however the learner came.
func TestDoubleClick(t *testing.T) {
	t.Parallel()
	s := newSite(t, 0)
	byLink := newBrowser(t, s.url)
	byLink.get(s.link("nour")).wants(t, http.StatusOK)
	for exam, b := range map[string]*browser{"history": s.as("ada_l"), "statistics": byLink} {
		before, start := s.active(), b.free(exam, 1)[0]
		clicks := make([]answer, 5)
		var all sync.WaitGroup
		for i := range clicks {
			all.Go(func() { clicks[i] = b.post("/exams/"+exam+"/book", "start", start) })
		}
		all.Wait()
		booking := "/bookings/" + strings.FieldsFunc(clicks[0].path, func(r rune) bool { return r == '/' || r == '?' })[1]
		for _, click := range clicks {
			if strings.TrimSuffix(click.path, "?already=1") != booking || click.status != http.StatusOK {
				t.Errorf("a click on %s led to %s, %d; want %s", exam, click.path, click.status, booking)
			}
		}
		b.get(booking).wants(t, http.StatusOK, "It is booked")
		if n := s.active() - before; n != 1 {
			t.Errorf("%d active reservations of %s, want 1", n, exam)
		}
	}
}

// Two learners want the last place: one gets it, the other one a page with what is free.
func TestLastSlot(t *testing.T) {
	t.Parallel()
	s := newSite(t, 0)
	byLink := newBrowser(t, s.url)
	byLink.get(s.link("nour")).wants(t, http.StatusOK)
	s.lastSlot(s.as("ada_l"), byLink, "statistics")
	s.lastSlot(s.as("ada_l"), s.as("nour"), "algorithms")
	// Whoever opens the page of a start that is gone sees that before the button.
	s.as("ada_l").get("/exams/history/confirm?start="+s.world.exams[2].Exam.Window.Start.Add(time.Hour).UTC().Format(time.RFC3339)).wants(t, http.StatusConflict, "This time is gone")
}

// lastSlot lets both book the last place of a start at the same time.
func (s *site) lastSlot(one, other *browser, exam string) {
	t := s.t
	t.Helper()
	visitors, before := []*browser{one, other}, s.active()
	day := scheduling.DateOf(s.world.clock.Now(), s.world.exams[0].Exam.Zone).AddDays(3) // a whole one
	starts := visitors[0].get("/exams/" + exam + "/slots?day=" + day.String()).starts(t)
	at, err := time.Parse(time.RFC3339, starts[2])
	if err != nil {
		t.Fatal(err)
	}
	s.world.provider.SetSlotCapacity(at, 1)
	got := make([]answer, 2)
	var both sync.WaitGroup
	for i := range visitors {
		both.Go(func() { got[i] = visitors[i].post("/exams/"+exam+"/book", "start", starts[2]) })
	}
	both.Wait()
	winner, loser := got[0], got[1]
	if winner.status != http.StatusOK {
		winner, loser = got[1], got[0]
	}
	winner.wants(t, http.StatusOK, "It is booked")
	loser.wants(t, http.StatusConflict, "This time is gone", "free starts")
	if n := s.active() - before; n != 1 || len(loser.starts(t)) < 5 {
		t.Errorf("%d active reservations more, want 1, and other starts for the loser", n)
	}
}

// A lost answer: "we are checking", which turns into the truth by itself.
func TestLostAnswer(t *testing.T) {
	t.Parallel()
	s := newSite(t, 0)
	b := s.as("ada_l")
	start := b.get("/exams/history/slots").starts(t)[0]
	s.world.provider.SetListLag(demoBounds.ListLag-200*time.Millisecond, 0)
	s.world.provider.Fault(proctorbooktest.Fault{Kind: proctorbooktest.LoseAnswer, Endpoint: "addAdHocProcess"})
	got := b.post("/exams/history/book", "start", start).wants(t, http.StatusOK, "We are checking", "please don&#39;t book again")
	if got.header.Get("Refresh") == "" {
		t.Error("the page does not ask again by itself")
	}
	b.get("/").wants(t, http.StatusOK, "We are checking your last request")
	ctx, stop := context.WithTimeout(t.Context(), slowly)
	defer stop()
	go func() { _ = s.portal.s.Serve(ctx, scheduling.ServeOptions{Reconcile: 200 * time.Millisecond}) }()
	for got = b.get(got.path); strings.Contains(got.body, "We are checking"); got = b.get(got.path) {
		if s.portal.clock.Sleep(ctx, 100*time.Millisecond) != nil {
			t.Fatal("it never settled")
		}
	}
	got.wants(t, http.StatusOK, "It is booked")
	if s.active() != 1 {
		t.Errorf("%d active reservations, want 1", s.active())
	}
}

// A learner may not book twice, and is led to the booking.
func TestAlreadyBooked(t *testing.T) {
	t.Parallel()
	s := newSite(t, 0)
	b := s.as("ada_l")
	starts := b.get("/exams/history/slots").starts(t)
	booking := b.book("history", 0)
	if got := b.post("/exams/history/book", "start", starts[3]).wants(t, http.StatusOK, "To take another time, move it"); !strings.HasPrefix(got.path, booking) {
		t.Errorf("led to %s, want %s", got.path, booking)
	}
	b.post("/exams/history/book", "start", "tomorrow").wants(t, http.StatusBadRequest)
	b.post(booking+"/move", "start", "2001-01-01T00:00:00Z").wants(t, http.StatusConflict, "This time is past.")
}
