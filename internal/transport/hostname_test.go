package transport_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/proctorbook/proctorbook/internal/transport"
)

// IsHost is what the pattern of labels says.
func FuzzIsHost(f *testing.F) {
	pattern := regexp.MustCompile(`^` + transport.Label + `(\.` + transport.Label + `)*$`)
	for _, host := range []string{
		"", ".", "a", "-", "a-", "-a", "a-b", "a..b", "a.", ".a", "A", "a_b", "a%b", "é", "127.0.0.1", "demo.proctoru.com", "a\n",
		strings.Repeat("a", 63), strings.Repeat("a", 64), strings.Repeat("a.", 126) + "a", strings.Repeat("a.", 127) + "a",
	} {
		f.Add(host)
	}
	f.Fuzz(func(t *testing.T, host string) {
		if got, want := transport.IsHost(host), len(host) <= 253 && pattern.MatchString(host); got != want {
			t.Errorf("IsHost(%q) = %t, want %t", host, got, want)
		}
	})
}
