package transport_test

import (
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/internal/transport"
)

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
