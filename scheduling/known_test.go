package scheduling_test

import (
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/proctorbook/proctorbook/scheduling"
)

// closed are the types whose values only this library makes up, and the member that
// has each constant of the type. open are the others.
var (
	closed = map[string]string{
		"State": "state", "Op": "intent.op", "CodeRule": "exam.code", "CodeVia": "exam.code_via", "Setting": "outdated",
		"Presence": "session.attendance.presence", "Fact": "session.attendance.fact", "Verdict": "session.verdict",
	}
	open = []string{"BookingID", "LearnerID", "ReasonCode"}
)

// storedSample has every part that a document may have.
func storedSample() scheduling.Booking {
	b := scheduling.Booking{ID: "pb-1", Exam: sampleExam(), State: scheduling.StateScheduled, Outdated: []scheduling.Setting{scheduling.SettingTitle}}
	b.Intent = &scheduling.Intent{Op: scheduling.OpMove}
	b.Wish = &scheduling.Wish{Op: scheduling.OpCancel}
	b.NeedsAttention = &scheduling.Attention{Reason: "of_a_provider"}
	return b
}

// namedTexts calls visit for each text of the package's own types in the value, with
// the path of its member.
func namedTexts(v reflect.Value, path string, visit func(path string, v reflect.Value)) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			namedTexts(v.Elem(), path, visit)
		}
	case reflect.Slice:
		for i := range v.Len() {
			namedTexts(v.Index(i), path, visit)
		}
	case reflect.String:
		if strings.HasSuffix(v.Type().PkgPath(), "/scheduling") {
			visit(path, v)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			f := v.Type().Field(i)
			if name, _, _ := strings.Cut(f.Tag.Get("json"), ","); f.IsExported() {
				namedTexts(v.Field(i), strings.TrimPrefix(path+"."+name, "."), visit)
			}
		}
	}
}

// A value that only a newer version can have written is an error that names it,
// wherever it stands; names that are open come as they are.
func TestUnknownValues(t *testing.T) {
	t.Parallel()
	var paths []string
	b := storedSample()
	namedTexts(reflect.ValueOf(&b), "", func(path string, v reflect.Value) {
		if slices.Contains(open, v.Type().Name()) {
			return
		}
		if closed[v.Type().Name()] == "" {
			t.Errorf("%s has the type %s, which this test does not know: is it open, or closed?", path, v.Type().Name())
		}
		paths = append(paths, path)
	})
	for _, path := range paths {
		b := storedSample()
		namedTexts(reflect.ValueOf(&b), "", func(at string, v reflect.Value) {
			if at == path {
				v.SetString("unheard_of")
			}
		})
		_, err := readBack(t, b)
		newer, ok := errors.AsType[*scheduling.NewerDocumentError](err)
		if !ok || newer.Booking != "pb-1" || !slices.Equal(newer.Members, []string{path + ` "unheard_of"`}) {
			t.Errorf("%s: error = %v, want a NewerDocumentError that names it", path, err)
		}
	}
}

func readBack(t *testing.T, b scheduling.Booking) (scheduling.Booking, error) {
	t.Helper()
	document, err := json.Marshal(b)
	if err != nil {
		t.Fatal(err)
	}
	var got scheduling.Booking
	return got, json.Unmarshal(document, &got)
}

// Every constant is known where it may stand, and what may not stand there is not.
func TestKnownValues(t *testing.T) {
	t.Parallel()
	found := 0
	for typ, values := range constants(t) {
		for _, value := range values {
			b := storedSample()
			namedTexts(reflect.ValueOf(&b), "", func(path string, v reflect.Value) {
				if path == closed[typ] {
					v.SetString(value)
					found++
				}
			})
			_, err := readBack(t, b)
			if wrong := value == string(scheduling.OpBegin); (err != nil) != wrong {
				t.Errorf("%s %q: error = %v, want one: %v", typ, value, err, wrong)
			}
		}
	}
	if found < 40 {
		t.Errorf("only %d constants were tried: did the source change its form?", found)
	}
	b := storedSample()
	b.Wish.Op, b.State = scheduling.OpReserve, ""
	if _, err := readBack(t, b); err == nil || !strings.Contains(err.Error(), `wish.op "reserve"`) || !strings.Contains(err.Error(), "state,") {
		t.Errorf("a wish to reserve, and no state: error = %v, want one that names both", err)
	}
	b = storedSample()
	b.State = "Ada Example"
	if _, err := readBack(t, b); err == nil || strings.Contains(err.Error(), "Ada") {
		t.Errorf("a name in place of the state: error = %v, want one that does not quote it", err)
	}
}

// constants returns the values of the closed types, from the source.
func constants(t *testing.T) map[string][]string {
	t.Helper()
	all := map[string][]string{}
	files, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if !strings.HasSuffix(f.Name(), ".go") || strings.HasSuffix(f.Name(), "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), f.Name(), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok {
				return true
			}
			typ, ok := spec.Type.(*ast.Ident)
			if !ok || closed[typ.Name] == "" || !spec.Names[0].IsExported() { // the engine's tables have Ops of their own
				return true
			}
			for _, v := range spec.Values {
				if text, ok := v.(*ast.BasicLit); ok {
					value, err := strconv.Unquote(text.Value)
					if err != nil {
						t.Fatal(err)
					}
					all[typ.Name] = append(all[typ.Name], value)
				}
			}
			return true
		})
	}
	return all
}

// A booking can be read and carried on where its exam's zone is not known: its times
// show as UTC and say so, and the name is kept.
func TestZoneThatThisMachineLacks(t *testing.T) {
	t.Parallel()
	document, err := json.Marshal(storedSample())
	if err != nil {
		t.Fatal(err)
	}
	in := func(zone string) string {
		return strings.Replace(string(document), `"zone":"UTC"`, `"zone":`+strconv.Quote(zone), 1)
	}
	var b scheduling.Booking
	if err := json.Unmarshal([]byte(in("Europe/Nowhere")), &b); err != nil {
		t.Fatalf("a booking in Europe/Nowhere: %v, want no error", err)
	}
	if got := nine.In(b.Exam.Zone).Format("15:04 MST"); got != "09:00 UTC" {
		t.Errorf("nine o'clock UTC shows as %s, want UTC, and that it says so", got)
	}
	if again, err := json.Marshal(b); err != nil || string(again) != in("Europe/Nowhere") {
		t.Errorf("written again: %s, %v; want the same zone", again, err)
	}
	if err := b.Exam.Validate(); err == nil {
		t.Error("the exam is valid for a new booking, want an error: its zone is not known")
	}
	for _, damaged := range []string{"", "Local", "ada@example.org", "../../etc/passwd"} {
		if err := json.Unmarshal([]byte(in(damaged)), &b); err == nil || strings.Contains(err.Error(), "ada") {
			t.Errorf("zone %q: error = %v, want one that does not quote it", damaged, err)
		}
	}
	var byHand scheduling.Exam
	exam, _ := json.Marshal(sampleExam())
	if err := json.Unmarshal([]byte(strings.Replace(string(exam), `"UTC"`, `"Europe/Nowhere"`, 1)), &byHand); err == nil {
		t.Error("an exam that somebody wrote in Europe/Nowhere is no error, want one")
	}
}
