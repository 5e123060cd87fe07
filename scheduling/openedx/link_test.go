package openedx_test

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/edx/backend"
	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/scheduling/openedx"
)

const (
	linkBase             = "https://exams.example.org/sit"
	keyA, keyB, otherKey = backend.Secret("a0123456789abcdef0123456789abcdef"), backend.Secret("b0123456789abcdef0123456789abcdef"), backend.Secret("c0123456789abcdef0123456789abcdef")
)

var (
	adasRef = backend.AttemptRef{Platform: "north", Exam: "exam-1", Attempt: "attempt-ada_1"}
	bobsRef = backend.AttemptRef{Platform: "north", Exam: "exam-1", Attempt: "attempt-bob_1"}
)

func newLinks(t testing.TB, clock *proctorbooktest.Clock, keys ...backend.Secret) *openedx.Links {
	t.Helper()
	l, err := openedx.NewLinks(linkBase+"/", keys, openedx.WithLinkClock(clock))
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// own is a link's part behind the last slash.
func own(link string) string { return link[strings.LastIndex(link, "/")+1:] }

func TestLinks(t *testing.T) {
	t.Parallel()
	clock := proctorbooktest.NewClock(day)
	links := newLinks(t, clock, keyA)
	link := links.URL(adasRef)
	if !regexp.MustCompile(`^https://exams\.example\.org/sit/link/[A-Za-z0-9:/?&=._~%-]+$`).MatchString(link) {
		t.Errorf("the link is %q", link)
	}
	id, err := links.Open(own(link))
	if id != adasRef.Attempt || err != nil {
		t.Errorf("Open = %s, %v; want ada's attempt", id, err)
	}
	clock.Advance(time.Hour - time.Second)
	if _, err := links.Open(own(link)); err != nil {
		t.Errorf("Open a second before the end: %v", err)
	}
	clock.Advance(time.Second)
	if id, err := links.Open(own(link)); !errors.Is(err, openedx.ErrLinkExpired) || id != "" {
		t.Errorf("Open at the end = %q, %v; want ErrLinkExpired", id, err)
	}
	if got := links.URL(backend.AttemptRef{Attempt: "a.b"}); got != "" {
		t.Errorf("the link of an id that no platform can have is %q", got)
	}
}

// Each change of a link is refused, of whichever character, also one that base64 ignores.
func TestAChangedLink(t *testing.T) {
	t.Parallel()
	links := newLinks(t, proctorbooktest.NewClock(day), keyA)
	ada, bob := own(links.URL(adasRef)), own(links.URL(bobsRef))
	a, b := strings.Split(ada, "."), strings.Split(bob, ".")
	changed := []string{
		"", ".", "..", "...", a[0], a[0] + "." + a[1], ada + ".", ada + "=", "." + ada, ada + "\n", ada + ada, strings.ToUpper(ada),
		b[0] + "." + a[1] + "." + a[2], a[0] + "." + b[1] + "." + b[2], // ada's signature on bob's attempt, and the reverse
		a[0] + ".9999999999." + a[2], a[0] + "." + a[1] + "0." + a[2], a[0] + "." + a[1] + ".", strings.Repeat("x", 1<<16) + ada,
	}
	for i := range ada {
		for _, c := range "AZaz09-_.%" {
			if byte(c) != ada[i] {
				changed = append(changed, ada[:i]+string(c)+ada[i+1:])
			}
		}
		changed = append(changed, ada[:i]+ada[i+1:])
	}
	for _, link := range changed {
		if id, err := links.Open(link); !errors.Is(err, openedx.ErrLink) || id != "" {
			t.Errorf("Open(%q) = %q, %v; want ErrLink", link, id, err)
		}
	}
}

// A key is replaced without a break: the new one in front, the old one behind it.
func TestKeysRotate(t *testing.T) {
	t.Parallel()
	clock := proctorbooktest.NewClock(day)
	old, both, fresh := newLinks(t, clock, keyA), newLinks(t, clock, keyB, keyA), newLinks(t, clock, keyB)
	for name, tt := range map[string]struct {
		made, read *openedx.Links
		want       error
	}{
		"the old one's, while both are there": {old, both, nil},
		"the new one's, while both are there": {both, both, nil},
		"the new one's, when the old is gone": {both, fresh, nil},
		"the old one's, when it is gone":      {old, fresh, openedx.ErrLink},
		"the new one's, before it is there":   {both, old, openedx.ErrLink},
		"another's":                           {newLinks(t, clock, otherKey), both, openedx.ErrLink},
	} {
		if _, err := tt.read.Open(own(tt.made.URL(adasRef))); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", name, err, tt.want)
		}
	}
}

