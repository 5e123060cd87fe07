package proctoru

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
)

var strangeURLs = []string{
	"https://demo.proctoru.com/in?token=1", "https://[::1%25.proctoru.com]/", "https://evil.com%EF%BC%8F.proctoru.com/", "https://evil.com\\.proctoru.com/",
	"https://demo.proctoru.com.:443/", "https://a@demo.proctoru.com", "https:demo.proctoru.com", "HTTPS://DEMO.PROCTORU.COM", "//demo.proctoru.com", "https://evil.com;.proctoru.com#",
	"http://localhost:8000/back", "http://[::1]:8000/", "http://127.0.0.1%2f.example.org/", "https://xn--e1a4c.proctoru.com:443?", "",
}

// plainly is a reading of a URL of its own: the letters between :// and what may
// follow a host, and nothing that needs to be understood.
func plainly(raw string) (host string, ok bool) {
	if len(raw) < 8 || !strings.EqualFold(raw[:8], "https://") {
		return "", false
	}
	host = strings.ToLower(raw[8:])
	if end := strings.IndexAny(host, "/?#"); end >= 0 {
		host = host[:end]
	}
	host = strings.TrimSuffix(host, ":443")
	for label := range strings.SplitSeq(host, ".") {
		if label == "" || len(label) > 63 || strings.HasPrefix(label, "-") || strings.HasSuffix(label, "-") || strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
			return "", false
		}
	}
	return host, len(host) <= 253
}

// What is let through reads the same for whoever looks at its letters alone, and
// shows nothing but its host.
func FuzzParseSecretURL(f *testing.F) {
	for _, raw := range strangeURLs {
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		u, err := ParseSecretURL(raw, "proctoru.com")
		if err != nil || u.IsZero() {
			if err == nil && strings.TrimSpace(raw) != "" || !u.IsZero() || fmt.Sprint(u) != "" {
				t.Errorf("ParseSecretURL(%q) = %q, %v", raw, u.Reveal(), err)
			}
			return
		}
		host, ok := plainly(u.Reveal())
		if !ok || host != "proctoru.com" && !strings.HasSuffix(host, ".proctoru.com") {
			t.Errorf("ParseSecretURL(%q) let %q through, whose host reads as %q", raw, u.Reveal(), host)
		}
		shown := strings.TrimSuffix(strings.ToLower(strings.TrimSuffix(u.String(), "/REDACTED")), ":443")
		if shown != "https://"+host {
			t.Errorf("%q is shown as %q", raw, u.String())
		}
	})
}

// Where a learner is sent is a host by its letters alone, or this machine.
func FuzzReturnURL(f *testing.F) {
	for _, raw := range strangeURLs {
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		var listed, open validation
		listed.returnURL("ReturnURL", raw, []string{"proctoru.com"})
		open.returnURL("ReturnURL", raw, nil)
		if raw == "" || listed.err() != nil {
			return
		}
		if open.err() != nil {
			t.Errorf("ReturnURL %q is allowed on the list alone", raw)
		}
		u, err := url.Parse(raw)
		if err != nil {
			t.Fatalf("ReturnURL %q can't be parsed", raw)
		}
		host, ok := plainly(strings.Replace(raw, ":"+u.Port(), "", min(1, len(u.Port()))))
		if !ok || host != "proctoru.com" && !strings.HasSuffix(host, ".proctoru.com") {
			t.Errorf("ReturnURL %q was allowed, whose host reads as %q", raw, host)
		}
	})
}
