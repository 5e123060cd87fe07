package edx

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/internal/transport"
)

// maxListBytes bounds the answers of those lists that the platform does not cut
// into pages.
const maxListBytes = 16 << 20

// family is a group of views that signal the same thing in the same way.
type family int

const (
	platform   family = iota
	proctoring        // edx-proctoring: 403 for a dead token, 400 for what is not there
	exams             // edx-exams, on a host of its own
)

// operation is one call of the platform.
type operation struct {
	name   string            // of the method, such as "Enrollments.Get"
	input  faults            // what is wrong with the input: if anything is, nothing is sent
	method string            // "" is GET
	class  proctorbook.Class // Read unless it changes something
	family family
	path   string // escaped, below the base URL
	query  url.Values
	form   url.Values // sent as a form; excludes body
	body   any        // sent as JSON
	patch  bool       // body is a merge patch
	long   bool       // the answer is a list without pages

	empty200 Reason // what an empty 200 means here; "" if it means nothing
	empty404 Reason // what an empty 404 means here; "" for ErrNotFound
	refusals []int  // statuses that, in the platform's own words, prove that nothing was done
}

// wire is an answer as the platform sends it.
type wire interface {
	// missing names a member without which the answer is not what it should be.
	missing() string
}

// fetch sends op and decodes its answer.
func fetch[W wire](ctx context.Context, c *Client, op operation) (*W, error) {
	resp, err := exchange(ctx, c, op)
	if err != nil {
		return nil, err
	}
	return decode[W](op, resp)
}

// perform sends op, whose answer says nothing but that it was done.
func perform(ctx context.Context, c *Client, op operation) error {
	resp, err := exchange(ctx, c, op)
	switch {
	case err != nil:
		return err
	case isHTML(resp.Header, resp.Body):
		return notJSON(op, resp, "it is a page")
	}
	return nil
}

func exchange(ctx context.Context, c *Client, op operation) (*transport.Response, error) {
	if err := op.input.refuse(op.name); err != nil {
		return nil, err
	}
	r := transport.Request{
		Op: op.name, Class: op.class, Method: op.method, Path: op.path, Query: op.query, Form: op.form,
		Header: http.Header{"Accept": {"application/json"}},
	}
	if r.Method == "" {
		r.Method = http.MethodGet
	}
	if op.long {
		r.MaxBytes = maxListBytes
	}
	if op.body != nil {
		raw, err := json.Marshal(op.body)
		if err != nil {
			return nil, invalid("params", "have a value that JSON can't hold").refuse(op.name)
		}
		r.Body, r.ContentType = raw, "application/json"
	}
	if op.patch {
		r.ContentType = "application/merge-patch+json"
	}
	return c.send(ctx, op, r)
}

func decode[W wire](op operation, resp *transport.Response) (*W, error) {
	if isNull(resp.Body) && op.empty200 != "" {
		return nil, &Error{Op: op.name, Status: resp.Status, Reason: op.empty200}
	}
	var answer *W
	err := json.Unmarshal(resp.Body, &answer)
	switch {
	case err != nil:
		return nil, notJSON(op, resp, problemOf(err))
	case answer == nil:
		return nil, notJSON(op, resp, "it is null")
	}
	if name := (*answer).missing(); name != "" {
		return nil, notJSON(op, resp, "it has no "+name)
	}
	return answer, nil
}

func isNull(body []byte) bool { return isEmpty(body) || string(bytes.TrimSpace(body)) == "null" }

// notJSON is an answer that can't be read. After a write it proves nothing.
func notJSON(op operation, resp *transport.Response, problem string) *Error {
	e := &Error{
		Op: op.name, Status: resp.Status, Reason: ErrNotJSON,
		HTML:    isHTML(resp.Header, resp.Body),
		problem: fmt.Sprintf("%s (%d bytes)", problem, len(resp.Body)),
	}
	if op.class != proctorbook.Read {
		e.outcome = proctorbook.ErrOutcomeUnknown
	}
	return e
}

// problemOf says what is wrong with JSON without quoting it: the decoder's own
// words repeat values.
func problemOf(err error) string {
	if broken, ok := errors.AsType[*json.SyntaxError](err); ok {
		return fmt.Sprintf("the JSON breaks at byte %d", broken.Offset)
	}
	if other, ok := errors.AsType[*json.UnmarshalTypeError](err); ok && other.Field != "" {
		return "of another type is the member " + other.Field
	}
	if bad, ok := errors.AsType[*proctorbook.ValidationError](err); ok {
		return bad.Fields[0].Field + " " + bad.Fields[0].Problem
	}
	if bad, ok := errors.AsType[formError](err); ok {
		return bad.Error()
	}
	return "it is of another type"
}
