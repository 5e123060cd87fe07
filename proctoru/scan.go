package proctoru

import (
	"bytes"
	"encoding/json"
)

// Bounds on what is read, beside the transport's bound on the bytes.
const (
	maxRows  = 10_000
	maxDepth = 64
)

// This file cuts JSON into members and rows without copying or decoding it: one
// quick look at each byte, where a decoder takes several. It checks the skeleton
// alone, so the caller must check each piece, by json.Valid or by decoding it.

// cutValue returns the first value of b and what follows it. It fails with
// ErrTooLarge if the value nests too deep for a member of an envelope, with
// ErrNotJSON if it has no end.
func cutValue(b []byte) (value, rest []byte, reason Reason) {
	b = skipSpace(b)
	if len(b) == 0 {
		return nil, nil, ErrNotJSON
	}
	end := 0
	switch b[0] {
	case '"':
		end = endOfText(b, 0)
	case '{', '[':
		end, reason = endOfNest(b)
	default:
		end = bytes.IndexAny(b, " \t\r\n,:]}")
		if end < 0 {
			end = len(b)
		}
	}
	if end <= 0 {
		return nil, nil, firstReason(reason, ErrNotJSON)
	}
	return b[:end], b[end:], ""
}

// endOfText returns the index after the text that begins at b[i], 0 if it has no end.
func endOfText(b []byte, i int) int {
	for from := i + 1; ; {
		next := bytes.IndexByte(b[from:], '"')
		if next < 0 {
			return 0
		}
		next += from
		escapes := 0
		for b[next-1-escapes] == '\\' {
			escapes++
		}
		from = next + 1
		if escapes%2 == 0 {
			return from
		}
	}
}

// endOfNest returns the index after the object or array that begins b.
func endOfNest(b []byte) (int, Reason) {
	depth := 0
	for i := 0; i < len(b); i++ {
		switch b[i] {
		case '"':
			end := endOfText(b, i)
			if end == 0 {
				return 0, ErrNotJSON
			}
			i = end - 1
		case '{', '[':
			if depth++; depth > maxDepth-2 { // it stands in an object, perhaps in an array
				return 0, ErrTooLarge
			}
		case '}', ']':
			if depth--; depth == 0 {
				return i + 1, ""
			}
		}
	}
	return 0, ErrNotJSON
}

// eachMember calls take with the name of each member of an object, and with what
// follows the colon. take returns what follows the value. The name is checked.
func eachMember(b []byte, take func(name string, b []byte) (rest []byte, reason Reason)) (rest []byte, reason Reason) {
	return eachPart(b, '{', '}', func(part []byte) ([]byte, Reason) {
		name, rest, reason := cutValue(part)
		rest = skipSpace(rest)
		if reason != "" || name[0] != '"' || !json.Valid(name) || len(rest) == 0 || rest[0] != ':' {
			return nil, firstReason(reason, ErrNotJSON)
		}
		return take(unquote(name), rest[1:])
	})
}

// eachElement calls do with each element of an array, which is not checked.
func eachElement(b []byte, do func(value []byte) Reason) (rest []byte, reason Reason) {
	return eachPart(b, '[', ']', func(part []byte) ([]byte, Reason) {
		value, rest, reason := cutValue(part)
		if reason == "" {
			reason = do(value)
		}
		return rest, reason
	})
}

// scanRows returns the elements of a JSON array, at most maxRows, and what follows
// the array.
func scanRows(b []byte) (rows [][]byte, rest []byte, reason Reason) {
	rest, reason = eachElement(b, func(row []byte) Reason {
		switch len(rows) {
		case maxRows:
			return ErrTooLarge
		case 0: // the others are about as long
			rows = make([][]byte, 0, min(len(b)/(len(row)+1)+1, maxRows))
		}
		rows = append(rows, row)
		return ""
	})
	return rows, rest, reason
}

// eachPart lets take consume one part after the other, between which it wants
// commas, and returns what follows the end.
func eachPart(b []byte, open, end byte, take func([]byte) ([]byte, Reason)) ([]byte, Reason) {
	b = skipSpace(b)
	if len(b) == 0 || b[0] != open {
		return nil, ErrNotJSON
	}
	b = skipSpace(b[1:])
	if len(b) > 0 && b[0] == end {
		return b[1:], ""
	}
	for {
		rest, reason := take(b)
		if reason != "" {
			return nil, reason
		}
		b = skipSpace(rest)
		switch {
		case len(b) == 0:
			return nil, ErrNotJSON
		case b[0] == end:
			return b[1:], ""
		case b[0] != ',':
			return nil, ErrNotJSON
		}
		b = b[1:]
	}
}

func skipSpace(b []byte) []byte {
	for len(b) > 0 && (b[0] == ' ' || b[0] == '\n' || b[0] == '\t' || b[0] == '\r') {
		b = b[1:]
	}
	return b
}

func firstReason(reasons ...Reason) Reason {
	for _, r := range reasons {
		if r != "" {
			return r
		}
	}
	return ""
}

func isDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

var byteOrderMark = []byte("\xef\xbb\xbf")

func trimMark(body []byte) []byte { return bytes.TrimPrefix(body, byteOrderMark) }

func unquote(b []byte) string {
	if inner := b[1 : len(b)-1]; !bytes.ContainsRune(inner, '\\') && isASCII(inner) {
		return string(inner)
	}
	var s string
	if json.Unmarshal(b, &s) != nil {
		return ""
	}
	return s
}

func isASCII(b []byte) bool {
	for _, c := range b {
		if c >= 0x80 {
			return false
		}
	}
	return true
}
