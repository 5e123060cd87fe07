package openedx

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/edx/backend"
)

// Links signs the links on which learners come from the platform's page to the booking
// pages, and reads them. [Links.URL] is the func for [WithLink], and [Provider.Gate]
// serves what the links lead to. It is safe for use by many goroutines. Give all replicas
// the same base and keys.
//
// Whoever has a link is let in as the learner once, so a link is as good as a password for
// as long as it lives: it is made anew at each view of the platform's page, and neither
// stored nor logged.
type Links struct{ *signer }

// signer is what Links has. It is behind a pointer, so that a copy of a Links is printed
// as the Links is.
type signer struct {
	base    *url.URL // without a slash at the end
	keys    [][]byte // the first signs
	life    time.Duration
	browser time.Duration
	clock   proctorbook.Clock

	mu     sync.Mutex // guards random
	random io.Reader
}

// MinLinkKeyBytes is how many bytes a key of [NewLinks] has at least. Draw them at random.
const MinLinkKeyBytes = 32

// maxLinkChars bounds a link's own part. Ours have some 90 characters.
const maxLinkChars = 512

// LinkOption sets a property of [Links]. NewLinks fails with an invalid one.
type LinkOption func(*signer) error

// WithLinkLife sets how long a link is good, from a minute to a week. Default: an hour,
// since the platform's page has a fresh one each time.
func WithLinkLife(d time.Duration) LinkOption {
	return func(s *signer) error {
		if d < time.Minute || d > 7*24*time.Hour {
			return errors.New("openedx: WithLinkLife: must be from a minute to a week")
		}
		s.life = d
		return nil
	}
}

// WithBrowserLife sets for how long a browser that was let in stays known, from a minute
// to a year. Then the learner comes by a link again, and confirms who they are. Default:
// 30 days.
func WithBrowserLife(d time.Duration) LinkOption {
	return func(s *signer) error {
		if d < time.Minute || d > 365*24*time.Hour {
			return errors.New("openedx: WithBrowserLife: must be from a minute to a year")
		}
		s.browser = d
		return nil
	}
}

// WithLinkClock sets the clock. Default: [proctorbook.SystemClock].
func WithLinkClock(c proctorbook.Clock) LinkOption {
	return func(s *signer) error {
		if c == nil {
			return errors.New("openedx: WithLinkClock: nil clock")
		}
		s.clock = c
		return nil
	}
}

// WithLinkRandom sets the source of randomness for the marks that browsers get. Default:
// the system's.
func WithLinkRandom(r io.Reader) LinkOption {
	return func(s *signer) error {
		if r == nil {
			return errors.New("openedx: WithLinkRandom: nil reader")
		}
		s.random = r
		return nil
	}
}

// NewLinks returns the links below base, such as https://exams.example.org/sit, where
// [Provider.Gate] is mounted. base begins with https:// (http:// for this machine), has
// no query, and only characters of [A-Za-z0-9:/._~-], since the platform puts links into a
// script.
//
// The first key signs, and all of them are taken: to replace a key put the new one in
// front, and leave the old one behind it for as long as its links are good.
func NewLinks(base string, keys []backend.Secret, opts ...LinkOption) (*Links, error) {
	root, err := linkBase(base)
	if err != nil {
		return nil, err
	}
	s := &signer{base: root, life: time.Hour, browser: 30 * 24 * time.Hour, clock: proctorbook.SystemClock{}, random: rand.Reader}
	for _, key := range keys {
		if len(key) < MinLinkKeyBytes {
			return nil, fmt.Errorf("openedx: NewLinks: each key must have at least %d bytes", MinLinkKeyBytes)
		}
		s.keys = append(s.keys, []byte(key.Reveal()))
	}
	if len(s.keys) == 0 {
		return nil, errors.New("openedx: NewLinks: no key")
	}
	for _, opt := range opts {
		if opt == nil {
			return nil, errors.New("openedx: NewLinks: an option is nil")
		}
		if err := opt(s); err != nil {
			return nil, err
		}
	}
	return &Links{s}, nil
}

// linkBase reads the base of links.
func linkBase(text string) (*url.URL, error) {
	const most = 1000 // the platform takes 2000 for the whole
	base, err := url.Parse(strings.TrimSuffix(text, "/"))
	switch {
	case err != nil || base.Hostname() == "" || len(text) > most || base.User != nil || strings.ContainsFunc(text, func(r rune) bool {
		return !isIDChar(r) && !strings.ContainsRune(":/.~", r)
	}):
		return nil, errors.New("openedx: NewLinks: base must be an absolute URL of letters, digits and : / . _ ~ -, at most 1000")
	case base.Scheme != "https" && (base.Scheme != "http" || base.Hostname() != "localhost" && base.Hostname() != "127.0.0.1"):
		return nil, errors.New("openedx: NewLinks: base must begin with https://")
	}
	return base, nil
}

func isIDChar(r rune) bool {
	return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r == '-' || r == '_'
}

// Format prints no more than the type, for every verb.
func (l Links) Format(f fmt.State, _ rune) { fmt.Fprint(f, "openedx.Links") }

// URL returns a link for the attempt, good from now on. It is a [LinkFunc].
func (l *Links) URL(ref backend.AttemptRef) string {
	id := string(ref.Attempt)
	if id == "" || strings.ContainsFunc(id, func(r rune) bool { return !isIDChar(r) }) {
		return ""
	}
	until := strconv.FormatInt(l.clock.Now().Add(l.life).Unix(), 10)
	return l.base.String() + "/link/" + id + "." + until + "." + linkMAC(l.keys[0], id, until)
}

// The errors of [Links.Open]. The way out of each is the same: the exam's page on the
// platform has a fresh link.
var (
	ErrLink        = errors.New("openedx: this is no link of ours, or it was changed: take the one on the exam's page")
	ErrLinkExpired = errors.New("openedx: the link is no longer good: take the one on the exam's page, which is new each time")
)

// Open reads the part of a link behind the last slash, and returns whose attempt it is
// for. Errors: [ErrLink], [ErrLinkExpired].
func (l *Links) Open(link string) (backend.AttemptID, error) {
	id, rest, _ := strings.Cut(link, ".")
	until, mac, signed := strings.Cut(rest, ".")
	if !signed || len(link) > maxLinkChars {
		return "", ErrLink
	}
	good := false
	for _, key := range l.keys {
		// The texts are compared, not what they decode to: one link has one spelling.
		good = hmac.Equal([]byte(linkMAC(key, id, until)), []byte(mac)) || good
	}
	if !good {
		return "", ErrLink
	}
	seconds, err := strconv.ParseInt(until, 10, 64)
	if err != nil || !l.clock.Now().Before(time.Unix(seconds, 0)) {
		return "", ErrLinkExpired
	}
	return backend.AttemptID(id), nil
}

// linkMAC signs a link. Neither part can have the line end between them.
func linkMAC(key []byte, id, until string) string {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte("proctorbook openedx link 1\n" + id + "\n" + until))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// mark draws what a browser gets.
func (s *signer) mark() (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var drawn [32]byte
	if _, err := io.ReadFull(s.random, drawn[:]); err != nil {
		return "", fmt.Errorf("openedx: WithLinkRandom: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(drawn[:]), nil
}
