package edxtest

import (
	"fmt"
	"net/url"
	"strings"
	"unicode/utf16"

	"github.com/proctorbook/proctorbook/internal/testserver"
)

// pythonJSON writes an object as the platform's language does: with a blank after each
// comma and colon, and in ASCII alone.
func pythonJSON(o object) string {
	var text strings.Builder
	inText, escaped := false, false
	for _, r := range string(testserver.AppendObject(nil, o, testserver.PlainNumbers)) {
		switch {
		case r > '~':
			for _, unit := range utf16.Encode([]rune{r}) {
				fmt.Fprintf(&text, `\u%04x`, unit)
			}
			continue
		case escaped:
			escaped = false
		case r == '\\':
			escaped = true
		case r == '"':
			inText = !inText
		case !inText && (r == ',' || r == ':'):
			text.WriteRune(r)
			r = ' '
		}
		text.WriteRune(r)
	}
	return text.String()
}

// formText writes a form in the order of its fields.
func formText(fields ...[2]string) string {
	var pairs []string
	for _, f := range fields {
		pairs = append(pairs, url.QueryEscape(f[0])+"="+url.QueryEscape(f[1]))
	}
	return strings.Join(pairs, "&")
}
