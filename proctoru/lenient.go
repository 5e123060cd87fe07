package proctoru

import (
	"bytes"
	"encoding/json"
	"iter"
	"math/big"
	"strings"
	"time"
)

// Bounds on what is read, beside the transport's bound on the bytes.
const (
	maxRows  = 10_000
	maxDepth = 64
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

func unquote(b []byte) string {
	if inner := b[1 : len(b)-1]; !bytes.ContainsRune(inner, '\\') && isASCII(inner) {
		return string(inner)
	}
	var s string
	if json.Unmarshal(b, &s) != nil {
		return ""
	}
	return s
}

func isASCII(b []byte) bool {
	for _, c := range b {
		if c >= 0x80 {
			return false
		}
	}
	return true
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
	switch strings.ToLower(strings.TrimSpace(scalar(b))) {
	case "true", "t", "y", "yes", "1", "1.0":
		*f = true
	default:
		*f = false
	}
	return nil
}

// count is a small whole number that may come as "30" or 30.0; odd ones are 0.
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

// instant is a time that may be missing or odd, and is zero then.
type instant time.Time

// The provider's times without a zone are UTC.
var timeLayouts = []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999Z0700", "2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05.999999999"}

func (t *instant) UnmarshalJSON(b []byte) error {
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

// tooDeep reports whether JSON nests deeper than the client reads.
func tooDeep(b []byte) bool {
	depth, quoted := 0, false
	for i := 0; i < len(b); i++ {
		switch c := b[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			if depth++; depth > maxDepth {
				return true
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	return false
}

// noRows reports whether data stands for an empty list: missing, null, "", {} or [].
func noRows(data []byte) bool {
	switch compact(data) {
	case "", "null", `""`, "{}", "[]":
		return true
	}
	return false
}

// compact returns short JSON without its spaces, and "long" for longer one.
func compact(data []byte) string {
	data = bytes.TrimSpace(data)
	if len(data) > 64 {
		return "long"
	}
	var out bytes.Buffer
	if json.Compact(&out, data) != nil {
		return ""
	}
	return out.String()
}

// rows yields the objects of a list, or the one object that stands for a list of
// one. It ends with an error at the first row that is no object, and beyond maxRows.
func rows(data []byte) iter.Seq2[json.RawMessage, error] {
	return func(yield func(json.RawMessage, error) bool) {
		if noRows(data) {
			return
		}
		if isObject(data) {
			yield(json.RawMessage(data), nil)
			return
		}
		dec := json.NewDecoder(bytes.NewReader(data))
		if t, err := dec.Token(); err != nil || t != json.Delim('[') {
			yield(nil, ErrBadData)
			return
		}
		for n := 0; dec.More(); n++ {
			var raw json.RawMessage
			err := dec.Decode(&raw)
			switch {
			case n == maxRows:
				err = ErrTooLarge
			case err != nil || !isObject(raw):
				err = ErrBadData
			}
			if !yield(raw, err) || err != nil {
				return
			}
		}
		if _, err := dec.Token(); err != nil {
			yield(nil, ErrBadData)
		}
	}
}

// list reads each row of a list into a W, and turns it into a T.
func list[W, T any](data []byte, turn func(W, json.RawMessage) (T, error)) ([]T, error) {
	var all []T
	for raw, err := range rows(data) {
		if err != nil {
			return nil, err
		}
		var wire W
		if json.Unmarshal(raw, &wire) != nil {
			return nil, ErrBadData
		}
		row, err := turn(wire, raw)
		if err != nil {
			return nil, err
		}
		all = append(all, row)
	}
	return all, nil
}

func isObject(b []byte) bool {
	b = bytes.TrimSpace(b)
	return len(b) > 0 && b[0] == '{'
}
