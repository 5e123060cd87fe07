package proctoru

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/google/go-querystring/query"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/internal/transport"
)

// core is what all services share: the way to the provider, the token, and the
// guard that keeps the provider from locking it.
type core struct {
	transport   *transport.Transport
	credentials func() http.Header // a closure: printed, the client shows an address
	set         settings
	guard       *guard
}

func (c *core) now() time.Time { return c.transport.Clock().Now() }

// call sends one operation and returns what read makes of its data.
func call[T any](ctx context.Context, c *core, op operation, params any, read func(data []byte) (T, error)) (T, error) {
	values, err := query.Values(params)
	if err != nil {
		return *new(T), fmt.Errorf("proctoru: %s: %w: %w", op.name, proctorbook.ErrNotDone, err)
	}
	return callValues(ctx, c, op, values, read)
}

func callValues[T any](ctx context.Context, c *core, op operation, values url.Values, read func(data []byte) (T, error)) (T, error) {
	resp, e, err := sendGuarded(ctx, c, op, values)
	if err != nil {
		return *new(T), err
	}
	out, err := read(e.data)
	if err != nil {
		return *new(T), op.unreadable(resp, err)
	}
	return out, nil
}

// sendGuarded sends one operation, if the lock-out guard lets it pass, and
// returns its envelope.
func sendGuarded(ctx context.Context, c *core, op operation, params url.Values) (*transport.Response, envelope, error) {
	probe := func() error {
		_, _, err := exchange(ctx, c, opProbe, url.Values{})
		return err
	}
	if err := c.guard.admit(op, c.now, probe); err != nil {
		return nil, envelope{}, err
	}
	resp, e, err := exchange(ctx, c, op, params)
	c.guard.note(op, err, c.now())
	return resp, e, err
}

// exchange sends one operation and returns its envelope.
func exchange(ctx context.Context, c *core, op operation, params url.Values) (*transport.Response, envelope, error) {
	resp, err := c.transport.Do(ctx, c.request(op, params))
	if status, ok := errors.AsType[*transport.StatusError](err); ok {
		return nil, envelope{}, op.failed(status, c.now())
	}
	switch {
	case errors.Is(err, transport.ErrTooLarge):
		return nil, envelope{}, fmt.Errorf("proctoru: %w (%w)", err, ErrTooLarge)
	case err != nil:
		return nil, envelope{}, fmt.Errorf("proctoru: %w", err)
	}
	e, err := op.open(resp)
	return resp, e, err
}

func (c *core) request(op operation, params url.Values) transport.Request {
	req := transport.Request{
		Op: op.name, Class: op.class, Method: op.method, Path: op.path,
		Header: c.credentials(), StampField: op.stamp, MaxBytes: op.maxBytes, Acted: acted, Room: op.room,
	}
	if op.shape == bare {
		req.Acted = actedBare
	}
	switch {
	case op.method == http.MethodGet:
		req.Query = params
	case op.body != nil:
		req.Body, req.ContentType, req.Query = op.body, "application/json", params
	case op.form != "":
		req.FormText = op.form
	default:
		req.Form = params
	}
	return req
}
