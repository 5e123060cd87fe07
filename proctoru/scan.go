package proctoru

import (
	"bytes"
	"encoding/json"
)

// This file cuts JSON into members and rows without copying or decoding it: one
// quick look at each byte, where a decoder takes several. It checks the skeleton
// alone, so whoever takes a piece has it checked, by json.Valid or by decoding.

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
	for i++; i < len(b); i++ {
		switch b[i] {
		case '"':
			return i + 1
		case '\\':
			i++
		}
	}
	return 0
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
			if depth++; depth >= maxDepth {
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

// eachMember calls do with the name and the value of each member of an object.
// The name is checked, the value is not.
func eachMember(b []byte, do func(name string, value []byte) Reason) Reason {
	return eachPart(b, '{', '}', func(part []byte) ([]byte, Reason) {
		name, rest, reason := cutValue(part)
		rest = skipSpace(rest)
		if reason != "" || name[0] != '"' || !json.Valid(name) || len(rest) == 0 || rest[0] != ':' {
			return nil, firstReason(reason, ErrNotJSON)
		}
		value, rest, reason := cutValue(rest[1:])
		if reason == "" {
			reason = do(unquote(name), value)
		}
		return rest, reason
	})
}

// eachElement calls do with each element of an array, which is not checked.
func eachElement(b []byte, do func(value []byte) Reason) Reason {
	return eachPart(b, '[', ']', func(part []byte) ([]byte, Reason) {
		value, rest, reason := cutValue(part)
		if reason == "" {
			reason = do(value)
		}
		return rest, reason
	})
}

// eachPart lets take consume one part after the other, between which it wants
// commas. Nothing but white space may follow the end.
func eachPart(b []byte, open, end byte, take func([]byte) ([]byte, Reason)) Reason {
	b = skipSpace(b)
	if len(b) == 0 || b[0] != open {
		return ErrNotJSON
	}
	b = skipSpace(b[1:])
	if len(b) > 0 && b[0] == end {
		return onlySpace(b[1:])
	}
	for {
		rest, reason := take(b)
		if reason != "" {
			return reason
		}
		b = skipSpace(rest)
		switch {
		case len(b) == 0:
			return ErrNotJSON
		case b[0] == end:
			return onlySpace(b[1:])
		case b[0] != ',':
			return ErrNotJSON
		}
		b = b[1:]
	}
}

func onlySpace(b []byte) Reason {
	if len(skipSpace(b)) > 0 {
		return ErrNotJSON
	}
	return ""
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
