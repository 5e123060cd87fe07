package edx_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/edx"
)

// courseKeys are inputs and what the platform's own parser makes of them, as
// measured with opaque-keys 4.0.0. Where we are stricter the name says so.
var courseKeys = []struct {
	name, text       string
	org, course, run string // all empty if the text is refused
}{
	{"plain", "course-v1:ExampleX+CS101+2026_T1", "ExampleX", "CS101", "2026_T1"},
	{"every allowed sign", "course-v1:Example.X+CS-1.0~1:a+2026", "Example.X", "CS-1.0~1:a", "2026"},
	{"precomposed accents", "course-v1:Écolé+Mathé+2026", "Écolé", "Mathé", "2026"},
	{"ideographs", "course-v1:ÉcoleX+数学+2026", "ÉcoleX", "数学", "2026"},
	{"arabic-indic digits", "course-v1:ExampleX+CS101+٢٠٢٦", "ExampleX", "CS101", "٢٠٢٦"},
	{"branch", "course-v1:a+b+c+branch@draft-branch", "a", "b", "c"},
	{"branch and version", "course-v1:a+b+c+branch@b+version@519665f6223ebd6980884f2b", "a", "b", "c"},
	{"version", "course-v1:a+b+c+version@519665f6223ebd6980884f2b", "a", "b", "c"},
	{"custom course", "ccx-v1:ExampleX+CS101+2026+ccx@7", "ExampleX", "CS101", "2026"},
	{"old", "ExampleX/CS101/2026", "ExampleX", "CS101", "2026"},
	{"old, a literal percent sign", "ExampleX/CS%20101/2026", "ExampleX", "CS%20101", "2026"},
	{"255 characters of two bytes", "course-v1:" + strings.Repeat("é", 241) + "+b+c", strings.Repeat("é", 241), "b", "c"},

	{"256 characters", "course-v1:" + strings.Repeat("a", 242) + "+b+c", "", "", ""},
	{"stricter: version alone", "course-v1:version@519665f6223ebd6980884f2b", "", "", ""},
	{"stricter: a part that would be lost in printing", "course-v1:ExampleX+CS101+2026+type@course", "", "", ""},
	{"stricter: library", "library-v1:ExampleX+Lib1", "", "", ""},
	{"stricter: old without run", "ExampleX/CS101/", "", "", ""},
	{"stricter: old that leads to another URL", "../../2026", "", "", ""},
	{"stricter: old with a dot as run", "ExampleX/CS101/.", "", "", ""},
	{"decomposed accent", "course-v1:Ex\u0301+CS+1", "", "", ""},
	{"custom course without number", "ccx-v1:ExampleX+CS101+2026", "", "", ""},
	{"custom course, number not a number", "ccx-v1:ExampleX+CS101+2026+ccx@x", "", "", ""},
	{"custom course, empty org", "ccx-v1:+CS101+2026+ccx@7", "", "", ""},
	{"old, two parts", "ExampleX/CS101", "", "", ""},
	{"old, four parts", "ExampleX/CS101/2026/x", "", "", ""},
	{"old with space", "Example X/CS101/2026", "", "", ""},
	{"old with colon", "ExampleX/CS:101/2026", "", "", ""},
	{"old with tilde", "ExampleX/CS~101/2026", "", "", ""},
	{"no run", "course-v1:ExampleX+CS101", "", "", ""},
	{"something after the run", "course-v1:ExampleX+CS101+2026+extra", "", "", ""},
	{"empty run", "course-v1:ExampleX+CS101+", "", "", ""},
	{"empty org", "course-v1:+CS101+2026", "", "", ""},
	{"prefix alone", "course-v1:", "", "", ""},
	{"space inside", "course-v1:ExampleX+CS 101+2026", "", "", ""},
	{"leading space", " course-v1:ExampleX+CS101+2026", "", "", ""},
	{"trailing space", "course-v1:ExampleX+CS101+2026 ", "", "", ""},
	{"trailing newline", "course-v1:ExampleX+CS101+2026\n", "", "", ""},
	{"capital prefix", "Course-v1:ExampleX+CS101+2026", "", "", ""},
	{"later version of the prefix", "course-v2:ExampleX+CS101+2026", "", "", ""},
	{"new prefix, old slashes", "course-v1:ExampleX/CS101/2026", "", "", ""},
	{"escaped plus signs", "course-v1:ExampleX%2BCS101%2B2026", "", "", ""},
	{"at sign", "course-v1:ExampleX+CS@101+2026", "", "", ""},
	{"percent sign", "course-v1:ExampleX+CS%101+2026", "", "", ""},
	{"question mark", "course-v1:ExampleX+CS101+2026?x", "", "", ""},
	{"hash", "course-v1:ExampleX+CS101+2026#x", "", "", ""},
	{"version of a wrong length", "course-v1:a+b+c+version@519665f6", "", "", ""},
	{"version before branch", "course-v1:a+b+c+version@519665f6223ebd6980884f2b+branch@b", "", "", ""},
	{"content library", "lib:ExampleX:Lib1", "", "", ""},
	{"empty", "", "", "", ""},
	{"slash", "/", "", "", ""},
	{"one letter", "a", "", "", ""},
	{"not UTF-8", "course-v1:Ex\xff+CS101+2026", "", "", ""},
}

