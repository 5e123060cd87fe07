package edx

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxUsernameChars is the width of the platform's database column.
const maxUsernameChars = 150

// pathPart escapes s as one part of a URL's path. Every part that is not a
// constant goes through here. The + and : of a course key stay as they are,
// which is how the platform's own links are written.
func pathPart(s string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(s) {
		if c := s[i]; isPlain(c) {
			b.WriteByte(c)
		} else {
			b.Write([]byte{'%', hex[c>>4], hex[c&15]})
		}
	}
	return b.String()
}

func isPlain(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("._~:+-", c) >= 0
}

// checkUsername refuses what can't be a user name, and what would lead to
// another URL. The error does not repeat it: a user name is personal data.
func checkUsername(username string) faults {
	if problem := usernameProblem(username); problem != "" {
		return invalid("username", problem)
	}
	return nil
}

func usernameProblem(username string) string {
	switch {
	case username == "":
		return "must not be empty"
	case utf8.RuneCountInString(username) > maxUsernameChars:
		return "must have at most 150 characters"
	case !utf8.ValidString(username):
		return "must be valid UTF-8"
	case username == "." || username == "..":
		return "must not be a dot or two"
	case strings.ContainsAny(username, ",/\\"):
		return "must not hold a comma or a slash"
	case strings.ContainsFunc(username, unicode.IsControl):
		return "must not hold a control character"
	}
	return ""
}

// checkPathText refuses a text that can't be one part of a path.
func checkPathText(field, text string) faults {
	if found := checkText(field, text, maxKeyChars); found != nil {
		return found
	}
	if text == "." || text == ".." || strings.ContainsAny(text, "/\\") || strings.ContainsFunc(text, unicode.IsControl) {
		return invalid(field, "must not be a dot or two, or hold a slash or a line break")
	}
	return nil
}
