package transport_test

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/proctorbook/proctorbook"
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
					Op: "Enrollments.Delete", Class: proctorbook.Write, Method: method, Path: "/x",
					Header: http.Header{"Idempotency-Key": {"k-1"}},
				})

				got := end{w.seen() - before, outcomeOf(t, proctorbook.Write, err)}
				if want := (end{1, "unknown"}); got != want {
					t.Errorf("%s came to %v, want %v", method, got, want)
				}
			})
		}
	}
}

// A bodyless write carries a body that can't be rewound. Where a method usually
// has none the wire shows none. A POST over HTTP/1 is sent as an empty chunked
// body: to announce a length of 0 net/http must be told that there is no body,
// and then it would itself repeat the request over HTTP/2. A read may be
// repeated, so its POST announces 0.
func TestBodylessCallOnTheWire(t *testing.T) {
	const chunked, unsaid = "Transfer-Encoding: chunked, ends with 0", "nothing"
	tests := []struct {
		class        proctorbook.Class
		method       string
		http1, http2 string
	}{
		{proctorbook.Write, http.MethodGet, unsaid, unsaid},
		{proctorbook.Write, http.MethodDelete, unsaid, unsaid},
		{proctorbook.Write, http.MethodPost, chunked, unsaid},
		{proctorbook.IdempotentWrite, http.MethodPost, chunked, unsaid},
		{proctorbook.Read, http.MethodGet, unsaid, unsaid},
		{proctorbook.Read, http.MethodPost, "Content-Length: 0", "Content-Length: 0"},
	}
	for _, tt := range tests {
		t.Run(tt.class.String()+" "+tt.method, func(t *testing.T) {
			t.Parallel()
			call := transport.Request{Op: "Tests.Bare", Class: tt.class, Method: tt.method, Path: "/x"}
			if got := bodyOverHTTP1(t, call); got != tt.http1 {
				t.Errorf("over HTTP/1 the wire says of the body: %s, want %s", got, tt.http1)
			}
			if got := bodyOverHTTP2(t, call); got != tt.http2 {
				t.Errorf("over HTTP/2 the wire says of the body: %s, want %s", got, tt.http2)
			}
		})
	}
}

// bodyOverHTTP1 makes the call and returns what its bytes say of the body.
func bodyOverHTTP1(t *testing.T, call transport.Request) string {
	t.Helper()
	heard := make(chan string, 1)
	url := listen(t, func(conn net.Conn) {
		buf := make([]byte, 4096)
		n := 0
		for !bodyEnded(string(buf[:n])) {
			m, err := conn.Read(buf[n:])
			if err != nil {
				break
			}
			n += m
		}
		heard <- string(buf[:n])
		write(conn, 200, "{}", 2)
	})
	if _, err := newTransport(t, url).Do(t.Context(), call); err != nil {
		t.Fatal(err)
	}
	head, body, _ := strings.Cut(<-heard, "\r\n\r\n")
	said := "nothing"
	for line := range strings.SplitSeq(head, "\r\n") {
		if strings.HasPrefix(line, "Content-Length") || strings.HasPrefix(line, "Transfer-Encoding") {
			said = line
		}
	}
	if body != "" {
		said += ", ends with " + strings.TrimSpace(body)
	}
	return said
}

func bodyEnded(heard string) bool {
	return strings.HasSuffix(heard, "\r\n\r\n") &&
		(!strings.Contains(heard, "chunked") || strings.HasSuffix(heard, "\r\n0\r\n\r\n"))
}

// bodyOverHTTP2 makes the call and returns what its server understood of the body.
func bodyOverHTTP2(t *testing.T, call transport.Request) string {
	t.Helper()
	understood := make(chan string, 1)
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		switch length := r.Header["Content-Length"]; {
		case err != nil || len(body) > 0 || r.ProtoMajor != 2 || r.TransferEncoding != nil:
			understood <- fmt.Sprintf("%d bytes over %s, %v", len(body), r.Proto, err)
		case length != nil:
			understood <- "Content-Length: " + strings.Join(length, ", ")
		default:
			understood <- "nothing"
		}
	}))
	s.Config.Protocols = new(http.Protocols)
	s.Config.Protocols.SetUnencryptedHTTP2(true)
	s.Start()
	defer s.Close()
	if _, err := newTransport(t, s.URL, transport.WithTransport(overHTTP2(t))).Do(t.Context(), call); err != nil {
		t.Fatal(err)
	}
	return <-understood
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

	got := endOf(t, w, proctorbook.IdempotentWrite)

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
		call := aCall(proctorbook.Write)
		call.Acted = func(body []byte) bool { return string(body) == `{"response_code":1}` }

		_, err := tr.Do(t.Context(), call)

		got := end{w.seen(), outcomeOf(t, proctorbook.Write, err)}
		if want := (end{1, "unknown"}); got != want {
			t.Errorf("status %d with an envelope of success came to %v, want %v", status, got, want)
		}
	}
}

// A certificate that is not trusted now will not be in a second.
func TestBadCertificateIsTriedOnce(t *testing.T) {
	t.Parallel()
	for _, class := range []proctorbook.Class{proctorbook.Read, proctorbook.IdempotentWrite, proctorbook.Write} {
		w := untrusted(t)
		_, err := newTransport(t, w.url).Do(t.Context(), aCall(class))
		if got, ok := errors.AsType[*transport.Error](err); !ok || got.Attempts != 1 {
			t.Errorf("class %d: error = %v, want one attempt", class, err)
		}
	}
}

// go-retryablehttp closes the idle connections of its client after each failed
// call, of which the redirect is one to it. The pool may be the caller's, so here
// they must stay.
func TestConnectionsAreKept(t *testing.T) {
	t.Parallel()
	for _, status := range []int{200, 302, 400, 404, 429, 503} {
		t.Run(http.StatusText(status), func(t *testing.T) {
			t.Parallel()
			var opened, closed atomic.Int32
			s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.WriteHeader(status)
				_, _ = w.Write(make([]byte, 10_000)) // more than go-retryablehttp would drain
			}))
			s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
				switch state {
				case http.StateNew:
					opened.Add(1)
				case http.StateClosed:
					closed.Add(1)
				}
			}
			s.Start()
			defer s.Close()
			pool := &http.Transport{}
			defer pool.CloseIdleConnections()
			tr := newTransport(t, s.URL, transport.WithTransport(pool))

			for range 3 {
				_, _ = tr.Do(t.Context(), aCall(proctorbook.Read))
			}

			if opened.Load() != 1 || closed.Load() != 0 {
				t.Errorf("status %d: %d connections opened and %d closed for 3 calls, want 1 and 0", status, opened.Load(), closed.Load())
			}
		})
	}
}

// The transport that is used unless the caller has one keeps its own promises.
func TestDefaultTransport(t *testing.T) {
	t.Parallel()
	rt, ok := transport.NewRoundTripper().(*http.Transport)
	if !ok || rt == http.DefaultTransport {
		t.Fatalf("the default is %T, want an *http.Transport of its own", rt)
	}
	if got := rt.TLSClientConfig.MinVersion; got != 0x0303 {
		t.Errorf("TLS version at least %#x, want 0x0303, which is 1.2", got)
	}
	if rt.MaxIdleConnsPerHost != 8 || rt.IdleConnTimeout.Seconds() != 20 || rt.MaxResponseHeaderBytes != 64<<10 {
		t.Errorf("%d idle connections for %v, headers to %d bytes; want 8, 20s, 65536",
			rt.MaxIdleConnsPerHost, rt.IdleConnTimeout, rt.MaxResponseHeaderBytes)
	}
}
