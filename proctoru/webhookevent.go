package proctoru

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// WebhookEvent is a notification by the provider. What it leaves out, or what
// can't be read, is empty: only Raw is always there. Printed or logged, it shows
// only its id and type.
type WebhookEvent struct {
	ID            string        // of the event
	Type          string        // such as "event-reservation-confirmation"; others exist
	CreatedAt     time.Time     // of the notification, UTC
	ReservationID string        // your id of the reservation
	ReservationNo ReservationNo // the provider's number
	StudentID     string        // your id of the learner
	Start         time.Time     // of the reservation, UTC
	// Fields are all members by name: of the block reservation, reservation_no is
	// "reservation_reservation_no". They may hold personal data.
	Fields map[string]string
	Raw    RawJSON // the body, which is JSON, CSV or a form
}

// Format prints only the id and the type.
func (e WebhookEvent) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, e.summary()) }

// LogValue returns the id and the type alone.
func (e WebhookEvent) LogValue() slog.Value { return slog.StringValue(e.summary()) }

func (e WebhookEvent) summary() string {
	return fmt.Sprintf("webhook event %q of type %q", e.ID, e.Type)
}

// newWebhookEvent picks what every notification is expected to have.
func newWebhookEvent(fields map[string]string, body []byte) WebhookEvent {
	first := func(names ...string) string {
		for _, name := range names {
			if fields[name] != "" {
				return fields[name]
			}
		}
		return ""
	}
	number, _ := ParseReservationNo(first("reservation_reservation_no", "reservation_no", "reservation_reservation_number"))
	return WebhookEvent{
		ID: first("event_id"), Type: first("event_type", "event"), CreatedAt: parseTime(first("event_created_at", "created_at")),
		ReservationID: first("reservation_reservation_id", "reservation_id"), ReservationNo: number,
		StudentID: first("test_taker_student_id", "reservation_student_id", "student_id"),
		Start:     parseTime(first("reservation_start_date", "start_date")), Fields: fields, Raw: RawJSON(body),
	}
}

// Bounds of what is read of one notification: the rest is in Raw.
const (
	maxFields    = 1000
	maxFieldName = 200
)

// eventReader calls do with each event of a body, until it returns false. A body
// that can't be read is an event all the same: its signature was right.
type eventReader func(body []byte, do func(WebhookEvent) bool)

// readJSONEvent flattens the blocks.
func readJSONEvent(body []byte, do func(WebhookEvent) bool) {
	fields := map[string]string{}
	if raw := trimMark(body); json.Valid(raw) {
		flatten(fields, "", raw)
	}
	do(newWebhookEvent(fields, body))
}

func flatten(fields map[string]string, name string, value []byte) {
	if len(fields) >= maxFields || len(name) > maxFieldName {
		return
	}
	value = skipSpace(value)
	switch value[0] {
	case '{':
		_, _ = eachMember(value, func(member string, b []byte) ([]byte, Reason) {
			inner, rest, reason := cutValue(b)
			if reason == "" {
				flatten(fields, join(name, member), inner)
			}
			return rest, reason
		})
	case '[':
		n := 0
		_, _ = eachElement(value, func(inner []byte) Reason {
			flatten(fields, join(name, strconv.Itoa(n)), inner)
			n++
			return ""
		})
	default:
		fields[fieldName(name)] = scalar(value)
	}
}

func join(block, member string) string {
	if block == "" {
		return member
	}
	return block + "_" + member
}

var plainName = strings.NewReplacer("][", "_", "[", "_", "]", "", ".", "_")

// fieldName turns event[id], event.id and Event_ID into event_id.
func fieldName(name string) string {
	return strings.ToLower(plainName.Replace(strings.TrimSpace(name)))
}

// readFormEvent takes the first value of each field.
func readFormEvent(body []byte, do func(WebhookEvent) bool) {
	fields := map[string]string{}
	for pair := range strings.SplitSeq(string(body), "&") {
		name, value, _ := strings.Cut(pair, "=")
		name, err1 := url.QueryUnescape(name)
		value, err2 := url.QueryUnescape(value)
		_, known := fields[fieldName(name)]
		if err1 == nil && err2 == nil && name != "" && !known && len(fields) < maxFields {
			fields[fieldName(name)] = value
		}
	}
	do(newWebhookEvent(fields, body))
}

// readCSVEvents takes the first line for names, and each other one for an event.
func readCSVEvents(body []byte, do func(WebhookEvent) bool) {
	r := csv.NewReader(bytes.NewReader(trimMark(body)))
	r.FieldsPerRecord, r.LazyQuotes = -1, true
	names, err := r.Read()
	found := false
	for err == nil {
		var line []string
		if line, err = r.Read(); err != nil {
			break
		}
		found = true
		fields := map[string]string{}
		for i, value := range line[:min(len(line), len(names), maxFields)] {
			fields[fieldName(names[i])] = value
		}
		if !do(newWebhookEvent(fields, body)) {
			return
		}
	}
	if !found {
		do(newWebhookEvent(map[string]string{}, body))
	}
}
