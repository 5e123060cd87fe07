package transport

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/proctorbook/proctorbook"
)

// Request is one call. The transport builds a fresh HTTP request from it for each
// attempt.
type Request struct {
	Op     string // name of the client's method, such as "Reservations.Create"; used in logs and errors
	Class  proctorbook.Class
	Method string      // GET, POST, PATCH, ...
	Path   string      // below the base URL, escaped, such as "/addAdHocProcess"
	Query  url.Values  // appended to the URL
	Form   url.Values  // sent as a form body; excludes FormText and Body
	Body   []byte      // sent as is with ContentType; excludes Form and FormText; not changed before Do returns
	Header http.Header // sent in addition to the transport's own; may hold the credentials

	FormText    string // a form body that is encoded already, without StampField; excludes Form and Body
	ContentType string // of Body
	// StampField names the field in which each attempt carries the time at which
	// it was sent (UTC, whole seconds, Z): in the form of a POST without Body,
	// else in the query.
	StampField string
	MaxBytes   int64 // largest body read, after decompression; 0 = DefaultMaxBytes
	// Room is where the body of the answer is read to, as far as it fits: the Body of
	// an earlier answer that nobody needs any more. nil: a new one is made.
	Room []byte
	// Acted reports whether the body of an answer shows that the call was
	// carried out, although the status, such as 429, proves a refusal. The
	// outcome is then unknown, and nothing is sent again. nil: no body shows
	// that.
	Acted func(body []byte) bool
}

// Format prints the operation alone, whatever the verb: the rest may be secret or
// personal.
func (r Request) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "transport.Request("+r.Op+")") }

// LogValue returns the operation alone.
func (r Request) LogValue() slog.Value { return slog.StringValue(r.Op) }

// Response is an answer with a 2xx status whose body was read to its end.
type Response struct {
	Status   int
	Header   http.Header
	Body     []byte
	Attempts int       // HTTP attempts made for this call
	Sent     time.Time // by the transport's clock, when the last attempt was sent
}

// check returns an ErrBadRequest that names the field that can't be sent.
func (r *Request) check() error {
	switch {
	case r.Class < proctorbook.Read || r.Class > proctorbook.Write:
		return badField("Class", "is none of Read, IdempotentWrite, Write")
	case !isMethod(r.Method):
		return badField("Method", "must be upper-case letters")
	case r.Form != nil && r.Body != nil:
		return badField("Form", "excludes Body")
	case r.FormText != "" && (r.Form != nil || r.Body != nil):
		return badField("FormText", "excludes Form and Body")
	case r.MaxBytes < 0:
		return badField("MaxBytes", "must not be negative")
	case r.StampField != "" && (r.Form.Has(r.StampField) || r.Query.Has(r.StampField)):
		return badField("StampField", "is among the other fields already")
	case !isHeaderValue(r.ContentType):
		return badField("ContentType", "holds a control character")
	}
	return r.checkHeader()
}

func (r *Request) checkHeader() error {
	for name, values := range r.Header {
		if !isHeaderName(name) {
			return badField("Header", "has a name that is not a token")
		}
		for _, value := range values {
			if !isHeaderValue(value) {
				return badField("Header", "has a value with a control character under "+name)
			}
		}
	}
	return nil
}

// resolve returns the URL of r below base, without the query.
func (r *Request) resolve(base *url.URL) (url.URL, error) {
	target := *base
	path, err := url.PathUnescape(r.Path)
	switch {
	case err != nil:
		return target, badField("Path", "is not escaped properly")
	case !strings.HasPrefix(r.Path, "/"):
		return target, badField("Path", "must begin with a slash")
	case strings.ContainsFunc(r.Path, isOutsidePath):
		return target, badField("Path", "has a character that must be escaped")
	case hasDotSegment(path):
		return target, badField("Path", "has a dot segment")
	}
	// RawPath keeps the caller's escapes: an escaped slash stays escaped.
	target.RawPath = target.EscapedPath() + r.Path
	target.Path += path
	return target, nil
}

// stampsForm reports whether the time of sending goes into the body.
func (r *Request) stampsForm() bool {
	return r.StampField != "" && r.Method == http.MethodPost && r.Body == nil
}

func (r *Request) maxBytes() int64 {
	if r.MaxBytes == 0 {
		return DefaultMaxBytes
	}
	return r.MaxBytes
}

func badField(field, problem string) error {
	return fmt.Errorf("%w: %s %s", ErrBadRequest, field, problem)
}

func isMethod(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(c rune) bool { return c < 'A' || c > 'Z' })
}

func isOutsidePath(c rune) bool { return c <= ' ' || c >= 0x7f || c == '?' || c == '#' || c == '\\' }

func isHeaderName(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(c rune) bool {
		return c <= ' ' || c >= 0x7f || strings.ContainsRune(`"(),/:;<=>?@[\]{}`, c)
	})
}

func isHeaderValue(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' && s[i] != '\t' || s[i] == 0x7f {
			return false
		}
	}
	return true
}
