package scheduling

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"github.com/proctorbook/proctorbook/proctoru"
)

// CodeRule says how the code that unlocks an exam is made. Codes are derived
// from the unlock keys, and never stored.
type CodeRule string

// The code rules.
const (
	CodePerBooking CodeRule = "per_booking" // one code a booking, good for one unlock; the default
	CodeFixed      CodeRule = "fixed"       // one code for all bookings of the exam, for those who must
)

// CodeVia says how the unlock code reaches the proctor.
type CodeVia string

// The ways of a code to the proctor.
const (
	CodeViaPassword CodeVia = "password" // in the provider's exam_password field; the default
	CodeViaNotes    CodeVia = "notes"    // in the notes to the proctor; they come back in reports
)

// UnlockKey is a secret from which unlock codes are derived.
type UnlockKey struct {
	ID     string // kept with each booking, so that keys can be rotated; not secret
	Secret []byte // at least 32 bytes
}

// String hides the secret.
func (k UnlockKey) String() string { return "unlock key " + k.ID }

// GoString hides the secret.
func (k UnlockKey) GoString() string { return k.String() }

// Format hides the secret, for every verb.
func (k UnlockKey) Format(f fmt.State, _ rune) { fmt.Fprint(f, k.String()) }

// LogValue hides the secret.
func (k UnlockKey) LogValue() slog.Value { return slog.StringValue(k.String()) }

// MarshalText hides the secret, in JSON too.
func (k UnlockKey) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// maxCodeTries is how many wrong codes lock a booking's code.
const maxCodeTries = 10

const (
	codeLength   = 10
	codeAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ" // Crockford's base32
)

// ErrNoUnlockKey means that the key that made a booking's code is not among the
// keys of WithUnlockKeys.
var ErrNoUnlockKey = errors.New("scheduling: the unlock key is not configured: pass it to WithUnlockKeys")

// UnlockCode returns the code that unlocks the booking's exam, for staff who
// must tell it to a proctor. It is a secret: never log it. It fails with
// [ErrNoUnlockKey] if the key that made it is not configured any more.
func (d *StaffService) UnlockCode(b Booking) (proctoru.Secret, error) { return d.s.unlockCode(b) }

func (s *Scheduler) unlockCode(b Booking) (proctoru.Secret, error) {
	for _, key := range s.unlockKeys {
		if key.ID == b.Code.KeyID {
			return proctoru.Secret(deriveCode(key, b)), nil
		}
	}
	return "", ErrNoUnlockKey
}

func deriveCode(key UnlockKey, b Booking) string {
	mac := hmac.New(sha256.New, key.Secret)
	write := func(s string) {
		mac.Write(binary.BigEndian.AppendUint32(nil, uint32(len(s))))
		mac.Write([]byte(s))
	}
	write("proctorbook unlock code")
	write(key.ID)
	if b.Exam.Code == CodeFixed {
		write("exam")
		write(b.Exam.Key().String())
	} else {
		write("booking")
		write(string(b.ID))
		mac.Write(binary.BigEndian.AppendUint64(nil, uint64(b.Code.Generation)))
	}
	sum := mac.Sum(nil)
	code := make([]byte, codeLength)
	for i := range code {
		code[i] = codeAlphabet[sum[i]&31]
	}
	return string(code)
}

// sameCode compares in constant time, after undoing what people do to codes when
// they type them: small letters, blanks, hyphens, O for 0, I and L for 1.
func sameCode(typed, code string) bool {
	typed = strings.Map(func(r rune) rune {
		switch r {
		case ' ', '-':
			return -1
		case 'o', 'O':
			return '0'
		case 'i', 'I', 'l', 'L':
			return '1'
		}
		if 'a' <= r && r <= 'z' {
			return r - 'a' + 'A'
		}
		return r
	}, typed)
	return subtle.ConstantTimeCompare([]byte(typed), []byte(code)) == 1
}
