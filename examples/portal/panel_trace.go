package main

import (
	"bytes"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/proctorbook/proctorbook/scheduling"
)

// trace stands before the provider, and writes down what the provider saw: the
// requests that change something, and whether their answer got through.
type trace struct {
	world *world

	mu       sync.Mutex
	seen     []seen
	killNext func() // called once the provider has made a reservation, before it answers
}

// seen is one request as the provider saw it.
type seen struct {
	At      time.Time
	Call    string
	Booking scheduling.BookingID
	Start   time.Time // asked for
	Did     string    // what the provider did
	Lost    bool      // the answer did not get through
}

// maxSeen bounds the memory of the panel.
const maxSeen = 500

// calls are the provider's names of what changes a reservation.
var calls = map[string]string{
	"addadhocprocess": "reserve", "movereservation": "move", "removereservation": "remove", "beginreservation": "begin", "editstudent": "learner",
}

// ServeHTTP hands the request to the provider.
func (t *trace) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name := strings.ToLower(r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:])
	call, writes := calls[name]
	if !writes {
		t.world.provider.ServeHTTP(w, r)
		return
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxForm))
	if err != nil {
		panic(http.ErrAbortHandler) // whoever sent it is gone
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	form, _ := url.ParseQuery(string(body)) // what can't be read is no form, and has no id
	saw := seen{At: t.world.clock.Now(), Call: call, Booking: scheduling.BookingID(form.Get("reservation_id")), Lost: true}
	saw.Start, _ = time.Parse(time.RFC3339, form.Get("start_date"))
	if saw.Booking == "" {
		saw.Booking = t.numbered(form.Get("reservation_no"))
	}
	before := t.world.provider.Counts()
	defer func() { // a lost answer is a panic of the server's
		after := t.world.provider.Counts()
		switch {
		case after.ReservationsMade > before.ReservationsMade:
			saw.Did = "made a reservation"
		case after.Changes > before.Changes:
			saw.Did = "moved the reservation"
		case after.Removals > before.Removals:
			saw.Did = "removed the reservation"
		case after.Begins > before.Begins:
			saw.Did = "began the session"
		default:
			saw.Did = "changed nothing"
		}
		if saw.Did != "changed nothing" || call == "learner" {
			t.world.journal.request(r, body, saw.At)
		}
		if call != "learner" {
			t.add(saw)
		}
	}()
	t.world.provider.ServeHTTP(&holding{ResponseWriter: w, made: func() bool { return t.world.provider.Counts().ReservationsMade > before.ReservationsMade }, t: t}, r)
	saw.Lost = false
}

// numbered finds the booking of the provider's number: a removal names it alone.
func (t *trace) numbered(number string) scheduling.BookingID {
	for _, r := range t.world.provider.Reservations() {
		if strconv.FormatInt(r.Number, 10) == number {
			return scheduling.BookingID(r.ID)
		}
	}
	return ""
}

// holding kills the portal, if the panel asked for it, between the provider's commit
// and the first byte of its answer.
type holding struct {
	http.ResponseWriter
	made func() bool
	t    *trace
}

func (h *holding) WriteHeader(status int) {
	h.t.kill(h.made())
	h.ResponseWriter.WriteHeader(status)
}

func (h *holding) Write(data []byte) (int, error) {
	h.t.kill(h.made())
	return h.ResponseWriter.Write(data)
}

// Unwrap lets http.ResponseController through.
func (h *holding) Unwrap() http.ResponseWriter { return h.ResponseWriter }

func (t *trace) kill(made bool) {
	t.mu.Lock()
	kill := t.killNext
	if made {
		t.killNext = nil
	}
	t.mu.Unlock()
	if made && kill != nil {
		kill()
		panic(http.ErrAbortHandler) // nobody is there to read the answer
	}
}

// killAtCommit arms the kill for the next reservation that is made.
func (t *trace) killAtCommit(kill func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.killNext = kill
}

func (t *trace) armed() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.killNext != nil
}

func (t *trace) add(s seen) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.seen) == maxSeen {
		t.seen = slices.Delete(t.seen, 0, maxSeen/2)
	}
	t.seen = append(t.seen, s)
}

// of returns what the provider saw of a booking.
func (t *trace) of(id scheduling.BookingID) (all []seen) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, s := range t.seen {
		if s.Booking == id {
			all = append(all, s)
		}
	}
	return all
}
