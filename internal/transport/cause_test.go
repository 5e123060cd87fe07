package transport_test

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/internal/transport"
)

// What a round tripper says is told in our own words, and errors.Is still finds it.
func TestCauseInOurWords(t *testing.T) {
	t.Parallel()
	dial := func(err error) error { return &net.OpError{Op: "dial", Net: "tcp", Err: err} }
	tests := map[string]struct {
		err      error
		wantText string
	}{
		"refused":             {dial(os.NewSyscallError("connect", syscall.ECONNREFUSED)), "dial: connection refused"},
		"bare error number":   {syscall.ECONNRESET, "connection reset by peer"},
		"dial timed out":      {dial(os.ErrDeadlineExceeded), "dial: timed out"},
		"dial, odd":           {dial(fs.ErrInvalid), "dial failed"},
		"no such name":        {dial(&net.DNSError{Name: "canary", IsNotFound: true}), "the host name was not found"},
		"names out of order":  {dial(&net.DNSError{Name: "canary", IsTemporary: true}), "the host name could not be looked up"},
		"certificate":         {&tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}}, "TLS: the certificate was not accepted (x509.UnknownAuthorityError)"},
		"no TLS":              {tls.RecordHeaderError{Msg: "canary"}, "TLS: the server does not speak it"},
		"http to https":       {http.ErrSchemeMismatch, "the server answered in http to https"},
		"timed out":           {os.ErrDeadlineExceeded, "timed out"},
		"closed":              {io.EOF, "the connection was closed without an answer"},
		"cut":                 {io.ErrUnexpectedEOF, "the answer was cut off"},
		"idle connection":     {errors.New("http: server closed idle connection canary"), "server closed idle connection"},
		"unknown":             {errors.New("canary"), "an error of type *errors.errorString"},
		"unknown, wrapped":    {fmt.Errorf("canary: %w", fs.ErrInvalid), "an error of type *errors.errorString"},
		"a URL around it all": {&url.Error{Op: "Post", URL: "https://x/?canary", Err: io.EOF}, "the connection was closed without an answer"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tr := newTransport(t, "https://service.invalid", transport.WithTransport(
				roundTripFunc(func(*http.Request) (*http.Response, error) { return nil, tt.err })))

			_, err := tr.Do(t.Context(), aCall(proctorbook.Write))

			got, ok := errors.AsType[*transport.Error](err)
			if !ok || got.Err.Error() != tt.wantText {
				t.Errorf("error = %v, want the cause %q", err, tt.wantText)
			}
			if text := fmt.Sprintf("%v %+v %#v", err, err, err); strings.Contains(text, "canary") {
				t.Errorf("error %s quotes the round tripper", text)
			}
			if _, isURL := errors.AsType[*url.Error](err); isURL || !errors.Is(err, tt.err) {
				t.Errorf("error is a *url.Error: %t; errors.Is finds the original: %t", isURL, errors.Is(err, tt.err))
			}
		})
	}
}

// traced is a round tripper's own error. It says where it happened.
type traced struct{ where string }

func (e *traced) Error() string   { return "failed at " + e.where }
func (e *traced) Timeout() bool   { return true }
func (e *traced) Temporary() bool { return true }

// errors.As gives out no error that holds a URL, whatever it is asked for: not a
// *url.Error, not the same as a net.Error, and not an error around one.
func TestCauseGivesOutNoURL(t *testing.T) {
	t.Parallel()
	const canary = "user:canary@proxy.example"
	for name, inner := range map[string]error{
		"url.Error":         &url.Error{Op: "Post", URL: "https://" + canary, Err: os.ErrDeadlineExceeded},
		"around a URL":      &net.OpError{Op: "proxyconnect", Err: &url.Error{Op: "parse", URL: canary, Err: os.ErrDeadlineExceeded}},
		"joined":            errors.Join(io.EOF, &url.Error{Op: "Get", URL: canary, Err: os.ErrDeadlineExceeded}),
		"quoted in a text":  &traced{where: "https://" + canary},
		"quoted, no scheme": &traced{where: canary},
	} {
		tr := newTransport(t, "https://service.invalid", transport.WithTransport(
			roundTripFunc(func(*http.Request) (*http.Response, error) { return nil, inner })))
		_, err := tr.Do(t.Context(), aCall(proctorbook.Write))

		var network net.Error
		if !errors.As(err, &network) || !network.Timeout() {
			t.Errorf("%s: no net.Error that has timed out is in %v", name, err)
		}
		var own *traced
		var op *net.OpError
		var asURL *url.Error
		var late interface{ Timeout() bool }
		if errors.As(err, &own) || errors.As(err, &op) || errors.As(err, &asURL) {
			t.Errorf("%s: %v, %v, %v were given out", name, own, op, asURL)
		}
		if !errors.As(err, &late) {
			t.Errorf("%s: no error that tells of a timeout", name)
		}
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x"} {
			if text := fmt.Sprintf(verb, network) + fmt.Sprintf(verb, err) + fmt.Sprintf(verb, late); strings.Contains(text, "canary") || strings.Contains(text, fmt.Sprintf("%x", "canary")) {
				t.Errorf("%s: %s prints %s", name, verb, text)
			}
		}
	}
}

// What holds no URL is given out as it is.
func TestCauseGivesOutWhatIsSafe(t *testing.T) {
	t.Parallel()
	original := &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}
	tr := newTransport(t, "https://service.invalid", transport.WithTransport(
		roundTripFunc(func(*http.Request) (*http.Response, error) { return nil, original })))
	_, err := tr.Do(t.Context(), aCall(proctorbook.Write))
	errno, isErrno := errors.AsType[syscall.Errno](err)
	op, isOp := errors.AsType[*net.OpError](err)
	if !isErrno || errno != syscall.ECONNREFUSED || !isOp || op != original {
		t.Errorf("errors.As finds %v and %v in %v", errno, op, err)
	}
}
