package storetest

import (
	"fmt"
	"reflect"
	"testing"
	"time"
)

// wantSame fails, field by field, if got is not what a store has to give back
// for want: the same values, with instants in UTC and cut to whole
// microseconds.
func wantSame(t *testing.T, what string, got, want any) {
	t.Helper()
	for _, difference := range differences(got, want) {
		t.Errorf("%s: %s", what, difference)
	}
}

// differences lists the fields in which got is not what a store has to give
// back for want. It looks into every exported field, so that a field added to a
// type later is compared too.
func differences(got, want any) []string {
	var found []string
	compare("", reflect.ValueOf(got), reflect.ValueOf(want), func(path string, got, want any) {
		found = append(found, fmt.Sprintf("%s = %v, want %v", path, got, want))
	})
	return found
}

func compare(path string, got, want reflect.Value, differ func(path string, got, want any)) {
	switch {
	case isLeaf(want.Type()):
		if g, w := plain(got.Interface()), plain(kept(want.Interface())); !reflect.DeepEqual(g, w) {
			differ(path, g, w)
		}
	case want.Kind() == reflect.Pointer:
		if got.IsNil() || want.IsNil() {
			if got.IsNil() != want.IsNil() {
				differ(path+" is nil", got.IsNil(), want.IsNil())
			}
			return
		}
		compare(path, got.Elem(), want.Elem(), differ)
	case want.Kind() == reflect.Slice: // an empty slice and nil count as the same: no decision depends on the difference
		if got.Len() != want.Len() {
			differ("len("+path+")", got.Len(), want.Len())
			return
		}
		for i := range want.Len() {
			compare(fmt.Sprintf("%s[%d]", path, i), got.Index(i), want.Index(i), differ)
		}
	default:
		for i := range want.NumField() {
			compare(path+"."+want.Type().Field(i).Name, got.Field(i), want.Field(i), differ)
		}
	}
}

// kept returns the leaf as a store has to give it back.
func kept(leaf any) any {
	if at, ok := leaf.(time.Time); ok {
		return at.UTC().Truncate(time.Microsecond)
	}
	return leaf
}

// plain returns the leaf in a form in which equal means the same: an instant as
// text with its zone, a zone by its name.
func plain(leaf any) any {
	switch x := leaf.(type) {
	case time.Time:
		zone := "in time.UTC"
		if x.Location() != time.UTC { // also time.Local on a machine that stands at UTC
			zone = "in zone " + x.Location().String()
		}
		return x.Format("2006-01-02T15:04:05.999999999 ") + zone
	case *time.Location:
		if x == nil {
			return "no zone"
		}
		return x.String()
	default:
		return x
	}
}

// isLeaf reports whether values of the type are compared as a whole: all but
// pointers, slices, and structs whose fields are all exported.
func isLeaf(t reflect.Type) bool {
	if t == reflect.TypeFor[*time.Location]() {
		return true
	}
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice:
		return false
	case reflect.Struct:
		for i := range t.NumField() {
			if !t.Field(i).IsExported() {
				return true
			}
		}
		return false
	default:
		return true
	}
}

// leaves calls visit for every leaf of v, which must be addressable. A nil
// pointer and an empty slice count as a leaf too.
func leaves(path string, v reflect.Value, visit func(path string, leaf reflect.Value)) {
	switch {
	case isLeaf(v.Type()):
		visit(path, v)
	case v.Kind() == reflect.Pointer && !v.IsNil():
		leaves(path, v.Elem(), visit)
	case v.Kind() == reflect.Slice && v.Len() > 0:
		for i := range v.Len() {
			leaves(fmt.Sprintf("%s[%d]", path, i), v.Index(i), visit)
		}
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			leaves(path+"."+v.Type().Field(i).Name, v.Field(i), visit)
		}
	default:
		visit(path, v)
	}
}

// emptyFields lists the fields that are empty in what p points to.
func emptyFields(p any) []string {
	var found []string
	leaves("", reflect.ValueOf(p).Elem(), func(path string, leaf reflect.Value) {
		if leaf.IsZero() || leaf.Kind() == reflect.Slice {
			found = append(found, path)
		}
	})
	return found
}

// weak lists what makes the sample that p points to unfit for a round trip:
// fields left empty, and fields of one type with the same value, which a store
// could mix up unseen (booleans apart).
func weak(p any) []string {
	var found []string
	for _, path := range emptyFields(p) {
		found = append(found, path+" is empty: the sample must fill it")
	}
	seen := map[string]string{}
	leaves("", reflect.ValueOf(p).Elem(), func(path string, leaf reflect.Value) {
		key := fmt.Sprint(leaf.Type(), plain(leaf.Interface()))
		if other, ok := seen[key]; ok && leaf.Kind() != reflect.Bool && !leaf.IsZero() {
			found = append(found, path+" has the value of "+other+": the sample must tell them apart")
		}
		seen[key] = path
	})
	return found
}

// bools returns every boolean of what p points to.
func bools(p any) []reflect.Value {
	var found []reflect.Value
	leaves("", reflect.ValueOf(p).Elem(), func(_ string, leaf reflect.Value) {
		if leaf.Kind() == reflect.Bool {
			found = append(found, leaf)
		}
	})
	return found
}

// scramble empties everything that the value at p reaches through its own
// pointers and slices. Whoever shares memory with the value sees the change.
func scramble(p any) { scrambleValue(reflect.ValueOf(p).Elem()) }

func scrambleValue(v reflect.Value) {
	switch {
	case isLeaf(v.Type()):
	case v.Kind() == reflect.Pointer && !v.IsNil():
		scrambleValue(v.Elem())
		v.Elem().SetZero()
	case v.Kind() == reflect.Slice:
		for i := range v.Len() {
			scrambleValue(v.Index(i))
			v.Index(i).SetZero()
		}
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			scrambleValue(v.Field(i))
		}
	}
}
