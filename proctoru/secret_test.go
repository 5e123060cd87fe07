package proctoru_test

import (
	"errors"
	"testing"

	"github.com/proctorbook/proctorbook/proctoru"
)

// Launch URLs of other providers pass the same check, against the caller's hosts.
func TestParseSecretURL(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]error{
		"https://exams.example.org/in?token=1": nil,
		"https://eu.exams.example.org/in":      nil,
		"":                                     nil,
		"http://exams.example.org/in":          proctoru.ErrUnsafeURL,
		"https://exams.example.org.evil.example/in": proctoru.ErrUnsafeURL,
		"https://demo.proctoru.com/in":              proctoru.ErrUnsafeURL, // not on this list
	} {
		u, err := proctoru.ParseSecretURL(raw, "exams.example.org")
		if !errors.Is(err, want) || err == nil && u.Reveal() != raw {
			t.Errorf("ParseSecretURL(%q) = %q, %v; want %v", raw, u.Reveal(), err, want)
		}
	}
	if _, err := proctoru.ParseSecretURL("https://exams.example.org/in"); !errors.Is(err, proctoru.ErrUnsafeURL) {
		t.Errorf("ParseSecretURL without hosts = %v, want ErrUnsafeURL", err)
	}
}
