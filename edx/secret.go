package edx

import (
	"fmt"
	"io"
	"log/slog"
)

const redacted = "REDACTED"

// secret is a client secret or a token. However it is printed, it says REDACTED.
type secret string

func (secret) Format(f fmt.State, _ rune)   { _, _ = io.WriteString(f, redacted) }
func (secret) String() string               { return redacted }
func (secret) GoString() string             { return redacted }
func (secret) LogValue() slog.Value         { return slog.StringValue(redacted) }
func (secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }
