package edx

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/internal/transport"
)

// core is what all services share: the ways to the platform, and the token.
type core struct {
	transport *transport.Transport
	exams     *transport.Transport // nil without WithExamsURL
	host      string               // that links in answers may lead to
	examsHost string
	tokens    *tokenCache
}

// sendSigned sends r with a token, and once more with a renewed one if the platform
// refused the first. If it goes on refusing new ones, they are asked for ever less
// often.
func (c *core) sendSigned(ctx context.Context, op operation, r transport.Request) (*transport.Response, error) {
	t := c.transportOf(op.family)
	if t == nil {
		return nil, invalid("WithExamsURL", "must be set for this call").refuse(op.name)
	}
	used, err := c.tokens.current(ctx)
	if err != nil {
		return nil, notSignedIn(op, err)
	}
	resp, err := t.Do(ctx, authorized(r, used))
	if !c.tokens.refuses(op, used, err) {
		return resp, answered(ctx, op, err)
	}
	if !c.tokens.mayReplace(used) {
		return nil, answered(ctx, op, err)
	}
	doubt := errors.Is(err, proctorbook.ErrOutcomeUnknown) // an attempt before the refused one
	renewed, renewErr := c.tokens.replace(ctx, used)
	switch {
	case renewErr != nil:
		return nil, inDoubt(doubt, notSignedIn(op, renewErr))
	case renewed.header.equal(used.header):
		return nil, answered(ctx, op, err)
	}
	resp, err = t.Do(ctx, authorized(r, renewed))
	c.tokens.tried(c.tokens.refuses(op, renewed, err))
	return resp, inDoubt(doubt, answered(ctx, op, err))
}

// inDoubt returns err. If an earlier attempt may have been carried out, err must
// not be ErrNotDone.
func inDoubt(doubt bool, err error) error {
	if failed, ok := errors.AsType[*Error](err); ok && doubt {
		failed.outcome = proctorbook.ErrOutcomeUnknown
	}
	return err
}

func (c *core) transportOf(f family) *transport.Transport {
	if f == exams {
		return c.exams
	}
	return c.transport
}

// hostOf returns the host of the links in the answers of f.
func (c *core) hostOf(f family) string {
	if f == exams {
		return c.examsHost
	}
	return c.host
}

func answered(ctx context.Context, op operation, err error) error {
	if err == nil {
		return nil
	}
	return failure(ctx, op, err)
}

// authorized returns r with the credential in a header map of its own.
func authorized(r transport.Request, used credential) transport.Request {
	header := make(http.Header, len(r.Header)+1)
	maps.Copy(header, r.Header)
	header["Authorization"] = []string{used.header.reveal()}
	r.Header = header
	return r
}

// notSignedIn is the error of a call that was not sent because there is no token.
func notSignedIn(op operation, err error) error {
	e := &Error{Op: op.name, outcome: proctorbook.ErrNotDone, cause: err}
	if paused, ok := errors.AsType[*Error](err); ok {
		e.RetryAfter = paused.RetryAfter
	}
	return e
}

// maxListBytes bounds the answers of those lists that the platform does not cut
// into pages.
const maxListBytes = 16 << 20

// fetch sends op and decodes its answer.
func fetch[W wire](ctx context.Context, c *core, op operation) (*W, error) {
	resp, err := exchange(ctx, c, op)
	if err != nil {
		return nil, err
	}
	return decode[W](op, resp)
}

// perform sends op, whose answer holds nothing to decode.
func perform(ctx context.Context, c *core, op operation) error {
	resp, err := exchange(ctx, c, op)
	switch {
	case err != nil:
		return err
	case isHTML(resp.Header, resp.Body):
		return notJSON(op, resp, "it is a page")
	}
	return nil
}

// wantsJSON is shared by all calls, and never written to.
var wantsJSON = http.Header{"Accept": {"application/json"}}

func exchange(ctx context.Context, c *core, op operation) (*transport.Response, error) {
	if err := op.input.refuse(op.name); err != nil {
		return nil, err
	}
	r := transport.Request{
		Op: op.name, Class: op.class, Method: op.method, Path: op.path, Query: op.query, Form: op.form,
		Header: wantsJSON,
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
	resp, err := c.sendSigned(ctx, op, r)
	if err != nil {
		return nil, err
	}
	resp.Body = withoutMark(resp.Body)
	return resp, nil
}

// withoutMark drops the byte order mark with which some proxies begin a text, and
// which is no JSON.
func withoutMark(body []byte) []byte { return bytes.TrimPrefix(body, []byte("\xef\xbb\xbf")) }

func decode[W wire](op operation, resp *transport.Response) (*W, error) {
	if isNull(resp.Body) && op.empty200 != "" && resp.Status == http.StatusOK {
		return nil, &Error{Op: op.name, Status: resp.Status, Reason: op.empty200}
	}
	if isNull(resp.Body) && !isEmpty(resp.Body) {
		return nil, notJSON(op, resp, "it is null")
	}
	answer := new(W)
	odd, err := lenient(resp.Body, answer)
	if err != nil {
		return nil, notJSON(op, resp, problemOf(err))
	}
	if name := (*answer).missing(); name != "" {
		return nil, notJSON(op, resp, problemWith(name, odd))
	}
	noteOdd(resp.Body, answer, odd)
	return answer, nil
}

// problemWith describes why an answer has not the member of that name.
func problemWith(name string, odd faults) string {
	for _, fault := range odd {
		if fault.Field == name {
			return name + ": " + fault.Problem
		}
	}
	return "it has no " + name
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

// problemOf describes what is wrong with JSON without quoting it, as the
// decoder's own text would.
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

// fetchList sends op and decodes its answer, a list without pages.
func fetchList[W wire, T any](ctx context.Context, c *core, op operation, value func(W) T) ([]T, error) {
	op.long = true
	answer, err := fetch[list[W]](ctx, c, op)
	if err != nil {
		return nil, err
	}
	return convert(*answer, value), nil
}

// fetchOne sends op, whose answer is a list of one.
func fetchOne[W wire, T any](ctx context.Context, c *core, op operation, value func(W) T) (*T, error) {
	answer, err := fetch[single[W]](ctx, c, op)
	if err != nil {
		return nil, err
	}
	one := value(answer.list[0])
	return &one, nil
}
