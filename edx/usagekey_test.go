package edx_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/proctorbook/proctorbook/edx"
)

// usageKeys are inputs and what the platform's own parser makes of them, as
// measured with opaque-keys 4.0.0. Where we are stricter the name says so.
var usageKeys = []struct {
	name, text            string
	course, blockType, id string // type empty if the text is refused
}{
	{
		"sequence", "block-v1:ExampleX+CS101+2026+type@sequential+block@0a1b2c3d4e5f60718293a4b5c6d7e8f9",
		"course-v1:ExampleX+CS101+2026", "sequential", "0a1b2c3d4e5f60718293a4b5c6d7e8f9",
	},
	{
		"every allowed sign", "block-v1:ExampleX+CS101+2026+type@sequential+block@a.b~c:d-e_f",
		"course-v1:ExampleX+CS101+2026", "sequential", "a.b~c:d-e_f",
	},
	{
		"branch and version", "block-v1:a+b+c+branch@d+version@519665f6223ebd6980884f2b+type@problem+block@p",
		"course-v1:a+b+c+branch@d+version@519665f6223ebd6980884f2b", "problem", "p",
	},
	{
		"custom course", "ccx-block-v1:ExampleX+CS101+2026+ccx@7+type@sequential+block@abc",
		"ccx-v1:ExampleX+CS101+2026+ccx@7", "sequential", "abc",
	},
	{"library", "lib-block-v1:ExampleX+Lib1+type@problem+block@p1", "", "problem", "p1"},
	{"content library", "lb:ExampleX:Lib1:problem:p1", "", "problem", "p1"},
	{"old", "i4x://ExampleX/CS101/sequential/Final", "", "sequential", "Final"},
	{"old with revision", "i4x://ExampleX/CS101/sequential/Final@draft", "", "sequential", "Final"},

	{"stricter: no type", "block-v1:ExampleX+CS101+2026+block@x", "", "", ""},
	{"stricter: longer than a column", "block-v1:a+b+c+type@d+block@" + strings.Repeat("e", 228), "", "", ""},
	{"no block", "block-v1:ExampleX+CS101+2026+type@sequential", "", "", ""},
	{"space", "block-v1:ExampleX+CS101+2026+type@sequential+block@a b", "", "", ""},
	{"percent sign", "block-v1:ExampleX+CS101+2026+type@sequential+block@a%20b", "", "", ""},
	{"slash", "block-v1:ExampleX+CS101+2026+type@sequential+block@a/b", "", "", ""},
	{"no run", "block-v1:ExampleX+CS101+type@sequential+block@x", "", "", ""},
	{"custom course without number", "ccx-block-v1:ExampleX+CS101+2026+type@sequential+block@abc", "", "", ""},
	{"custom course with a bad org", "ccx-block-v1:a b+CS101+2026+ccx@7+type@sequential+block@abc", "", "", ""},
	{"old with a bad name", "i4x://ExampleX/CS101/sequential/Fi nal", "", "", ""},
	{"library without library", "lib-block-v1:ExampleX+type@problem+block@p1", "", "", ""},
	{"content library, a part short", "lb:ExampleX:Lib1:problem", "", "", ""},
	{"old without slashes", "i4x:ExampleX/CS101/sequential/Final", "", "", ""},
	{"old that leads to another URL", "i4x://ExampleX/../sequential/Final", "", "", ""},
	{"a course", "course-v1:ExampleX+CS101+2026", "", "", ""},
	{"empty", "", "", "", ""},
}

func TestParseUsageKey(t *testing.T) {
	t.Parallel()
	for _, tt := range usageKeys {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			key, err := edx.ParseUsageKey(tt.text)
			if tt.blockType == "" {
				wantRefused(t, "usage key", tt.text, key.IsZero(), err)
				return
			}
			if err != nil {
				t.Fatalf("ParseUsageKey(%q) error = %v, want none", tt.text, err)
			}
			got := [4]string{key.String(), key.CourseKey().String(), key.BlockType(), key.BlockID()}
			if want := [4]string{tt.text, tt.course, tt.blockType, tt.id}; got != want {
				t.Errorf("parts = %q, want %q", got, want)
			}
		})
	}
}

func TestUsageKeyStored(t *testing.T) {
	t.Parallel()
	final := edx.MustUsageKey("block-v1:ExampleX+CS101+2026_T1+type@sequential+block@final")
	if final.CourseKey() != cs101 {
		t.Errorf("CourseKey = %v, want %v", final.CourseKey(), cs101)
	}
	raw, err := json.Marshal(final)
	var fromJSON, fromSQL, null edx.UsageKey
	if err != nil || json.Unmarshal(raw, &fromJSON) != nil || fromJSON != final {
		t.Errorf("through JSON: %v, %v, want %v", fromJSON, err, final)
	}
	value, err := final.Value()
	if err != nil || fromSQL.Scan(value) != nil || fromSQL != final {
		t.Errorf("through SQL: %v, %v, want %v", fromSQL, err, final)
	}
	if value, err := null.Value(); value != nil || err != nil {
		t.Errorf("Value of the zero key = %v, %v, want NULL", value, err)
	}
	if err := fromSQL.Scan(nil); err != nil || !fromSQL.IsZero() || fromSQL.BlockType()+fromSQL.BlockID() != "" {
		t.Errorf("Scan of NULL = %v, %v, want the zero key", fromSQL, err)
	}
	if err := fromSQL.Scan(1); err == nil {
		t.Error("Scan of a number: no error")
	}
	if err := fromSQL.UnmarshalText([]byte("block-v1:nonsense")); err == nil {
		t.Error("UnmarshalText of nonsense: no error")
	}
}
