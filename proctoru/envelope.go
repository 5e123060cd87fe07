package proctoru

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/internal/transport"
	"github.com/proctorbook/proctorbook/internal/wirejson"
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
		if reason == "" && !wirejson.Valid(value) {
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
	e.data = nil
	e.rows, rest, reason = scanRows(b)
	if e.rows == nil {
		e.rows = [][]byte{} // nil is no list
	}
	return rest, reason
}

func readCode(value []byte) int {
	n, err := ParseReservationNo(scalar(value))
	if err != nil {
		return 0
	}
	code, _ := strconv.Atoi(string(n))
	return code
}

// open returns the envelope of a 2xx answer, or the error that it reports. Where
// the whole answer counts it is the data.
func (op operation) open(resp *transport.Response) (envelope, error) {
	e, reason := decodeEnvelope(resp.Body, op.shape == inRows)
	whole := envelope{data: resp.Body}
	if op.shape == binary && reason != "" || op.shape == orList && reason == ErrBadEnvelope && isList(resp.Body) {
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

// acted reports whether a body tells that the call was carried out. Its status
// may tell the opposite.
func acted(body []byte) bool {
	e, reason := decodeEnvelope(body, false)
	return reason == "" && e.code == codeSuccess
}

// actedBare is acted for an answer that may come without an envelope.
func actedBare(body []byte) bool {
	w, err := readRecordPlus(body)
	return acted(body) || err == nil && w.uuid() != ""
}

// failed turns a status other than 2xx into an error. If the body is an envelope,
// it counts for more than the status: a refusal that the client knows proves that
// nothing was done, and a success means that the call may have been carried out,
// whatever the status.
func (op operation) failed(s *transport.StatusError, now time.Time) *Error {
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
			err.Skew = skew(now, s.Header)
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

// unusable is the error for an answer that can't be read, or lacks what the call
// needs.
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

// skew returns this machine's clock minus the provider's, to the second.
func skew(sent time.Time, header http.Header) time.Duration {
	date, err := http.ParseTime(header.Get("Date"))
	if err != nil || sent.IsZero() {
		return 0
	}
	return sent.Sub(date).Round(time.Second)
}

type recordPlusWire struct {
	Reservation text            `json:"reservation_uuid"`
	UUID        text            `json:"uuid"`
	URL         text            `json:"url"`
	Data        json.RawMessage `json:"data"`
}

func (w recordPlusWire) uuid() string { return string(firstText(w.Reservation, w.UUID)) }

// readRecordPlus takes the members of an answer, and those of its data for what is
// not there.
func readRecordPlus(answer []byte) (recordPlusWire, error) {
	var w, inner recordPlusWire
	if !isObject(trimMark(answer)) || json.Unmarshal(trimMark(answer), &w) != nil {
		return w, ErrBadData
	}
	if isObject(w.Data) {
		if json.Unmarshal(w.Data, &inner) != nil {
			return w, ErrBadData
		}
		w.Reservation = firstText(w.Reservation, w.UUID, inner.Reservation, inner.UUID)
		w.URL = firstText(w.URL, inner.URL)
	}
	return w, nil
}
