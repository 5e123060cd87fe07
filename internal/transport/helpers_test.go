package transport_test

import (
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/proctorbook/proctorbook/internal/transport"
)

// newTransport returns a transport for url whose waits take no time.
func newTransport(t testing.TB, url string, opts ...transport.Option) *transport.Transport {
	t.Helper()
	tr, err := transport.New(url, append([]transport.Option{transport.WithClock(newFakeClock())}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

// handling returns the URL of a server on loopback.
func handling(t testing.TB, handler http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewServer(handler)
	t.Cleanup(s.Close)
	return s.URL
}

// silentLog swallows what httptest servers say of handshakes that are meant to fail.
var silentLog = log.New(io.Discard, "", 0)
