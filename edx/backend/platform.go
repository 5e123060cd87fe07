package backend

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"io"
	"log/slog"
	"strings"
)

// Platform is an Open edX platform that may call the handler: one entry of its
// PROCTORING_BACKENDS.
type Platform struct {
	// ID is the name under which its exams are kept. Several platforms may share
	// one while a client id is changed for another, and only then.
	ID PlatformID
	// ClientID is what the platform calls itself: its client_id.
	ClientID string
	// Secrets are its client_secret, and while that is being changed the old and
	// the new one. An LMS goes on with a token for up to an hour after its secret
	// was changed, and does not ask for another when one is refused: keep the old
	// secret that long.
	Secrets []Secret
}

// MinSecretBytes is how many bytes a secret has at least. Whoever is given a
// dashboard link can try out secrets on it, so draw 32 bytes at random.
const MinSecretBytes = 12

// Secret is a client secret. It prints REDACTED by every verb of fmt, in JSON,
// gob and slog.
type Secret string

const redacted = "REDACTED"

// Reveal returns the text.
func (s Secret) Reveal() string { return string(s) }

// String returns REDACTED.
func (Secret) String() string { return redacted }

// Format prints REDACTED for every verb.
func (Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// LogValue returns REDACTED.
func (Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText returns REDACTED; it serves JSON, XML and map keys.
func (Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// UnmarshalText takes the text as it is.
func (s *Secret) UnmarshalText(b []byte) error {
	*s = Secret(b)
	return nil
}

// GobEncode encodes REDACTED.
func (Secret) GobEncode() ([]byte, error) { return []byte(redacted), nil }

// GobDecode takes the text as it is.
func (s *Secret) GobDecode(b []byte) error { return s.UnmarshalText(b) }

// client is a platform as the handler knows it.
type client struct {
	id       string
	platform PlatformID
	secrets  [][]byte
	tokens   [][]byte // the keys that sign its tokens, one for each secret
}

func newClient(p Platform) client {
	c := client{id: p.ClientID, platform: p.ID}
	for _, s := range p.Secrets {
		c.secrets = append(c.secrets, []byte(s.Reveal()))
		c.tokens = append(c.tokens, tokenKey(s.Reveal(), p.ClientID))
	}
	return c
}

// tokenKey derives the key for the tokens of a client. It is not the secret itself:
// with that the platform signs its dashboard links, which would then be tokens.
func tokenKey(secret, clientID string) []byte {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte("proctorbook edx/backend access token\n" + clientID))
	return mac.Sum(nil)
}

// keyOf returns the key for tokens that belongs to the secret, nil if it is none
// of the client's. It compares with all of them, so that the time taken reveals
// nothing.
func (c client) keyOf(secret string) (key []byte) {
	given := sha256.Sum256([]byte(secret))
	for i, s := range c.secrets {
		known := sha256.Sum256(s)
		if subtle.ConstantTimeCompare(given[:], known[:]) == 1 {
			key = c.tokens[i]
		}
	}
	return key
}

func checkPlatforms(v *validation, provider Provider, platforms []Platform) {
	v.check("platforms", len(platforms) > 0, "must be at least one")
	known := map[string]bool{}
	for i, p := range platforms {
		at := fmt.Sprintf("platforms[%d].", i)
		v.check(at+"ID", p.ID.Valid(), "must be 1 to 255 letters, digits, - and _")
		v.check(at+"ClientID", isClientID(p.ClientID), "must be 1 to 255 letters, digits, - . _ and ~, as the platform puts it into a URL")
		v.check(at+"ClientID", !known[p.ClientID], "is that of another platform")
		v.check(at+"Secrets", len(p.Secrets) > 0, "must be at least one")
		for _, s := range p.Secrets {
			checkSecret(v, at+"Secrets", s.Reveal())
		}
		known[p.ClientID] = true
		if s, some := provider.(PlatformServer); some && p.ID.Valid() {
			v.check(at+"ID", s.ServesPlatform(p.ID), "is none of the platforms that the provider serves: the two must be the same text")
		}
	}
}

func isClientID(text string) bool {
	return isID(strings.NewReplacer(".", "-", "~", "-").Replace(text)) && text != "." && text != ".."
}

// checkSecret refuses what is easily guessed, or can't be what was meant.
func checkSecret(v *validation, field, s string) {
	switch {
	case len(s) < MinSecretBytes:
		v.add(field, fmt.Sprintf("must have at least %d bytes each", MinSecretBytes))
	case strings.Trim(s, s[:1]) == "":
		v.add(field, "must not repeat one byte alone, such as zeros")
	case strings.TrimSpace(s) != s:
		v.add(field, "must have no white space around them, such as the line feed of a file")
	}
}
