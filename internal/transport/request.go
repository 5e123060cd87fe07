package transport

import (
	"net/http"
	"net/url"
	"time"
)

// Class says what a repeat of the call may do, and so what the transport may send again.
type Class int

const (
	Read            Class = iota // may be repeated freely
	IdempotentWrite              // a repeat ends in the same state
	Write                        // a repeat may act twice: sent again only if provably not done
)

// Request is one call. The transport builds a fresh HTTP request from it for each attempt.
type Request struct {
	Op     string // name of the client's method, such as "Reservations.Create"; used in logs and errors
	Class  Class
	Method string      // GET, POST, PATCH, ...
	Path   string      // below the base URL, escaped, such as "/addAdHocProcess"
	Query  url.Values  // appended to the URL
	Form   url.Values  // sent as a form body; excludes Body
	Body   []byte      // sent as is with ContentType; excludes Form
	Header http.Header // sent beside the transport's own; may hold the credentials

	ContentType string // of Body
	// StampField names the field in which each attempt carries the time at which
	// it was sent (UTC, whole seconds, Z): in the form of a POST, else in the query.
	StampField string
	MaxBytes   int64 // largest body read, after decompression; 0 = DefaultMaxBytes
}

// Response is an answer with a 2xx status whose body was read to its end.
type Response struct {
	Status   int
	Header   http.Header
	Body     []byte
	Attempts int       // HTTP attempts made for this call
	Sent     time.Time // by the transport's clock, when the last attempt was sent
}
