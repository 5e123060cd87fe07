package edx

import (
	"net/url"
	"strconv"
	"strings"
)

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

func setText(query url.Values, name, text string) {
	if text != "" {
		query.Set(name, text)
	}
}

func addAll(query, more url.Values) {
	for name, values := range more {
		query[name] = append(query[name], values...)
	}
}

func number(id int64) string { return strconv.FormatInt(id, 10) }

// setMember puts a text into a JSON object unless it is empty.
func setMember(body map[string]any, name, text string) {
	if text != "" {
		body[name] = text
	}
}

// setPointer puts a value into a JSON object unless it is nil.
func setPointer[T any](body map[string]any, name string, value *T) {
	if value != nil {
		body[name] = *value
	}
}
