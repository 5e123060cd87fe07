package transport_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/internal/transport"
)

// canaries are planted wherever a secret or a learner's data may be.
var canaries = []string{"canary-token", "canary-form", "canary-query", "canary-path", "canary-answer", "canary-header", "canary-error"}

func canaryCall(class proctorbook.Class) transport.Request {
	return transport.Request{
		Op: "Students.Save", Class: class, Method: http.MethodPost, Path: "/canary-path",
		Form: url.Values{"email": {"canary-form"}}, Query: url.Values{"email": {"canary-query"}},
		Header: http.Header{"Authorization-Token": {"canary-token"}}, StampField: "time_sent",
	}
}

// talkative is a round tripper whose error quotes all it knows.
func talkative(req *http.Request) (*http.Response, error) {
	quoted := fmt.Errorf("canary-error %v %v", req.Header, req.URL)
	return nil, &url.Error{Op: "Post", URL: req.URL.String(), Err: errors.Join(quoted)}
}

// No error, no event and no log record shows a canary, whatever the fault and the verb.
func TestNothingSecretGetsOut(t *testing.T) {
	t.Parallel()
	leaky := map[string]func(*testing.T) world{
		"round tripper that quotes": func(t *testing.T) world {
			return world{url: "https://service.invalid", ctx: t.Context(), seen: never,
				opts: []transport.Option{transport.WithTransport(roundTripFunc(talkative))}}
		},
		"answer that quotes":   serving(says(500, "canary-answer", "X-Echo: canary-header")),
		"redirect that quotes": serving(says(307, "canary-answer", "Location: ::canary-header%zz")),
		"success that quotes":  serving(says(200, "canary-answer", "X-Echo: canary-header")),
		"malformed status":     serving(rawly("HTTP/1.1 canary-answer\r\n\r\n")),
		"malformed header":     serving(rawly("HTTP/1.1 200 OK\r\ncanary-header\r\n\r\n")),
		"malformed length":     serving(rawly("HTTP/1.1 200 OK\r\nContent-Length: canary-header\r\n\r\n")),
	}
	for _, fault := range faults {
		leaky[fault.name] = fault.world
	}
	for name, newWorld := range leaky {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for class := proctorbook.Read; class <= proctorbook.Write; class++ {
				var out bytes.Buffer
				for _, handler := range []slog.Handler{
					slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug}),
					slog.NewJSONHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug}),
				} {
					w := newWorld(t)
					opts := append(w.opts, transport.WithLogger(slog.New(handler)), transport.WithObserver(teller{&out, handler}))
					tr := newTransport(t, w.url, opts...)
					_, err := tr.Do(w.ctx, canaryCall(class))
					tell(&out, handler, err)
				}
				for _, canary := range canaries {
					if i := strings.Index(out.String(), canary); i >= 0 {
						t.Errorf("class %d: %s got out: ...%s", class, canary, out.String()[max(0, i-80):i+len(canary)])
					}
				}
			}
		})
	}
}

// rawly answers with bytes that need not be HTTP.
func rawly(answer string) wireFunc {
	return func(conn net.Conn, _ *http.Request, _ int) bool {
		_, _ = conn.Write([]byte(answer))
		return false
	}
}

// tell prints err, and all that can be unwrapped from it, in every way that comes to mind.
func tell(out *bytes.Buffer, handler slog.Handler, err error) {
	if err == nil {
		return
	}
	fmt.Fprintf(out, "%v %+v %#v %s %q\n", err, err, err, err, err)
	slog.New(handler).Error("failed", "err", err)
	marshaled, _ := json.Marshal(err)
	out.Write(marshaled)
	if quoted, ok := errors.AsType[*url.Error](err); ok {
		fmt.Fprintln(out, quoted)
	}
	switch wrapper := err.(type) {
	case interface{ Unwrap() []error }:
		for _, inner := range wrapper.Unwrap() {
			tell(out, handler, inner)
		}
	case interface{ Unwrap() error }:
		tell(out, handler, wrapper.Unwrap())
	}
}

// teller is an Observer that prints each event.
type teller struct {
	out     *bytes.Buffer
	handler slog.Handler
}

func (o teller) Observe(_ context.Context, e proctorbook.Event) {
	fmt.Fprintf(o.out, "%v %+v %#v\n", e, e, e)
	slog.New(o.handler).Info("event", "event", e)
	tell(o.out, o.handler, e.Err)
}

func TestRequestPrintsItsOperationAlone(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	call := canaryCall(proctorbook.Write)
	fmt.Fprintf(&out, "%v %+v %#v %s %q %v", call, call, call, call, call, &call)
	slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "call", call)
	if strings.Contains(out.String(), "canary") || !strings.Contains(out.String(), "Students.Save") {
		t.Errorf("printed %s", out.String())
	}
}
