// Package wirejson reads JSON as encoding/json does, in one pass over the bytes where
// that takes two and more. It is made for structs whose fields read themselves, as those
// of our clients do. Whatever it does not know, it leaves to encoding/json: so the
// result is always the same, errors included.
package wirejson

import (
	"encoding"
	"encoding/json"
	"reflect"
	"strings"
	"sync"
)

// Unmarshal is json.Unmarshal into a pointer to a zero value.
func Unmarshal(raw []byte, into any) error {
	v := reflect.ValueOf(into)
	if v.Kind() == reflect.Pointer && !v.IsNil() && v.Elem().Kind() == reflect.Struct && v.Elem().IsZero() {
		if readValue(raw, v.Elem()) {
			return nil
		}
		v.Elem().SetZero() // it is half read
	}
	return json.Unmarshal(raw, into)
}

// Valid is json.Valid.
func Valid(raw []byte) bool {
	end := valueEnd(raw, space(raw, 0), 0)
	return end >= 0 && space(raw, end) == len(raw) || json.Valid(raw)
}

// Elements calls do with each element of a JSON array. It reports whether b is one array
// and nothing more, all of it checked; if not, do may have been called for its beginning.
func Elements(b []byte, do func(element []byte)) bool {
	i := space(b, 0)
	if i == len(b) || b[i] != '[' {
		return false
	}
	if i = space(b, i+1); i < len(b) && b[i] == ']' {
		return space(b, i+1) == len(b)
	}
	for {
		end := valueEnd(b, i, 0)
		if end < 0 {
			return false
		}
		do(b[i:end])
		if i = space(b, end); i == len(b) {
			return false
		}
		switch b[i] {
		case ',':
			i = space(b, i+1)
		case ']':
			return space(b, i+1) == len(b)
		default:
			return false
		}
	}
}

// readValue reads one whole value into a struct that is read by its tags. It reports
// whether it could do so.
func readValue(raw []byte, v reflect.Value) bool {
	p := planOf(v.Type())
	i := space(raw, 0)
	if p == nil || i == len(raw) || raw[i] != '{' {
		return false
	}
	end := p.read(raw, i, v)
	return end >= 0 && space(raw, end) == len(raw)
}

// plan is how a type of struct is read; nil for one that encoding/json must read.
type plan struct {
	fields []field
	byName map[string]int
}

type field struct {
	name   string
	index  int
	nested bool // perhaps a struct, or a pointer to one, with a plan
}

var plans sync.Map // by reflect.Type

func planOf(t reflect.Type) *plan {
	if known, ok := plans.Load(t); ok {
		return known.(*plan)
	}
	p := newPlan(t)
	plans.Store(t, p)
	return p
}

var (
	unmarshaler     = reflect.TypeFor[json.Unmarshaler]()
	textUnmarshaler = reflect.TypeFor[encoding.TextUnmarshaler]()
)

func newPlan(t reflect.Type) *plan {
	if pointer := reflect.PointerTo(t); pointer.Implements(unmarshaler) || pointer.Implements(textUnmarshaler) {
		return nil
	}
	p := &plan{byName: map[string]int{}}
	for i := range t.NumField() {
		f := t.Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case f.Anonymous && hasExported(f.Type), f.IsExported() && (name == "" || options != ""):
			return nil // whose fields are ours too, or which follow other rules
		case !f.IsExported() || name == "-":
			continue
		}
		if _, twice := p.find(name); twice {
			return nil
		}
		p.byName[name] = len(p.fields)
		p.fields = append(p.fields, field{name: name, index: i, nested: isStruct(f.Type)})
	}
	return p
}

func isStruct(t reflect.Type) bool {
	return t.Kind() == reflect.Struct || t.Kind() == reflect.Pointer && t.Elem().Kind() == reflect.Struct && !t.Implements(unmarshaler)
}

func hasExported(t reflect.Type) bool {
	if t.Kind() != reflect.Struct {
		return true
	}
	for i := range t.NumField() {
		if f := t.Field(i); f.IsExported() || f.Anonymous {
			return true
		}
	}
	return false
}

// find returns the field for a member: that of its very name, else one that differs in
// upper and lower case.
func (p *plan) find(name string) (int, bool) {
	if i, ok := p.byName[name]; ok {
		return i, true
	}
	for i := range p.fields {
		if strings.EqualFold(p.fields[i].name, name) {
			return i, true
		}
	}
	return 0, false
}

// read reads the object that begins at raw[i] into v, and returns the index after it, -1
// if it can't.
func (p *plan) read(raw []byte, i int, v reflect.Value) int {
	if i = space(raw, i+1); i < len(raw) && raw[i] == '}' {
		return i + 1
	}
	for {
		nameEnd := textEnd(raw, i)
		if nameEnd < 0 {
			return -1
		}
		field, known := p.member(raw[i:nameEnd])
		if i = space(raw, nameEnd); i == len(raw) || raw[i] != ':' {
			return -1
		}
		i = space(raw, i+1)
		if known {
			i = p.fields[field].read(raw, i, v)
		} else {
			i = valueEnd(raw, i, 0)
		}
		if i < 0 {
			return -1
		}
		if i = space(raw, i); i == len(raw) {
			return -1
		}
		switch raw[i] {
		case ',':
			i = space(raw, i+1)
		case '}':
			return i + 1
		default:
			return -1
		}
	}
}

// member returns the field of a name, which is a checked text.
func (p *plan) member(quoted []byte) (int, bool) {
	inner := quoted[1 : len(quoted)-1]
	if i, ok := p.byName[string(inner)]; ok {
		return i, true
	}
	if isPlain(inner) {
		return p.find(string(inner))
	}
	var name string
	if json.Unmarshal(quoted, &name) != nil {
		return 0, false
	}
	return p.find(name)
}

// isPlain reports whether a text within quotes stands for itself.
func isPlain(inner []byte) bool {
	for _, c := range inner {
		if c == '\\' || c >= 0x80 {
			return false
		}
	}
	return true
}

// read reads the value that begins at raw[i], and returns the index after it, -1 if it
// can't.
func (f field) read(raw []byte, i int, v reflect.Value) int {
	v = v.Field(f.index)
	if f.nested && i < len(raw) && raw[i] == '{' {
		if p, inner := nested(v); p != nil {
			return p.read(raw, i, inner)
		}
	}
	end := valueEnd(raw, i, 0)
	if end < 0 || readField(raw[i:end], v) != nil {
		return -1
	}
	return end
}

// nested returns the struct that v is or points to, with its plan if there is one.
func nested(v reflect.Value) (*plan, reflect.Value) {
	if v.Kind() == reflect.Struct {
		return planOf(v.Type()), v
	}
	p := planOf(v.Type().Elem())
	if p != nil && v.IsNil() {
		v.Set(reflect.New(v.Type().Elem()))
	}
	return p, v.Elem()
}

// readField lets a value read itself, as encoding/json would, or lets that do it.
func readField(value []byte, v reflect.Value) error {
	if v.Kind() == reflect.Pointer && value[0] != 'n' && v.Type().Implements(unmarshaler) {
		if v.IsNil() {
			v.Set(reflect.New(v.Type().Elem()))
		}
		return v.Interface().(json.Unmarshaler).UnmarshalJSON(value)
	}
	switch own := v.Addr().Interface().(type) {
	case json.Unmarshaler:
		return own.UnmarshalJSON(value)
	case encoding.TextUnmarshaler:
		if inner := value[1:]; value[0] == '"' && isPlain(inner) {
			return own.UnmarshalText(inner[:len(inner)-1])
		}
	}
	return json.Unmarshal(value, v.Addr().Interface())
}
