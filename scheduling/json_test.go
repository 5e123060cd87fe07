// Tests over the JSON of all types that users read or write.

package scheduling

import (
	"encoding/json"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/edx"
)

var memberName = regexp.MustCompile(`^[a-z][a-z_]*$`)

// What users read or write as JSON has a name for each member, in one style, down
// to the last struct.
func TestJSONMembersHaveNames(t *testing.T) {
	t.Parallel()
	seen := map[reflect.Type]bool{}
	var walk func(reflect.Type)
	walk = func(typ reflect.Type) {
		switch typ.Kind() {
		case reflect.Pointer, reflect.Slice, reflect.Array, reflect.Map:
			walk(typ.Elem())
			return
		case reflect.Struct:
		default:
			return
		}
		if seen[typ] || !strings.Contains(typ.PkgPath(), "/scheduling") {
			return
		}
		seen[typ] = true
		for i := range typ.NumField() {
			f := typ.Field(i)
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			if !f.IsExported() || f.Anonymous {
				continue
			}
			if !memberName.MatchString(name) {
				t.Errorf("%s.%s has the JSON name %q", typ.Name(), f.Name, name)
			}
			walk(f.Type)
		}
	}
	for _, typ := range []reflect.Type{
		reflect.TypeFor[Exam](), reflect.TypeFor[Policy](), reflect.TypeFor[Status](), reflect.TypeFor[Slot](), reflect.TypeFor[Terms](),
		reflect.TypeFor[Explanation](), reflect.TypeFor[Booking](), reflect.TypeFor[Event](), reflect.TypeFor[Learner](),
	} {
		walk(typ)
	}
	if len(seen) < 20 {
		t.Errorf("walked over %d structs", len(seen))
	}
}

// The names at Exam and Policy are those of the documents that people write.
func TestExamTagsAreThoseOfItsJSON(t *testing.T) {
	t.Parallel()
	for _, pair := range [][2]reflect.Type{
		{reflect.TypeFor[Exam](), reflect.TypeFor[examJSON]()}, {reflect.TypeFor[Policy](), reflect.TypeFor[policyJSON]()},
	} {
		for i := range pair[0].NumField() {
			f := pair[0].Field(i)
			g, ok := pair[1].FieldByName(f.Name)
			if !ok || f.Tag.Get("json") != g.Tag.Get("json") {
				t.Errorf("%s.%s has the tag %q, the document %q", pair[0].Name(), f.Name, f.Tag.Get("json"), g.Tag.Get("json"))
			}
		}
		if pair[0].NumField() != pair[1].NumField() {
			t.Errorf("%s has %d fields, its document %d", pair[0].Name(), pair[0].NumField(), pair[1].NumField())
		}
	}
}

// A page that gets a Status, a Slot or an Explanation as JSON gets all of it.
func TestJSONComesBack(t *testing.T) {
	t.Parallel()
	at := time.Date(2027, 1, 12, 9, 0, 0, 0, time.UTC)
	exam := ExamKey{Course: edx.MustCourseKey("course-v1:Uni+MATH+2027"), Usage: edx.MustUsageKey("block-v1:Uni+MATH+2027+type@sequential+block@final")}
	for _, want := range []any{
		&Slot{Start: at, End: at.Add(time.Hour), Exam: exam, Learner: "7", Duration: time.Hour, FetchedAt: at, Current: true, OnDemand: true, Fee: "10.00", PremiumFee: "5.00", DiscountFee: "1.00"},
		&Status{
			State: StateScheduled, Booking: "pb-1", Intent: OpMove, Queued: OpCancel, Actions: []Action{ActionCancel},
			Why: map[Action][]Reason{ActionBook: {{Code: ReasonAlreadyBooked}}}, Reasons: []Reason{{Code: ReasonProfileIncomplete, Fields: []string{"phone"}}},
			Terms: map[Action]Terms{ActionCancel: {
				Until: at, FreeUntil: at, Late: true, Fee: "20.00", Limited: true, Left: 2, Loses: []Loss{LossSlot, LossFee},
			}},
			StartsAt: at, EndsAt: at, AskedFor: at, StartableAt: at, Earliest: at, Latest: at, Duration: time.Hour, CanKeep: true,
			TimeOverAt: at, Remaining: time.Minute, TimeOver: true, NeedsAttention: &Attention{Since: at, Reason: ReasonDeadline},
		},
		&Policy{Notice: time.Hour, MaxMoves: 3, LateWithin: 24 * time.Hour, LateFee: "15.00", AutoFinish: true},
	} {
		text, err := json.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		got := reflect.New(reflect.TypeOf(want).Elem()).Interface()
		if err := json.Unmarshal(text, got); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s comes back as %+v, %v; want %+v", text, got, err, want)
		}
	}
}

// A typing error in a rule is no rule that is silently off.
func TestPolicyJSONRefusesUnknownMembers(t *testing.T) {
	t.Parallel()
	if err := json.Unmarshal([]byte(`{"max_move": 3}`), new(Policy)); err == nil {
		t.Error("a policy with an unknown member was read, want an error")
	}
}
