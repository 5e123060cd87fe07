package edx

import (
	"database/sql/driver"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// CourseKey names one run of one course, such as
// course-v1:ExampleX+CS101+2026_T1. Only [ParseCourseKey] makes one, so a key
// that is not zero is well formed. Keys can be compared with == and used in maps;
// the comparison is by exact spelling. The zero value names no course.
type CourseKey struct{ text string }

// ParseCourseKey reads a course key in one of the three forms that the platform
// uses: course-v1:org+course+run, ccx-v1:org+course+run+ccx@7 for a custom
// course, and the old org/course/run. It neither trims nor changes its input.
//
// It fails with [*proctorbook.ValidationError] for anything else: a library, a
// key of more than 255 characters, and keys that the platform's own parser takes
// but that name no course run or would lose a part when printed.
func ParseCourseKey(text string) (CourseKey, error) {
	if problem := courseKeyProblem(text); problem != "" {
		return CourseKey{}, invalid("course key", problem).refuse("ParseCourseKey")
	}
	return CourseKey{text}, nil
}

// MustCourseKey is [ParseCourseKey] for keys that are constants in the program.
// It panics if the key is not valid.
func MustCourseKey(text string) CourseKey {
	key, err := ParseCourseKey(text)
	if err != nil {
		panic(err)
	}
	return key
}

func courseKeyProblem(text string) string {
	if tooLong(text) {
		return "must have at most 255 characters"
	}
	namespace, rest, tagged := strings.Cut(text, ":")
	if !tagged {
		return oldCourseProblem(text)
	}
	switch namespace {
	case "course-v1":
		return courseV1Problem(rest)
	case "ccx-v1":
		return ccxProblem(rest)
	case "library-v1", "lib":
		return "names a library, which is not a course"
	}
	return "must begin with course-v1: or ccx-v1:, or be of the form org/course/run"
}

func courseV1Problem(text string) string {
	rest, problem := cutCourse(strings.Split(text, "+"))
	if problem == "" && len(rest) > 0 {
		return "must end after the run (or a branch@ and a version@)"
	}
	return problem
}

func ccxProblem(text string) string {
	parts := strings.Split(text, "+")
	if len(parts) != 4 || !isTag(parts[3], "ccx@", isDecimal) {
		return "must end with +ccx@ and a number after org, course and run"
	}
	_, problem := cutCourse(parts[:3])
	return problem
}

func oldCourseProblem(text string) string {
	parts := strings.Split(text, "/")
	if len(parts) != 3 || !isOldID(parts[0]) || !isOldID(parts[1]) || !isOldID(parts[2]) {
		return "must be of the form course-v1:org+course+run or org/course/run, of letters, digits and _ - ."
	}
	return ""
}

// String returns the key as the platform writes it, "" for the zero value.
func (k CourseKey) String() string { return k.text }

// Compare orders keys by their spelling, the zero value first: it returns -1, 0
// or +1, as [slices.SortFunc] wants it.
func (k CourseKey) Compare(other CourseKey) int { return strings.Compare(k.text, other.text) }

// IsZero reports whether k names no course.
func (k CourseKey) IsZero() bool { return k.text == "" }

// Org returns the organization, such as ExampleX.
func (k CourseKey) Org() string { return k.part(0) }

// Course returns the course's number within its organization, such as CS101.
func (k CourseKey) Course() string { return k.part(1) }

// Run returns the run, such as 2026_T1.
func (k CourseKey) Run() string { return k.part(2) }

func (k CourseKey) part(i int) string {
	if k.IsZero() {
		return ""
	}
	if _, rest, tagged := strings.Cut(k.text, ":"); tagged {
		return strings.Split(rest, "+")[i]
	}
	return strings.Split(k.text, "/")[i]
}

// path returns the key as it stands in a URL's path. An old key keeps its
// slashes: proxies refuse or rewrite an escaped one.
func (k CourseKey) path() string {
	return strings.ReplaceAll(pathPart(k.text), "%2F", "/") // a percent sign of the key itself is %25 by now
}

// MarshalText returns the key's text, and so its form in JSON; "" for the zero value.
func (k CourseKey) MarshalText() ([]byte, error) { return []byte(k.text), nil }

// UnmarshalText reads a key as [ParseCourseKey] does; empty text is the zero value.
func (k *CourseKey) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*k = CourseKey{}
		return nil
	}
	key, err := ParseCourseKey(string(text))
	if err != nil {
		return err
	}
	*k = key
	return nil
}

// Value returns the key's text for a database column, NULL for the zero value.
func (k CourseKey) Value() (driver.Value, error) {
	if k.IsZero() {
		return nil, nil
	}
	return k.text, nil
}

// Scan reads a key from a database column of text; NULL is the zero value.
func (k *CourseKey) Scan(src any) error {
	text, ok := scanText(src)
	if !ok {
		return invalid("course key", "must be read from a column of text").refuse("CourseKey.Scan")
	}
	return k.UnmarshalText([]byte(text))
}

// maxKeyChars is the width of the platform's database columns for keys.
const maxKeyChars = 255

// isWord reports whether r is what the platform's key grammar calls \w: a
// letter, a digit or an underscore of any script. A combining mark is none.
func isWord(r rune) bool {
	return r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsNumber(r)
}

// consistsOf reports whether s is not empty and has only word characters and
// those in extra.
func consistsOf(s, extra string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return !isWord(r) && !strings.ContainsRune(extra, r)
	})
}

func isID(s string) bool       { return consistsOf(s, "-~.:") }
func isSlug(s string) bool     { return consistsOf(s, "-.") }
func isOldName(s string) bool  { return consistsOf(s, ".%-:") }
func isDecimal(s string) bool  { return s != "" && strings.Trim(s, "0123456789") == "" }
func isObjectID(s string) bool { return len(s) == 24 && strings.Trim(s, "0123456789abcdef") == "" }

// isOldID reports whether s may stand between the slashes of an old key. The
// platform also takes "." and "..", which would lead to another URL.
func isOldID(s string) bool { return consistsOf(s, ".%-") && s != "." && s != ".." }

// cutCourse takes org, course and run, and the optional branch and version, off
// the front of the parts of a key. problem is empty if they are in order.
func cutCourse(parts []string) (rest []string, problem string) {
	if len(parts) < 3 {
		return nil, "must have an org, a course and a run, joined by +"
	}
	for i, name := range []string{"org", "course", "run"} {
		if !isID(parts[i]) {
			return nil, fmt.Sprintf("has a %s that is empty or holds something else than letters, digits and _ - ~ . :", name)
		}
	}
	rest = cutTag(parts[3:], "branch@", isID)
	return cutTag(rest, "version@", isObjectID), ""
}

// cutTag takes one optional part, such as "branch@draft", off the front of parts.
func cutTag(parts []string, tag string, valid func(string) bool) []string {
	if len(parts) == 0 {
		return parts
	}
	if value, tagged := strings.CutPrefix(parts[0], tag); tagged && valid(value) {
		return parts[1:]
	}
	return parts
}

// isTag reports whether part is tag followed by a valid value.
func isTag(part, tag string, valid func(string) bool) bool {
	return len(cutTag([]string{part}, tag, valid)) == 0
}

// tooLong is the problem of a key that the platform's database can't hold.
func tooLong(text string) bool { return utf8.RuneCountInString(text) > maxKeyChars }

// scanText reads the column of a key: text, bytes, or NULL as "".
func scanText(src any) (string, bool) {
	switch v := src.(type) {
	case nil:
		return "", true
	case string:
		return v, true
	case []byte:
		return string(v), true
	}
	return "", false
}
