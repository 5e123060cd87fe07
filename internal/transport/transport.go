package transport

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"time"
)

// DefaultMaxBytes is the largest body read unless the request says otherwise.
const DefaultMaxBytes = 1 << 20

// StampLayout is the form in which the time of an attempt is sent.
const StampLayout = "2006-01-02T15:04:05Z"

// Transport sends calls to one service.
type Transport struct {
	base *url.URL
	set  settings
}

// New returns a Transport for the service at baseURL (scheme, host and path prefix).
func New(baseURL string, opts ...Option) (*Transport, error) {
	u, err := url.Parse(baseURL)
	if err != nil {
		return nil, errors.New("base URL can't be parsed")
	}
	t := &Transport{base: u, set: settings{roundTripper: http.DefaultTransport, clock: SystemClock{}}}
	for _, opt := range opts {
		if err := opt(&t.set); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// Clock returns the clock that the transport was built with.
func (t *Transport) Clock() Clock { return t.set.clock }

// Do sends the call.
func (t *Transport) Do(ctx context.Context, r Request) (*Response, error) {
	form, query := url.Values{}, url.Values{}
	for k, v := range r.Form {
		form[k] = v
	}
	for k, v := range r.Query {
		query[k] = v
	}
	sent := t.set.clock.Now()
	if r.StampField != "" {
		if r.Method == http.MethodPost {
			form.Set(r.StampField, sent.UTC().Format(StampLayout))
		} else {
			query.Set(r.StampField, sent.UTC().Format(StampLayout))
		}
	}
	body, ct := r.Body, r.ContentType
	if r.Form != nil {
		body, ct = []byte(form.Encode()), "application/x-www-form-urlencoded"
	}
	target := t.base.String() + r.Path
	if len(query) > 0 {
		target += "?" + query.Encode()
	}
	req, err := http.NewRequestWithContext(ctx, r.Method, target, bytes.NewReader(body))
	if err != nil {
		return nil, &Error{Op: r.Op, Outcome: ErrNotDone, Err: errors.New("bad request")}
	}
	for k, v := range r.Header {
		req.Header[k] = v
	}
	if ct != "" {
		req.Header.Set("Content-Type", ct)
	}
	resp, err := t.set.roundTripper.RoundTrip(req)
	if err != nil {
		return nil, &Error{Op: r.Op, Attempts: 1, Outcome: ErrOutcomeUnknown, Err: err}
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, &Error{Op: r.Op, Attempts: 1, Outcome: ErrOutcomeUnknown, Err: err}
	}
	if resp.StatusCode/100 != 2 {
		return nil, &StatusError{Op: r.Op, Status: resp.StatusCode, Header: resp.Header, Body: raw, Attempts: 1, Outcome: ErrOutcomeUnknown}
	}
	return &Response{Status: resp.StatusCode, Header: resp.Header, Body: raw, Attempts: 1, Sent: sent}, nil
}

// SystemClock is the machine's clock.
type SystemClock struct{}

// Now returns the current time.
func (SystemClock) Now() time.Time { return time.Now() }

// Sleep waits for d or until ctx ends.
func (SystemClock) Sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
