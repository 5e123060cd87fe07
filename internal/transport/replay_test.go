package transport_test

import (
	"errors"
	"net"
	"net/http"
	"testing"

	"github.com/proctorbook/proctorbook/internal/transport"
)

// A write without a body is the one that net/http would most readily repeat.
func TestBodylessWriteIsSentOnce(t *testing.T) {
	networks := map[string]func(*testing.T) world{
		"HTTP/1, kept connection closed under us": closingKept,
		"HTTP/2 reset, protocol error":            resettingStream(codeProtocol),
		"HTTP/2 reset, stream refused":            resettingStream(codeRefused),
	}
	for name, network := range networks {
		for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodDelete} {
			t.Run(method+" over "+name, func(t *testing.T) {
				t.Parallel()
				w := network(t)
				tr := newTransport(t, w.url, w.opts...)
				before := w.seen()

				_, err := tr.Do(t.Context(), transport.Request{
					Op: "Enrollments.Delete", Class: transport.Write, Method: method, Path: "/x",
					Header: http.Header{"Idempotency-Key": {"k-1"}},
				})

				got := end{w.seen() - before, outcomeOf(t, transport.Write, err)}
				if want := (end{1, "unknown"}); got != want {
					t.Errorf("%s came to %v, want %v", method, got, want)
				}
			})
		}
	}
}

// A bodyless write carries a body that can't be rewound, yet the wire shows none.
func TestBodylessWriteOnTheWire(t *testing.T) {
	for _, method := range []string{http.MethodGet, http.MethodDelete} {
		t.Run(method, func(t *testing.T) {
			t.Parallel()
			var got *http.Request
			tr := newTransport(t, handling(t, func(w http.ResponseWriter, r *http.Request) { got = r }))

			_, err := tr.Do(t.Context(), transport.Request{Class: transport.Write, Method: method, Path: "/x"})

			if err != nil {
				t.Fatal(err)
			}
			if got.ContentLength != 0 || got.TransferEncoding != nil {
				t.Errorf("Content-Length %d, Transfer-Encoding %v; want none", got.ContentLength, got.TransferEncoding)
			}
		})
	}
}

// One refusal proves nothing about the attempts before it.
func TestOutcomeCountsAllAttempts(t *testing.T) {
	t.Parallel()
	w := serving(func(conn net.Conn, _ *http.Request, n int) bool {
		if n == 1 {
			return write(conn, 500, "oops", 4)
		}
		return write(conn, 404, "no", 2)
	})(t)

	got := endOf(t, w, transport.IdempotentWrite)

	if want := (end{2, "unknown"}); got != want {
		t.Errorf("500 and then 404 came to %v, want %v", got, want)
	}
}

// An envelope of success outweighs a status that proves a refusal.
func TestActedOutweighsStatus(t *testing.T) {
	t.Parallel()
	for _, status := range []int{404, 429} {
		w := serving(says(status, `{"response_code":1}`))(t)
		tr := newTransport(t, w.url)
		call := aCall(transport.Write)
		call.Acted = func(body []byte) bool { return string(body) == `{"response_code":1}` }

		_, err := tr.Do(t.Context(), call)

		got := end{w.seen(), outcomeOf(t, transport.Write, err)}
		if want := (end{1, "unknown"}); got != want {
			t.Errorf("status %d with an envelope of success came to %v, want %v", status, got, want)
		}
	}
}

// A certificate that is not trusted now will not be in a second.
func TestBadCertificateIsTriedOnce(t *testing.T) {
	t.Parallel()
	for _, class := range []transport.Class{transport.Read, transport.IdempotentWrite, transport.Write} {
		w := untrusted(t)
		_, err := newTransport(t, w.url).Do(t.Context(), aCall(class))
		if got, ok := errors.AsType[*transport.Error](err); !ok || got.Attempts != 1 {
			t.Errorf("class %d: error = %v, want one attempt", class, err)
		}
	}
}
