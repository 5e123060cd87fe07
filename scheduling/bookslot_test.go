package scheduling_test

import (
	"errors"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/edx"
	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/scheduling"
)

const listSlots = "getScheduleInfoAvailableTimesList"

// A session on demand is listed and marked when it is asked for, and booked as
// one; a lost answer changes nothing of that, and a move goes to a planned slot.
func TestTakeItNow(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	sent := w.listen()
	w.clock.Set(nine.Add(5 * time.Minute))
	onDemand := func(endpoint string) string { return sent.last(endpoint).Get("takeitnow") }
	if planned := w.slots(scheduling.SlotQuery{To: nine}); planned[0].OnDemand || onDemand(listSlots) != "N" {
		t.Fatal("a planned slot is marked as one on demand, or asked for as such")
	}

	slots := w.slots(scheduling.SlotQuery{To: nine, OnDemand: true})

	if len(slots) != 8 || !slots[0].OnDemand || !slots[0].Premium() || onDemand(listSlots) != "Y" {
		t.Fatalf("%d sessions on demand, the first %+v, want 8 within two hours, marked and with a premium", len(slots), slots[0])
	}
	w.fault(proctorbooktest.LoseAnswer, "addAdHocProcess")
	b, err := w.BookSlot(t.Context(), w.exam, slots[1])
	if err != nil || !b.OnDemand || !b.Start.Equal(slots[1].Start) || onDemand(create) != "Y" {
		t.Fatalf("BookSlot = %+v, %v, with takeitnow %q; want the slot, on demand", b, err, onDemand(create))
	}
	w.wantAgreement(b.ID)
	w.clock.Advance(11 * time.Minute) // the lost request can't act any more
	if _, err = w.Reschedule(t.Context(), b.ID, noon); err != nil || onDemand(create) != "N" {
		t.Errorf("Reschedule = %v, with takeitnow %q, want a move to a planned slot", err, onDemand(create))
	}
}

// A slot counts for the exam and the terms for which it was looked up.
func TestBookSlotRefuses(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	slot := w.slots(scheduling.SlotQuery{})[0]
	resit := w.exam
	resit.Usage = edx.MustUsageKey("block-v1:ExampleX+CS101+2027+type@sequential+block@resit")
	for name, tt := range map[string]struct {
		exam scheduling.Exam
		slot func(*scheduling.Slot)
		want string // field
	}{
		"of another exam":    {resit, func(*scheduling.Slot) {}, "Slot.Exam"},
		"of nobody":          {w.exam, func(s *scheduling.Slot) { s.Learner = "" }, "Slot.Learner"},
		"of other terms":     {w.exam, func(s *scheduling.Slot) { s.Duration += time.Minute }, "Slot.Duration"},
		"whose time is past": {w.exam, func(s *scheduling.Slot) { s.Start = w.clock.Now() }, "start"},
	} {
		t.Run(name, func(t *testing.T) {
			forged := slot
			tt.slot(&forged)
			_, err := w.BookSlot(t.Context(), tt.exam, forged)
			refused, ok := errors.AsType[*proctorbook.ValidationError](err)
			if !ok || refused.Fields[0].Field != tt.want {
				t.Errorf("BookSlot = %v, want a problem of %s", err, tt.want)
			}
		})
	}
	if made := w.provider.Counts().CreatesSeen; made != 0 {
		t.Errorf("%d creates were sent", made)
	}
	if _, err := w.slotsOrError(scheduling.SlotQuery{For: "pb-1", OnDemand: true}); err == nil {
		t.Error("Slots on demand for a move, want an error")
	}
	if b, err := w.BookSlot(t.Context(), w.exam, slot); err != nil || !b.Start.Equal(slot.Start) || b.OnDemand {
		t.Errorf("BookSlot = %+v, %v, want the slot, planned", b, err)
	}
}
