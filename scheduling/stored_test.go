package scheduling

import (
	"encoding/json"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/edx"
)

// A booking that a newer program has written can be read; an exam that a person
// has written is refused when it has a member that nobody knows.
func TestBookingJSONSkipsWhatItDoesNotKnow(t *testing.T) {
	t.Parallel()
	zone, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	exam := Exam{
		Course: edx.MustCourseKey("course-v1:Uni+MATH+2027"), Usage: edx.MustUsageKey("block-v1:Uni+MATH+2027+type@sequential+block@final"),
		Name: "Final exam", Zone: zone, Duration: time.Hour, Policy: Policy{Notice: time.Hour},
	}
	text, err := json.Marshal(Booking{ID: "pb-1", Exam: exam, State: StateScheduled})
	if err != nil {
		t.Fatal(err)
	}
	newer := strings.NewReplacer(`"name":`, `"room":"B12","name":`, `"notice":`, `"moves":3,"notice":`, `"state":`, `"mood":"calm","state":`).Replace(string(text))
	if newer == string(text) || strings.Count(newer, "room")+strings.Count(newer, "moves")+strings.Count(newer, "mood") != 3 {
		t.Fatalf("the test's own document lacks the new members: %s", newer)
	}

	var got Booking
	if err := json.Unmarshal([]byte(newer), &got); err != nil {
		t.Fatalf("Unmarshal of a newer booking error = %v, want none", err)
	}
	again, err := json.Marshal(got)
	if err != nil || string(again) != string(text) {
		t.Errorf("a newer booking reads as %s, %v; want %s", again, err, text)
	}

	var document map[string]json.RawMessage
	if err := json.Unmarshal([]byte(newer), &document); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(document["exam"], new(Exam)); err == nil {
		t.Error("an exam with an unknown member was read, want an error")
	}
}

// Documents that older versions wrote are read without a loss: what they have at
// another place moves to its new one.
func TestOldDocumentsAreRead(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("testdata/old_booking.json")
	if err != nil {
		t.Fatal(err)
	}
	var b Booking
	if err := json.Unmarshal(data, &b); err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(b)
	if err != nil {
		t.Fatal(err)
	}
	var old, got, memory map[string]any
	for _, x := range []struct {
		data []byte
		into *map[string]any
	}{{data, &old}, {text, &got}} {
		if err := json.Unmarshal(x.data, x.into); err != nil {
			t.Fatal(err)
		}
	}
	memory, _ = got["memory"].(map[string]any)
	moved := MovedMembers(new(Booking))
	for name, want := range old {
		now := got[name]
		switch {
		case name == "take_it_now":
			now = got["on_demand"]
		case slices.Contains(moved, name):
			now = memory[name]
		}
		if !reflect.DeepEqual(folded(now), folded(want)) {
			t.Errorf("member %s is now %v, want %v", name, now, want)
		}
	}
	if len(old) < 35 || len(moved) != 16 {
		t.Errorf("the old document has %d members, of which %d moved: want a full one", len(old), len(moved))
	}
}

// A booking that a program without RoutineAt has written is never passed over in bulk,
// whatever it waits for.
func TestOldBookingsAreNoRoutineWatches(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("testdata/old_booking.json")
	if err != nil {
		t.Fatal(err)
	}
	var document map[string]any
	if err := json.Unmarshal(data, &document); err != nil {
		t.Fatal(err)
	}
	document["state"], document["due_at"], document["start"] = "scheduled", "2027-02-01T08:00:00Z", "2027-02-09T08:00:00Z"
	for _, name := range []string{"intent", "woken", "begin_sent", "needs_attention"} { // for which it is not passed over anyway
		delete(document, name)
	}
	read := func() Booking {
		text, err := json.Marshal(document)
		if err != nil {
			t.Fatal(err)
		}
		var b Booking
		if err := json.Unmarshal(text, &b); err != nil {
			t.Fatal(err)
		}
		return b
	}
	if b := read(); b.DueAt.IsZero() || !b.RoutineAt.IsZero() || !b.BulkDueAt().Equal(b.DueAt) {
		t.Errorf("an old booking is due at %s, in bulk at %s; want the same", b.DueAt, b.BulkDueAt())
	}
	document["routine_at"] = document["due_at"]
	if b := read(); !b.BulkDueAt().Equal(b.Start.Add(-2 * time.Hour)) {
		t.Errorf("with routine_at it is due in bulk at %s, want two hours before its start: else this test shows nothing", b.BulkDueAt())
	}
}

// folded writes the names of members in small letters: documents are read whatever
// the case.
func folded(v any) any {
	switch v := v.(type) {
	case map[string]any:
		m := map[string]any{}
		for name, inner := range v {
			m[strings.ToLower(name)] = folded(inner)
		}
		return m
	case []any:
		for i := range v {
			v[i] = folded(v[i])
		}
	}
	return v
}

// Presences and verdicts stood in the code of old events.
func TestOldEventsAreRead(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("testdata/old_event.json")
	if err != nil {
		t.Fatal(err)
	}
	var e Event
	if err := json.Unmarshal(data, &e); err != nil {
		t.Fatal(err)
	}
	if e.Type != EventVerdict || e.Verdict != VerdictFailed || e.Code != "" || e.By == "" || e.At.IsZero() {
		t.Errorf("old event reads as %+v, want the verdict failed and no code", e)
	}
}
