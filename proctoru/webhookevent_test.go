package proctoru_test

import (
	"testing"

	"github.com/proctorbook/proctorbook/proctoru"
)

// The names of members are read in each of the manners in which services write them.
func TestWebhookEvent_names(t *testing.T) {
	t.Parallel()
	for _, body := range []string{
		`{"event":{"id":"ev-1","type":"moved"},"reservation":{"reservation_id":"b-1","reservation_no":7},"test_taker":{"student_id":"ada"}}`,
		`{"event":{"id":"ev-1","type":"moved"},"reservation":{"reservationId":"b-1","reservationNo":"7"},"testTaker":{"studentId":"ada"}}`,
		`{"eventId":"ev-1","eventType":"moved","reservationId":"b-1","reservationNumber":7,"studentId":"ada"}`,
		`{"EventID":"ev-1","EventType":"moved","ReservationID":"b-1","ReservationNo":"7","StudentID":"ada"}`,
		`{"EVENT_ID":"ev-1","EVENT_TYPE":"moved","RESERVATION_ID":"b-1","RESERVATION_NO":"7","STUDENT_ID":"ada"}`,
		`{"Event_Id":"ev-1","Event_Type":"moved","Reservation_Id":"b-1","Reservation_No":"7","Student_Id":"ada"}`,
		`[{"eventId":"ev-1","eventType":"moved","reservationId":"b-1","reservationNo":"7","studentId":"ada"}]`,
		`{"events":[{"eventId":"ev-1","eventType":"moved","reservationId":"b-1","reservationNo":"7","studentId":"ada"}]}`,
	} {
		h := newHook([]proctoru.Secret{hookSecret})
		if got := h.json(body); got != 204 || len(h.events) != 1 {
			t.Errorf("%s: status %d, %d events", body, got, len(h.events))
			continue
		}
		if e := h.events[0]; e.ID != "ev-1" || e.Type != "moved" || e.ReservationID != "b-1" || e.ReservationNo != "7" || e.StudentID != "ada" {
			t.Errorf("%s: %q %q %q %q %q", body, e.ID, e.Type, e.ReservationID, e.ReservationNo, e.StudentID)
		}
	}
}

// A body is as many events as it has, and one if it can't be told.
func TestWebhookEvent_count(t *testing.T) {
	t.Parallel()
	for format, bodies := range map[proctoru.WebhookFormat]map[string]int{
		proctoru.WebhookJSON: {
			"": 1, "{}": 1, "[]": 1, "[{},{}]": 2, " [ {} , {\"a\":[1]}, {} ] ": 3, "[1,2]": 1, `[{},1]`: 1, `["x"]`: 1, `[[{}]]`: 1, "[{}": 1, "null": 1, "\xef\xbb\xbf[{},{}]": 2,
			`{"events":[{},{}]}`: 2, `{"events":[]}`: 1, `{"events":{"a":1}}`: 1, `{"events":null}`: 1, `{"events":["x"]}`: 1,
		},
		proctoru.WebhookCSV:  {"": 1, "event_id\n": 1, "event_id\na\nb\n": 2, "event_id\r\na\r\n\r\nb": 2},
		proctoru.WebhookForm: {"": 1, "\n\n": 1, "a=1": 1, "a=1\n": 1, "a=1\nb=2\r\n\r\nc=3": 3, "%zz&=&a=%": 1},
	} {
		for body, want := range bodies {
			h := newHook([]proctoru.Secret{hookSecret}, proctoru.WithWebhookFormat(format))
			if got := h.deliver(string(format), sign(hookSecret, body), body); got != 204 || len(h.events) != want {
				t.Errorf("%s %q: status %d, %d events, want 204 and %d", format, body, got, len(h.events), want)
			}
		}
	}
}
