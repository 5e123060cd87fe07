package proctorbooktest

import (
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"sync"
	"time"
)

// Listener serves a handler until it is closed. [Loopback] and [Pipe] make one.
type Listener struct {
	// URL is the base URL, without a trailing slash: scheme, loopback host and port.
	URL string

	server    *http.Server
	transport *http.Transport
	done      chan struct{}
	close     sync.Once
}

// Loopback serves h on a port of 127.0.0.1 that the system chooses. Like
// httptest.NewServer it panics if there is none.
func Loopback(h http.Handler) *Listener {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(fmt.Sprintf("proctorbooktest: can't listen on loopback: %v", err))
	}
	return serve("http://"+listener.Addr().String(), listener, h, &http.Transport{})
}

// Pipe serves h in memory, without sockets: reach it through [Listener.Transport].
// Called inside a testing/synctest bubble, all its goroutines belong to the
// bubble, so that virtual time passes while they wait.
func Pipe(h http.Handler) *Listener {
	listener := &pipeListener{conns: make(chan net.Conn), closed: make(chan struct{})}
	return serve(InProcessURL, listener, h, &http.Transport{DialContext: listener.dial})
}

func serve(url string, on net.Listener, h http.Handler, t *http.Transport) *Listener {
	l := &Listener{
		URL: url, transport: t, done: make(chan struct{}),
		server: &http.Server{Handler: h, ReadHeaderTimeout: time.Minute, ErrorLog: log.New(io.Discard, "", 0)},
	}
	go func() {
		defer close(l.done)
		_ = l.server.Serve(on) // ends with ErrServerClosed
	}()
	return l
}

// Transport returns the RoundTripper that reaches the server. For [Loopback] any
// other works as well.
func (l *Listener) Transport() http.RoundTripper { return l.transport }

// Close stops the server and closes its connections. It may be called twice.
func (l *Listener) Close() {
	l.close.Do(func() {
		_ = l.server.Close() // connections are cut anyway: nothing to report
		l.transport.CloseIdleConnections()
		<-l.done
	})
}

// pipeListener hands one end of a net.Pipe to the server for each dial.
type pipeListener struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func (l *pipeListener) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	client, server := net.Pipe()
	select {
	case l.conns <- server:
		return client, nil
	case <-l.closed:
		return nil, &net.OpError{Op: "dial", Net: "pipe", Err: net.ErrClosed}
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case conn := <-l.conns:
		return conn, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *pipeListener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return nil
}

func (l *pipeListener) Addr() net.Addr { return &net.UnixAddr{Name: "pipe", Net: "pipe"} }
