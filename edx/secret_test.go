package edx

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

// Secrets sit in unexported fields, where fmt calls no methods.
func TestSecretIsNeverPrinted(t *testing.T) {
	t.Parallel()
	const text = "s3cr3t"
	s := newSecret(text)
	holder := struct{ hidden secret }{s}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		if got := fmt.Sprintf(verb, s); got != redacted {
			t.Errorf("Sprintf(%s) = %s, want %s", verb, got, redacted)
		}
		if got := fmt.Sprintf(verb, holder) + fmt.Sprintf(verb, &holder); strings.Contains(got, text) {
			t.Errorf("Sprintf(%s) of a struct that holds it = %s", verb, got)
		}
	}
	if got, err := json.Marshal(s); string(got) != `"`+redacted+`"` || err != nil {
		t.Errorf("Marshal = %s, %v, want %s", got, err, redacted)
	}
	var b strings.Builder
	slog.New(slog.NewTextHandler(&b, nil)).Info("m", "s", s)
	slog.New(slog.NewJSONHandler(&b, nil)).Info("m", "s", s)
	if strings.Contains(b.String(), text) || strings.Count(b.String(), redacted) != 2 {
		t.Errorf("logged as %s", b.String())
	}
	if s.reveal() != text || (secret{}).reveal() != "" {
		t.Error("reveal does not return the text")
	}
}
