package edx

import (
	"database/sql/driver"
	"strings"
)

// UsageKey names one block of a course, such as the sequence that is an exam:
// block-v1:ExampleX+CS101+2026_T1+type@sequential+block@0a1b2c. Only
// [ParseUsageKey] makes one. Keys can be compared with == and used in maps. The
// zero value names no block.
type UsageKey struct{ text string }

// ParseUsageKey reads a usage key: block-v1 and ccx-block-v1, the blocks of a
// library (lib-block-v1, lb) and the old i4x form. It neither trims nor changes
// its input, and fails with [*proctorbook.ValidationError] for anything else and
// for more than 255 characters.
func ParseUsageKey(text string) (UsageKey, error) {
	if problem := usageKeyProblem(text); problem != "" {
		return UsageKey{}, invalid("usage key", problem).refuse("ParseUsageKey")
	}
	return UsageKey{text}, nil
}

// MustUsageKey is [ParseUsageKey] for keys that are constants in the program. It
// panics if the key is not valid.
func MustUsageKey(text string) UsageKey {
	key, err := ParseUsageKey(text)
	if err != nil {
		panic(err)
	}
	return key
}

func usageKeyProblem(text string) string {
	if tooLong(text) {
		return "must have at most 255 characters"
	}
	namespace, rest, _ := strings.Cut(text, ":")
	parts := strings.Split(rest, "+")
	switch namespace {
	case "block-v1":
		after, problem := cutCourse(parts)
		if problem != "" {
			return problem
		}
		return blockProblem(after)
	case "ccx-block-v1":
		return ccxBlockProblem(parts)
	case "lib-block-v1":
		return libraryBlockProblem(parts)
	case "lb":
		return contentBlockProblem(rest)
	case "i4x":
		return oldBlockProblem(rest)
	}
	return "must begin with block-v1: or ccx-block-v1: (or lib-block-v1:, lb:, i4x:)"
}

func blockProblem(parts []string) string {
	if len(parts) != 2 || !isTag(parts[0], "type@", isID) || !isTag(parts[1], "block@", isID) {
		return "must end with +type@ and +block@, each followed by letters, digits and _ - ~ . :"
	}
	return ""
}

func ccxBlockProblem(parts []string) string {
	if len(parts) < 4 || !isTag(parts[3], "ccx@", isDecimal) {
		return "must have +ccx@ and a number after org, course and run"
	}
	if _, problem := cutCourse(parts[:3]); problem != "" {
		return problem
	}
	return blockProblem(parts[4:])
}

func libraryBlockProblem(parts []string) string {
	if len(parts) < 2 || !isID(parts[0]) || !isID(parts[1]) {
		return "must have an org and a library, joined by +"
	}
	after := cutTag(parts[2:], "branch@", isID)
	return blockProblem(cutTag(after, "version@", isObjectID))
}

func contentBlockProblem(text string) string {
	parts := strings.Split(text, ":")
	if len(parts) != 4 || !isSlug(parts[0]) || !isSlug(parts[1]) || !isSlug(parts[2]) || !isSlug(parts[3]) {
		return "must be of the form lb:org:library:type:block"
	}
	return ""
}

func oldBlockProblem(text string) string {
	const form = "must be of the form i4x://org/course/category/name"
	path, ok := strings.CutPrefix(text, "//")
	parts := strings.Split(path, "/")
	if !ok || len(parts) != 4 || !isOldID(parts[0]) || !isOldID(parts[1]) || !isOldID(parts[2]) {
		return form
	}
	name, revision, revised := strings.Cut(parts[3], "@")
	if !isOldName(name) || revised && !isOldID(revision) {
		return form
	}
	return ""
}

// String returns the key as the platform writes it, "" for the zero value.
func (k UsageKey) String() string { return k.text }

// Compare orders keys by their spelling, the zero value first: it returns -1, 0
// or +1, as [slices.SortFunc] wants it.
func (k UsageKey) Compare(other UsageKey) int { return strings.Compare(k.text, other.text) }

// IsZero reports whether k names no block.
func (k UsageKey) IsZero() bool { return k.text == "" }

// CourseKey returns the course that the block is in. It is the zero value for a
// block of a library, and for an i4x key, which does not say its run: there it
// is the course that you asked about.
func (k UsageKey) CourseKey() CourseKey {
	namespace, rest, _ := strings.Cut(k.text, ":")
	course, _, _ := strings.Cut(rest, "+type@")
	switch namespace {
	case "block-v1":
		return CourseKey{"course-v1:" + course}
	case "ccx-block-v1":
		return CourseKey{"ccx-v1:" + course}
	}
	return CourseKey{}
}

// BlockType returns the kind of block, such as sequential.
func (k UsageKey) BlockType() string {
	blockType, _ := k.block()
	return blockType
}

// BlockID returns the block's id within its course; for an i4x key its name.
func (k UsageKey) BlockID() string {
	_, id := k.block()
	return id
}

func (k UsageKey) block() (blockType, id string) {
	if path, old := strings.CutPrefix(k.text, "i4x://"); old {
		parts := strings.Split(path, "/")
		name, _, _ := strings.Cut(parts[3], "@")
		return parts[2], name
	}
	if text, content := strings.CutPrefix(k.text, "lb:"); content {
		parts := strings.Split(text, ":")
		return parts[2], parts[3]
	}
	_, rest, _ := strings.Cut(k.text, "+type@")
	blockType, id, _ = strings.Cut(rest, "+block@")
	return blockType, id
}

// MarshalText returns the key's text, and so its form in JSON; "" for the zero value.
func (k UsageKey) MarshalText() ([]byte, error) { return []byte(k.text), nil }

// UnmarshalText reads a key as [ParseUsageKey] does; empty text is the zero value.
func (k *UsageKey) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*k = UsageKey{}
		return nil
	}
	key, err := ParseUsageKey(string(text))
	if err != nil {
		return err
	}
	*k = key
	return nil
}

// Value returns the key's text for a database column, NULL for the zero value.
func (k UsageKey) Value() (driver.Value, error) {
	if k.IsZero() {
		return nil, nil
	}
	return k.text, nil
}

// Scan reads a key from a database column of text; NULL is the zero value.
func (k *UsageKey) Scan(src any) error {
	text, ok := scanText(src)
	if !ok {
		return invalid("usage key", "must be read from a column of text").refuse("UsageKey.Scan")
	}
	return k.UnmarshalText([]byte(text))
}
