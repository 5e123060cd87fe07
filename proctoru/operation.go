package proctoru

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"time"

	"github.com/google/go-querystring/query"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/internal/transport"
)

// stampField carries the time of sending, fresh for each attempt.
const stampField = "time_sent"

// operation is one method of the client and what it calls.
type operation struct {
	name     string // such as "Reservations.Create"
	method   string // GET: parameters in the query; POST: in a form
	path     string
	class    proctorbook.Class
	maxBytes int64  // 0 = the transport's default
	stamp    string // stampField, or "" for the methods that refuse it
	shape    shape  // of the answer
	kept     bool   // a write that the lock-out guard treats as a read: it ends or begins what exists
	body     []byte // JSON, in place of a form
}

func get(name, path string) operation {
	return operation{name: name, method: http.MethodGet, path: path, class: proctorbook.Read, stamp: stampField}
}

func post(name, path string, class proctorbook.Class) operation {
	return operation{name: name, method: http.MethodPost, path: path, class: class, stamp: stampField}
}

// postKept is for the writes that the lock-out guard treats as it does reads.
func postKept(name, path string, class proctorbook.Class) operation {
	op := post(name, path, class)
	op.kept = true
	return op
}

// call sends one operation and returns what read makes of its data.
func call[T any](ctx context.Context, c *Client, op operation, params any, read func(data []byte) (T, error)) (T, error) {
	values, err := query.Values(params)
	if err != nil {
		return *new(T), fmt.Errorf("proctoru: %s: %w: %w", op.name, proctorbook.ErrNotDone, err)
	}
	return callValues(ctx, c, op, values, read)
}

func callValues[T any](ctx context.Context, c *Client, op operation, values url.Values, read func(data []byte) (T, error)) (T, error) {
	resp, e, err := send(ctx, c, op, values)
	if err != nil {
		return *new(T), err
	}
	out, err := read(e.data)
	if err != nil {
		return *new(T), op.unreadable(resp, err)
	}
	return out, nil
}

// send sends one operation, if the lock-out guard lets it pass, and returns its envelope.
func send(ctx context.Context, c *Client, op operation, params url.Values) (*transport.Response, envelope, error) {
	if err := c.guard.admit(ctx, c, op); err != nil {
		return nil, envelope{}, err
	}
	resp, e, err := exchange(ctx, c, op, params)
	c.guard.note(op, err, c.now())
	return resp, e, err
}

// exchange sends one operation and returns its envelope.
func exchange(ctx context.Context, c *Client, op operation, params url.Values) (*transport.Response, envelope, error) {
	resp, err := c.transport.Do(ctx, c.request(op, params))
	if status, ok := errors.AsType[*transport.StatusError](err); ok {
		return nil, envelope{}, c.failedStatus(op, status)
	}
	switch {
	case errors.Is(err, transport.ErrTooLarge):
		return nil, envelope{}, fmt.Errorf("proctoru: %w (%w)", err, ErrTooLarge)
	case err != nil:
		return nil, envelope{}, fmt.Errorf("proctoru: %w", err)
	}
	e, err := c.open(op, resp)
	return resp, e, err
}

func (c *Client) request(op operation, params url.Values) transport.Request {
	req := transport.Request{
		Op: op.name, Class: op.class, Method: op.method, Path: op.path,
		Header: c.credentials(), StampField: op.stamp, MaxBytes: op.maxBytes, Acted: acted,
	}
	if op.shape == bare {
		req.Acted = actedBare
	}
	switch {
	case op.method == http.MethodGet:
		req.Query = params
	case op.body != nil:
		req.Body, req.ContentType, req.Query = op.body, "application/json", params
	default:
		req.Form = params
	}
	return req
}

// Operation is a call of a wire method for which the client has no method of
// its own. See [Client.Do].
type Operation struct {
	Wire   string            // the wire method's name, such as "getTOS" or "exams/add_record_plus_exams"
	Method string            // GET sends Params in the query; POST, the default, as a form
	Class  proctorbook.Class // Read, the zero value, may be sent more than once
	Params url.Values        // as the wire wants them; time_sent is added

	// Bare says that the method answers without an envelope, or beside its data:
	// Do then returns the whole answer. An envelope that reports an error is
	// still an error.
	Bare     bool
	NoStamp  bool  // leave time_sent out
	MaxBytes int64 // largest answer; 0 = 1 MiB
}

var wireName = regexp.MustCompile(`^[A-Za-z0-9_]+(/[A-Za-z0-9_]+)*$`)

// Do calls any wire method and returns the data of its envelope. It is the way
// to what the client has no method for yet: the same limits, retries and errors
// apply. The data may hold tokens and personal data.
//
// It returns a [*proctorbook.ValidationError] for a name that is no path of words, or a
// method other than GET and POST; otherwise what the other methods return.
func (c *Client) Do(ctx context.Context, op Operation) (json.RawMessage, error) {
	v := validation{op: "Do"}
	v.check("Wire", wireName.MatchString(op.Wire), "must be words of letters, digits and _, parted by /")
	v.check("Method", op.Method == "" || op.Method == http.MethodGet || op.Method == http.MethodPost, "must be GET or POST")
	v.check("Class", op.Class >= proctorbook.Read && op.Class <= proctorbook.Write, "must be Read, IdempotentWrite or Write")
	v.check("MaxBytes", op.MaxBytes >= 0, "must not be negative")
	if err := v.err(); err != nil {
		return nil, err
	}
	o := operation{name: "Do " + op.Wire, method: http.MethodPost, path: "/" + op.Wire, class: op.Class, maxBytes: op.MaxBytes, stamp: stampField}
	if op.Method != "" {
		o.method = op.Method
	}
	if op.Bare {
		o.shape = bare
	}
	if op.NoStamp {
		o.stamp = ""
	}
	params := op.Params
	if params == nil {
		params = url.Values{}
	}
	_, e, err := send(ctx, c, o, params)
	if err != nil {
		return nil, err
	}
	return e.data, nil
}

// skew returns this machine's clock minus the provider's, to the second.
func skew(sent time.Time, header http.Header) time.Duration {
	date, err := http.ParseTime(header.Get("Date"))
	if err != nil || sent.IsZero() {
		return 0
	}
	return sent.Sub(date).Round(time.Second)
}

var byteOrderMark = []byte("\xef\xbb\xbf")

func trimMark(body []byte) []byte { return bytes.TrimPrefix(body, byteOrderMark) }
