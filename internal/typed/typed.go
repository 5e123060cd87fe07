// Package typed helps to read what people type: digits of every script, and signs that
// nobody sees.
package typed

import (
	"strings"
	"unicode"
)

// Visible reports whether the text holds a sign that people see: not only blanks,
// marks of direction, fillers and the like.
func Visible(text string) bool { return strings.ContainsFunc(text, visible) }

func visible(r rune) bool {
	const blankBraille = '\u2800'
	return unicode.In(r, unicode.L, unicode.N, unicode.P, unicode.S) && r != blankBraille && r != unicode.ReplacementChar &&
		!unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r)
}

// Trim removes blanks and invisible marks around the text. Within it they may matter.
// Overrides stay, to be refused.
func Trim(text string) string {
	return strings.TrimFunc(text, func(r rune) bool {
		return unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) && !IsOverride(r)
	})
}

// IsOverride reports whether r makes what follows run in another direction than it is
// written: with it, a text shows other words than it holds. The marks of direction,
// which right-to-left names may need, are none.
func IsOverride(r rune) bool { return '\u202a' <= r && r <= '\u202e' || '\u2066' <= r && r <= '\u2069' }

// Lines returns the text with its line ends, as forms and other systems send them, as
// line feeds.
func Lines(text string) string { return lineEnds.Replace(text) }

var lineEnds = strings.NewReplacer("\r\n", "\n", "\r", "\n")
