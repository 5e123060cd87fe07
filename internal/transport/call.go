package transport

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/hashicorp/go-retryablehttp"

	"github.com/proctorbook/proctorbook"
)

// call is one call under way: what its attempts share, and what came of the last.
type call struct {
	t        *Transport
	ctx      context.Context // the caller's
	req      Request
	deadline time.Time // of the whole call, by the transport's clock
	url      url.URL   // as all attempts send it, but for the stamp
	header   http.Header
	form     string // the same for all attempts; excludes a body
	shell    retryablehttp.Request

	attempts  int
	sent      time.Time // when the last attempt was
	last      result
	mayBeDone bool // an attempt was made that the service may have acted on

	wait    time.Duration // before the next attempt
	waiting bool          // for the next attempt
	waitErr error         // why the wait ended early
	broke   bool          // there was no budget for the next attempt
}

type callKey struct{}

// callOf returns the call that a context of [call.wrap] carries.
func callOf(ctx context.Context) *call { return ctx.Value(callKey{}).(*call) }

// prepare checks the request, and encodes what its attempts share.
func (c *call) prepare() (err error) {
	if err := c.req.check(); err != nil {
		return err
	}
	if c.url, err = c.req.resolve(c.t.base); err != nil {
		return err
	}
	c.url.RawQuery = c.req.Query.Encode()
	contentType := c.req.ContentType
	if c.req.Form != nil || c.req.FormText != "" || c.req.stampsForm() {
		c.form, contentType = c.req.FormText, "application/x-www-form-urlencoded"
	}
	if c.req.Form != nil {
		c.form = c.req.Form.Encode()
	}
	c.header = make(http.Header, len(c.req.Header)+2)
	c.header["User-Agent"] = c.t.userAgent
	if contentType != "" {
		c.header["Content-Type"] = []string{contentType}
	}
	for name, values := range c.req.Header {
		c.header[http.CanonicalHeaderKey(name)] = values
	}
	c.wrap()
	return nil
}

// wrap makes the request that go-retryablehttp and http.Client handle. It holds
// neither path, query, header nor body, so they can neither repeat, redirect,
// log nor quote them.
func (c *call) wrap() {
	ctx := context.WithValue(c.ctx, callKey{}, c)
	c.shell.Request = (&http.Request{Method: c.req.Method, URL: c.t.base, Header: noHeader, Host: c.t.base.Host}).WithContext(ctx)
}

// noHeader is shared by all shells, and never written to.
var noHeader = http.Header{}

// left returns how much time there is for the rest of the call.
func (c *call) left() time.Duration {
	left := c.deadline.Sub(c.t.set.clock.Now())
	if caller, ok := timeLeft(c.ctx); ok {
		left = min(left, caller)
	}
	return left
}

// ended returns why the caller's context has ended, or nil.
func (c *call) ended() error {
	if c.ctx.Err() == nil {
		return nil
	}
	return contextCause(c.ctx)
}

// outcome returns what is known about the call after a failure: ErrNotDone,
// ErrOutcomeUnknown, or nil for a read.
func (c *call) outcome() error {
	switch {
	case c.attempts > 0 && c.req.Class == proctorbook.Read:
		return nil
	case c.mayBeDone:
		return proctorbook.ErrOutcomeUnknown
	}
	return proctorbook.ErrNotDone
}

// finish turns what came of the last attempt into the call's result.
func (c *call) finish() (*Response, error) {
	last := &c.last
	switch {
	case c.waiting:
		return nil, c.fail(c.interrupted())
	case last.err != nil:
		return nil, c.fail(last.err)
	case last.status/100 != 2:
		return nil, &StatusError{Op: c.req.Op, Status: last.status, Header: last.header, Body: last.body,
			Attempts: c.attempts, RetryAfter: c.retryAfter(), Outcome: c.outcome(), Err: last.bodyErr}
	case last.bodyErr != nil:
		return nil, c.fail(last.bodyErr)
	}
	return &Response{Status: last.status, Header: last.header, Body: last.body, Attempts: c.attempts, Sent: c.sent}, nil
}

func (c *call) fail(err error) error {
	return &Error{Op: c.req.Op, Attempts: c.attempts, Outcome: c.outcome(), Err: err}
}

// interrupted returns why the wait between two attempts ended early, and what
// came before it.
func (c *call) interrupted() error {
	err := c.ended()
	if err == nil {
		err = clean(c.waitErr)
	}
	if c.last.status != 0 {
		return fmt.Errorf("waiting to try again after HTTP status %d: %w", c.last.status, err)
	}
	return fmt.Errorf("waiting to try again after a failed attempt: %w", err)
}
