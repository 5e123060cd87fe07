package proctoru

import (
	"cmp"
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

// Cents returns the amount in cents. It returns [ErrNotMoney] for an empty or unreadable
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

// ReservationNo is the provider's number of a reservation: decimal digits
// without leading zeros. "" means none.
type ReservationNo string

// ErrNotNumber means that a text is no reservation number.
var ErrNotNumber = errors.New("proctoru: not a reservation number: want decimal digits, and not 0")

// ParseReservationNo reads a number as the provider writes it: 12, 00012 or 12.0.
// Zero and the empty text mean none, and give "". It returns [ErrNotNumber] for
// anything else.
func ParseReservationNo(s string) (ReservationNo, error) {
	whole, fraction, _ := strings.Cut(strings.TrimSpace(s), ".")
	if whole == "" && fraction == "" {
		return "", nil
	}
	if !isDigits(whole) || strings.Trim(fraction, "0") != "" {
		return "", ErrNotNumber
	}
	return ReservationNo(strings.TrimLeft(whole, "0")), nil
}

// Compare orders by value: a lower number was given earlier. None comes first.
func (n ReservationNo) Compare(other ReservationNo) int {
	return cmp.Or(cmp.Compare(len(n), len(other)), cmp.Compare(n, other))
}

// UnmarshalJSON reads a number or a string; anything else is none.
func (n *ReservationNo) UnmarshalJSON(b []byte) error {
	*n, _ = ParseReservationNo(scalar(b))
	return nil
}

// Choice is an answer that may be left to the provider.
type Choice string

// The choices.
const (
	ChoiceDefault Choice = ""  // sends nothing: the provider decides
	ChoiceYes     Choice = "Y" // sends Y
	ChoiceNo      Choice = "N" // sends N
)
