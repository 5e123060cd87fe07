// Package shown writes ids that came from outside into errors and logs, so that
// none can begin a line of its own or turn the rest of one around.
package shown

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// most is how many bytes of an id are shown.
const most = 200

// ID returns the id as it is if all of it can be seen. One with a control
// character, a bidirectional mark or bytes that are not UTF-8 is quoted, with
// escapes in their place. Of a very long one the beginning is shown.
func ID[T ~string](id T) string {
	text, rest := string(id), ""
	if len(text) > most {
		text, rest = text[:most], "..."
	}
	if !utf8.ValidString(text) || strings.ContainsFunc(text, hidden) {
		text = strconv.Quote(text)
	}
	return text + rest
}

// hidden reports whether the character can't be seen, or changes how others are.
func hidden(r rune) bool { return !unicode.IsPrint(r) }
