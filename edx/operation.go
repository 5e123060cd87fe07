package edx

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/proctorbook/proctorbook/internal/transport"
)

// operation is one read of the platform.
type operation struct {
	name     string // of the method, such as "Enrollments.Get"
	path     string // escaped, below the base URL
	query    url.Values
	empty200 Reason // what an empty 200 means here; "" if it means nothing
	empty404 Reason // what an empty 404 means here; "" for ErrNotFound
}

// wire is an answer as the platform sends it.
type wire interface {
	// missing names a member without which the answer is not what it should be.
	missing() string
}

// fetch sends op and decodes its answer.
func fetch[W wire](ctx context.Context, c *Client, op operation) (*W, error) {
	resp, err := c.send(ctx, op, transport.Request{
		Op: op.name, Class: transport.Read, Method: http.MethodGet, Path: op.path, Query: op.query,
		Header: http.Header{"Accept": {"application/json"}},
	})
	if err != nil {
		return nil, err
	}
	return decode[W](op, resp)
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

func notJSON(op operation, resp *transport.Response, problem string) *Error {
	return &Error{
		Op: op.name, Status: resp.Status, Reason: ErrNotJSON,
		HTML:    isHTML(resp.Header, resp.Body),
		problem: fmt.Sprintf("%s (%d bytes)", problem, len(resp.Body)),
	}
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
	if bad, ok := errors.AsType[*ValidationError](err); ok {
		return bad.Field + " " + bad.Problem
	}
	if bad, ok := errors.AsType[formError](err); ok {
		return bad.Error()
	}
	return "it is of another type"
}
