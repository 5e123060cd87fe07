package page_test

import (
	"net/http"
	"net/url"
	"strconv"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/openedx"
)

// number is the reservation that the proctors' service has.
func (w *world) number() int64 { return must(strconv.ParseInt(string(w.booking().Number), 10, 64)) }

// sat lets the learner sit the exam.
func (w *world) sat(b *browser) {
	w.clock.Set(monday.Add(9 * time.Hour))
	b.look("")
	b.press("begin", "Begin", nil)
	b.press("unlock", "Unlock", url.Values{"code": {w.code()}})
	must(w.s.Finish(w.t.Context(), w.booking().ID))
}

const at = "Monday, 11 January 2027, 10:00"

var request = scheduling.Request{Reason: "the room is closed", By: "exam office"}

// becomings are what can become of a booking.
var becomings = map[string]struct {
	do   func(w *world, b *browser)
	says string
	free bool // another time can be chosen
}{
	"canceled by the provider": {func(w *world, _ *browser) {
		must(0, w.proctors.ProviderCancels(w.number()))
		w.settle()
		w.clock.Advance(6 * time.Hour)
		w.settle()
	}, "Your booking of " + at + " was canceled. The proctoring service canceled it.", true},
	"canceled by staff": {func(w *world, _ *browser) {
		must(w.s.Cancel(w.t.Context(), w.booking().ID, request))
	}, "Your booking of " + at + " was canceled. It was canceled here.", true},
	"a no-show": {func(w *world, _ *browser) {
		w.clock.Set(monday.Add(20 * time.Hour))
		w.settle()
	}, "You did not come to your sitting of " + at + ".", true},
	"void": {func(w *world, b *browser) {
		w.sat(b)
		must(w.s.Staff.Void(w.t.Context(), w.booking().ID, request))
	}, "Your sitting of " + at + " does not count. The exam office decided it.", true},
	"refused": {func(w *world, b *browser) {
		b.look("cancel")
		b.press("cancel", "Cancel this booking", nil)
		w.clock.Advance(time.Minute)
		w.proctors.BlockSlot(monday.Add(13 * time.Hour))
		b.post("book", url.Values{"start": {"2027-01-11T13:00:00Z"}})
	}, "Your booking was not made. Somebody else took this time, or another reservation of yours is in the way.", true},
	"a move refused": {func(w *world, b *browser) {
		w.proctors.BlockSlot(monday.Add(13 * time.Hour))
		b.post("move", url.Values{"start": {"2027-01-11T13:00:00Z"}})
	}, "The new time was refused, and the old one stands. Somebody else took this time, or another reservation of yours is in the way.", false},
	"moved by the provider": {func(w *world, _ *browser) {
		must(w.proctors.ProviderMoves(w.number(), monday.Add(13*time.Hour)))
		for range 20 {
			must(0, w.s.Wake(w.t.Context(), string(w.booking().ID)))
			w.pass()
			w.clock.Advance(time.Minute)
		}
	}, "The proctoring service has your sitting at another time than before, which was " + at + ".", false},
}

// What became of a booking without the learner's doing stands on the page: with the time
// that it had, and why.
func TestWhatBecameOfTheBooking(t *testing.T) {
	t.Parallel()
	for name, tt := range becomings {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, openedx.Settings{})
			b := w.ready()
			b.press("book", "10:00 to 11:30", nil)
			tt.do(w, b)
			b.look("")
			b.wants(http.StatusOK, tt.says)
			if tt.free {
				b.wants(http.StatusOK, "Choose a time")
				b.press("book", "", nil)
				b.lacks(tt.says)
			} else {
				b.wants(http.StatusOK, "Your sitting: Monday, 11 January 2027", "Move to another time")
				b.press("move", "", nil)
				b.lacks(tt.says)
			}
			w.unseen()
		})
	}
}

// When nothing can be booked any more, the page says all the same what became of the
// booking.
func TestWhatBecameOfTheLastBooking(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		do   func(w *world, b *browser)
		says string
	}{
		"canceled": {func(w *world, _ *browser) {
			must(w.s.Cancel(w.t.Context(), w.booking().ID, scheduling.Request{Reason: "closed", By: "exam office"}))
		}, "Your booking of Monday, 11 January 2027, 10:00 was canceled."},
		"void": {func(w *world, b *browser) {
			w.sat(b)
			must(w.s.Staff.Void(w.t.Context(), w.booking().ID, scheduling.Request{Reason: "fire alarm", By: "office"}))
		}, "Your sitting of Monday, 11 January 2027, 10:00 does not count."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, openedx.Settings{})
			b := w.ready()
			b.press("book", "10:00 to 11:30", nil)
			tt.do(w, b)
			w.clock.Set(monday.AddDate(0, 0, 6))
			b.look("")
			b.wants(http.StatusOK, tt.says, "The exam's dates are over.")
			b.lacks("Your sitting:", "Choose a time")
		})
	}
}

// Where something is too early, the page says when it is not.
func TestTooEarlySaysWhen(t *testing.T) {
	t.Parallel()
	w := newWorld(t, openedx.Settings{Zone: time.UTC, Window: scheduling.Window{Start: monday.Add(9 * time.Hour)}})
	b := w.ready()
	b.press("book", "10:00 to 11:30", nil)
	b.post("begin", nil)
	b.wants(http.StatusConflict, "can't be begun yet", "You can begin from Monday, 11 January 2027, 09:45 on.")
	w.clock.Set(monday.Add(8*time.Hour + 50*time.Minute))
	b.look("")
	b.press("begin", "Begin", nil)
	b.look("")
	b.wants(http.StatusOK, "The exam opens on Monday, 11 January 2027, 10:00: the code is not taken before.")
	b.post("unlock", url.Values{"code": {w.code()}})
	b.wants(http.StatusConflict, "It is too early", "The exam opens on Monday, 11 January 2027, 10:00")
	w.clock.Set(monday.Add(9 * time.Hour))
	b.look("")
	b.lacks("The exam opens on")
	b.press("unlock", "Unlock", url.Values{"code": {w.code()}})
	b.wants(http.StatusOK, "The exam is unlocked")
}
