package testserver

import (
	"bytes"
	"encoding/json"
	"strconv"
)

// Object is a JSON object that keeps the order in which the service writes its members.
type Object []Member

// Member is a name and its value. It is an alias of a struct without a name, so that
// the fakes may write it without the names of its fields.
type Member = struct {
	Key   string
	Value any // string, bool, int, int64, Decimal, nil, Object, []Object, []string, []any
}

// Decimal is a number with a fraction, as it stands on the wire.
type Decimal string

// NumberForm is how numbers are written.
type NumberForm int

const (
	PlainNumbers  NumberForm = iota // 30
	StringNumbers                   // "30"
	FloatNumbers                    // 30.0
)

// AppendJSON writes a value of one of the types that a [Member] may hold.
func AppendJSON(b []byte, value any, form NumberForm) []byte {
	switch v := value.(type) {
	case nil:
		return append(b, "null"...)
	case bool:
		return strconv.AppendBool(b, v)
	case string:
		return AppendString(b, v)
	case int:
		return appendInt(b, int64(v), form)
	case int64:
		return appendInt(b, v, form)
	case Decimal:
		if form == StringNumbers {
			return AppendString(b, string(v))
		}
		return append(b, v...)
	case Object:
		return AppendObject(b, v, form)
	case []Object:
		return appendList(b, v, form)
	case []string:
		return appendList(b, v, form)
	case []any:
		return appendList(b, v, form)
	}
	panic("testserver: a value that JSON can't hold") // a mistake of this package
}

func appendList[T any](b []byte, list []T, form NumberForm) []byte {
	b = append(b, '[')
	for i, item := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = AppendJSON(b, item, form)
	}
	return append(b, ']')
}

// AppendObject writes an object, its members in their order.
func AppendObject(b []byte, o Object, form NumberForm) []byte {
	b = append(b, '{')
	for i, m := range o {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(AppendString(b, m.Key), ':')
		b = AppendJSON(b, m.Value, form)
	}
	return append(b, '}')
}

func appendInt(b []byte, n int64, form NumberForm) []byte {
	switch form {
	case StringNumbers:
		return AppendString(b, strconv.FormatInt(n, 10))
	case FloatNumbers:
		return append(strconv.AppendInt(b, n, 10), ".0"...)
	}
	return strconv.AppendInt(b, n, 10)
}

// AppendString writes a string.
func AppendString(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			return appendQuoted(b, s)
		}
	}
	b = append(b, '"')
	b = append(b, s...)
	return append(b, '"')
}

// appendQuoted leaves & and < as they are, as the services do.
func appendQuoted(b []byte, s string) []byte {
	var quoted bytes.Buffer
	encoder := json.NewEncoder(&quoted)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(s); err != nil {
		panic("testserver: " + err.Error()) // a string always marshals
	}
	return append(b, bytes.TrimSuffix(quoted.Bytes(), []byte("\n"))...)
}

// OrNull is null for an empty string.
func OrNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}
