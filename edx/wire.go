package edx

import (
	"bytes"
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/proctorbook/proctorbook/internal/wirejson"
)

// wire is an answer as the platform sends it.
type wire interface {
	// missing names a member without which the answer is not what it should be.
	missing() string
}

// formError is a value in a form that we can't read. It does not quote it.
type formError string

func (e formError) Error() string { return string(e) }

// textValue reads a string, and a number or a truth value as its text; null is "".
type textValue string

func (t *textValue) UnmarshalJSON(raw []byte) error {
	text, err := scalar(raw)
	*t = textValue(text)
	return err
}

// intValue reads a whole number, also one in quotes; null and "" are 0.
type intValue int64

func (n *intValue) UnmarshalJSON(raw []byte) error {
	text, err := scalar(raw)
	if err != nil || text == "" {
		return err
	}
	value, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return formError("a member is not a whole number")
	}
	*n = intValue(value)
	return nil
}

// flagValue reads true and false, also in quotes, with a capital, or as 1 and 0;
// null and "" are false.
type flagValue bool

func (f *flagValue) UnmarshalJSON(raw []byte) error {
	if string(raw) == "true" || string(raw) == "false" {
		*f = string(raw) == "true"
		return nil
	}
	text, err := scalar(raw)
	if err != nil || text == "" {
		return err
	}
	value, err := strconv.ParseBool(text)
	if err != nil {
		return formError("a member is neither true nor false")
	}
	*f = flagValue(value)
	return nil
}

// isTrue is false for a member that was not sent, or could not be read.
func isTrue(f *flagValue) bool { return f != nil && bool(*f) }

// timeValue reads an ISO 8601 time with an offset or Z and up to nine digits of
// a fraction; null and "" are the zero time. It is UTC.
type timeValue struct{ time.Time }

func (t *timeValue) UnmarshalJSON(raw []byte) error {
	var plain time.Time
	if n := len(raw); n > 2 && raw[0] == '"' && plain.UnmarshalText(raw[1:n-1]) == nil { // RFC 3339 to the letter
		t.Time = plain.UTC()
		return nil
	}
	text, err := scalar(raw)
	if err != nil || text == "" {
		return err
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05Z0700"} {
		if value, err := time.Parse(layout, text); err == nil {
			t.Time = value.UTC()
			return nil
		}
	}
	return formError("a member is not a time with an offset")
}

// dateValue is a time that passes through the platform as a provider wrote it. A
// date alone is its first moment in UTC. The text is kept whatever it says.
type dateValue struct {
	timeValue
	text string
}

func (d *dateValue) UnmarshalJSON(raw []byte) (err error) {
	if d.text, err = scalar(raw); err != nil {
		return err
	}
	if day, err := time.Parse(time.DateOnly, d.text); err == nil {
		d.Time = day
		return nil
	}
	return d.timeValue.UnmarshalJSON(raw)
}

// scalar returns a JSON string, number or truth value as text; null is "".
func scalar(raw []byte) (string, error) {
	raw = bytes.TrimSpace(raw)
	switch {
	case len(raw) == 0 || string(raw) == "null":
		return "", nil
	case raw[0] == '{' || raw[0] == '[':
		return "", formError("a member is not a single value")
	case raw[0] != '"':
		return string(raw), nil
	}
	if inner := raw[1 : len(raw)-1]; standsForItself(inner) {
		return string(inner), nil
	}
	var text string
	err := json.Unmarshal(raw, &text)
	return text, err
}

// standsForItself reports whether there is nothing to decode in a JSON text.
func standsForItself(inner []byte) bool {
	for _, c := range inner {
		if c == '\\' || c < ' ' || c >= 0x80 {
			return false
		}
	}
	return true
}

// floatValue reads a number, also one in quotes; null and "" are 0.
type floatValue float64

func (f *floatValue) UnmarshalJSON(raw []byte) error {
	text, err := scalar(raw)
	if err != nil || text == "" {
		return err
	}
	value, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsInf(value, 0) || math.IsNaN(value) {
		return formError("a member is not a number")
	}
	*f = floatValue(value)
	return nil
}

// minutesValue reads whole minutes, from none to a year.
type minutesValue time.Duration

func (m *minutesValue) UnmarshalJSON(raw []byte) error {
	var n intValue
	if err := n.UnmarshalJSON(raw); err != nil {
		return err
	}
	if n < 0 || n > 366*24*60 {
		return formError("a member is not a number of minutes")
	}
	*m = minutesValue(time.Duration(n) * time.Minute)
	return nil
}

// list is a JSON list. A row that can't be read whole remembers that, and costs no
// other one. A list that is a single object counts as a list of one, if it has what
// a row must have.
type list[W wire] []W

func (l *list[W]) UnmarshalJSON(raw []byte) error {
	if len(raw) > 0 && raw[0] == '{' {
		*l = make(list[W], 1)
		return readOnly(raw, &(*l)[0])
	}
	var items []json.RawMessage
	if !wirejson.Elements(raw, func(item []byte) { items = append(items, item) }) {
		items = nil
		if err := json.Unmarshal(raw, &items); err != nil {
			return err
		}
	}
	*l = make(list[W], len(items))
	for i, item := range items {
		readRow(item, &(*l)[i])
	}
	return nil
}

// readOnly reads an object that stands for a list of one: perhaps it is something
// else altogether.
func readOnly[W wire](raw []byte, w *W) error {
	odd, err := lenient(raw, w)
	if err != nil {
		return err
	}
	if (*w).missing() != "" {
		return formError("it is no list, and not a single item of one")
	}
	noteOdd(raw, w, odd)
	return nil
}

func (l list[W]) missing() string { return "" }

// single is a list that must hold one item.
type single[W wire] struct{ list[W] }

func (s single[W]) missing() string {
	if len(s.list) != 1 {
		return "single item"
	}
	return s.list[0].missing()
}

func convert[W, T any](items []W, value func(W) T) []T {
	values := make([]T, 0, len(items))
	for _, item := range items {
		values = append(values, value(item))
	}
	return slices.Clip(values)
}
