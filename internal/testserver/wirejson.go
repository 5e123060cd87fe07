package testserver

import (
	"bytes"
	"encoding/json"
	"strconv"
)

// object is a JSON object that keeps the order in which the service writes its members.
type object []member

type member struct {
	key   string
	value any // string, bool, int, int64, decimal, nil, object, []object, []string, []any
}

// decimal is a number with a fraction, as it stands on the wire.
type decimal string

// numberForm says how numbers are written.
type numberForm int

const (
	plainNumbers  numberForm = iota // 30
	stringNumbers                   // "30"
	floatNumbers                    // 30.0
)

func appendJSON(b []byte, value any, form numberForm) []byte {
	switch v := value.(type) {
	case nil:
		return append(b, "null"...)
	case bool:
		return strconv.AppendBool(b, v)
	case string:
		return appendString(b, v)
	case int:
		return appendInt(b, int64(v), form)
	case int64:
		return appendInt(b, v, form)
	case decimal:
		if form == stringNumbers {
			return appendString(b, string(v))
		}
		return append(b, v...)
	case object:
		return appendObject(b, v, form)
	case []object:
		return appendList(b, v, form)
	case []string:
		return appendList(b, v, form)
	case []any:
		return appendList(b, v, form)
	}
	panic("testserver: a value that JSON can't hold") // a mistake of this package
}

func appendList[T any](b []byte, list []T, form numberForm) []byte {
	b = append(b, '[')
	for i, item := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendJSON(b, item, form)
	}
	return append(b, ']')
}

func appendObject(b []byte, o object, form numberForm) []byte {
	b = append(b, '{')
	for i, m := range o {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendString(b, m.key), ':')
		b = appendJSON(b, m.value, form)
	}
	return append(b, '}')
}

func appendInt(b []byte, n int64, form numberForm) []byte {
	switch form {
	case stringNumbers:
		return appendString(b, strconv.FormatInt(n, 10))
	case floatNumbers:
		return append(strconv.AppendInt(b, n, 10), ".0"...)
	}
	return strconv.AppendInt(b, n, 10)
}

func appendString(b []byte, s string) []byte {
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

// orNull is null for an empty string.
func orNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}
