package transport

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"syscall"
)

// cause stands for a foreign error in ours. Foreign texts may quote a URL, a
// header or a body, so it has a text of its own, and no Unwrap by which a logger
// could reach the original; errors.Is and errors.As still see it.
type cause struct {
	text string
	errs []error
}

func (c *cause) Error() string              { return c.text }
func (c *cause) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, c.text) }

// Is reports whether one of the original errors is target.
func (c *cause) Is(target error) bool {
	for _, err := range c.errs {
		if errors.Is(err, target) {
			return true
		}
	}
	return false
}

// As finds target among the original errors. It gives out none that holds a URL,
// which may have a user, a token or a learner's data in it. If target is a
// net.Error, or a part of that, it gets a stand-in, which still tells whether the
// time ran out.
func (c *cause) As(target any) bool {
	for _, err := range c.errs {
		found := reflect.New(reflect.TypeOf(target).Elem())
		if !errors.As(err, found.Interface()) {
			continue
		}
		given := found.Elem()
		if original, ok := given.Interface().(error); !ok || holdsURL(original) {
			given = reflect.ValueOf(netFailure{text: c.text, timeout: isTimeout(err)})
		}
		if given.Type().AssignableTo(found.Elem().Type()) {
			reflect.ValueOf(target).Elem().Set(given)
			return true
		}
	}
	return false
}

// netFailure stands for a net.Error that must not be seen.
type netFailure struct {
	text    string
	timeout bool
}

func (e netFailure) Error() string   { return e.text }
func (e netFailure) Timeout() bool   { return e.timeout }
func (e netFailure) Temporary() bool { return e.timeout }

// holdsURL reports whether err, or an error within it, is a *url.Error, or quotes a URL
// or an address.
func holdsURL(err error) bool {
	if err == nil {
		return false
	}
	if _, isURL := err.(*url.Error); isURL || strings.Contains(err.Error(), "://") || strings.Contains(err.Error(), "@") {
		return true
	}
	switch wrapper := err.(type) {
	case interface{ Unwrap() error }:
		return holdsURL(wrapper.Unwrap())
	case interface{ Unwrap() []error }:
		return slices.ContainsFunc(wrapper.Unwrap(), holdsURL)
	}
	return false
}

// clean returns err in our own words.
func clean(err error) error {
	return &cause{text: safeText(err), errs: []error{err}}
}

// contextCause returns why ctx ended. The caller's own cause is kept for errors.Is,
// not for the text.
func contextCause(ctx context.Context) error {
	return &cause{text: ctx.Err().Error(), errs: []error{ctx.Err(), context.Cause(ctx)}}
}

// timeoutError means that one of our own time limits ran out, not the caller's
// context.
type timeoutError struct{ text string }

func (e *timeoutError) Error() string        { return e.text }
func (e *timeoutError) Is(target error) bool { return target == context.DeadlineExceeded }

// phrases are texts of net/http that are safe to repeat. The rest of its errors
// may be bytes from the wire.
var phrases = []string{
	"server closed idle connection",
	"server gave HTTP response to HTTPS client",
	"transport connection broken",
	"malformed HTTP",
	"response headers exceeded",
	"stream error",
	"GOAWAY",
	"invalid header",
	"connection reset",
}

// safeText describes err without quoting from it, but for fixed words, and
// numbers and names of the operating system.
func safeText(err error) string {
	if own, ok := errors.AsType[*timeoutError](err); ok {
		return own.text
	}
	switch text := networkText(err); {
	case text != "":
		return text
	case errors.Is(err, io.ErrUnexpectedEOF):
		return "the answer was cut off"
	case errors.Is(err, io.EOF):
		return "the connection was closed without an answer"
	case errors.Is(err, http.ErrSchemeMismatch):
		return "the server answered in http to https"
	case isTimeout(err):
		return "timed out"
	}
	for _, phrase := range phrases {
		if strings.Contains(err.Error(), phrase) {
			return phrase
		}
	}
	return fmt.Sprintf("an error of type %T", innermost(err))
}

// networkText describes errors of DNS, TLS and sockets, and returns "" for others.
func networkText(err error) string {
	if dns, ok := errors.AsType[*net.DNSError](err); ok {
		if dns.IsNotFound {
			return "the host name was not found"
		}
		return "the host name could not be looked up"
	}
	if cert, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return fmt.Sprintf("TLS: the certificate was not accepted (%T)", cert.Err)
	}
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		return "TLS: the server does not speak it"
	}
	errno, isErrno := errors.AsType[syscall.Errno](err)
	if op, ok := errors.AsType[*net.OpError](err); ok {
		switch {
		case isErrno:
			return op.Op + ": " + errno.Error()
		case op.Timeout():
			return op.Op + ": timed out"
		}
		return op.Op + " failed"
	}
	if isErrno {
		return errno.Error()
	}
	return ""
}

func isTimeout(err error) bool {
	timeout, ok := errors.AsType[interface {
		error
		Timeout() bool
	}](err)
	return ok && timeout.Timeout()
}

func innermost(err error) error {
	for {
		next := errors.Unwrap(err)
		if next == nil {
			return err
		}
		err = next
	}
}
