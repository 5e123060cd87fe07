package proctoru

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/proctorbook/proctorbook"
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
	data    []byte   // for some methods the whole answer
	rows    [][]byte // of data that are a list, if they are read row by row; not checked yet
}

// decodeEnvelope reads a body and checks all of it, but for the rows. A JSON value
// that is no object is no envelope.
func decodeEnvelope(body []byte, inRows bool) (envelope, Reason) {
	var e envelope
	body = trimMark(body)
	if !isObject(body) {
		if json.Valid(body) {
			return e, ErrBadEnvelope
		}
		return e, ErrNotJSON
	}
	rest, reason := eachMember(body, func(name string, b []byte) ([]byte, Reason) {
		if b = skipSpace(b); inRows && strings.EqualFold(name, "data") && len(b) > 0 && b[0] == '[' {
			return e.takeRows(b)
		}
		value, rest, reason := cutValue(b)
		if reason == "" && !json.Valid(value) {
			reason = ErrNotJSON
		}
		if reason == "" {
			e.take(name, value)
		}
		return rest, reason
	})
	if reason == "" && len(skipSpace(rest)) > 0 {
		reason = ErrNotJSON
	}
	return e, reason
}

func (e *envelope) take(name string, value []byte) {
	switch {
	case strings.EqualFold(name, "data"):
		e.data, e.rows = value, nil
	case strings.EqualFold(name, "response_code"):
		e.coded, e.code = true, readCode(value)
	case strings.EqualFold(name, "message"):
		e.message = scalar(value)
	}
}

func (e *envelope) takeRows(b []byte) (rest []byte, reason Reason) {
	e.data, e.rows = nil, nil
	return eachElement(b, func(row []byte) Reason {
		if len(e.rows) == maxRows {
			return ErrTooLarge
		}
		e.rows = append(e.rows, row)
		return ""
	})
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

// open returns the envelope of a 2xx answer, or the error that it reports. Where
// the whole answer counts it is the data.
func (c *Client) open(op operation, resp *transport.Response) (envelope, error) {
	e, reason := decodeEnvelope(resp.Body, op.shape == inRows)
	whole := envelope{data: resp.Body}
	if op.shape == binary && reason != "" {
		return whole, nil
	}
	if reason != "" && (op.shape != bare || reason != ErrBadEnvelope) {
		return e, op.unusable(resp.Status, 0, reason)
	}
	switch {
	case e.code == codeError:
		err := op.refused(resp.Status, e)
		if err.Reason == ErrStaleRequest {
			err.Skew = skew(resp.Sent, resp.Header)
		}
		return e, err
	case op.shape == bare && !e.coded, op.shape >= beside && e.code == codeSuccess:
		return whole, nil
	case e.code == codeSuccess:
		return e, nil
	}
	return e, op.unusable(resp.Status, e.code, ErrBadEnvelope)
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
	if errors.Is(s, proctorbook.ErrRedirect) {
		err.cause = proctorbook.ErrRedirect
	}
	e, reason := decodeEnvelope(s.Body, false)
	if reason != "" {
		return err
	}
	err.Code = e.code
	err.message, err.Counter, err.CounterLimit = splitCounter(e.message)
	switch known, noEffect := lookUp(err.message); {
	case err.Code == codeSuccess && op.class != proctorbook.Read:
		err.outcome = proctorbook.ErrOutcomeUnknown
	case err.Code == codeError && noEffect:
		err.Reason, err.outcome = known, proctorbook.ErrNotDone
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
		err.outcome = proctorbook.ErrNotDone
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
	if op.class == proctorbook.Read {
		return nil
	}
	return proctorbook.ErrOutcomeUnknown
}
