package problem

import (
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"github.com/proctorbook/proctorbook/scheduling"
)

// ContentType is the media type of the body.
const ContentType = "application/problem+json"

// Type is the URI of a kind of problem. It never changes.
type Type string

const page = "https://pkg.go.dev/github.com/proctorbook/proctorbook/scheduling/problem#"

// The types; the table is on the page of the package.
const (
	TypeInvalid       Type = page + "TypeInvalid"       // 422: the input is wrong
	TypeNotFound      Type = page + "TypeNotFound"      // 404: no such booking or learner
	TypeNotEnrolled   Type = page + "TypeNotEnrolled"   // 403: the learner is not enrolled as the exam asks
	TypeNotAllowed    Type = page + "TypeNotAllowed"    // 409: not now, or no more
	TypeAlreadyBooked Type = page + "TypeAlreadyBooked" // 409: there is a booking of this exam
	TypeBusy          Type = page + "TypeBusy"          // 409: another exam of the learner is in the way
	TypeSlotTaken     Type = page + "TypeSlotTaken"     // 409: the start is gone
	TypeRefused       Type = page + "TypeRefused"       // 409: the provider said no
	TypeTooEarly      Type = page + "TypeTooEarly"      // 409: the exam can't be begun yet
	TypeNotBegun      Type = page + "TypeNotBegun"      // 503: no way into the session came: begin again
	TypeConflict      Type = page + "TypeConflict"      // 409: changed by somebody else meanwhile
	TypeNotErasable   Type = page + "TypeNotErasable"   // 409: the learner's data are still needed
	TypeWrongCode     Type = page + "TypeWrongCode"     // 403: wrong unlock code
	TypeCodeLocked    Type = page + "TypeCodeLocked"    // 403: too many wrong unlock codes
	TypePending       Type = page + "TypePending"       // 202: accepted, and not settled yet
	TypeSaved         Type = page + "TypeSaved"         // 202: stored here, and not yet at the provider
	TypeUnknown       Type = page + "TypeUnknown"       // 504: it may have happened
	TypeUnavailable   Type = page + "TypeUnavailable"   // 503: a service did not answer, and nothing was done
	TypeUnsupported   Type = page + "TypeUnsupported"   // 501: this provider can't do it
	TypeInternal      Type = page + "TypeInternal"      // 500: for the operator
)

// Problem is the body of an answer by RFC 9457. The members after Detail are extensions.
type Problem struct {
	Type   Type   `json:"type"`             // which kind of problem
	Title  string `json:"title"`            // the kind in a few words of English; the same for each Type
	Status int    `json:"status"`           // HTTP status
	Detail string `json:"detail,omitempty"` // a sentence or two for a person, in English

	Reasons    []scheduling.Reason  `json:"reasons,omitempty"`     // why, as codes
	Fields     []string             `json:"fields,omitempty"`      // of TypeInvalid: the wrong fields, as package scheduling names them, such as Profile.Phone
	Errors     []FieldError         `json:"errors,omitempty"`      // the same, with what is wrong
	BookingID  scheduling.BookingID `json:"booking_id,omitempty"`  // the learner's own booking that it is about
	FreeStarts []time.Time          `json:"free_starts,omitempty"` // of TypeSlotTaken: what is free on that day now; UTC
	RetryAfter int                  `json:"retry_after,omitempty"` // seconds after which to try, or to look, again; also the header Retry-After
	RetryAt    time.Time            `json:"retry_at,omitzero"`     // the same as an instant, where it is known; UTC, a whole second
}

// FieldError is what is wrong with a field of the input.
type FieldError struct {
	Field   string `json:"field"`   // as in Fields
	Problem string `json:"problem"` // in English, such as "is missing"; it never quotes what was sent
}

// Write answers the request with the error's problem: see [Of]. Nothing may have been
// written before.
func Write(w http.ResponseWriter, err error) { Of(err).Write(w) }

// Write answers the request with the problem: the status, the headers Content-Type,
// Cache-Control (no-store), X-Content-Type-Options and, if it is known when to try again,
// Retry-After, and the body.
func (p Problem) Write(w http.ResponseWriter) {
	body, err := json.Marshal(p)
	if err != nil { // an instant beyond the year 9999
		p = internal
		body, _ = json.Marshal(p)
	}
	header := w.Header()
	header.Set("Content-Type", ContentType)
	header.Set("Cache-Control", "no-store")
	header.Set("X-Content-Type-Options", "nosniff")
	switch {
	case !p.RetryAt.IsZero():
		header.Set("Retry-After", p.RetryAt.UTC().Format(http.TimeFormat))
	case p.RetryAfter > 0:
		header.Set("Retry-After", strconv.Itoa(p.RetryAfter))
	}
	w.WriteHeader(p.Status)
	_, _ = w.Write(append(body, '\n')) // an error is one of a client that has left
}