func TestNewLinksRefuses(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		base string
		keys []backend.Secret
		opts []openedx.LinkOption
	}{
		"http":              {"http://exams.example.org/sit", []backend.Secret{keyA}, nil},
		"no host":           {"/sit", []backend.Secret{keyA}, nil},
		"a query":           {linkBase + "?a=b", []backend.Secret{keyA}, nil},
		"a quote":           {linkBase + "'", []backend.Secret{keyA}, nil},
		"a user":            {"https://u@exams.example.org", []backend.Secret{keyA}, nil},
		"long":              {linkBase + strings.Repeat("x", 1000), []backend.Secret{keyA}, nil},
		"no key":            {linkBase, nil, nil},
		"a short key":       {linkBase, []backend.Secret{keyA, "0123456789abcdef"}, nil},
		"no option":         {linkBase, []backend.Secret{keyA}, []openedx.LinkOption{nil}},
		"no clock":          {linkBase, []backend.Secret{keyA}, []openedx.LinkOption{openedx.WithLinkClock(nil)}},
		"no randomness":     {linkBase, []backend.Secret{keyA}, []openedx.LinkOption{openedx.WithLinkRandom(nil)}},
		"a life of a year":  {linkBase, []backend.Secret{keyA}, []openedx.LinkOption{openedx.WithLinkLife(365 * 24 * time.Hour)}},
		"a browser forever": {linkBase, []backend.Secret{keyA}, []openedx.LinkOption{openedx.WithBrowserLife(0)}},
	} {
		if _, err := openedx.NewLinks(tt.base, tt.keys, tt.opts...); err == nil || strings.Contains(err.Error(), "0123456789") {
			t.Errorf("%s: %v, want an error without the key", name, err)
		}
	}
	for _, base := range []string{linkBase, "https://exams.example.org", "http://localhost:8080/", "http://127.0.0.1:1/a/b"} {
		if _, err := openedx.NewLinks(base, []backend.Secret{keyA}); err != nil {
			t.Errorf("%s: %v", base, err)
		}
	}
	if l := newLinks(t, proctorbooktest.NewClock(day), keyA); fmt.Sprintf("%v %+v %#v", l, *l, l) != strings.Repeat("openedx.Links ", 2)+"openedx.Links" {
		t.Errorf("the links print as %#v", l)
	}
}

// No text but the link itself opens an attempt.
func FuzzLinks(f *testing.F) {
	clock := proctorbooktest.NewClock(day)
	links := newLinks(f, clock, keyA, keyB)
	good := own(links.URL(adasRef))
	f.Add(good)
	f.Add(own(newLinks(f, clock, keyB).URL(bobsRef)))
	f.Add(own(newLinks(f, clock, otherKey).URL(adasRef)))
	f.Add("attempt-ada_1.9999999999.")
	known := map[string]bool{good: true, own(newLinks(f, clock, keyB).URL(bobsRef)): true}
	f.Fuzz(func(t *testing.T, link string) {
		id, err := links.Open(link)
		if known[link] {
			if err != nil || !strings.HasPrefix(link, string(id)+".") {
				t.Errorf("Open of a good link = %q, %v", id, err)
			}
			return
		}
		if !errors.Is(err, openedx.ErrLink) || id != "" {
			t.Errorf("Open(%q) = %q, %v; want ErrLink", link, id, err)
		}
	})
}
