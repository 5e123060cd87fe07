package proctoru_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/proctorbook/proctorbook/proctoru"
)

// notHosts are hosts that end as an allowed one does, and that a browser or a
// library may read as another one.
var notHosts = map[string]string{
	"an address with a zone":         "[::1%25.proctoru.com]",
	"an address in brackets":         "[::1]",
	"a foreign slash, escaped":       "evil.com%EF%BC%8F.proctoru.com",
	"a foreign slash":                "evil.com\uff0f.proctoru.com",
	"a foreign letter":               "pr\u043ectoru.proctoru.com",
	"a foreign letter, escaped":      "%d0%be.proctoru.com",
	"an escaped slash":               "evil.com%2F.proctoru.com",
	"a comma":                        "evil.com,.proctoru.com",
	"a semicolon":                    "evil.com;.proctoru.com",
	"a quote":                        `evil.com".proctoru.com`,
	"an apostrophe":                  "evil.com'.proctoru.com",
	"an angle":                       "evil.com<.proctoru.com",
	"another angle":                  "evil.com>.proctoru.com",
	"a space":                        "evil.com .proctoru.com",
	"an escaped space":               "evil.com%20.proctoru.com",
	"a tab":                          "evil.com\t.proctoru.com",
	"a line feed":                    "evil.com\n.proctoru.com",
	"a zero byte":                    "evil.com\x00.proctoru.com",
	"a delete":                       "evil.com\x7f.proctoru.com",
	"a backslash":                    `evil.com\.proctoru.com`,
	"a star":                         "*.proctoru.com",
	"an exclamation mark":            "evil.com!.proctoru.com",
	"a dollar":                       "$.proctoru.com",
	"an equals sign":                 "a=b.proctoru.com",
	"a low line":                     "a_b.proctoru.com",
	"a tilde":                        "~.proctoru.com",
	"a plus":                         "a+b.proctoru.com",
	"brackets":                       "(evil.com).proctoru.com",
	"a dot at the end":               "demo.proctoru.com.",
	"two dots at the end":            "demo.proctoru.com..",
	"a dot at the beginning":         ".proctoru.com",
	"an empty label":                 "demo..proctoru.com",
	"a hyphen before a label":        "-demo.proctoru.com",
	"a hyphen after a label":         "demo-.proctoru.com",
	"a label of 64":                  strings.Repeat("a", 64) + ".proctoru.com",
	"a name of more than 253":        strings.Repeat("abcdefg.", 31) + "proctoru.com",
	"an empty user":                  "@demo.proctoru.com",
	"a user":                         "ada@demo.proctoru.com",
	"user and password":              "ada:pw@demo.proctoru.com",
	"the host as a user":             "demo.proctoru.com@evil.com",
	"a port of no digits":            "demo.proctoru.com:",
	"another port":                   "demo.proctoru.com:8443",
	"a port with a zero before it":   "demo.proctoru.com:0443",
	"a port that is not a number":    "demo.proctoru.com:https",
	"two ports":                      "demo.proctoru.com:443:443",
	"another host":                   "evil.com",
	"a host that ends in the same":   "notproctoru.com",
	"a host that begins in the same": "proctoru.com.evil.com",
	"no host":                        "",
}

func TestParseSecretURL_hosts(t *testing.T) {
	t.Parallel()
	for name, host := range notHosts {
		for _, rest := range []string{"/", "", "/in?token=1", "?x", "#x"} {
			u, err := proctoru.ParseSecretURL("https://"+host+rest, "proctoru.com")
			if !errors.Is(err, proctoru.ErrUnsafeURL) || !u.IsZero() {
				t.Errorf("%s: ParseSecretURL(%q) = %q, %v; want ErrUnsafeURL", name, "https://"+host+rest, u.Reveal(), err)
			}
		}
	}
	for _, host := range []string{
		"proctoru.com", "demo.proctoru.com", "a.b.c.proctoru.com", "DEMO.ProctorU.com", "demo.proctoru.com:443", "a-b.proctoru.com",
		"xn--e1a4c.proctoru.com", "7.proctoru.com", strings.Repeat("a", 63) + ".proctoru.com",
	} {
		raw := "https://" + host + "/in?token=1"
		if u, err := proctoru.ParseSecretURL(raw, "proctoru.com"); err != nil || u.Reveal() != raw {
			t.Errorf("ParseSecretURL(%q) = %q, %v; want it back", raw, u.Reveal(), err)
		}
	}
}

// A list with what is no host allows nothing by it.
func TestParseSecretURL_hostsThatAreNone(t *testing.T) {
	t.Parallel()
	for _, list := range [][]string{{""}, {"."}, {".com"}, {"evil.com."}, {"*.com"}, {"%"}, {"::1"}, nil} {
		for _, raw := range []string{"https://evil.com/", "https://evil.com./", "https://[::1]/", "https:///x"} {
			if u, err := proctoru.ParseSecretURL(raw, list...); err == nil {
				t.Errorf("ParseSecretURL(%q, %q) = %q, want ErrUnsafeURL", raw, list, u.Reveal())
			}
		}
	}
}