func TestParseCourseKey(t *testing.T) {
	t.Parallel()
	for _, tt := range courseKeys {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			key, err := edx.ParseCourseKey(tt.text)
			if tt.org == "" {
				wantRefused(t, "course key", tt.text, key.IsZero(), err)
				return
			}
			if err != nil {
				t.Fatalf("ParseCourseKey(%q) error = %v, want none", tt.text, err)
			}
			if got := key.String(); got != tt.text {
				t.Errorf("String = %q, want %q", got, tt.text)
			}
			got := [3]string{key.Org(), key.Course(), key.Run()}
			if want := [3]string{tt.org, tt.course, tt.run}; got != want {
				t.Errorf("parts = %q, want %q", got, want)
			}
		})
	}
}

// wantRefused checks that err names the field, promises that nothing was sent,
// and does not repeat the input.
func wantRefused(t *testing.T, field, text string, isZero bool, err error) {
	t.Helper()
	bad, ok := errors.AsType[*proctorbook.ValidationError](err)
	if !ok || bad.Fields[0].Field != field || !errors.Is(err, proctorbook.ErrNotDone) {
		t.Fatalf("parse %q: error = %v, want a ValidationError about the %s", text, err, field)
	}
	if !isZero {
		t.Errorf("parse %q returned a key beside the error", text)
	}
	if len(text) > 2 && strings.Contains(err.Error(), text) {
		t.Errorf("error %q repeats the input", err)
	}
}

func TestLibraryIsNamedAsSuch(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"library-v1:ExampleX+Lib1", "lib:ExampleX:Lib1"} {
		if _, err := edx.ParseCourseKey(text); err == nil || !strings.Contains(err.Error(), "library") {
			t.Errorf("ParseCourseKey(%q) error = %v, want one that says library", text, err)
		}
	}
}

func TestMustPanics(t *testing.T) {
	t.Parallel()
	for name, must := range map[string]func(){
		"MustCourseKey": func() { edx.MustCourseKey("nonsense") },
		"MustUsageKey":  func() { edx.MustUsageKey("nonsense") },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s of nonsense did not panic", name)
				}
			}()
			must()
		}()
	}
}

func TestCourseKeyZero(t *testing.T) {
	t.Parallel()
	var key edx.CourseKey
	if got := key.String() + key.Org() + key.Course() + key.Run(); got != "" || !key.IsZero() {
		t.Errorf("zero key prints %q, IsZero = %v", got, key.IsZero())
	}
}

func TestCourseKeyJSON(t *testing.T) {
	t.Parallel()
	type page struct {
		Course edx.CourseKey         `json:"course"`
		Unset  edx.CourseKey         `json:"unset"`
		Rooms  map[edx.CourseKey]int `json:"rooms"`
	}
	const text = `{"course":"course-v1:ExampleX+CS101+2026_T1","unset":"","rooms":{"ExampleX/CS101/2026":3}}`
	var got page
	if err := json.Unmarshal([]byte(text), &got); err != nil {
		t.Fatal(err)
	}
	if got.Course != cs101 || !got.Unset.IsZero() || got.Rooms[edx.MustCourseKey("ExampleX/CS101/2026")] != 3 {
		t.Errorf("read %+v from %s", got, text)
	}
	back, err := json.Marshal(got)
	if err != nil || string(back) != text {
		t.Errorf("Marshal = %s, %v, want %s", back, err, text)
	}
	bad := json.Unmarshal([]byte(`{"course":"course-v1:nonsense"}`), &got)
	if _, ok := errors.AsType[*proctorbook.ValidationError](bad); !ok {
		t.Errorf("Unmarshal of a bad key: error = %v, want a ValidationError", bad)
	}
}

