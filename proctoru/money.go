package proctoru

import (
	"errors"
	"math"
	"strconv"
	"strings"
)

// Money is an amount in the account's currency (US dollars unless agreed
// otherwise), as the decimal text that the provider sent, such as "30.00" or
// "30". "" means that none was sent.
type Money string

// ErrNotMoney means that a [Money] holds no exact amount of cents.
var ErrNotMoney = errors.New("proctoru: not an exact amount in cents")

// Cents returns the amount in cents. It returns [ErrNotMoney] for an empty or odd
// text, for fractions of a cent, and for amounts beyond an int64.
func (m Money) Cents() (int64, error) {
	text, negative := strings.CutPrefix(string(m), "-")
	whole, fraction, _ := strings.Cut(text, ".")
	fraction = strings.TrimRight(fraction, "0")
	if !isDigits(whole) || len(fraction) > 2 || (fraction != "" && !isDigits(fraction)) {
		return 0, ErrNotMoney
	}
	n, err := strconv.ParseInt(whole+(fraction + "00")[:2], 10, 64)
	if err != nil || n == math.MaxInt64 {
		return 0, ErrNotMoney
	}
	if negative {
		n = -n
	}
	return n, nil
}

// UnmarshalJSON reads a number or a string; anything else is "".
func (m *Money) UnmarshalJSON(b []byte) error {
	*m = Money(strings.TrimSpace(scalar(b)))
	return nil
}

func isDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}
