package edx

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/internal/wirejson"
)

// FuzzValues checks that the quick ways to read a value lead where the slow ones do, and
// that a wire struct is what encoding/json makes of it. The corpus runs as a plain test.
func FuzzValues(f *testing.F) {
	for _, seed := range []string{
		`"2026-09-01T12:00:00Z"`, `"2026-09-01T24:00:00Z"`, `"2026-09-01T12:00:00,5+25:00"`, `"2026-09-01T12:00:00+0200"`, `"2026-09-01"`, `""`, `"True"`,
		`true`, `false`, `null`, ` null `, `1`, `"0"`, `{}`, `[]`, `"2026\u002d09-01T12:00:00Z"`, `"é"`, "\"\xff\"", `"a\nb"`, `1e5`, `"2026-09-01T12:00:00.123456789-07:00"`,
		`{"results":[{"user":"u","mode":1},{"USER":2}],"next":null,"pagination":{"count":"7"}}`, `{"course_details":{"course_modes":{"slug":"x"}},"is_active":null}`,
	} {
		f.Add([]byte(seed))
	}
	files, err := filepath.Glob("testdata/*.json")
	if err != nil || len(files) == 0 {
		f.Fatalf("%d recorded answers, %v", len(files), err)
	}
	for _, name := range files {
		raw, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		sameAsJSON[enrollmentWire](t, raw)
		sameAsJSON[enrollmentRowWire](t, raw)
		sameAsJSON[pageWire[enrollmentRowWire]](t, raw)
		sameAsJSON[accountWire](t, raw)
		sameAsJSON[attemptWire](t, raw)
		if json.Valid(raw) {
			checkValues(t, []byte(strings.TrimSpace(string(raw))))
		}
	})
}

func sameAsJSON[W any](t *testing.T, raw []byte) {
	var got, want W
	gotErr, wantErr := wirejson.Unmarshal(raw, &got), json.Unmarshal(raw, &want)
	if !reflect.DeepEqual(got, want) || (gotErr == nil) != (wantErr == nil) {
		t.Errorf("%.300q is %+v, %v; want %+v, %v", raw, got, gotErr, want, wantErr)
	}
}

func checkValues(t *testing.T, raw []byte) {
	text, err := scalar(raw)
	var want string
	if raw[0] == '"' && (json.Unmarshal(raw, &want) != nil || text != want || err != nil) {
		t.Errorf("%.300q is the text %q, %v, want %q", raw, text, err, want)
	}
	var at timeValue
	atErr := at.UnmarshalJSON(raw)
	slow, slowErr := time.Parse(time.RFC3339, text)
	if slowErr != nil {
		slow, slowErr = time.Parse("2006-01-02T15:04:05Z0700", text)
	}
	if err == nil && text != "" && ((atErr == nil) != (slowErr == nil) || slowErr == nil && at.Time != slow.UTC()) {
		t.Errorf("%.300q is the time %v, %v, want %v, %v", raw, at, atErr, slow, slowErr)
	}
	var yes flagValue
	yesErr := yes.UnmarshalJSON(raw)
	wantYes, wantErr := strconv.ParseBool(text)
	if err == nil && text != "" && ((yesErr == nil) != (wantErr == nil) || bool(yes) != wantYes) {
		t.Errorf("%.300q is %t, %v, want %t, %v", raw, yes, yesErr, wantYes, wantErr)
	}
}
