package scheduling

import (
	"strings"
	"unicode"

	"golang.org/x/text/width"

	"github.com/proctorbook/proctorbook/internal/typed"
)

// normalPhone returns the number with digits 0 to 9, and without what people, word
// processors and address books put between them. Brackets around a 0 stay: it is
// dialled only within the country, or within a city, and nobody can know whether the
// rest is right without it. validPhone refuses it then.
func normalPhone(text string) string {
	plain := strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || unicode.In(r, unicode.Cf, unicode.Pd) || strings.ContainsRune("\u2212.·/", r) {
			return -1
		}
		return r
	}, typed.Digits(width.Fold.String(text)))
	if strings.Contains(plain, "(0") {
		return plain
	}
	return strings.NewReplacer("(", "", ")", "").Replace(plain)
}

// phoneProblem says what is wrong with a number that normalPhone has been through; ""
// if nothing is. It takes E.164, but one digit shorter: the provider takes 15
// characters, the plus included.
func phoneProblem(s string) string {
	digits, ok := strings.CutPrefix(s, "+")
	for _, code := range withoutTrunk {
		if strings.HasPrefix(digits, code+"0") {
			ok = false
		}
	}
	switch {
	case strings.Contains(s, "(0") || !ok && strings.HasPrefix(s, "+"):
		return "must be as it is dialled from abroad, without the 0 after the country's code"
	case !ok || len(digits) < 6 || len(digits) > 14 || digits[0] == '0' || strings.Trim(digits, "0123456789") != "":
		return "must be + and 6 to 14 digits, with the country's code"
	}
	return ""
}

// withoutTrunk are codes of countries in which no number begins with 0 once the digit
// for calls within the country is left out. In Italy and elsewhere the 0 belongs to it.
var withoutTrunk = []string{"1", "31", "32", "33", "41", "43", "44", "46", "49", "61", "81", "82", "86", "90", "91"}
