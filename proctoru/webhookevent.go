package proctoru

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// WebhookEvent is one event of a notification by the provider. What it leaves out,
// or what can't be read, is empty: only Raw is always there. An id or a type that is
// not UTF-8, holds a control character or has more than 255 bytes is such a one.
// Printed or logged, it shows only its id and type.
type WebhookEvent struct {
	ID            string        // of the event
	Type          string        // such as "event-reservation-confirmation"; others exist
	CreatedAt     time.Time     // of the notification, UTC
	ReservationID string        // your id of the reservation
	ReservationNo ReservationNo // the provider's number
	StudentID     string        // the student_id that you sent: with a prefix, if your ids have one
	Start         time.Time     // of the reservation, UTC
	// Fields are all members by name: of the block reservation, reservation_no is
	// "reservation_reservation_no", and so is reservationNo. They may hold personal
	// data, and any bytes.
	Fields map[string]string
	Raw    RawJSON // the whole body, which is JSON, CSV or a form

	unreadable []string // names of fields above that were left empty
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
	e := WebhookEvent{Fields: fields, Raw: RawJSON(body)}
	first := func(names ...string) string {
		for _, name := range names {
			if fields[name] != "" {
				return fields[name]
			}
		}
		return ""
	}
	id := func(field string, names ...string) string {
		value := first(names...)
		if !isWebhookID(value) {
			e.unreadable = append(e.unreadable, field)
			return ""
		}
		return value
	}
	e.ID = id("ID", "event_id")
	e.Type = id("Type", "event_type", "event")
	e.CreatedAt = parseTime(first("event_created_at", "created_at"))
	e.ReservationID = id("ReservationID", "reservation_reservation_id", "reservation_id")
	e.ReservationNo, _ = ParseReservationNo(first("reservation_reservation_no", "reservation_no", "reservation_reservation_number", "reservation_number"))
	e.StudentID = id("StudentID", "test_taker_student_id", "reservation_student_id", "student_id")
	e.Start = parseTime(first("reservation_start_date", "start_date"))
	return e
}

// isWebhookID reports whether a text may be looked up: databases answer others with
// an error, and the provider would send them again and again.
func isWebhookID(s string) bool {
	return len(s) <= 255 && utf8.ValidString(s) && !strings.ContainsFunc(s, unicode.IsControl)
}

// Bounds of what is read of one notification: the rest is in Raw.
const (
	maxFields    = 1000
	maxFieldName = 200
)

// eventReader calls do with each event of a body, until it returns false. A body
// that can't be read is an event all the same: its signature was right.
type eventReader func(body []byte, do func(WebhookEvent) bool)

// readJSONEvents flattens the blocks of an object, or of each element of an array.
func readJSONEvents(body []byte, do func(WebhookEvent) bool) {
	for _, part := range eventsOf(trimMark(body)) {
		fields := map[string]string{}
		if json.Valid(part) {
			flatten(fields, "", part)
		}
		if !do(newWebhookEvent(fields, body)) {
			return
		}
	}
}

// eventsOf returns the elements of an array, or of an object's member events, and
// else the whole.
func eventsOf(raw []byte) []json.RawMessage {
	var all []json.RawMessage
	if !isObject(raw) {
		_ = json.Unmarshal(raw, &all) // what is no array is one event
	} else {
		var wrapped struct {
			Events json.RawMessage `json:"events"`
		}
		if json.Unmarshal(raw, &wrapped) == nil {
			_ = json.Unmarshal(wrapped.Events, &all)
		}
	}
	if len(all) == 0 || slices.ContainsFunc(all, func(part json.RawMessage) bool { return !isObject(part) }) {
		return []json.RawMessage{raw}
	}
	return all
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

// fieldName turns event[id], event.id, Event_ID, eventId and EventID into event_id.
func fieldName(name string) string {
	name = plainName.Replace(strings.TrimSpace(name))
	var b strings.Builder
	for i := range len(name) {
		if i > 0 && isUpper(name[i]) && (isLowerOrDigit(name[i-1]) || isUpper(name[i-1]) && i+1 < len(name) && isLower(name[i+1])) {
			b.WriteByte('_')
		}
		b.WriteByte(name[i])
	}
	return strings.ToLower(b.String())
}

func isUpper(c byte) bool        { return 'A' <= c && c <= 'Z' }
func isLower(c byte) bool        { return 'a' <= c && c <= 'z' }
func isLowerOrDigit(c byte) bool { return isLower(c) || '0' <= c && c <= '9' }

// readFormEvents takes each line for an event: within a form a line feed is escaped.
func readFormEvents(body []byte, do func(WebhookEvent) bool) {
	found := false
	for line := range strings.SplitSeq(string(body), "\n") {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		found = true
		if !do(newWebhookEvent(formFields(line), body)) {
			return
		}
	}
	if !found {
		do(newWebhookEvent(map[string]string{}, body))
	}
}

// formFields takes the first value of each field.
func formFields(line string) map[string]string {
	fields := map[string]string{}
	for pair := range strings.SplitSeq(line, "&") {
		name, value, _ := strings.Cut(pair, "=")
		name, err1 := url.QueryUnescape(name)
		value, err2 := url.QueryUnescape(value)
		_, known := fields[fieldName(name)]
		if err1 == nil && err2 == nil && name != "" && !known && len(fields) < maxFields {
			fields[fieldName(name)] = value
		}
	}
	return fields
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
