package edx

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"reflect"
	"slices"
	"strings"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/internal/wirejson"
)

// RowError tells which members of an answer, or of one row of a list, could not be
// read: a time limit below zero, a key that is none, a date where a time should be.
// It is no error of the call. What it names is zero in the value that carries it;
// everything else is there, and so are all the other rows.
type RowError struct {
	// Fields are the members by the platform's names, such as content_id or
	// proctored_exam.time_limit_mins, with what is wrong with each.
	Fields []proctorbook.FieldError
	// Raw is the row as it came. It may hold personal data, and in an attempt the
	// code by which a provider knows it: it is left out of texts, logs, JSON and gob.
	Raw json.RawMessage `json:"-"`
}

// Error names the members, and quotes nothing of the row.
func (e *RowError) Error() string {
	var text strings.Builder
	text.WriteString("edx: the platform sent what can't be read:")
	for i, field := range e.Fields {
		if i > 0 {
			text.WriteString(";")
		}
		text.WriteString(" " + field.Field + ": " + field.Problem)
	}
	return text.String()
}

// Concerns reports whether one of these members could not be read. It is false for
// a nil RowError, which is that of a row that was read whole.
func (e *RowError) Concerns(members ...string) bool {
	return e != nil && slices.ContainsFunc(e.Fields, func(field proctorbook.FieldError) bool {
		return field.Field == wholeRow || slices.Contains(members, field.Field)
	})
}

// Format prints the text of Error for every verb.
func (e RowError) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, e.Error()) }

// LogValue logs the text of Error.
func (e RowError) LogValue() slog.Value { return slog.StringValue(e.Error()) }

// GobEncode encodes what JSON shows, which is without the row.
func (e RowError) GobEncode() ([]byte, error) { return json.Marshal(e) }

// GobDecode takes in what GobEncode wrote.
func (e *RowError) GobDecode(b []byte) error { return json.Unmarshal(b, e) }

// wholeRow is the field of a RowError for a row of which nothing could be read.
const wholeRow = "the row"

// row is what an answer, or a row, remembers of its members that could not be
// read. It is part of every wire struct.
type row struct{ problem *RowError }

func (r *row) note(problem *RowError) { r.problem = problem }

// noter is a wire struct that has a row.
type noter interface{ note(*RowError) }

// partial is a wire struct that can do without a member that belongs to it.
type partial interface {
	// lacks names such a member.
	lacks() string
}

// readRow reads one row of a list. Whatever it is, it costs no other row.
func readRow[W wire](raw []byte, w *W) {
	odd, err := lenient(raw, w)
	if err != nil {
		odd = invalid(wholeRow, problemOf(err))
	}
	name := (*w).missing()
	if err == nil && name != "" && !odd.name(name) {
		odd = append(odd, invalid(name, "is missing")...)
	}
	noteOdd(raw, w, odd)
}

// noteOdd lets w remember what is odd about it.
func noteOdd[W any](raw []byte, w *W, odd faults) {
	if part, ok := any(w).(partial); ok {
		if name := part.lacks(); name != "" && !odd.name(name) && !odd.name(wholeRow) {
			odd = append(odd, invalid(name, "is missing")...)
		}
	}
	if noter, ok := any(w).(noter); ok && len(odd) > 0 {
		noter.note(&RowError{Fields: odd, Raw: bytes.Clone(raw)})
	}
}

// name reports whether one of the faults is about field.
func (f faults) name(field string) bool {
	return slices.ContainsFunc(f, func(fault proctorbook.FieldError) bool { return fault.Field == field })
}

// lenient reads raw into a pointer to a wire type. If some members of an object
// can't be read it reads the others, and returns those. The error is that of JSON
// which is broken, or is no object where it should be one.
func lenient(raw []byte, into any) (faults, error) {
	err := wirejson.Unmarshal(raw, into)
	if err == nil {
		return nil, nil
	}
	v := reflect.ValueOf(into).Elem()
	v.SetZero() // it is half read
	var members map[string]json.RawMessage
	if !isPlainStruct(v.Type()) || json.Unmarshal(raw, &members) != nil {
		return nil, err
	}
	return readMembers(members, v, ""), nil
}

// isPlainStruct reports whether t is read member by member, by its tags.
func isPlainStruct(t reflect.Type) bool {
	pointer := reflect.PointerTo(t)
	return t.Kind() == reflect.Struct && !pointer.Implements(reflect.TypeFor[json.Unmarshaler]()) &&
		!pointer.Implements(reflect.TypeFor[interface{ UnmarshalText([]byte) error }]())
}

// readMembers reads each member into the field of v with its name.
func readMembers(members map[string]json.RawMessage, v reflect.Value, path string) (odd faults) {
	for i := range v.NumField() {
		field := v.Type().Field(i)
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		raw, sent := members[name]
		switch {
		case field.Anonymous && isPlainStruct(field.Type):
			odd = append(odd, readMembers(members, v.Field(i), path)...)
		case sent && field.IsExported():
			odd = append(odd, readMember(raw, v.Field(i), path+name)...)
		}
	}
	return odd
}

// readMember reads one member, and of an object that is odd the rest of it.
func readMember(raw []byte, v reflect.Value, where string) faults {
	err := json.Unmarshal(raw, v.Addr().Interface())
	if err == nil {
		return nil
	}
	if _, own := v.Addr().Interface().(json.Unmarshaler); !own { // those keep what they could read
		v.SetZero()
	}
	inner := v
	var members map[string]json.RawMessage
	if v.Kind() == reflect.Pointer && isPlainStruct(v.Type().Elem()) {
		inner = reflect.New(v.Type().Elem()).Elem()
	}
	if !isPlainStruct(inner.Type()) || json.Unmarshal(raw, &members) != nil {
		return invalid(where, problemOf(err))
	}
	odd := readMembers(members, inner, where+".")
	if v.Kind() == reflect.Pointer {
		v.Set(inner.Addr())
	}
	return odd
}
