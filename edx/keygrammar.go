package edx

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

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
