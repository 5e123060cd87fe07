package scheduling_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/edx/edxtest"
	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/scheduling"
)

// personal are words of a person, as they stand in everything that could keep one.
var personal = []string{"Zebulon", "Quagmire", "zebulon@mail", "+39111222333", "Canary Street", "Canaryville", "zeb_q", "Aunt Petunia", "clerk Bartholomew", "dyslexia"}

// dump returns everything that the store holds, with every field of it.
func (w *world) dump() string {
	w.t.Helper()
	var text strings.Builder
	keep := func(v any, err error) {
		if err != nil {
			w.t.Fatal(err)
		}
		plain, err := json.Marshal(v)
		if err != nil {
			w.t.Fatal(err)
		}
		fmt.Fprintf(&text, "%s\n", plain)
	}
	ids := map[scheduling.LearnerID]bool{}
	for b, err := range w.store.List(w.t.Context(), scheduling.Filter{}) {
		ids[b.Learner] = true
		keep(b, err)
	}
	for e, err := range w.Events(w.t.Context(), scheduling.EventQuery{}) {
		keep(e, err)
	}
	for id := range ids {
		for version := int64(1); ; version++ {
			l, err := w.store.Learner(w.t.Context(), id, version)
			if errors.Is(err, scheduling.ErrNotFound) {
				break
			}
			keep(l, err)
		}
	}
	return text.String()
}

// skeleton is what must survive: who booked what, and each step, without words.
func (w *world) skeleton() string {
	w.t.Helper()
	var text strings.Builder
	for b, err := range w.store.List(w.t.Context(), scheduling.Filter{}) {
		if err != nil {
			w.t.Fatal(err)
		}
		fmt.Fprintln(&text, b.ID, b.Learner, b.State, b.EndReason, b.Number, b.Start, b.CreatedAt, b.Exam.Key(), b.Memory.Dead)
	}
	for e, err := range w.Events(w.t.Context(), scheduling.EventQuery{}) {
		if err != nil {
			w.t.Fatal(err)
		}
		e.Reason, e.By = "", ""
		fmt.Fprintf(&text, "%+v\n", e)
	}
	return text.String()
}

// withHistory lets a learner, full of canaries, book, move, sit and cancel.
func (w *world) withHistory() scheduling.LearnerID {
	w.t.Helper()
	ctx := w.t.Context()
	w.platform.AddUser(edxtest.User{ID: 77, Username: "zeb_q", Name: "Zebulon Quagmire", Email: "zebulon@mail.example", Country: "IT", TimeZone: "Europe/Rome"})
	w.platform.Enroll("zeb_q", w.exam.Course.String(), "verified", true)
	learner := must(w.Learner(ctx, "zeb_q"))
	for _, city := range []string{"Canaryville", "Rome"} { // two versions
		if err := w.SaveProfile(ctx, learner.ID, scheduling.Profile{
			GivenName: "Zebulon", FamilyName: "Quagmire", Phone: "+39111222333", Address: "1 Canary Street", City: city, Country: "IT",
		}); err != nil {
			w.t.Fatal(err)
		}
	}
	first := must(w.Book(ctx, w.exam, learner.ID, nine))
	must(w.Reschedule(ctx, first.ID, ten))
	must(w.Cancel(ctx, first.ID, scheduling.Request{Reason: "Aunt Petunia is ill", By: "clerk Bartholomew"}))
	second := must(w.Book(ctx, w.exam, learner.ID, noon))
	must(w.Staff.ResetCode(ctx, second.ID, scheduling.Request{Reason: "Aunt Petunia saw it", By: "clerk Bartholomew"}))
	must(w.Staff.SetAccommodation(ctx, learner.ID, w.exam.Key(), scheduling.Accommodation{Extra: time.Hour}, scheduling.Request{Reason: "dyslexia", By: "clerk Bartholomew"}))
	w.clock.Set(noon.Add(-10 * time.Minute))
	must(w.Begin(ctx, second.ID))
	must(w.Finish(ctx, second.ID))
	return learner.ID
}

// After Erase nothing personal is left anywhere in the store, and each booking
// and each step of it still stands.
func TestEraseLeavesTheSkeletonAlone(t *testing.T) {
	w := newWorld(t)
	id := w.withHistory()
	before, skeleton := w.dump(), w.skeleton()
	for _, word := range personal {
		if !strings.Contains(before, word) {
			t.Errorf("%q is nowhere: the test would prove nothing", word)
		}
	}
	w.clock.Set(noon.Add(2 * time.Second))
	if err := w.Staff.Erase(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	after := w.dump()
	for _, word := range personal {
		if i := strings.Index(after, word); i >= 0 {
			t.Errorf("%q is left: ...%s", word, after[max(0, i-80):min(len(after), i+40)])
		}
	}
	if got := w.skeleton(); got != skeleton {
		t.Errorf("the skeleton changed:\n%s\nwas\n%s", got, skeleton)
	}
	if err := w.Staff.Erase(t.Context(), id); err != nil {
		t.Errorf("erased twice: %v", err)
	}
	if err := w.Staff.Erase(t.Context(), "nobody"); err != nil {
		t.Errorf("erased somebody unknown: %v", err)
	}
	if _, err := w.store.Learner(t.Context(), w.learner, 0); err != nil {
		t.Errorf("another learner is gone, too: %v", err)
	}
}

// As long as a request may still bring a reservation to life, the learner's id
// must be known to the sweep. The error says until when.
func TestEraseWaits(t *testing.T) {
	w := newWorld(t, scheduling.WithTuning(scheduling.Tuning{Patience: time.Millisecond}))
	ctx := t.Context()
	refused := func(active int, at time.Time) {
		t.Helper()
		err := w.Staff.Erase(ctx, w.learner)
		e, ok := errors.AsType[*scheduling.NotErasableError](err)
		if !ok || !errors.Is(err, proctorbook.ErrNotDone) || len(e.Active) != active || !e.At.Equal(at) {
			t.Fatalf("Erase = %+v (%v), want a refusal with %d active bookings until %s", e, err, active, at)
		}
		if _, err := w.store.Learner(ctx, w.learner, 0); err != nil {
			t.Fatalf("the refused Erase erased: %v", err)
		}
	}

	b := w.booked(noon)
	refused(1, noon.Add(time.Second))
	if _, err := w.Reschedule(ctx, b.ID, nine); err != nil {
		t.Fatal(err)
	}
	refused(1, noon.Add(time.Second)) // noon was sent once
	w.fault(proctorbooktest.LoseRequest, "addAdHocProcess")
	_, err := w.Reschedule(ctx, b.ID, noon.Add(time.Hour))
	w.pendingID(err)
	refused(1, noon.Add(time.Hour+time.Second)) // and now a later one
	w.pass()
	if _, err := w.Cancel(ctx, b.ID, scheduling.Request{}); err != nil {
		t.Fatal(err)
	}
	refused(0, noon.Add(time.Hour+time.Second))
	w.clock.Set(noon.Add(time.Hour))
	refused(0, noon.Add(time.Hour+time.Second))
	w.clock.Advance(time.Second)
	if err := w.Staff.Erase(ctx, w.learner); err != nil {
		t.Errorf("Erase at the instant that was named: %v", err)
	}
}
