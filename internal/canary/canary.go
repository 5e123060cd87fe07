// Package canary is for tests of what is printed: it makes a value of which every text
// is a canary, unlike anything else, and looks for them in whatever form the value
// leaves a program.
package canary

import (
	"bytes"
	"encoding/base64"
	"encoding/gob"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"reflect"
	"slices"
	"strings"
	"unsafe"
)

// Module begins the import paths of the types that are filled. Others stay as they are.
const Module = "github.com/proctorbook/proctorbook"

// Forms in which a value leaves a program. The last three serve programs, and hold a
// value's data if they are meant for keeping or sending it.
const (
	FormText    = "text" // every verb of fmt, and slog's text
	FormSlog    = "slog" // slog's JSON
	FormJSON    = "json"
	FormGob     = "gob"
	nestingMost = 6
)

// A Bird is one canary: where it sits, and in which forms it was seen.
type Bird struct {
	Where string   // the field that holds it, such as "edx.Account.Email", or its named type, such as "proctoru.Secret"
	Seen  []string // the forms that show it
	text  string
}

// Look fills a value of the type with canaries, also in unexported fields, and returns
// all of them, with the forms that showed them.
func Look(t reflect.Type) []Bird {
	f := &filler{}
	v := reflect.New(t)
	f.fill(v.Elem(), Name(t), 0)
	for form, text := range forms(v) {
		for i := range f.birds {
			if seen(text, f.birds[i].text) {
				f.birds[i].Seen = append(f.birds[i].Seen, form)
			}
		}
	}
	return f.birds
}

// Name returns a type's name with its package's, without type arguments.
func Name(t reflect.Type) string {
	name, _, _ := strings.Cut(t.Name(), "[")
	return t.PkgPath()[strings.LastIndex(t.PkgPath(), "/")+1:] + "." + name
}

func ours(t reflect.Type) bool { return strings.HasPrefix(t.PkgPath(), Module) }

type filler struct{ birds []Bird }

// next returns the next canary.
func (f *filler) next(t reflect.Type, where string) string {
	if ours(t) {
		where = Name(t)
	}
	text := fmt.Sprintf("canary%06d", len(f.birds)) // 12 bytes: base 64 writes three at a time
	f.birds = append(f.birds, Bird{Where: where, text: text})
	return text
}

// fill puts canaries into v, which can be set.
func (f *filler) fill(v reflect.Value, where string, depth int) {
	t := v.Type()
	if foreign := t.PkgPath() != "" && !ours(t); depth > nestingMost || foreign && t.Kind() != reflect.Map && t.Kind() != reflect.Slice {
		return // but for those of texts, such as url.Values and json.RawMessage
	}
	switch t.Kind() {
	case reflect.String:
		v.SetString(f.next(t, where))
	case reflect.Interface:
		if t.NumMethod() == 0 {
			v.Set(reflect.ValueOf(f.next(t, where)))
		}
	case reflect.Pointer:
		if to := t.Elem(); to.PkgPath() == "" || ours(to) {
			v.Set(reflect.New(to))
			f.fill(v.Elem(), where, depth+1)
		}
	case reflect.Slice:
		f.fillSlice(v, where, depth)
	case reflect.Array:
		for i := range t.Len() {
			f.fill(v.Index(i), where, depth+1)
		}
	case reflect.Map:
		key, elem := reflect.New(t.Key()).Elem(), reflect.New(t.Elem()).Elem()
		f.fill(key, where, depth+1)
		f.fill(elem, where, depth+1)
		v.Set(reflect.MakeMap(t))
		v.SetMapIndex(key, elem)
	case reflect.Struct:
		for i := range t.NumField() {
			field := v.Field(i)
			if !field.CanSet() {
				field = reflect.NewAt(field.Type(), unsafe.Pointer(field.UnsafeAddr())).Elem()
			}
			f.fill(field, Name(t)+"."+t.Field(i).Name, depth+1)
		}
	}
}

func (f *filler) fillSlice(v reflect.Value, where string, depth int) {
	if v.Type().Elem().Kind() == reflect.Uint8 {
		v.SetBytes([]byte(f.next(v.Type(), where)))
		return
	}
	v.Set(reflect.MakeSlice(v.Type(), 1, 1))
	f.fill(v.Index(0), where, depth+1)
}

// forms returns all that programs make of the value that p points to: of the pointer,
// of the value, and of both in something else.
func forms(p reflect.Value) map[string]string {
	list := reflect.MakeSlice(reflect.SliceOf(p.Type().Elem()), 0, 1)
	values := []any{p.Interface(), reflect.Append(list, p.Elem()).Interface(), map[string]any{"v": p.Elem().Interface()}, p.Elem().Interface()}
	out := map[string]*bytes.Buffer{FormText: {}, FormSlog: {}, FormJSON: {}, FormGob: {}}
	for _, v := range values {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x", "%X"} {
			fmt.Fprintf(out[FormText], verb+"\n", v)
		}
		if err, ok := v.(error); ok {
			out[FormText].WriteString(err.Error())
		}
		slog.New(slog.NewTextHandler(out[FormText], nil)).Info("m", "v", v)
	}
	for _, v := range []any{values[0], values[3]} {
		slog.New(slog.NewJSONHandler(out[FormSlog], nil)).Info("m", "v", v)
		if raw, err := json.Marshal(v); err == nil {
			out[FormJSON].Write(raw)
		}
		_ = gob.NewEncoder(out[FormGob]).Encode(v)
	}
	texts := map[string]string{}
	for _, form := range slices.Sorted(maps.Keys(out)) {
		texts[form] = out[form].String()
	}
	return texts
}

// seen reports whether the text holds the canary, as it is, in hex, in the numbers of
// its bytes, or in base 64.
func seen(text, canary string) bool {
	encoded := hex.EncodeToString([]byte(canary))
	for _, form := range []string{
		canary, encoded, strings.ToUpper(encoded), strings.Trim(fmt.Sprint([]byte(canary)), "[]"),
		strings.TrimSuffix(strings.TrimPrefix(fmt.Sprintf("%#v", []byte(canary)), "[]byte{"), "}"),
		base64.StdEncoding.EncodeToString([]byte(canary)),
	} {
		if strings.Contains(text, form) {
			return true
		}
	}
	return false
}
