package scheduling

import (
	"encoding/json"
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
