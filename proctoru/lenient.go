package proctoru

import (
	"bytes"
	"encoding/json"
	"math/big"
	"strings"
	"time"

	"github.com/proctorbook/proctorbook/internal/wirejson"
)

// scalar returns the text of a JSON string, number or boolean, and "" for null,
// objects and arrays.
func scalar(b []byte) string {
	b = bytes.TrimSpace(b)
	if len(b) == 0 {
		return ""
	}
	switch b[0] {
	case '"':
		return unquote(b)
	case '{', '[', 'n':
		return ""
	}
	return string(b)
}

// text is a string that may come as a number or a boolean.
type text string

func (t *text) UnmarshalJSON(b []byte) error {
	*t = text(scalar(b))
	return nil
}

// secretText is a text that goes into a Secret.
type secretText struct{ value Secret }

func (t *secretText) UnmarshalJSON(b []byte) error {
	t.value = Secret(scalar(b))
	return nil
}

// flag is a boolean that may come as "true", "T", "Y", "yes", 1 or "1".
type flag bool

func (f *flag) UnmarshalJSON(b []byte) error {
	switch string(b) {
	case "true", "false":
		*f = string(b) == "true"
	default:
		*f = flag(isYes(scalar(b)))
	}
	return nil
}

func isYes(s string) bool {
	switch strings.ToLower(strings.TrimSpace(s)) {
	case "true", "t", "y", "yes", "1", "1.0":
		return true
	}
	return false
}

// clone copies a part of an answer, so that it does not hold the whole.
func clone(part []byte) RawJSON { return bytes.Clone(part) }

// count is a small whole number that may come as "30" or 30.0; others are 0.
type count int

func (n *count) UnmarshalJSON(b []byte) error {
	*n = 0
	if r := rational(b); r != nil && r.IsInt() && r.Num().IsInt64() {
		*n = count(r.Num().Int64())
	}
	return nil
}

// hours is a decimal number of hours, halves and quarters included.
type hours time.Duration

func (h *hours) UnmarshalJSON(b []byte) error {
	*h = 0
	if r := rational(b); r != nil {
		f, _ := r.Float64()
		if f >= -26 && f <= 26 {
			*h = hours((time.Duration(f*3600) * time.Second).Round(time.Minute))
		}
	}
	return nil
}

// rational reads a plain decimal. Exponents are left out: a short text could
// stand for a number that fills the memory.
func rational(b []byte) *big.Rat {
	s := strings.TrimSpace(scalar(b))
	if len(s) > 30 || strings.Trim(s, "+-.0123456789") != "" {
		return nil
	}
	r, ok := new(big.Rat).SetString(s)
	if !ok {
		return nil
	}
	return r
}

// instant is a time that may be missing or unreadable, and is zero then.
type instant time.Time

// The provider's times without a zone are UTC.
var timeLayouts = []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999Z0700", "2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05.999999999"}

func (t *instant) UnmarshalJSON(b []byte) error {
	var plain time.Time
	if n := len(b); n > 2 && b[0] == '"' && plain.UnmarshalText(b[1:n-1]) == nil { // RFC 3339 to the letter
		*t = instant(plain.UTC())
		return nil
	}
	*t = instant(parseTime(scalar(b)))
	return nil
}

func parseTime(s string) time.Time {
	s = strings.TrimSpace(s)
	for _, layout := range timeLayouts {
		if parsed, err := time.Parse(layout, s); err == nil {
			return parsed.UTC()
		}
	}
	return time.Time{}
}

func (t instant) time() time.Time { return time.Time(t) }

// noRows reports whether data hold nothing: missing, null, "", {} or [].
func noRows(data []byte) bool {
	switch compact(data) {
	case "", "null", `""`, "{}", "[]":
		return true
	}
	return false
}

// compact returns short JSON without its spaces, and "else" for longer one and for
// what is no JSON.
func compact(data []byte) string {
	data = bytes.TrimSpace(data)
	if len(data) == 0 {
		return ""
	}
	var out bytes.Buffer
	if len(data) > 64 || json.Compact(&out, data) != nil {
		return "else"
	}
	return out.String()
}

// rows returns the elements of a list, not yet checked, or the one object that
// stands for a list of one. It fails beyond maxRows, and for what is no list. Only []
// is an empty list: where nothing came, the list may have been lost.
func rows(data []byte) ([][]byte, error) {
	switch {
	case noRows(data) && compact(data) != "[]":
		return nil, ErrNoList
	case isObject(data):
		return [][]byte{data}, nil
	}
	found, rest, reason := scanRows(data)
	switch {
	case reason == ErrTooLarge:
		return nil, ErrTooLarge
	case reason != "" || len(skipSpace(rest)) > 0:
		return nil, ErrBadData
	}
	return found, nil
}

// list reads each row of a list into a W, and turns it into a T.
func list[W, T any](data []byte, turn func(W, RawJSON) (T, error)) ([]T, error) {
	found, err := rows(data)
	if err != nil {
		return nil, err
	}
	var all []T
	for _, raw := range found {
		row, err := readRow(raw, turn)
		if err != nil {
			return nil, err
		}
		all = append(all, row)
	}
	return all, nil
}

// readRow reads one row. Raw is a copy: it does not hold the whole answer.
func readRow[W, T any](raw []byte, turn func(W, RawJSON) (T, error)) (T, error) {
	var wire W
	if !isObject(raw) || wirejson.Unmarshal(raw, &wire) != nil {
		return *new(T), ErrBadData
	}
	return turn(wire, clone(raw))
}

func isObject(b []byte) bool {
	b = bytes.TrimSpace(b)
	return len(b) > 0 && b[0] == '{'
}

func isList(b []byte) bool {
	b = skipSpace(trimMark(b))
	return len(b) > 0 && b[0] == '['
}

// quoted returns a JSON text, and "" for anything else.
func quoted(b []byte) string {
	if b = skipSpace(b); len(b) == 0 || b[0] != '"' {
		return ""
	}
	return scalar(b)
}

// firstText returns the first text that is not empty.
func firstText(all ...text) text {
	for _, t := range all {
		if t != "" {
			return t
		}
	}
	return ""
}
