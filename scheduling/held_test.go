package scheduling_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/scheduling"
)

// unclear books nine; the answer is lost, and Reconcile finds the reservation. It
// returns until when a move is held back: the create might still act.
func (w *world) unclear() (scheduling.BookingID, time.Time) {
	w.t.Helper()
	id := w.lostBook()
	until := w.booking(id).Memory.LastMade.Add(scheduling.DefaultTuning().InFlight)
	w.clock.Advance(time.Minute)
	if _, err := w.Reconcile(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
	w.wantAgreement(id)
	return id, until
}

// wantHeld wants the page and the explanation to tell until when a move is held
// back; the zero time means that none is.
func (w *world) wantHeld(id scheduling.BookingID, until time.Time) {
	w.t.Helper()
	why := scheduling.ReasonOlderRequest
	if until.IsZero() {
		why = ""
	}
	if st := w.status(); !st.HeldUntil.Equal(until) || st.HeldBecause != why {
		w.t.Errorf("Status: held until %s because of %q; want %s, %q", st.HeldUntil, st.HeldBecause, until, why)
	}
	if x, err := w.Staff.Explain(w.t.Context(), id); err != nil || !x.HeldUntil.Equal(until) || x.HeldBecause != why {
		w.t.Errorf("Explain: held until %s because of %q, %v; want %s, %q", x.HeldUntil, x.HeldBecause, err, until, why)
	}
}

// wantHeldError wants err to tell until when the move is held back.
func wantHeldError(t *testing.T, err error, until time.Time, queued bool) {
	t.Helper()
	pending, ok := errors.AsType[*scheduling.PendingError](err)
	if !ok || pending.Op != scheduling.OpMove || pending.Queued != queued || !pending.HeldUntil.Equal(until) || pending.HeldBecause != scheduling.ReasonOlderRequest {
		t.Fatalf("error = %+v, want a move, queued = %t, held back until %s", err, queued, until)
	}
	if text := err.Error(); !strings.Contains(text, "held back until "+until.Format(time.RFC3339)) || !strings.Contains(text, "an older request may still act") || strings.Contains(text, "provider is down") {
		t.Errorf("text = %q, want it to say until when, and why", text)
	}
}

// A create whose answer was lost may act late, and would undo a move: the move
// waits, and everybody who asks is told until when and why.
func TestMoveIsHeldBackAfterAnUnclearCreate(t *testing.T) {
	t.Parallel()
	w := newWorld(t, hasty)
	id, until := w.unclear()
	if !w.status().May(reschedule) {
		t.Fatal("the move is not allowed: the test proves nothing")
	}
	w.wantHeld(id, until) // before anybody asks for it
	sent := w.providerRequests()

	_, err := w.Reschedule(t.Context(), id, noon)
	wantHeldError(t, err, until, false)
	w.wantHeld(id, until)
	_, err = w.Reschedule(t.Context(), id, noon) // once more
	wantHeldError(t, err, until, false)
	_, _, err = w.TryReschedule(t.Context(), id, noon)
	wantHeldError(t, err, until, false)
	_, _, err = w.TryBook(t.Context(), w.exam, w.learner, noon)
	wantHeldError(t, err, until, false)
	_, err = w.Reschedule(t.Context(), id, ten) // another wish
	wantHeldError(t, err, until, true)
	if n := w.providerRequests() - sent; n != 0 {
		t.Errorf("%d requests sent while the move is held back, want none", n)
	}

	w.clock.Set(until)
	w.wantHeld(id, time.Time{})
	w.pass()
	w.wantAgreement(id)
	if b := w.booking(id); !b.Start.Equal(ten) {
		t.Errorf("stands at %s, want the last wish, ten\n%s", b.Start, w.history(id))
	}
	w.wantHeld(id, time.Time{})
}

// While the unclear create is still open a move waits for it, and is then held back.
func TestMoveBehindAnUnclearCreateIsHeldBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t, hasty)
	id := w.lostBook()
	until := w.booking(id).Memory.LastMade.Add(scheduling.DefaultTuning().InFlight)
	w.wantHeld(id, until)
	_, err := w.Reschedule(t.Context(), id, noon)
	wantHeldError(t, err, until, true)
	w.wantHeld(id, until)
	if _, err := w.Cancel(t.Context(), id, scheduling.Request{}); err == nil {
		t.Fatal("Cancel did not wait")
	} else if pending, ok := errors.AsType[*scheduling.PendingError](err); !ok || !pending.HeldUntil.IsZero() {
		t.Errorf("Cancel = %v, want it pending, and not held back", err)
	}
}

// What is clear, was sent, or may not be asked for is not held back.
func TestNothingIsHeldBack(t *testing.T) {
	t.Parallel()
	for name, prepare := range map[string]func(*world) scheduling.BookingID{
		"a clear create": func(w *world) scheduling.BookingID { return w.settled(nine) },
		"a move that was sent": func(w *world) scheduling.BookingID {
			id := w.settled(nine)
			w.fault(proctorbooktest.LoseAnswer, "addAdHocProcess")
			_, err := w.Reschedule(w.t.Context(), id, noon)
			if pending, ok := errors.AsType[*scheduling.PendingError](err); !ok || !pending.HeldUntil.IsZero() || pending.HeldBecause != "" {
				w.t.Errorf("Reschedule = %+v, want it pending, and not held back", err)
			}
			return id
		},
		"a cancel after an unclear create": func(w *world) scheduling.BookingID {
			id, _ := w.unclear()
			w.fault(proctorbooktest.LoseRequest, "removeReservation")
			_, err := w.Cancel(w.t.Context(), id, scheduling.Request{})
			if pending, ok := errors.AsType[*scheduling.PendingError](err); !ok || !pending.HeldUntil.IsZero() {
				w.t.Errorf("Cancel = %+v, want it pending, and not held back", err)
			}
			return id
		},
		"a begin after an unclear create": func(w *world) scheduling.BookingID {
			w.clock.Set(nine.Add(-12 * time.Minute))
			w.exam.Policy.Notice = time.Minute
			id, _ := w.unclear()
			w.clock.Advance(time.Minute)
			w.mustBegin(id)
			return id
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, hasty)
			w.wantHeld(prepare(w), time.Time{})
		})
	}
}

func TestHeldBackJSON(t *testing.T) {
	t.Parallel()
	w := newWorld(t, hasty)
	id, until := w.unclear()
	x, err := w.Staff.Explain(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	want := `"held_until":"` + until.Format(time.RFC3339) + `","held_because":"older_request"`
	for _, v := range []any{w.status(), x} {
		if text, err := json.Marshal(v); err != nil || !strings.Contains(string(text), want) {
			t.Errorf("%s, %v; want %s in it", text, err, want)
		}
	}
}
