package edx

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/internal/transport"
)

const (
	renewalTimeout = time.Minute      // limits a renewal, also after its callers have left
	renewalPause   = 30 * time.Second // after a failed early renewal
	doubtAfter     = time.Minute      // the age at which an unexplained 403 may be the token's fault
)

// credential is the value of an Authorization header. A zero one is never fresh.
type credential struct {
	serial  uint64 // tells this one from those before it
	header  secret
	asked   time.Time
	renewAt time.Time // from then on a new one is asked for
	expires time.Time // until then this one will do
}

func (c credential) fresh(now time.Time) bool  { return now.Before(c.renewAt) }
func (c credential) usable(now time.Time) bool { return now.Before(c.expires) }

// tokenCache keeps the credential that all calls share, and makes at most one
// request for a new one at a time.
type tokenCache struct {
	fetch   func(context.Context) (credential, error)
	foreign bool // fetch asks the caller's own source, which makes its own pauses
	clock   proctorbook.Clock
	flight  singleflight.Group

	mu       sync.Mutex
	held     credential
	refused  pause // the platform refuses to give a token
	rejected pause // it gives tokens, and then rejects them
	refusal  error // the last one
}

// current returns the credential for a call. Near the end of its life it is
// renewed; if that fails, the old one is used for as long as it lasts.
func (c *tokenCache) current(ctx context.Context) (credential, error) {
	held := c.load()
	if held.fresh(c.clock.Now()) {
		return held, nil
	}
	renewed, err := c.replace(ctx, held)
	if err != nil && held.usable(c.clock.Now()) {
		return held, nil
	}
	return renewed, err
}

// replace returns a credential newer than old. Callers that replace the same
// credential share one request. A caller whose context ends returns at once; the
// request continues for the others.
func (c *tokenCache) replace(ctx context.Context, old credential) (credential, error) {
	if ctx.Err() != nil {
		return credential{}, ended(ctx)
	}
	done := c.flight.DoChan(strconv.FormatUint(old.serial, 10), func() (any, error) {
		return c.renew(context.WithoutCancel(ctx), old)
	})
	select {
	case <-ctx.Done():
		return credential{}, ended(ctx)
	case result := <-done:
		renewed, _ := result.Val.(credential)
		return renewed, result.Err
	}
}

// ended returns the error of a context that has ended; errors.Is sees the
// caller's own cause too.
func ended(ctx context.Context) error {
	return quietError{ctx.Err().Error(), []error{ctx.Err(), context.Cause(ctx)}}
}

func (c *tokenCache) renew(ctx context.Context, old credential) (credential, error) {
	if held := c.load(); held.serial != old.serial && held.fresh(c.clock.Now()) {
		return held, nil // another flight ended between our look and our start
	}
	if err := c.paused(); err != nil {
		return credential{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, renewalTimeout)
	defer cancel()
	renewed, err := c.fetchSafely(ctx)
	c.note(err)
	if err != nil {
		c.delay(old)
		return credential{}, err
	}
	return c.store(renewed), nil
}

// fetchSafely turns a panic on the way into an error. A renewal runs in a goroutine of
// its own, in which a panic of the caller's token source, limiter or observer would
// end the process, whatever the caller recovers.
func (c *tokenCache) fetchSafely(ctx context.Context) (renewed credential, err error) {
	defer func() {
		if recover() != nil { // what it was may hold a token
			renewed, err = credential{}, quietError{text: "edx: the token source, or another part of the program, panicked while a token was fetched"}
		}
	}()
	return c.fetch(ctx)
}

func (c *tokenCache) load() credential {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.held
}

func (c *tokenCache) store(renewed credential) credential {
	c.mu.Lock()
	defer c.mu.Unlock()
	renewed.serial = c.held.serial + 1
	c.held = renewed
	return renewed
}

// delay puts off the next early renewal of old, so that an outage of the token
// endpoint does not slow down the calls that old can still serve.
func (c *tokenCache) delay(old credential) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.held.serial != old.serial {
		return
	}
	c.held.renewAt = c.clock.Now().Add(renewalPause)
	if c.held.renewAt.After(c.held.expires) {
		c.held.renewAt = c.held.expires
	}
}

// refuses reports whether err is an answer that refuses the credential. The views
// of edx-proctoring answer 403 where others answer 401, in the platform's own
// language. So their 403 counts if it speaks of the token, if the token has
// expired, and also if the token is older than a minute, since it may have been
// revoked. A call that is really forbidden costs at most one token a minute.
func (c *tokenCache) refuses(op operation, used credential, err error) bool {
	refused, ok := errors.AsType[*transport.StatusError](err)
	switch {
	case !ok || op.class == proctorbook.Write && errors.Is(err, proctorbook.ErrOutcomeUnknown):
		return false
	case refused.Status == http.StatusUnauthorized:
		return true
	case refused.Status != http.StatusForbidden || op.family != proctoring:
		return false
	}
	now := c.clock.Now()
	return !used.usable(now) || now.Sub(used.asked) >= doubtAfter || blamesToken(refused)
}

// quietError stands for foreign errors. errors.Is sees them, but neither the text
// nor errors.As does: they may hold a URL or a token.
type quietError struct {
	text string
	errs []error
}

func (e quietError) Error() string              { return e.text }
func (e quietError) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, e.text) }
func (e quietError) Is(target error) bool {
	return slices.ContainsFunc(e.errs, func(err error) bool { return errors.Is(err, target) })
}
