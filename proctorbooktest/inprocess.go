package proctorbooktest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"strconv"
)

// InProcessURL is a base URL for use with [InProcess] and [Pipe]. It names the
// loopback host, since clients refuse plain http anywhere else.
const InProcessURL = "http://127.0.0.1"

// InProcess returns a RoundTripper that calls h directly, in the caller's
// goroutine: nothing runs at the same time, so a test is the same on every run.
//
// A connection closed before the answer is an error that wraps
// io.ErrUnexpectedEOF, and a body that is cut ends with that error. If the
// request's context carries an httptrace.ClientTrace, its hooks for the
// connection and the written request are called.
func InProcess(h http.Handler) http.RoundTripper { return inProcess{h} }

type inProcess struct{ handler http.Handler }

func (p inProcess) RoundTrip(r *http.Request) (*http.Response, error) {
	ctx := r.Context()
	if r.Body != nil {
		defer r.Body.Close()
	}
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	trace := httptrace.ContextClientTrace(ctx)
	if trace != nil && trace.GetConn != nil {
		trace.GetConn(r.URL.Host)
	}
	answer := &recorder{header: http.Header{}}
	completed := p.serve(answer, incoming(r))
	if answer.refused != nil {
		return nil, answer.refused
	}
	reportConnection(trace)
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if !completed && answer.status == 0 {
		return nil, fmt.Errorf("connection closed by the server: %w", io.ErrUnexpectedEOF)
	}
	return answer.response(r, completed), nil
}

// incoming turns the client's request into the one that a server would see.
func incoming(r *http.Request) *http.Request {
	in := r.WithContext(r.Context())
	if in.Host == "" {
		in.Host = in.URL.Host
	}
	if in.Body == nil {
		in.Body = http.NoBody
	}
	return in
}

// serve reports whether the handler ended without closing the connection.
func (p inProcess) serve(w http.ResponseWriter, r *http.Request) (completed bool) {
	defer func() {
		if v := recover(); v != nil && v != http.ErrAbortHandler {
			panic(v)
		}
	}()
	p.handler.ServeHTTP(w, r)
	return true
}

func reportConnection(trace *httptrace.ClientTrace) {
	if trace == nil {
		return
	}
	if trace.GotConn != nil {
		trace.GotConn(httptrace.GotConnInfo{})
	}
	if trace.WroteRequest != nil {
		trace.WroteRequest(httptrace.WroteRequestInfo{})
	}
}

// recorder keeps what a handler writes. Unlike httptest's it knows of answers that
// were cut, and by Refuse and Follow, which the fakes look for, of connections that
// were refused and of bodies without end.
type recorder struct {
	header  http.Header
	status  int
	body    bytes.Buffer
	rest    io.Reader // what follows the body, nil for nothing
	refused error
}

func (w *recorder) Header() http.Header { return w.header }

func (w *recorder) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
}

func (w *recorder) Write(b []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.body.Write(b)
}

// Refuse ends the exchange as if no connection could be made.
func (w *recorder) Refuse(err error) { w.refused = err }

// Follow appends what may never end, to be read by the client as it likes.
func (w *recorder) Follow(rest io.Reader) { w.rest = rest }

func (w *recorder) response(r *http.Request, completed bool) *http.Response {
	w.WriteHeader(http.StatusOK)
	var body io.Reader = &w.body
	length := int64(w.body.Len())
	if w.rest != nil {
		length, body = -1, io.MultiReader(&w.body, w.rest)
	}
	if !completed {
		if n, err := strconv.ParseInt(w.header.Get("Content-Length"), 10, 64); err == nil {
			length = n
		}
		body = io.MultiReader(&w.body, cutOff{})
	}
	return &http.Response{
		Status: fmt.Sprintf("%d %s", w.status, http.StatusText(w.status)), StatusCode: w.status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: w.header, Body: io.NopCloser(body), ContentLength: length, Request: r,
	}
}

// cutOff is the end of a body whose connection was closed too early.
type cutOff struct{}

func (cutOff) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }
