package scheduling_test

import (
	"errors"
	"net/url"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/scheduling"
)

// One booking, one reservation id: on every repeat of the create, on the moves,
// and on the begin. A repeat says what the first try said, but for time_sent.
func TestReservationIDOnTheWire(t *testing.T) {
	t.Parallel()
	w := newWorld(t, hasty)
	sent := w.listen(hasty)
	for range 3 {
		w.fault(proctorbooktest.Status500, create)
	}
	_, err := w.Book(t.Context(), w.exam, w.learner, nine)
	id := w.pendingID(err)
	w.pass()
	w.wantAgreement(id)

	creates := sent.all(create)
	if len(creates) != 4 {
		t.Fatalf("sent %d creates, want the first and three repeats", len(creates))
	}
	for i, again := range creates {
		if again.Get("time_sent") == creates[0].Get("time_sent") && i > 0 {
			t.Errorf("repeat %d has the time_sent of the first, %s", i, again.Get("time_sent"))
		}
		if again.Del("time_sent"); !reflect.DeepEqual(again, withoutTimeSent(creates[0])) {
			t.Errorf("repeat %d = %s\nwant %s", i, again.Encode(), creates[0].Encode())
		}
	}
	for i, start := range []time.Time{ten, noon} {
		w.clock.Advance(15 * time.Minute)
		if _, err := w.Reschedule(t.Context(), id, start); err != nil {
			t.Fatal(err)
		}
		move := sent.last(create)
		if move.Get("reservation_id") != string(id) || move.Get("reservation_no") == "" {
			t.Errorf("move %d: reservation_id %q, reservation_no %q; want the booking's", i, move.Get("reservation_id"), move.Get("reservation_no"))
		}
		if creates[0].Has("reservation_no") {
			t.Error("the create carries a reservation_no")
		}
	}
	w.clock.Set(noon.Add(-time.Minute))
	if _, err := w.Begin(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	begin := sent.last("beginReservation")
	if begin.Get("reservation_id") != string(id) || begin.Get("reservation_no") != string(w.booking(id).Number) || begin.Get("student_id") != "4211" {
		t.Errorf("begin = %s, want the booking's id and number", begin.Encode())
	}
}

// A move names the number that it moves, and says everything else as before.
func TestMoveOnTheWire(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	sent := w.listen()
	id := w.settled(nine)
	number := string(w.booking(id).Number)
	first := withoutTimeSent(sent.last(create))
	if _, err := w.Reschedule(t.Context(), id, noon); err != nil {
		t.Fatal(err)
	}
	got := withoutTimeSent(sent.last(create))
	first.Set("start_date", "2027-01-11T12:00:00Z")
	first.Set("reservation_no", number)
	if !reflect.DeepEqual(got, first) {
		t.Errorf("move = %s\nwant %s", got.Encode(), first.Encode())
	}
}

func TestMoveToTakenSlotKeepsTheOldOne(t *testing.T) {
	w := newWorld(t)
	id := w.settled(nine)
	w.provider.BlockSlot(noon)
	b, err := w.Reschedule(t.Context(), id, noon)
	if _, ok := errors.AsType[*scheduling.SlotTakenError](err); !ok {
		t.Fatalf("Reschedule = %v, want SlotTakenError", err)
	}
	if !b.Start.Equal(nine) || b.State != scheduling.StateScheduled {
		t.Errorf("booking is %s at %s, want scheduled at %s", b.State, b.Start, nine)
	}
	w.wantAgreement(id)
}

func TestCancelIsQueuedBehindAnOpenReserve(t *testing.T) {
	w := newWorld(t, hasty)
	w.fault(proctorbooktest.LoseAnswer, "addAdHocProcess")
	_, err := w.Book(t.Context(), w.exam, w.learner, nine)
	id := w.pendingID(err)

	_, err = w.Cancel(t.Context(), id, scheduling.Request{Reason: "ill"})
	if pending, ok := errors.AsType[*scheduling.PendingError](err); !ok || !pending.Queued || pending.Op != scheduling.OpCancel {
		t.Fatalf("Cancel = %v, want a queued PendingError", err)
	}
	w.pass()
	w.wantCanceled(id)
	if types := w.events(id); !slices.Contains(types, scheduling.EventWishPromoted) {
		t.Errorf("the wish was not promoted\n%s", w.history(id))
	}
}

func TestYoungerWishReplacesTheOlder(t *testing.T) {
	w := newWorld(t, hasty)
	w.fault(proctorbooktest.LoseAnswer, "addAdHocProcess")
	_, err := w.Book(t.Context(), w.exam, w.learner, nine)
	id := w.pendingID(err)
	for _, want := range []time.Time{ten, noon} {
		if _, err := w.Reschedule(t.Context(), id, want); w.pendingID(err) != id {
			t.Fatalf("Reschedule = %v", err)
		}
	}
	w.pass()
	w.pass()
	w.wantAgreement(id)
	if b := w.booking(id); !b.Start.Equal(noon) {
		t.Errorf("stands at %s, want the last wish %s\n%s", b.Start, noon, w.history(id))
	}
}

func TestNoMoveWhileCancelIsOpen(t *testing.T) {
	w := newWorld(t, hasty)
	id := w.settled(nine)
	w.fault(proctorbooktest.Status500, "removeReservation")
	if _, err := w.Cancel(t.Context(), id, scheduling.Request{}); w.pendingID(err) != id {
		t.Fatal(err)
	}
	_, err := w.Reschedule(t.Context(), id, noon)
	if no, ok := errors.AsType[*scheduling.NotAllowedError](err); !ok || !no.Has(scheduling.ReasonCancelOpen) {
		t.Fatalf("Reschedule = %v, want cancel_open", err)
	}
}

// A cancel names the number; the learner's own words stay here.
func TestCancelOnTheWire(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	sent := w.listen()
	id := w.settled(nine)
	if _, err := w.Cancel(t.Context(), id, scheduling.Request{Reason: "my knee hurts", By: "ada_l"}); err != nil {
		t.Fatal(err)
	}
	got := withoutTimeSent(sent.last("removeReservation"))
	want := url.Values{"student_id": {"4211"}, "reservation_no": {string(w.booking(id).Number)}, "explanation": {"cancel"}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("cancel = %s\nwant %s", got.Encode(), want.Encode())
	}
}

func TestCancelAfterBegin(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.begun()
	_, err := w.Cancel(t.Context(), id, scheduling.Request{})
	if no, ok := errors.AsType[*scheduling.NotAllowedError](err); !ok || !no.Has(scheduling.ReasonBegun) {
		t.Errorf("Cancel = %v, want begun", err)
	}
	if n := w.provider.Counts().Requests["removeReservation"]; n != 0 {
		t.Errorf("sent %d removals, want none", n)
	}
}

func TestCancelAndBookAgain(t *testing.T) {
	w := newWorld(t)
	first := w.booked(nine)
	got, err := w.Cancel(t.Context(), first.ID, scheduling.Request{Reason: "ill", By: "ada_l"})
	if err != nil || got.State != scheduling.StateCanceled {
		t.Fatalf("Cancel = %s, %v\n%s", got.State, err, w.history(first.ID))
	}
	w.wantCanceled(first.ID)
	if _, err := w.Cancel(t.Context(), first.ID, scheduling.Request{}); err != nil {
		t.Errorf("second Cancel = %v, want nil", err)
	}
	second := w.booked(ten)
	if second.ID == first.ID {
		t.Error("the second booking has the id of the first")
	}
	w.wantAgreement(second.ID)
}
