package openedx

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"slices"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"github.com/proctorbook/proctorbook/edx/backend"
	"github.com/proctorbook/proctorbook/scheduling"
)

// This file keeps which browsers an attempt is open to. The first one that opens a link is
// let in; whoever comes with another one must know who the learner is.

// Browser is a browser that an attempt is open to.
type Browser struct {
	Hash  string    `json:"hash"`  // of the mark that is in its cookie
	Since time.Time `json:"since"` // when it was let in; UTC
}

// Guesses are wrong answers to the question who the learner is.
type Guesses struct {
	Wrong int       `json:"wrong,omitempty"` // in a row
	Last  time.Time `json:"last,omitzero"`   // when the last one was given; UTC
}

const (
	mostBrowsers = 5                // of an attempt: the oldest makes room
	mostGuesses  = 5                // wrong ones in a row
	guessPause   = 15 * time.Minute // after so many
)

var (
	errBound   = errors.New("openedx: the attempt is open to another browser")
	errWrong   = errors.New("openedx: that is not the learner")
	errGuessed = errors.New("openedx: too many wrong answers")
)

// hashOf is how a mark is kept: whoever reads the store can't take a browser's place.
func hashOf(id backend.AttemptID, mark string) string {
	sum := sha256.Sum256([]byte("proctorbook openedx browser 1\n" + string(id) + "\n" + mark))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// opensTo reports whether the attempt is open to the browser with the mark.
func (a Attempt) opensTo(mark string, now time.Time, life time.Duration) bool {
	hash, known := hashOf(a.ID, mark), false
	for _, b := range a.Browsers {
		same := subtle.ConstantTimeCompare([]byte(b.Hash), []byte(hash)) == 1
		known = known || same && now.Before(b.Since.Add(life))
	}
	return known
}

// admit opens the attempt to one more browser.
func (a *Attempt) admit(mark string, now time.Time) {
	a.Browsers = append(slices.Clone(a.Browsers), Browser{Hash: hashOf(a.ID, mark), Since: now})
	a.Browsers = a.Browsers[max(0, len(a.Browsers)-mostBrowsers):]
	a.Guesses = Guesses{}
}

// bindFirst opens the attempt to its first browser. Of several at once one is let in, and
// the others get errBound.
func (p *parts) bindFirst(ctx context.Context, id backend.AttemptID, mark string) error {
	_, err := p.change(ctx, id, func(a *Attempt) error {
		if len(a.Browsers) > 0 {
			return errBound
		}
		a.admit(mark, p.now())
		return nil
	})
	return err
}

// bindAnother opens the attempt to another browser, if the answer is the learner's name or
// address. Each wrong answer is stored before anybody learns that it was wrong.
func (p *parts) bindAnother(ctx context.Context, id backend.AttemptID, who Person, answer, mark string) error {
	right := answers(answer, who.FullName) || answers(answer, who.Email)
	var outcome error
	_, err := p.change(ctx, id, func(a *Attempt) error {
		now := p.now()
		if a.Guesses.Wrong >= mostGuesses {
			if now.Before(a.Guesses.Last.Add(guessPause)) {
				return errGuessed
			}
			a.Guesses = Guesses{}
		}
		if outcome = nil; right {
			a.admit(mark, now)
			return nil
		}
		outcome = errWrong
		a.Guesses = Guesses{Wrong: a.Guesses.Wrong + 1, Last: now}
		return nil
	})
	if err != nil {
		return err
	}
	return outcome
}

// answers reports whether both are the same, whatever their case and blanks, and the form
// of their accents. Nothing answers what is not known.
func answers(answer, known string) bool {
	plain := func(s string) string { return norm.NFC.String(strings.Join(strings.Fields(s), " ")) }
	one, other := plain(answer), plain(known)
	return other != "" && strings.EqualFold(one, other)
}

// ForgetBrowsers closes the attempt to all browsers: the next one that opens a link is let
// in. It is for staff, when a learner can't confirm who they are, or somebody else was
// let in. Errors: backend.ErrNotFound, errors of the store.
func (p *Provider) ForgetBrowsers(ctx context.Context, id backend.AttemptID) error {
	_, err := p.change(ctx, id, func(a *Attempt) error {
		a.Browsers, a.Guesses = nil, Guesses{}
		return nil
	})
	if errors.Is(err, scheduling.ErrNotFound) {
		err = backend.ErrNotFound
	}
	return err
}