// Tokens stand in the query and in the path: only scheme and host are shown.
func TestSecretURL_showsTheHostAlone(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		"https://demo.proctoru.com":                    "https://demo.proctoru.com",
		"https://demo.proctoru.com/":                   "https://demo.proctoru.com",
		"https://demo.proctoru.com/token-4711":         "https://demo.proctoru.com/REDACTED",
		"https://demo.proctoru.com/token-4711/":        "https://demo.proctoru.com/REDACTED",
		"https://demo.proctoru.com?token-4711":         "https://demo.proctoru.com/REDACTED",
		"https://demo.proctoru.com#token-4711":         "https://demo.proctoru.com/REDACTED",
		"https://demo.proctoru.com:443/in?token-4711#": "https://demo.proctoru.com:443/REDACTED",
	} {
		u, err := proctoru.ParseSecretURL(raw, "proctoru.com")
		if err != nil || u.Reveal() != raw {
			t.Errorf("ParseSecretURL(%q) = %q, %v", raw, u.Reveal(), err)
		}
		text, _ := u.MarshalText()
		coded, _ := u.GobEncode()
		for _, got := range []string{u.String(), fmt.Sprintf("%v", u), fmt.Sprintf("%q", u), u.LogValue().String(), string(text), string(coded)} {
			if got != want {
				t.Errorf("%q is shown as %q, want %q", raw, got, want)
			}
		}
	}
}

// What is no host is none on the way back either, and in the options.
func TestReturnURLs_hosts(t *testing.T) {
	t.Parallel()
	listed, provider := newTestClient(t, proctoru.WithReturnHosts("proctoru.com"))
	provider.Reply("POST /autoLogin", "students/login_ok.json")
	open, provider := newTestClient(t)
	provider.Reply("POST /autoLogin", "students/login_ok.json")
	fine := []string{"another host", "another port", "a host that ends in the same", "a host that begins in the same"} // where any host is allowed
	for name, host := range notHosts {
		for _, client := range []*proctoru.Client{listed, open} {
			wanted := client == open && slices.Contains(fine, name) || client == listed && name == "another port"
			params := adaSignsIn
			params.ReturnURL = "https://" + host + "/back"
			_, err := client.Students.LoginURL(ctx, params)
			loopback := client == open && host == "[::1]"
			if got := fieldsOf(err); (len(got) == 0) != (wanted || loopback) {
				t.Errorf("%s: ReturnURL %q: %v, want allowed %t", name, params.ReturnURL, err, wanted)
			}
		}
	}
	for raw, ok := range map[string]bool{
		"http://localhost:8000/back": true, "http://127.0.0.1/": true, "http://127.0.0.9:8000": true, "http://[::1]:8000/": true, "http://LOCALHOST/": true,
		"http://localhost.evil.com/": false, "http://[::1%25x]/": false, "http://127.0.0.1.evil.com/": false, "http://0177.0.0.1/": false, "http://ada@localhost/": false,
		"http://localhost:0/": false, "http://localhost:99999/": false, "http://10.0.0.1/": false,
	} {
		params := adaSignsIn
		params.ReturnURL = raw
		if _, err := open.Students.LoginURL(ctx, params); (len(fieldsOf(err)) == 0) != ok {
			t.Errorf("ReturnURL %q: %v, want allowed %t", raw, err, ok)
		}
	}
}

// The other URLs that people open have hosts of the same kind.
func TestPages_hosts(t *testing.T) {
	t.Parallel()
	other := []string{"another host", "another port", "a host that ends in the same", "a host that begins in the same"}
	client, provider := newTestClient(t)
	provider.Reply("POST /editExam", "exams/save_ok.json")
	for name, host := range notHosts {
		page := "https://" + host + "/"
		wanted := slices.Contains(other, name)
		if _, err := proctoru.NewClient(proctoru.SandboxURL, testToken, proctoru.WithEquipmentCheckURL(page)); (err == nil) != wanted {
			t.Errorf("%s: WithEquipmentCheckURL(%q): %v, want allowed %t", name, page, err, wanted)
		}
		_, err := client.Exams.Save(ctx, proctoru.SaveExamParams{URL: page})
		if refused := slices.Contains(fieldsOf(err), "URL"); refused == wanted {
			t.Errorf("%s: an exam's URL %q: %v, want allowed %t", name, page, err, wanted)
		}
	}
	for _, host := range []string{strings.Repeat("a", 64) + ".example.org", strings.Repeat("abcdefg.", 31) + "example.org", "example.org.", "1.2.3.4", "a_b.example.org"} {
		for name, option := range map[string]proctoru.Option{"WithLaunchHosts": proctoru.WithLaunchHosts(host), "WithReturnHosts": proctoru.WithReturnHosts(host)} {
			if _, err := proctoru.NewClient(proctoru.SandboxURL, testToken, option); err == nil {
				t.Errorf("%s took %q", name, host)
			}
		}
	}
}
