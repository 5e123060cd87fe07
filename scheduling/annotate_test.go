package scheduling_test

import (
	"errors"
	"testing"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/scheduling"
)

// A note is in the history with its author, also of a booking that has ended, and
// changes nothing but the version.
func TestAnnotate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.booked(nine).ID
	if _, err := w.Cancel(t.Context(), id, scheduling.Request{}); err != nil {
		t.Fatal(err)
	}
	before := w.booking(id)

	after, err := w.Staff.Annotate(t.Context(), id, scheduling.Request{Reason: "she called: a fever", By: "staff7"})

	if err != nil || after.State != before.State || after.Generation != before.Generation || after.Version != before.Version+1 {
		t.Errorf("Annotate = %+v, %v, want the booking as it was", after, err)
	}
	var last scheduling.Event
	for e, err := range w.Events(t.Context(), scheduling.EventQuery{Booking: id}) {
		if err != nil {
			t.Fatal(err)
		}
		last = e
	}
	if last.Type != scheduling.EventAnnotated || last.Reason != "she called: a fever" || last.By != "staff7" {
		t.Errorf("last event = %+v, want the note", last)
	}
	if actor := last.Type.Actor(); actor != scheduling.ActorStaff {
		t.Errorf("the last event's actor is %q, want staff", actor)
	}
	_, err = w.Staff.Annotate(t.Context(), id, scheduling.Request{By: "staff7"})
	if _, ok := errors.AsType[*proctorbook.ValidationError](err); !ok {
		t.Errorf("an empty note: %v, want a ValidationError", err)
	}
}
