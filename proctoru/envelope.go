package proctoru

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/proctorbook/proctorbook/internal/transport"
)

// Values of response_code. Others have been heard of, and mean nothing certain.
const (
	codeSuccess = 1
	codeError   = 2
)

// envelope is what wraps the provider's answers.
type envelope struct {
	coded   bool // response_code is there, whatever it holds
	code    int  // a number, a string or 1.0; 0 for odd ones
	message string
	data    []byte
}

// decodeEnvelope reads a body. All of it is checked but the data, if these are
// to be read as rows, each of which is checked then. A JSON value that is no
// object is no envelope.
func decodeEnvelope(body []byte, rowsLater bool) (envelope, Reason) {
	var e envelope
	body = trimMark(body)
	if !isObject(body) {
		if json.Valid(body) {
			return e, ErrBadEnvelope
		}
		return e, ErrNotJSON
	}
	reason := eachMember(body, func(name string, value []byte) Reason {
		isData := strings.EqualFold(name, "data")
		if !(isData && rowsLater) && !json.Valid(value) {
			return ErrNotJSON
		}
		switch {
		case isData:
			e.data = value
		case strings.EqualFold(name, "response_code"):
			e.coded, e.code = true, readCode(value)
		case strings.EqualFold(name, "message"):
			e.message = scalar(value)
		}
		return ""
	})
	return e, reason
}

func readCode(value []byte) int {
	n, err := ParseReservationNo(scalar(value))
	if err != nil {
		return 0
	}
	code, _ := strconv.Atoi(string(n))
	return code
}

// shape is how a method's answer holds its data.
type shape int

const (
	enveloped shape = iota // under data of an envelope
	inRows                 // the same, and the data are read row by row
	beside                 // in an envelope, perhaps beside its data: the whole answer counts
	bare                   // perhaps without an envelope: the whole answer counts
	binary                 // no JSON, unless it is an error
)

// open returns the data of a 2xx answer, or the error that it reports.
func (c *Client) open(op operation, resp *transport.Response) ([]byte, error) {
	e, reason := decodeEnvelope(resp.Body, op.shape == inRows)
	if op.shape == binary && reason != "" {
		return resp.Body, nil
	}
	if reason != "" && (op.shape != bare || reason != ErrBadEnvelope) {
		return nil, op.unusable(resp.Status, 0, reason)
	}
	switch {
	case e.code == codeError:
		err := op.refused(resp.Status, e)
		if err.Reason == ErrStaleRequest {
			err.Skew = skew(resp.Sent, resp.Header)
		}
		return nil, err
	case op.shape == bare && !e.coded, op.shape >= beside && e.code == codeSuccess:
		return resp.Body, nil
	case e.code == codeSuccess:
		return e.data, nil
	}
	return nil, op.unusable(resp.Status, e.code, ErrBadEnvelope)
}

// acted reports whether a body says that the call was carried out. It may come
// with a status that says the opposite.
func acted(body []byte) bool {
	e, reason := decodeEnvelope(body, false)
	return reason == "" && e.code == codeSuccess
}

// actedBare does so for an answer that may come without an envelope.
func actedBare(body []byte) bool {
	w, err := readRecordPlus(body)
	return acted(body) || err == nil && w.uuid() != ""
}

// failedStatus turns a status other than 2xx into an error. The body may hold an
// envelope that says more: its known refusal counts, and its success turns a
// status that proves that nothing was done into one that proves nothing.
func (c *Client) failedStatus(op operation, s *transport.StatusError) *Error {
	err := &Error{Op: op.name, Status: s.Status, Reason: statusReason(s.Status), RetryAfter: s.RetryAfter, outcome: s.Outcome}
	if errors.Is(s, ErrRedirect) {
		err.cause = ErrRedirect
	}
	e, reason := decodeEnvelope(s.Body, false)
	if reason != "" {
		return err
	}
	err.Code = e.code
	err.message, err.Counter, err.CounterLimit = splitCounter(e.message)
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
	err.message, err.Counter, err.CounterLimit = splitCounter(e.message)
	reason, noEffect := lookUp(err.message)
	err.Reason = reason
	if noEffect {
		err.outcome = ErrNotDone
	}
	return err
}

// unusable is the error for an answer that can't be read, or lacks what the call needs.
func (op operation) unusable(status, code int, reason Reason) *Error {
	return &Error{Op: op.name, Status: status, Code: code, Reason: reason, outcome: op.doubt()}
}

// unreadable is the error for an answer that was a success until its data were read.
func (op operation) unreadable(resp *transport.Response, err error) *Error {
	code := codeSuccess
	if op.shape >= bare {
		code = 0
	}
	return op.unusable(resp.Status, code, reasonOf(err))
}

// doubt is the outcome of a call whose answer proves nothing.
func (op operation) doubt() error {
	if op.class == transport.Read {
		return nil
	}
	return ErrOutcomeUnknown
}
