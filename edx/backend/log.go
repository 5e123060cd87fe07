package backend

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"sync/atomic"

	"github.com/golang-jwt/jwt/v5"
)

// asker is whose call it is, as soon as anybody knows: the log has it also of a call
// that hangs, in a goroutine that tells no more.
type asker struct{ id atomic.Value }

// platform is "" as long as nobody knows.
func (a *asker) platform() PlatformID {
	if a == nil {
		return ""
	}
	id, _ := a.id.Load().(PlatformID)
	return id
}

// says keeps for the log whose call it says to be, which is not verified.
func (c call) says(id PlatformID) { c.asker.id.Store(id) }

// isOf keeps whose call it is, which is verified.
func (c *call) isOf(id PlatformID) {
	c.platform = id
	c.says(id)
}

// Why a call was refused, in the log.
const (
	whyNoForm     = "no form"
	whyGrant      = "unknown grant type"
	whyClient     = "unknown client"
	whySecret     = "wrong secret"
	whyNone       = "no"        // these go before the name of what it is
	whyMalformed  = "malformed" // it can't be read
	whyForeign    = "foreign"   // it is signed with no secret of the client that it names
	whyExpired    = "expired"   // it was good
	whyUnusable   = "unusable"  // signed as it should be, and it has not what it needs
	whyUsed       = "used"
	whyMedia      = "another media type"
	whyTooLarge   = "too large"
	whyTooSlow    = "too slow"
	whyBrokenOff  = "broken off"
	whyNoJSON     = "no JSON"
	whyNoObject   = "no JSON object"
	whyOtherKind  = "another kind of value at "
	whyOtherValue = "unusable value"
	kindOfToken   = "token"
	kindOfLink    = "link"
)

// because returns a with a word for the log on why it is no success.
func (a answer) because(why string) answer {
	a.why = why
	return a
}

// serious returns a as one of which the operator has to hear: somebody's secret is
// another than here, and it stays so until somebody changes it.
func (a answer) serious() answer {
	a.warn = true
	return a
}

// whyUnverified says what was wrong with a token, by the error of its parser.
func whyUnverified(err error) string {
	switch {
	case errors.Is(err, jwt.ErrTokenMalformed):
		return whyMalformed
	case errors.Is(err, jwt.ErrTokenSignatureInvalid), errors.Is(err, jwt.ErrTokenUnverifiable):
		return whyForeign
	case errors.Is(err, jwt.ErrTokenExpired):
		return whyExpired
	}
	return whyUnusable
}

// unverified returns a with why a token or a link is not taken. One that names a client
// of ours and has another's signature is serious: with a secret that was changed on one
// side alone all calls fail.
func (a answer) unverified(why, kind string, says PlatformID) answer {
	if a = a.because(why + " " + kind); why == whyForeign && says != "" {
		return a.serious()
	}
	return a
}

// note writes to the operator's log, whose panic harms nobody.
func (h *handler) note(ctx context.Context, level slog.Level, text string, args ...any) {
	defer func() { _ = recover() }()
	h.log.Log(ctx, level, text, args...)
}

// noteRefusal logs an answer that is none of success.
func (h *handler) noteRefusal(ctx context.Context, c call, a answer) {
	name := "unknown"
	if c.route != nil {
		name = c.name
	}
	level := slog.LevelInfo
	switch {
	case a.status >= http.StatusInternalServerError:
		level = slog.LevelError
	case a.warn:
		level = slog.LevelWarn
	}
	args := []any{"call", name, "status", a.status, "platform", string(c.asker.platform())}
	if a.why != "" {
		args = append(args, "why", a.why)
	}
	h.note(ctx, level, "backend: refused", args...)
}
