package proctoru

import (
	"cmp"
	"errors"
	"strings"
)

// ReservationNo is the provider's number of a reservation: decimal digits
// without leading zeros. "" means none.
type ReservationNo string

// ErrNotNumber means that a text is no reservation number.
var ErrNotNumber = errors.New("proctoru: not a reservation number: want decimal digits, and not 0")

// ParseReservationNo reads a number as the provider writes it: 12, 00012 or
// 12.0. Zero and the empty text mean none, and give "". It returns [ErrNotNumber] for anything else.
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
