package typed

import (
	"strings"
	"unicode"
)

// Digits returns the text with each decimal digit of any script as 0 to 9. Signs
// that are only like digits, such as ² or Ⅷ, stay as they are.
func Digits(text string) string {
	return strings.Map(func(r rune) rune {
		if value, ok := value(r); ok {
			return '0' + value
		}
		return r
	}, text)
}

// value returns what a decimal digit stands for. Unicode keeps the ten digits of a
// script together and in order, and a range of the table is made of whole tens.
func value(r rune) (rune, bool) {
	if r < unicode.MaxASCII {
		return r - '0', '0' <= r && r <= '9'
	}
	for _, x := range unicode.Nd.R16 {
		if rune(x.Lo) <= r && r <= rune(x.Hi) {
			return (r - rune(x.Lo)) % 10, true
		}
	}
	for _, x := range unicode.Nd.R32 {
		if rune(x.Lo) <= r && r <= rune(x.Hi) {
			return (r - rune(x.Lo)) % 10, true
		}
	}
	return 0, false
}