func TestCourseKeySQL(t *testing.T) {
	t.Parallel()
	for name, src := range map[string]any{"text": cs101.String(), "bytes": []byte(cs101.String())} {
		var got edx.CourseKey
		if err := got.Scan(src); err != nil || got != cs101 {
			t.Errorf("Scan of %s = %v, %v, want %v", name, got, err, cs101)
		}
	}
	if got, err := cs101.Value(); got != cs101.String() || err != nil {
		t.Errorf("Value = %v, %v, want the text", got, err)
	}
	key := cs101
	if err := key.Scan(nil); err != nil || !key.IsZero() {
		t.Errorf("Scan of NULL = %v, %v, want the zero key", key, err)
	}
	if got, err := key.Value(); got != nil || err != nil {
		t.Errorf("Value of the zero key = %v, %v, want NULL", got, err)
	}
	for _, src := range []any{42, "nonsense"} {
		if err := key.Scan(src); err == nil {
			t.Errorf("Scan of %v: no error", src)
		}
	}
}

// Keys can be sorted; the order is that of their text.
func TestKeysCompare(t *testing.T) {
	t.Parallel()
	keys := []edx.CourseKey{edx.MustCourseKey("course-v1:b+b+b"), cs101, {}, edx.MustCourseKey("a/b/c")}
	slices.SortFunc(keys, edx.CourseKey.Compare)
	var got []string
	for _, key := range keys {
		got = append(got, key.String())
	}
	if want := []string{"", "a/b/c", cs101.String(), "course-v1:b+b+b"}; !slices.Equal(got, want) {
		t.Errorf("sorted: %q, want %q", got, want)
	}
	one, two := edx.MustUsageKey("lb:a:b:c:1"), edx.MustUsageKey("lb:a:b:c:2")
	if one.Compare(two) != -1 || two.Compare(one) != 1 || one.Compare(one) != 0 {
		t.Error("usage keys are not ordered by their text")
	}
}

// catchAll answers every request with the same bytes, and remembers the last one.
type catchAll struct {
	body string
	last *http.Request
	sent string
}

func (c *catchAll) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		raw, _ := io.ReadAll(r.Body)
		c.sent = string(raw)
	}
	c.last = r
	return canned{http.StatusOK, []byte(c.body)}.RoundTrip(r)
}

// Every endpoint is right with every key: the server reads in path, query or
// body what the key says, and a proxy finds no escaped slash.
func TestEveryEndpointWithEveryKey(t *testing.T) {
	t.Parallel()
	named := documentedEndpoints(t)
	for _, e := range endpoints {
		t.Run(e.name, func(t *testing.T) {
			t.Parallel()
			seen := &catchAll{body: e.body(t)}
			client, err := edx.NewClient("https://lms.example.org", edx.WithTransport(seen), edx.WithLimiter(noLimit{}),
				edx.WithExamsURL("https://exams.example.org"), edx.WithTokenSource(tokenOf("t")))
			if err != nil {
				t.Fatal(err)
			}
			for _, key := range courseKeys {
				if key.org == "" {
					continue
				}
				_ = e.call(t.Context(), client, target{"ada+l@x y", edx.MustCourseKey(key.text)})
				checkRequest(t, named[e.name][1], key.text, seen)
			}
		})
	}
}

func checkRequest(t *testing.T, pattern, key string, seen *catchAll) {
	t.Helper()
	uri := seen.last.URL.RequestURI()
	decoded, err := url.ParseRequestURI(uri)
	if err != nil || strings.Contains(strings.ToLower(decoded.EscapedPath()), "%2f") {
		t.Fatalf("%s: sent %s, which a proxy refuses: %v", key, uri, err)
	}
	if strings.Contains(pattern, "{course}") {
		got := decoded.Path
		before, after, _ := strings.Cut(pattern, "{course}")
		if want := fillPattern(before) + key + fillPattern(after); got != want && seen.last.Method == http.MethodGet {
			t.Errorf("sent the path %s, want %s", got, want)
		}
	}
	for name, values := range decoded.Query() {
		if (name == "course_id" || name == "course_keys") && !slices.Equal(values, []string{key}) {
			t.Errorf("sent %s = %q, want %q", name, values, key)
		}
		if (name == "username" || name == "user") && !strings.HasPrefix(values[0], "ada+l@x y") {
			t.Errorf("sent %s = %q, want the user name", name, values)
		}
	}
	var body struct {
		Course  string `json:"course_id"`
		Details struct {
			Course string `json:"course_id"`
		} `json:"course_details"`
	}
	if json.Unmarshal([]byte(seen.sent), &body) == nil && body.Course+body.Details.Course != "" && body.Course+body.Details.Course != key {
		t.Errorf("sent the body %s, want the course %s in it", seen.sent, key)
	}
}

// fillPattern puts the values of the calls, as they are before escaping, into a pattern.
func fillPattern(pattern string) string {
	return strings.NewReplacer("{username}", "ada+l@x y", "{mode}", "verified", "{text}", "ada@example.org", "{allowance}", "5").Replace(pattern)
}
