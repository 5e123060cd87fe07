package proctoru

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"

	"github.com/proctorbook/proctorbook/internal/transport"
)

// Values of response_code. Others have been heard of, and mean nothing certain.
const (
	codeSuccess = 1
	codeError   = 2
)

// envelope is what wraps the provider's answers.
type envelope struct {
	Code    text            `json:"response_code"`
	Message text            `json:"message"`
	Data    json.RawMessage `json:"data"`
}

// code returns the response_code: a number, a string or 1.0; 0 for odd ones.
func (e envelope) code() int {
	n, err := ParseReservationNo(string(e.Code))
	if err != nil {
		return 0
	}
	code, _ := strconv.Atoi(string(n))
	return code
}

// decodeEnvelope reads a body. A JSON value that is no object is no envelope.
func decodeEnvelope(body []byte) (envelope, Reason, error) {
	var e envelope
	body = trimMark(body)
	if tooDeep(body) {
		return e, ErrTooLarge, nil
	}
	if err := json.Unmarshal(body, &e); err != nil {
		if _, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
			return e, ErrBadEnvelope, nil
		}
		return e, ErrNotJSON, err
	}
	if !isObject(body) {
		return e, ErrBadEnvelope, nil
	}
	return e, "", nil
}

// open returns the data of a 2xx answer, or the error that it reports.
func (c *Client) open(op operation, resp *transport.Response) ([]byte, error) {
	e, reason, cause := decodeEnvelope(resp.Body)
	if reason != "" && !(op.bare && reason == ErrBadEnvelope) {
		return nil, op.unusable(resp.Status, 0, reason, cause)
	}
	code := e.code()
	switch {
	case code == codeError:
		err := op.refused(resp.Status, e)
		if err.Reason == ErrStaleRequest {
			err.Skew = skew(resp.Sent, resp.Header)
		}
		return nil, err
	case op.bare:
		return resp.Body, nil
	case code == codeSuccess:
		return e.Data, nil
	}
	return nil, op.unusable(resp.Status, code, ErrBadEnvelope, nil)
}

// failedStatus turns a status other than 2xx into an error. The body may hold an
// envelope that says more: its known refusal counts, and its success turns a
// status that proves that nothing was done into one that proves nothing.
func (c *Client) failedStatus(op operation, s *transport.StatusError) *Error {
	err := &Error{Op: op.name, Status: s.Status, Reason: statusReason(s.Status), RetryAfter: s.RetryAfter, outcome: s.Outcome}
	if errors.Is(s, ErrRedirect) {
		err.cause = ErrRedirect
	}
	e, reason, _ := decodeEnvelope(s.Body)
	if reason != "" {
		return err
	}
	err.Code = e.code()
	err.message, err.Counter, err.CounterLimit = splitCounter(string(e.Message))
	switch known, noEffect := lookUp(err.message); {
	case err.Code == codeSuccess && op.class != transport.Read:
		err.outcome = ErrOutcomeUnknown
	case err.Code == codeError && noEffect:
		err.Reason, err.outcome = known, ErrNotDone
		if known == ErrStaleRequest {
			err.Skew = skew(c.now(), s.Header)
		}
	}
	return err
}

func statusReason(status int) Reason {
	switch {
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		return ErrUnauthorized
	case status == http.StatusTooManyRequests:
		return ErrThrottled
	case status >= 500:
		return ErrServer
	}
	return ""
}

// refused is the error for an envelope that reports one. Only a text of the
// catalogue proves that nothing was done.
func (op operation) refused(status int, e envelope) *Error {
	err := &Error{Op: op.name, Status: status, Code: codeError, outcome: op.doubt()}
	err.message, err.Counter, err.CounterLimit = splitCounter(string(e.Message))
	reason, noEffect := lookUp(err.message)
	err.Reason = reason
	if noEffect {
		err.outcome = ErrNotDone
	}
	return err
}

// unusable is the error for an answer that can't be read, or lacks what the call needs.
func (op operation) unusable(status, code int, reason Reason, cause error) *Error {
	if _, ok := cause.(Reason); ok {
		cause = nil
	}
	return &Error{Op: op.name, Status: status, Code: code, Reason: reason, outcome: op.doubt(), cause: cause}
}

// doubt is the outcome of a call whose answer proves nothing.
func (op operation) doubt() error {
	if op.class == transport.Read {
		return nil
	}
	return ErrOutcomeUnknown
}
