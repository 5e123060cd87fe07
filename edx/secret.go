package edx

import (
	"fmt"
	"io"
	"log/slog"
)

const redacted = "REDACTED"

// secret is a client secret or the value of an Authorization header. However it
// is printed, it says REDACTED. The text is behind a pointer since fmt, which
// calls no methods on unexported fields, prints of those no more than an address.
type secret struct{ text *string }

func newSecret(text string) secret { return secret{&text} }

// reveal returns the text, for the wire alone.
func (s secret) reveal() string {
	if s.text == nil {
		return ""
	}
	return *s.text
}

func (s secret) equal(other secret) bool { return s.reveal() == other.reveal() }

func (secret) Format(f fmt.State, _ rune)   { _, _ = io.WriteString(f, redacted) }
func (secret) LogValue() slog.Value         { return slog.StringValue(redacted) }
func (secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }
