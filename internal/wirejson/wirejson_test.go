package wirejson_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/internal/wirejson"
)

// text is a field that reads itself, whatever comes.
type text string

func (t *text) UnmarshalJSON(b []byte) error { *t = text(b); return nil }

// picky is one that refuses some values.
type picky string

func (p *picky) UnmarshalJSON(b []byte) error {
	if b[0] == '{' {
		return os.ErrInvalid
	}
	*p = picky(b)
	return nil
}

// key is one that reads itself from a text.
type key struct{ text string }

func (k *key) UnmarshalText(b []byte) error {
	if len(b) > 40 {
		return os.ErrInvalid
	}
	k.text = string(b)
	return nil
}

type hidden struct{ problem error }

func (h *hidden) note(err error) { h.problem = err }

// noter keeps the method in use, as the structs of our clients have it.
var _ interface{ note(error) } = new(inner)

type inner struct {
	hidden
	ID    key    `json:"course_id"`
	Name  text   `json:"name"`
	Again *inner `json:"again"`
}

// outer has each kind of field that the structs of our clients have.
type outer struct {
	hidden
	Mode    text            `json:"mode"`
	Active  *picky          `json:"is_active"`
	Created time.Time       `json:"created"`
	When    *time.Time      `json:"when"`
	Key     key             `json:"course_id"`
	KeyAt   *key            `json:"key"`
	Course  *inner          `json:"course_details"`
	Inner   inner           `json:"data"`
	Rows    *[]inner        `json:"results"`
	Count   int             `json:"count"`
	Flag    *bool           `json:"flag"`
	Any     any             `json:"any"`
	Raw     json.RawMessage `json:"raw"`
	Map     map[string]text `json:"map"`
	Ignored string          `json:"-"`
}

// check compares with encoding/json, which is what the package stands for.
func check[T any](t *testing.T, raw []byte) {
	t.Helper()
	var got, want T
	gotErr, wantErr := wirejson.Unmarshal(raw, &got), json.Unmarshal(raw, &want)
	if !reflect.DeepEqual(got, want) || !reflect.DeepEqual(gotErr, wantErr) {
		t.Errorf("%.300q:\n\tgot  %+v, %v\n\twant %+v, %v", raw, got, gotErr, want, wantErr)
	}
}

func checkAll(t *testing.T, raw []byte) {
	t.Helper()
	check[outer](t, raw)
	check[inner](t, raw)
	check[struct{ A, B int }](t, raw)
	check[struct {
		A text `json:"a"`
		B text `json:"A"`
	}](t, raw)
	check[[]inner](t, raw)
	if got, want := wirejson.Valid(raw), json.Valid(raw); got != want {
		t.Errorf("Valid(%.300q) = %t", raw, got)
	}
	var got, want []json.RawMessage
	whole := wirejson.Elements(raw, func(element []byte) { got = append(got, element) })
	err := json.Unmarshal(raw, &want)
	if isList := err == nil && want != nil; whole != isList && strings.Count(string(raw), "[") < 400 || whole && len(got) != len(want) {
		t.Errorf("Elements(%.300q) = %t, %q, want %q, %v", raw, whole, got, want, err)
	}
	if whole {
		for i := range want {
			if string(got[i]) != string(want[i]) {
				t.Errorf("element %d = %q, want %q", i, got[i], want[i])
			}
		}
	}
}

var odd = []string{
	``, ` `, `null`, `[]`, `[ ]`, `{}`, `{ }`, ` { } x`, `{}{}`, `"x"`, `7`, `[1,]`, `[,1]`, `[1 2]`, `{"mode"}`, `{"mode":}`, `{"mode":1,}`, `{mode:1}`,
	`{"mode":01}`, `{"mode":-}`, `{"mode":1.}`, `{"mode":.5}`, `{"mode":1e}`, `{"mode":-0.5E+10}`, `{"mode":tru}`, `{"mode":nul}`, `{"mode":"a` + "\n" + `b"}`,
	`{"mode":"\x"}`, `{"mode":"\u12g4"}`, `{"mode":"\u00e9\ud83d\ude00\ud800"}`, `{"mode":"é` + "\xff" + `"}`, `{"mode":"`, `{"mode":"\`, `{"mode":"\u12`,
	`{"MODE":1,"mode":2,"Mode":3}`, `{"mode":1,"mode":null}`, `{"\u006dode":5}`, `{"ſ":1,"course_deta\u0131ls":{}}`, `{"` + "\xff" + `":1}`,
	`{"is_active":null}`, `{"is_active":true,"is_active":null}`, `{"is_active":{}}`, `{"is_active":true,"mode":{"a":[1,{}]},"is_active":{}}`,
	`{"course_details":{"course_id":"a/b/c","name":"x"},"course_details":{"name":"y"}}`, `{"course_details":{"course_id":"a"},"course_details":null}`,
	`{"course_details":[]}`, `{"course_details":{"again":{"again":{"name":1}}}}`, `{"data":{"name":1},"data":{"course_id":"x"}}`, `{"data":null,"data":7}`,
	`{"course_id":7}`, `{"course_id":null}`, `{"course_id":"\u0061"}`, `{"course_id":"é"}`, `{"course_id":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}`,
	`{"key":"x","key":null}`, `{"key":"x"}`, `{"created":"2026-02-11T19:44:31.802434Z","when":null}`, `{"when":"2026-02-11T19:44:31Z"}`, `{"created":"soon"}`,
	`{"results":[{"name":1},{"course_id":"k"}],"count":"7"}`, `{"results":null,"count":7,"flag":true,"any":{"a":[1]},"raw":{"a" : 1},"map":{"a":1}}`,
	`{"count":1.5,"mode":"kept"}`, `{"count":99999999999999999999}`, `{"-":"x","Ignored":"y"}`, `{"A":1,"b":2,"a":3}`, `{"problem":1,"hidden":2}`,
	strings.Repeat(`[`, 600) + strings.Repeat(`]`, 600), `{"mode":` + strings.Repeat(`[`, 600) + strings.Repeat(`]`, 600) + `}`, strings.Repeat(`[`, 20_000),
	"\xef\xbb\xbf{}", "\v{}", "[1,\"a\\\"b\",{\"c\":[]},null , true,false]",
}

func TestUnmarshal(t *testing.T) {
	t.Parallel()
	for _, raw := range odd {
		checkAll(t, []byte(raw))
	}
}

// FuzzUnmarshal compares with encoding/json, on the recorded answers of both services
// too. The corpus runs as a plain test.
func FuzzUnmarshal(f *testing.F) {
	recorded := 0
	for _, pattern := range []string{"../../edx/testdata/*.json", "../../proctoru/testdata/*/*.json"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			f.Fatal(err)
		}
		for _, name := range files {
			raw, err := os.ReadFile(name)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(raw)
			f.Add(raw[:len(raw)*2/3])
			recorded++
		}
	}
	if recorded < 10 {
		f.Fatalf("%d recorded answers", recorded)
	}
	for _, raw := range odd {
		f.Add([]byte(raw))
	}
	f.Fuzz(func(t *testing.T, raw []byte) { checkAll(t, raw) })
}
