package transport

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/internal/spent"
)

// attempts is the round tripper beneath go-retryablehttp. It has no
// CloseIdleConnections method, so that go-retryablehttp, which calls it after
// each failed call, can't empty the pool of the caller's transport.
type attempts struct{ t *Transport }

// RoundTrip makes one attempt of the call that shell's context carries. What
// came of it is kept in the call; the response that it returns is only a sign
// for the layers above that there was one.
func (a attempts) RoundTrip(shell *http.Request) (*http.Response, error) {
	c := callOf(shell.Context())
	c.last = result{}
	if err := c.admit(); err != nil {
		c.last.err, c.last.refused = err, true
		return nil, err
	}
	resp := c.send(shell)
	switch {
	case c.last.err != nil:
		return nil, c.last.err
	case isRedirect(c.last.status):
		return nil, proctorbook.ErrRedirect // http.Client would follow a response
	}
	return resp, nil
}

// result is what came of one attempt.
type result struct {
	status  int // 0 if no answer came
	header  http.Header
	body    []byte
	bodyErr error // why body is incomplete
	err     error // why no answer came
	refused bool  // by us, before sending
	notDone bool  // provably
}

// send makes the attempt, and reads the whole answer within its time.
func (c *call) send(shell *http.Request) *http.Response {
	now := c.t.set.clock.Now()
	limit := min(c.t.set.attemptTimeout, c.deadline.Sub(now))
	ctx, cancel := context.WithTimeoutCause(shell.Context(), limit, errAttemptTimeout)
	defer cancel()
	a := c.newAttempt(now)
	c.attempts++
	c.sent = now
	spent.Request(c.ctx)

	resp, err := c.t.set.roundTripper.RoundTrip(a.request(ctx, shell))
	if err == nil && resp == nil {
		err = errors.New("neither a response nor an error")
	}
	if err != nil {
		c.last.err = c.explain(ctx, err)
		c.last.notDone = a.neverConnected()
	} else {
		c.read(ctx, resp)
	}
	c.mayBeDone = c.mayBeDone || !c.last.notDone
	c.logAttempt(now)
	c.observeAttempt(now)
	return resp
}

// read takes the answer in, and judges what it proves.
func (c *call) read(ctx context.Context, resp *http.Response) {
	body, err := readBody(resp, c.req.maxBytes(), c.req.Room)
	resp.Body = http.NoBody
	if err != nil {
		err = c.explain(ctx, err)
	}
	c.last.status, c.last.header, c.last.body, c.last.bodyErr = resp.StatusCode, resp.Header, body, err
	c.last.notDone = err == nil && isRefusal(resp.StatusCode) && (c.req.Acted == nil || !c.req.Acted(body))
}

// explain returns why an attempt ended with err, in our own words.
func (c *call) explain(attempt context.Context, err error) error {
	switch {
	case c.ctx.Err() != nil:
		return contextCause(c.ctx)
	case attempt.Err() != nil:
		return errAttemptTimeout
	case errors.Is(err, ErrTooLarge):
		return ErrTooLarge
	}
	return clean(err)
}

var errAttemptTimeout error = &timeoutError{text: "no whole answer came in time"}

// attempt is one HTTP request. It is built afresh each time, since the one
// before may still be read by a goroutine of net/http.
type attempt struct {
	call   *call
	url    url.URL
	body   watchedBody
	size   int
	trace  httptrace.ClientTrace
	looked atomic.Bool // for a connection
	got    atomic.Bool // one
}

func (c *call) newAttempt(now time.Time) *attempt {
	a := &attempt{call: c, url: c.url}
	stamp := ""
	switch {
	case c.req.StampField == "":
	case c.req.stampsForm():
		stamp = c.stamp(now, c.form != "")
	default:
		a.url.RawQuery += c.stamp(now, a.url.RawQuery != "")
	}
	a.body.Reader, a.size = c.payload(stamp)
	return a
}

// request turns the shell into the request that goes out.
func (a *attempt) request(ctx context.Context, shell *http.Request) *http.Request {
	write := a.call.req.Class != proctorbook.Read
	if write {
		// The hooks may run in other goroutines, and after the attempt.
		a.trace.GetConn = func(string) { a.looked.Store(true) }
		a.trace.GotConn = func(httptrace.GotConnInfo) { a.got.Store(true) }
		ctx = httptrace.WithClientTrace(ctx, &a.trace)
	}
	req := shell.WithContext(ctx)
	req.URL, req.Header = &a.url, a.call.header
	// With GetBody, or with a nil Body, net/http would itself repeat a write that
	// the server may have acted on: on a stream reset of HTTP/2, or if the header
	// has an Idempotency-Key. So GetBody stays nil, and a write always has a Body.
	// The price is small: over HTTP/1 a POST without one goes out as an empty chunked
	// body instead of Content-Length: 0.
	if a.size > 0 || write {
		req.Body, req.ContentLength = a.payload(), int64(a.size)
	}
	return req
}

// payload returns the body. net/http sends the header and a body that it knows to lie
// in memory in one packet; of any other it sends the header ahead. Its Transport reads
// no body before it has a connection. Of other round trippers nobody knows that, so
// they are watched.
func (a *attempt) payload() io.ReadCloser {
	if a.call.t.direct {
		return io.NopCloser(a.body.Reader)
	}
	return &a.body
}

// neverConnected reports whether the service provably saw nothing. A round
// tripper that reports nothing proves nothing.
func (a *attempt) neverConnected() bool {
	return a.looked.Load() && !a.got.Load() && !a.body.read.Load()
}
