package proctoru

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"strings"
)

const redacted = "REDACTED"

// Secret is a text that must not be seen: a password, a name, notes that may
// hold either. It prints REDACTED by every verb of fmt, in JSON, gob and slog;
// [Secret.Reveal] returns the text. Reading it from JSON works as for a string.
type Secret string

// Reveal returns the text.
func (s Secret) Reveal() string { return string(s) }

// String returns REDACTED, or "" if there is nothing to hide.
func (s Secret) String() string { return mask(len(s)) }

// Format prints what String does for every verb.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, mask(len(s))) }

// LogValue returns what String does.
func (s Secret) LogValue() slog.Value { return slog.StringValue(mask(len(s))) }

// MarshalText returns what String does; it serves JSON, XML and map keys.
func (s Secret) MarshalText() ([]byte, error) { return []byte(mask(len(s))), nil }

// UnmarshalText takes the text as it is.
func (s *Secret) UnmarshalText(b []byte) error {
	*s = Secret(b)
	return nil
}

// GobEncode encodes what String returns.
func (s Secret) GobEncode() ([]byte, error) { return []byte(mask(len(s))), nil }

// GobDecode takes the text as it is.
func (s *Secret) GobDecode(b []byte) error { return s.UnmarshalText(b) }

func mask(length int) string {
	if length == 0 {
		return ""
	}
	return redacted
}

// RawJSON is an answer, or a part of it, as the provider sent it, with what the
// typed fields leave out. It may hold tokens and personal data, so it prints as
// [Secret] does; [RawJSON.Reveal] returns the bytes.
type RawJSON []byte

// Reveal returns the bytes.
func (r RawJSON) Reveal() json.RawMessage { return json.RawMessage(r) }

// String returns REDACTED, or "" if there is nothing to hide.
func (r RawJSON) String() string { return mask(len(r)) }

// Format prints what String does for every verb.
func (r RawJSON) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, mask(len(r))) }

// LogValue returns what String does.
func (r RawJSON) LogValue() slog.Value { return slog.StringValue(mask(len(r))) }

// MarshalText returns what String does.
func (r RawJSON) MarshalText() ([]byte, error) { return []byte(mask(len(r))), nil }

// GobEncode encodes what String returns.
func (r RawJSON) GobEncode() ([]byte, error) { return []byte(mask(len(r))), nil }

// GobDecode takes the bytes as they are.
func (r *RawJSON) GobDecode(b []byte) error {
	*r = append(RawJSON(nil), b...)
	return nil
}

// SecretURL is a launch or login URL: anybody who opens it is signed in as the
// learner. The package makes one only after a check: https, and a host on the
// allow-list (see [WithLaunchHosts]; [ParseSecretURL] takes its own). It prints
// as scheme and host alone, since a token may stand in the path as well as in the
// query; [SecretURL.Reveal] returns the whole. Do not store it.
type SecretURL struct {
	whole *string // a pointer: printed from a field where fmt calls no method, it is an address
	shown string  // scheme and host
}

// Reveal returns the whole URL, or "" if there is none.
func (u SecretURL) Reveal() string {
	if u.whole == nil {
		return ""
	}
	return *u.whole
}

// IsZero reports whether there is no URL.
func (u SecretURL) IsZero() bool { return u.whole == nil }

// String returns scheme and host, and /REDACTED for what follows them.
func (u SecretURL) String() string { return u.shown }

// Format prints what String does for every verb.
func (u SecretURL) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, u.shown) }

// LogValue returns what String does.
func (u SecretURL) LogValue() slog.Value { return slog.StringValue(u.shown) }

// MarshalText returns what String does.
func (u SecretURL) MarshalText() ([]byte, error) { return []byte(u.shown), nil }

// GobEncode encodes what String returns.
func (u SecretURL) GobEncode() ([]byte, error) { return []byte(u.shown), nil }

// GobDecode keeps the masked text; the hidden part is lost.
func (u *SecretURL) GobDecode(b []byte) error {
	*u = SecretURL{shown: string(b)}
	return nil
}

// ParseSecretURL checks a launch URL that did not come from this package's client,
// as from another provider, and wraps it. It must be https, without user, with no
// port but 443, on one of the hosts or their subdomains; else it fails with
// [ErrUnsafeURL]. Its host must be labels of letters, digits and hyphens between
// dots: no address in brackets, no dot at the end, nothing escaped. An empty text
// is the zero URL.
func ParseSecretURL(raw string, hosts ...string) (SecretURL, error) {
	raw = strings.TrimSpace(raw)
	if raw == "" {
		return SecretURL{}, nil
	}
	host, ok := launchHost(raw, hosts)
	if !ok {
		return SecretURL{}, ErrUnsafeURL
	}
	shown := "https://" + host
	if rest := raw[len(shown):]; rest != "" && rest != "/" {
		shown += "/" + redacted
	}
	return SecretURL{whole: &raw, shown: shown}, nil
}
