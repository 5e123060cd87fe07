package scheduling

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"unicode"

	"golang.org/x/text/width"

	"github.com/proctorbook/proctorbook/internal/shown"
)

// UnlockKey is a secret from which unlock codes are derived.
type UnlockKey struct {
	ID     string // kept with each booking, so that keys can be rotated; not secret
	Secret []byte // at least 32 random bytes
}

// weakness returns why no code must be made with the key, "" if it will do. A
// secret of one byte over and over is one that somebody has cleared, or never filled.
func (k UnlockKey) weakness() string {
	switch {
	case len(k.Secret) < 32:
		return fmt.Sprintf("has %d bytes, and must have at least 32", len(k.Secret))
	case bytes.Count(k.Secret, k.Secret[:1]) == len(k.Secret):
		return "is the same byte over and over: it was cleared, or never filled"
	}
	return ""
}

func (k UnlockKey) masked() string { return "unlock key " + shown.ID(k.ID) }

// Format hides the secret, for every verb.
func (k UnlockKey) Format(f fmt.State, _ rune) { fmt.Fprint(f, k.masked()) }

// MarshalText hides the secret, in JSON and slog too.
func (k UnlockKey) MarshalText() ([]byte, error) { return []byte(k.masked()), nil }

// GobEncode hides the secret.
func (k UnlockKey) GobEncode() ([]byte, error) { return k.MarshalText() }

// maxCodeTries is how many wrong codes lock a booking's code.
const maxCodeTries = 10

const (
	codeLength   = 10
	codeAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ" // Crockford's base32
)

// ErrNoUnlockKey means that WithUnlockKeys lacks a booking's key, or any key.
var ErrNoUnlockKey = errors.New("scheduling: the unlock key is not configured: pass it to WithUnlockKeys")

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

// typedCode undoes what people, keyboards and other programs do to codes that are
// typed or pasted: all that is neither letter nor digit is dropped, full-width
// forms and small letters become capitals, O becomes 0, and I and L become 1.
func typedCode(typed string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			return -1
		}
		if narrow := width.LookupRune(r).Narrow(); narrow != 0 {
			r = narrow
		}
		if 'a' <= r && r <= 'z' {
			r += 'A' - 'a'
		}
		switch r {
		case 'O':
			return '0'
		case 'I', 'L':
			return '1'
		}
		return r
	}, typed)
}

// sameCode compares in constant time. typed is what typedCode returned.
func sameCode(typed, code string) bool {
	return subtle.ConstantTimeCompare([]byte(typed), []byte(code)) == 1
}
