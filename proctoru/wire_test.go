package proctoru

import (
	"go/ast"
	"go/parser"
	"go/token"
	"net/url"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-querystring/query"
)

// wires are the structs that go-querystring encodes. It prints by fmt: a secret
// would go out as REDACTED, a bool as "true", a time with the offset of its zone.
var wires = map[string]any{
	"slotsWire":               SlotsParams{}.wire(),
	"bookableExamsWire":       BookableExamsParams{}.wire(),
	"studentWire":             Student{}.wire(),
	"studentIDWire":           studentIDWire{},
	"lookupEmailWire":         lookupEmailWire{},
	"loginURLWire":            LoginURLParams{}.wire(),
	"createWire":              CreateReservationParams{}.wire(),
	"createForExamWire":       CreateForExamParams{}.wire(),
	"moveWire":                MoveReservationParams{}.wire(),
	"cancelWire":              CancelReservationParams{}.wire(),
	"beginWire":               BeginReservationParams{}.wire(),
	"listReservationsWire":    ListReservationsParams{}.wire(),
	"listAllReservationsWire": listAllReservationsWire{},
	"authenticatedWire":       authenticatedWire{},
	"saveExamWire":            SaveExamParams{}.wire(),
	"institutionUserWire":     InstitutionUser{}.wire(),
	"launchExamWire":          LaunchExamParams{}.wire(),
	"listExamsWire":           ListExamsParams{}.wire(),
	"listTermsWire":           listTermsWire{},
	"createRecordPlusWire":    CreateRecordPlusParams{}.wire(),
	"fulfillWire":             fulfillWire{},
	"reportWire":              ActivityParams{}.wire(),
}

func TestWires_holdOnlyWireTypes(t *testing.T) {
	t.Parallel()
	for name, wire := range wires {
		for _, problem := range wireProblems(reflect.TypeOf(wire)) {
			t.Errorf("%s: %s", name, problem)
		}
	}
}

// The check can see: each of these would go out wrong.
func TestWireProblems(t *testing.T) {
	t.Parallel()
	type inner struct {
		At time.Time `url:"at"`
	}
	bad := reflect.TypeFor[struct {
		inner
		Flag   bool          `url:"flag"`
		Secret Secret        `url:"secret"`
		URL    SecretURL     `url:"u"`
		Wait   time.Duration `url:"wait"`
		When   *time.Time    `url:"when"`
		Choice Choice        `url:"choice"`
		NoTag  string
	}]()
	if got := wireProblems(bad); len(got) != 8 {
		t.Errorf("wireProblems = %q, want 8", got)
	}
}

// Only these kinds of fields print as they are meant.
func wireProblems(typ reflect.Type) []string {
	var problems []string
	for i := range typ.NumField() {
		f := typ.Field(i)
		switch {
		case f.Anonymous && f.Type.Kind() == reflect.Struct:
			problems = append(problems, wireProblems(f.Type)...)
		case f.Tag.Get("url") == "":
			problems = append(problems, f.Name+" has no url tag")
		case f.Type == reflect.TypeFor[string](), f.Type == reflect.TypeFor[int](),
			f.Type == reflect.TypeFor[wireTime](), f.Type == reflect.TypeFor[wireFlag]():
		default:
			problems = append(problems, f.Name+" is a bare "+f.Type.String())
		}
	}
	return problems
}

// A new wire struct can't be forgotten above.
func TestWires_areAll(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			spec, ok := n.(*ast.TypeSpec)
			if !ok || !hasURLTag(spec) {
				return true
			}
			found++
			if _, listed := wires[spec.Name.Name]; !listed {
				t.Errorf("%s: %s has url tags and is not in the list", name, spec.Name.Name)
			}
			return true
		})
	}
	if found != len(wires) {
		t.Errorf("%d structs with url tags, %d in the list", found, len(wires))
	}
}

func hasURLTag(spec *ast.TypeSpec) bool {
	fields, ok := spec.Type.(*ast.StructType)
	if !ok {
		return false
	}
	for _, f := range fields.Fields.List {
		if f.Tag != nil && strings.Contains(f.Tag.Value, `url:"`) {
			return true
		}
	}
	return false
}

// The form of the call that is made most, which is written by hand, is the one that
// its tags stand for: with no field, with all, with each alone, and with all but one.
func TestCreateWire_form(t *testing.T) {
	t.Parallel()
	fields := reflect.VisibleFields(reflect.TypeFor[createWire]())
	for one := range fields {
		for _, alone := range []bool{true, false} {
			var w createWire
			for i, f := range fields {
				if (i == one) == alone {
					fillWire(t, reflect.ValueOf(&w).Elem().FieldByIndex(f.Index))
				}
			}
			want, err := query.Values(w)
			got, parseErr := url.ParseQuery(w.form())
			if err != nil || parseErr != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("%s, alone = %t: %v, want %v (%v, %v)", fields[one].Name, alone, got, want, err, parseErr)
			}
		}
	}
}

// fillWire sets one field of a wire struct; an embedded struct stays as it is.
func fillWire(t *testing.T, v reflect.Value) {
	switch v.Type() {
	case reflect.TypeFor[string](), reflect.TypeFor[wireFlag]():
		v.SetString("Ä & =")
	case reflect.TypeFor[int]():
		v.SetInt(90)
	case reflect.TypeFor[wireTime]():
		v.Set(reflect.ValueOf(wireTime(time.Date(2026, 9, 1, 14, 0, 5, 0, time.FixedZone("", 7200)))))
	case reflect.TypeFor[studentWire]():
	default:
		t.Fatalf("no value for a %s", v.Type())
	}
}
