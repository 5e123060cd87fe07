package transport_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/internal/transport"
)

func TestCheckBaseURL(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ raw, want, wantRule string }{
		"https":                  {"https://api.example.org/api", "https://api.example.org/api", ""},
		"slash at the end":       {"https://api.example.org/api/", "https://api.example.org/api", ""},
		"slash alone":            {"https://api.example.org/", "https://api.example.org", ""},
		"port":                   {"https://api.example.org:8443", "https://api.example.org:8443", ""},
		"escaped path":           {"https://api.example.org/a%2Fb/", "https://api.example.org/a%2Fb", ""},
		"http on 127.0.0.1":      {"http://127.0.0.1:8080", "http://127.0.0.1:8080", ""},
		"http on 127.9.9.9":      {"http://127.9.9.9", "http://127.9.9.9", ""},
		"http on ::1":            {"http://[::1]:80", "http://[::1]:80", ""},
		"http on localhost":      {"http://LocalHost:1", "http://LocalHost:1", ""},
		"http elsewhere":         {"http://api.example.org", "", "loopback"},
		"http on a name like it": {"http://localhost.example.org", "", "loopback"},
		"http on 127.0.0.1.nip":  {"http://127.0.0.1.example.org", "", "loopback"},
		"http on 0.0.0.0":        {"http://0.0.0.0", "", "loopback"},
		"other scheme":           {"ftp://api.example.org", "", "scheme"},
		"no scheme":              {"api.example.org/api", "", "scheme"},
		"opaque":                 {"https:api.example.org", "", "host"},
		"empty":                  {"", "", "scheme"},
		"no host":                {"https:///api", "", "host"},
		"port without host":      {"https://:443/api", "", "host"},
		"user info":              {"https://ada:canary@api.example.org", "", "user info"},
		"user info over http":    {"http://canary@127.0.0.1", "", "user info"},
		"query":                  {"https://api.example.org?key=canary", "", "query"},
		"empty query":            {"https://api.example.org?", "", "query"},
		"fragment":               {"https://api.example.org#canary", "", "fragment"},
		"empty fragment":         {"https://api.example.org#", "", "fragment"},
		"dot segment":            {"https://api.example.org/api/../canary", "", "dot segment"},
		"address":                {"https://[2001:db8::1]:8443", "https://[2001:db8::1]:8443", ""},
		"IPv4 address":           {"https://192.0.2.1", "https://192.0.2.1", ""},
		"upper case":             {"https://API.example.org", "https://API.example.org", ""},
		"address with a zone":    {"https://[::1%25canary]", "", "host"},
		"loopback with a zone":   {"http://[::1%25canary]", "", "host"},
		"name in brackets":       {"https://[canary]", "", "refused"},
		"IPv4 in brackets":       {"https://[127.0.0.1]", "", "refused"},
		"comma":                  {"https://canary,b", "", "host"},
		"wide slash":             {"https://canary%EF%BC%8F.example.org", "", "host"},
		"percent":                {"https://canary%25.example.org", "", "host"},
		"letters of a script":    {"https://cänary.example.org", "", "host"},
		"dot at the end":         {"https://canary.example.org.", "", "host"},
		"two dots":               {"https://canary..example.org", "", "host"},
		"underscore":             {"https://canary_x.example.org", "", "host"},
		"label too long":         {"https://" + strings.Repeat("a", 64) + ".example.org", "", "host"},
		"port of zero":           {"https://canary.example.org:0", "", "host"},
		"port too large":         {"https://canary.example.org:65536", "", "host"},
		"port with a zero":       {"https://canary.example.org:0443", "", "host"},
		"port left out":          {"https://canary.example.org:", "", "host"},
		"not a URL":              {"https://canary@[::1", "", "parsed"},
		"control character":      {"https://api.example.org/\n", "", "parsed"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			u, err := transport.CheckBaseURL(tt.raw)
			if tt.wantRule == "" {
				if err != nil || u.String() != tt.want {
					t.Errorf("CheckBaseURL(%q) = %v, %v; want %s", tt.raw, u, err, tt.want)
				}
				return
			}
			if !errors.Is(err, transport.ErrBaseURL) || !strings.Contains(err.Error(), tt.wantRule) || strings.Contains(err.Error(), "canary") {
				t.Errorf("CheckBaseURL(%q) error = %v, want one about the %s that quotes nothing", tt.raw, err, tt.wantRule)
			}
			if _, err := transport.New(tt.raw); !errors.Is(err, transport.ErrBaseURL) {
				t.Errorf("New(%q) error = %v, want %v", tt.raw, err, transport.ErrBaseURL)
			}
		})
	}
}

func TestRedirectKeepsItsStatus(t *testing.T) {
	t.Parallel()
	for _, location := range []string{"Location: https://elsewhere.invalid/?canary", "Location: ::canary%zz", "X-None: 1"} {
		for _, status := range []int{300, 301, 302, 303, 307, 308} {
			w := serving(says(status, "moved", location))(t)
			_, err := newTransport(t, w.url).Do(t.Context(), aCall(proctorbook.Write))

			got, ok := errors.AsType[*transport.StatusError](err)
			if !ok || got.Status != status || string(got.Body) != "moved" || !errors.Is(err, proctorbook.ErrRedirect) {
				t.Errorf("status %d, %s: error = %v, want it, its body and %v", status, location, err, proctorbook.ErrRedirect)
			}
			if strings.Contains(err.Error(), "canary") {
				t.Errorf("error %q quotes the Location", err)
			}
		}
	}
	if errors.Is(&transport.StatusError{Status: http.StatusNotFound}, proctorbook.ErrRedirect) {
		t.Error("404 is taken for a redirect")
	}
}
