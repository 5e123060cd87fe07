package transport_test

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

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

// fakeClock is a clock that only waiting moves.
type fakeClock struct {
	mu    sync.Mutex
	now   time.Time
	waits []time.Duration
}

func newFakeClock() *fakeClock {
	paris := time.FixedZone("CET", 3600) // 08:00 in UTC
	return &fakeClock{now: time.Date(2030, 3, 12, 9, 0, 0, 0, paris)}
}

func (c *fakeClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *fakeClock) Sleep(ctx context.Context, d time.Duration) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
	c.waits = append(c.waits, d)
	return nil
}

// slept returns the waits so far.
func (c *fakeClock) slept() []time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]time.Duration(nil), c.waits...)
}

// wireServer is a server on loopback that is told byte by byte what to do, which
// net/http's own server is too well behaved for.
type wireServer struct {
	URL  string
	Seen atomic.Int32 // requests read to their end
}

// wireFunc answers one request. n counts the requests of this connection from 1.
// The connection is kept if it returns true.
type wireFunc func(conn net.Conn, req *http.Request, n int) (keep bool)

func newWireServer(t testing.TB, answer wireFunc) *wireServer {
	s := &wireServer{}
	s.URL = listen(t, func(conn net.Conn) {
		r := bufio.NewReader(conn)
		for n := 1; ; n++ {
			req, err := http.ReadRequest(r)
			if err != nil {
				return
			}
			if _, err := io.Copy(io.Discard, req.Body); err != nil {
				return
			}
			s.Seen.Add(1)
			if !answer(conn, req, n) {
				return
			}
		}
	})
	return s
}

// listen serves each connection in its own goroutine and closes it afterwards.
func listen(t testing.TB, serve func(net.Conn)) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				serve(conn)
			}()
		}
	}()
	return "http://" + listener.Addr().String()
}

// says answers every request with the status, header lines and body.
func says(status int, body string, header ...string) wireFunc {
	return func(conn net.Conn, _ *http.Request, _ int) bool {
		return write(conn, status, body, len(body), header...)
	}
}

func write(conn net.Conn, status int, body string, length int, header ...string) bool {
	head := fmt.Sprintf("HTTP/1.1 %d %s\r\nContent-Length: %d\r\n", status, http.StatusText(status), length)
	for _, line := range header {
		head += line + "\r\n"
	}
	_, err := io.WriteString(conn, head+"\r\n"+body)
	return err == nil && len(body) == length
}

// reset closes the connection so that its peer sees a reset instead of an end.
func reset(conn net.Conn) {
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	conn.Close()
}

// newHTTP2Server reads each request of an HTTP/2 connection without TLS to its
// end, and then resets its stream with code.
func newHTTP2Server(t testing.TB, code uint32) *wireServer {
	s := &wireServer{}
	s.URL = listen(t, func(conn net.Conn) {
		preface := make([]byte, len("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"))
		if _, err := io.ReadFull(conn, preface); err != nil {
			return
		}
		if err := writeFrame(conn, frameSettings, 0, 0, nil); err != nil {
			return
		}
		for s.readFrame(conn, code) == nil {
		}
	})
	return s
}

// Frames of RFC 9113, sections 6.1 to 6.5.
const (
	frameData     = 0x0
	frameHeaders  = 0x1
	frameReset    = 0x3
	frameSettings = 0x4

	flagEndStream = 0x1
	flagAck       = 0x1

	codeProtocol = 0x1
	codeInternal = 0x2
	codeRefused  = 0x7
)

func (s *wireServer) readFrame(conn net.Conn, code uint32) error {
	var head [9]byte
	if _, err := io.ReadFull(conn, head[:]); err != nil {
		return err
	}
	length := int64(head[0])<<16 | int64(head[1])<<8 | int64(head[2])
	kind, flags, stream := head[3], head[4], binary.BigEndian.Uint32(head[5:])
	if _, err := io.CopyN(io.Discard, conn, length); err != nil {
		return err
	}
	switch {
	case kind == frameSettings && flags&flagAck == 0:
		return writeFrame(conn, frameSettings, flagAck, 0, nil)
	case kind <= frameHeaders && flags&flagEndStream != 0:
		s.Seen.Add(1)
		return writeFrame(conn, frameReset, 0, stream, binary.BigEndian.AppendUint32(nil, code))
	}
	return nil
}

func writeFrame(conn net.Conn, kind, flags byte, stream uint32, payload []byte) error {
	if len(payload) > 255 {
		return errors.New("frame too long for this test server")
	}
	frame := binary.BigEndian.AppendUint32([]byte{0, 0, byte(len(payload)), kind, flags}, stream)
	_, err := conn.Write(append(frame, payload...))
	return err
}

// overHTTP2 returns a round tripper that speaks HTTP/2 without TLS.
func overHTTP2(t testing.TB) http.RoundTripper {
	rt := &http.Transport{Protocols: new(http.Protocols)}
	rt.Protocols.SetUnencryptedHTTP2(true)
	t.Cleanup(rt.CloseIdleConnections)
	return rt
}
