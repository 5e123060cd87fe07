package scheduling

import (
	"crypto/rand"
	"io"
	"strings"
)

// idPrefix begins every reservation id of this library, to tell it from those of other
// systems with the same account.
const idPrefix = "pb-"

const idRandomLength = 20 // 100 bits

// systemRandom is the default source of randomness; WithRandom replaces it.
var systemRandom io.Reader = rand.Reader

// idAlphabet has 32 characters, so that a byte's five low bits choose one evenly. It
// has no letters that look like digits.
const idAlphabet = "0123456789abcdefghjkmnpqrstvwxyz"

// randomText returns n characters of idAlphabet. It panics if the source fails: two
// bookings could share an id otherwise.
func randomText(source io.Reader, n int) string {
	buf := make([]byte, n)
	if _, err := io.ReadFull(source, buf); err != nil {
		panic("scheduling: the source of randomness failed: " + err.Error())
	}
	for i, b := range buf {
		buf[i] = idAlphabet[b&31]
	}
	return string(buf)
}

// Namespace returns the namespace of the store in which the booking was made, see
// [Store].Namespace. It is "" for ids that this library did not make, such as those of
// imported bookings.
func (id BookingID) Namespace() string {
	rest, made := strings.CutPrefix(string(id), idPrefix)
	namespace, _, whole := strings.Cut(rest, "-")
	if !made || !whole {
		return ""
	}
	return namespace
}
