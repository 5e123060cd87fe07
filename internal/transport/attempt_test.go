package transport_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/time/rate"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/internal/transport"
)

// world is one server, or none, and the network before it.
type world struct {
	url  string
	opts []transport.Option
	ctx  context.Context
	seen func() int // requests that the service read to their end
}

// end is what a call came to: how many requests the service saw, and the outcome
// that the caller was told: "done", "not done", "unknown", or for a read "failed".
type end struct {
	seen    int
	outcome string
}

// faults are single faults, each with what must come of a write, an idempotent
// write and a read.
var faults = []struct {
	name                    string
	world                   func(t *testing.T) world
	write, idempotent, read end
}{
	{"no fault", serving(says(200, "{}")), end{1, "done"}, end{1, "done"}, end{1, "done"}},
	{"slow, but in time", serving(slowly), end{1, "done"}, end{1, "done"}, end{1, "done"}},
	{"status 204", serving(says(204, "")), end{1, "done"}, end{1, "done"}, end{1, "done"}},
	{"HTML with status 200", serving(says(200, "<html>Please sign in</html>")), end{1, "done"}, end{1, "done"}, end{1, "done"}},

	{"dial refused", refusing, end{0, "not done"}, end{0, "not done"}, end{0, "failed"}},
	{"dial refused once", refusingOnce, end{1, "done"}, end{1, "done"}, end{1, "done"}},
	{"name not found", nameless, end{0, "not done"}, end{0, "not done"}, end{0, "failed"}},
	{"TLS certificate not trusted", untrusted, end{0, "not done"}, end{0, "not done"}, end{0, "failed"}},
	{"TLS not spoken", withoutTLS, end{0, "not done"}, end{0, "not done"}, end{0, "failed"}},

	{"reset before the request was read", resetting, end{0, "unknown"}, end{0, "unknown"}, end{0, "failed"}},
	{"reset after the service acted", serving(actThenReset), end{1, "unknown"}, end{3, "unknown"}, end{3, "failed"}},
	{"closed after the service acted", serving(actThenClose), end{1, "unknown"}, end{3, "unknown"}, end{3, "failed"}},
	{"kept connection closed under us", closingKept, end{1, "unknown"}, end{2, "done"}, end{2, "done"}},
	{"HTTP/2 reset, internal error", resettingStream(codeInternal), end{1, "unknown"}, end{3, "unknown"}, end{3, "failed"}},
	{"HTTP/2 reset, protocol error", resettingStream(codeProtocol), end{1, "unknown"}, end{3, "unknown"}, end{3, "failed"}},
	{"HTTP/2 reset, stream refused", resettingStream(codeRefused), end{1, "unknown"}, end{3, "unknown"}, end{3, "failed"}},

	{"answer is not HTTP", serving(garbage), end{1, "unknown"}, end{3, "unknown"}, end{3, "failed"}},
	{"header of 100 KiB", serving(says(200, "{}", "X-Long: "+strings.Repeat("x", 100<<10))), end{1, "unknown"}, end{3, "unknown"}, end{3, "failed"}},
	{"body cut", serving(cut(200)), end{1, "unknown"}, end{3, "unknown"}, end{3, "failed"}},
	{"body too long", serving(says(200, strings.Repeat("x", 2<<20))), end{1, "unknown"}, end{1, "unknown"}, end{1, "failed"}},
	{"body that never ends", impatient(serving(endless)), end{1, "unknown"}, end{3, "unknown"}, end{3, "failed"}},
	{"no answer", impatient(serving(silent)), end{1, "unknown"}, end{3, "unknown"}, end{3, "failed"}},
	{"gzip that is none", serving(says(200, "{}", "Content-Encoding: gzip")), end{1, "unknown"}, end{3, "unknown"}, end{3, "failed"}},

	{"status 101", serving(says(101, "", "Upgrade: x", "Connection: upgrade")), end{1, "unknown"}, end{1, "unknown"}, end{1, "failed"}},
	{"status 500", serving(says(500, "oops")), end{1, "unknown"}, end{3, "unknown"}, end{3, "failed"}},
	{"status 502", serving(says(502, "oops")), end{1, "unknown"}, end{3, "unknown"}, end{3, "failed"}},
	{"status 503", serving(says(503, "oops")), end{1, "unknown"}, end{3, "unknown"}, end{3, "failed"}},
	{"status 503, Retry-After", serving(says(503, "oops", "Retry-After: 2")), end{1, "unknown"}, end{3, "unknown"}, end{3, "failed"}},
	{"status 504", serving(says(504, "oops")), end{1, "unknown"}, end{3, "unknown"}, end{3, "failed"}},
	{"status 501", serving(says(501, "oops")), end{1, "unknown"}, end{1, "unknown"}, end{1, "failed"}},

	{"status 429", serving(says(429, "slow down")), end{3, "not done"}, end{3, "not done"}, end{3, "failed"}},
	{"status 429, Retry-After 2", serving(says(429, "slow down", "Retry-After: 2")), end{3, "not done"}, end{3, "not done"}, end{3, "failed"}},
	{"status 429, Retry-After date", serving(says(429, "slow down", "Retry-After: Tue, 12 Mar 2030 08:00:05 GMT")), end{3, "not done"}, end{3, "not done"}, end{3, "failed"}},
	{"status 429, Retry-After 1 h", serving(says(429, "slow down", "Retry-After: 3600")), end{1, "not done"}, end{1, "not done"}, end{1, "failed"}},
	{"status 429 once", serving(busyOnce), end{2, "done"}, end{2, "done"}, end{2, "done"}},
	{"status 429, body cut", serving(cut(429)), end{1, "unknown"}, end{3, "unknown"}, end{3, "failed"}},

	{"status 400", serving(says(400, "no")), end{1, "unknown"}, end{1, "unknown"}, end{1, "failed"}},
	{"status 401", serving(says(401, "no")), end{1, "not done"}, end{1, "not done"}, end{1, "failed"}},
	{"status 403", serving(says(403, "no")), end{1, "not done"}, end{1, "not done"}, end{1, "failed"}},
	{"status 404", serving(says(404, "no")), end{1, "not done"}, end{1, "not done"}, end{1, "failed"}},
	{"status 405", serving(says(405, "no")), end{1, "not done"}, end{1, "not done"}, end{1, "failed"}},
	{"status 409", serving(says(409, "no")), end{1, "unknown"}, end{1, "unknown"}, end{1, "failed"}},
	{"status 413", serving(says(413, "no")), end{1, "not done"}, end{1, "not done"}, end{1, "failed"}},
	{"status 415", serving(says(415, "no")), end{1, "not done"}, end{1, "not done"}, end{1, "failed"}},
	{"status 404, body too long", serving(says(404, strings.Repeat("x", 2<<20))), end{1, "unknown"}, end{1, "unknown"}, end{1, "failed"}},

	{"redirect 301", redirecting(301), end{1, "unknown"}, end{1, "unknown"}, end{1, "failed"}},
	{"redirect 302", redirecting(302), end{1, "unknown"}, end{1, "unknown"}, end{1, "failed"}},
	{"redirect 303", redirecting(303), end{1, "unknown"}, end{1, "unknown"}, end{1, "failed"}},
	{"redirect 307", redirecting(307), end{1, "unknown"}, end{1, "unknown"}, end{1, "failed"}},
	{"redirect 308", redirecting(308), end{1, "unknown"}, end{1, "unknown"}, end{1, "failed"}},
	{"status 304", serving(says(304, "")), end{1, "unknown"}, end{1, "unknown"}, end{1, "failed"}},

	{"context ended before", endedBefore, end{0, "not done"}, end{0, "not done"}, end{0, "not done"}},
	{"context ends in the limiter", endsInLimiter, end{0, "not done"}, end{0, "not done"}, end{0, "not done"}},
	{"context ends while dialing", endsDialing, end{0, "not done"}, end{0, "not done"}, end{0, "failed"}},
	{"context ends after the request", endsAt(silent), end{1, "unknown"}, end{1, "unknown"}, end{1, "failed"}},
	{"context ends in the body", endsAt(endless), end{1, "unknown"}, end{1, "unknown"}, end{1, "failed"}},
	{"context ends in the wait after 429", endsWaiting(says(429, "slow down")), end{1, "not done"}, end{1, "not done"}, end{1, "failed"}},
	{"context ends in the wait after 500", endsWaiting(says(500, "oops")), end{1, "unknown"}, end{1, "unknown"}, end{1, "failed"}},
	{"context ends in the wait after a refused dial", endsWaitingAfterRefusal, end{0, "not done"}, end{0, "not done"}, end{0, "failed"}},
	{"limiter refuses", limited, end{0, "not done"}, end{0, "not done"}, end{0, "not done"}},

	{"untraced round tripper fails", untraced(nil, io.ErrClosedPipe), end{1, "unknown"}, end{3, "unknown"}, end{3, "failed"}},
	{"half-traced round tripper sends and fails", halfTraced, end{1, "unknown"}, end{3, "unknown"}, end{3, "failed"}},
	{"untraced round tripper, neither answer nor error", untraced(nil, nil), end{1, "unknown"}, end{3, "unknown"}, end{3, "failed"}},
	{"untraced round tripper, 200 without body", untraced(&http.Response{StatusCode: 200}, nil), end{1, "done"}, end{1, "done"}, end{1, "done"}},
}

func TestFaults(t *testing.T) {
	table := summary{rows: make([]string, len(faults))}
	t.Cleanup(func() { table.log(t) })
	for i, fault := range faults {
		t.Run(fault.name, func(t *testing.T) {
			t.Parallel()
			row := "| " + fault.name
			for _, c := range []struct {
				class proctorbook.Class
				want  end
			}{{proctorbook.Write, fault.write}, {proctorbook.IdempotentWrite, fault.idempotent}, {proctorbook.Read, fault.read}} {
				got := endOf(t, fault.world(t), c.class)
				if got != c.want {
					t.Errorf("class %d came to %v, want %v", c.class, got, c.want)
				}
				row += fmt.Sprintf(" | %d, %s", got.seen, got.outcome)
			}
			table.set(i, row+" |")
		})
	}
}

// endOf makes one call in w.
func endOf(t *testing.T, w world, class proctorbook.Class) end {
	t.Helper()
	clock := newFakeClock()
	opts := append([]transport.Option{transport.WithClock(clock)}, w.opts...)
	tr, err := transport.New(w.url, opts...)
	if err != nil {
		t.Fatal(err)
	}
	before := w.seen()
	_, err = tr.Do(w.ctx, aCall(class))
	return end{w.seen() - before, outcomeOf(t, class, err)}
}

// aCall is a form post. With its Idempotency-Key net/http itself would repeat it, if it could.
func aCall(class proctorbook.Class) transport.Request {
	return transport.Request{
		Op: "Reservations.Create", Class: class, Method: http.MethodPost, Path: "/addAdHocProcess",
		Form:       url.Values{"student_id": {"s-1"}},
		Header:     http.Header{"Authorization-Token": {"token-1"}, "Idempotency-Key": {"k-1"}},
		StampField: "time_sent",
	}
}

func outcomeOf(t *testing.T, class proctorbook.Class, err error) string {
	t.Helper()
	notDone, unknown := errors.Is(err, proctorbook.ErrNotDone), errors.Is(err, proctorbook.ErrOutcomeUnknown)
	switch {
	case err == nil:
		return "done"
	case notDone && unknown:
		t.Errorf("error is both not done and unknown: %v", err)
	case notDone:
		return "not done"
	case unknown:
		return "unknown"
	case class == proctorbook.Read:
		return "failed"
	}
	t.Errorf("error of a write says nothing of its outcome: %v", err)
	return ""
}

// summary collects the rows of a table for people to read.
type summary struct {
	mu   sync.Mutex
	rows []string
}

func (s *summary) set(i int, row string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rows[i] = row
}

func (s *summary) log(t *testing.T) {
	t.Logf("requests that the service saw, and what the caller was told:\n"+
		"| fault | Write | IdempotentWrite | Read |\n|---|---|---|---|\n%s", strings.Join(s.rows, "\n"))
}

// The worlds.

func serving(answer wireFunc) func(*testing.T) world {
	return func(t *testing.T) world {
		s := newWireServer(t, answer)
		return world{url: s.URL, ctx: t.Context(), seen: seenBy(s)}
	}
}

func seenBy(s *wireServer) func() int { return func() int { return int(s.Seen.Load()) } }

func never() int { return 0 }

// impatient gives each attempt 400 ms, which a busy machine still can keep.
func impatient(inner func(*testing.T) world) func(*testing.T) world {
	return func(t *testing.T) world {
		w := inner(t)
		w.opts = append(w.opts, transport.WithTimeout(400*time.Millisecond, time.Minute))
		return w
	}
}

func refusing(t *testing.T) world {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	listener.Close()
	return world{url: "http://" + listener.Addr().String(), ctx: t.Context(), seen: never}
}

func refusingOnce(t *testing.T) world {
	w := serving(says(200, "{}"))(t)
	var once sync.Once
	w.opts = dialing(t, func(ctx context.Context, network, addr string) (conn net.Conn, err error) {
		once.Do(func() { err = &net.OpError{Op: "dial", Err: io.ErrClosedPipe} })
		if err != nil {
			return nil, err
		}
		return new(net.Dialer).DialContext(ctx, network, addr)
	})
	return w
}

func dialing(t *testing.T, dial func(ctx context.Context, network, addr string) (net.Conn, error)) []transport.Option {
	rt := &http.Transport{DialContext: dial}
	t.Cleanup(rt.CloseIdleConnections)
	return []transport.Option{transport.WithTransport(rt)}
}

func nameless(t *testing.T) world {
	return world{url: "https://nowhere.invalid", ctx: t.Context(), seen: never,
		opts: dialing(t, func(context.Context, string, string) (net.Conn, error) {
			return nil, &net.OpError{Op: "dial", Err: &net.DNSError{Name: "nowhere.invalid", IsNotFound: true}}
		})}
}

func untrusted(t *testing.T) world {
	s := httptest.NewUnstartedServer(http.NotFoundHandler())
	s.Config.ErrorLog = silentLog
	s.StartTLS()
	t.Cleanup(s.Close)
	return world{url: s.URL, ctx: t.Context(), seen: never}
}

func withoutTLS(t *testing.T) world {
	w := serving(says(200, "{}"))(t)
	w.url = "https" + strings.TrimPrefix(w.url, "http")
	return w
}

// resetting gives the client time to take the connection: reset before that, it
// would rightly count as none.
func resetting(t *testing.T) world {
	return world{url: listen(t, func(conn net.Conn) {
		time.Sleep(50 * time.Millisecond)
		reset(conn)
	}), ctx: t.Context(), seen: never}
}

func resettingStream(code uint32) func(*testing.T) world {
	return func(t *testing.T) world {
		s := newHTTP2Server(t, code)
		return world{url: s.URL, ctx: t.Context(), seen: seenBy(s),
			opts: []transport.Option{transport.WithTransport(overHTTP2(t))}}
	}
}

// closingKept leaves a kept connection in the pool, on which the server reads the
// next request and then closes.
func closingKept(t *testing.T) world {
	w := serving(func(conn net.Conn, _ *http.Request, n int) bool {
		return n == 1 && write(conn, 200, "{}", 2)
	})(t)
	rt := &http.Transport{}
	t.Cleanup(rt.CloseIdleConnections)
	w.opts = []transport.Option{transport.WithTransport(rt)}
	if got := endOf(t, w, proctorbook.Write); got != (end{1, "done"}) {
		t.Fatalf("first call came to %v", got)
	}
	return w
}

// redirecting fails the test if the other host hears anything.
func redirecting(status int) func(*testing.T) world {
	return func(t *testing.T) world {
		elsewhere := listen(t, func(conn net.Conn) {
			heard, _ := io.ReadAll(conn)
			t.Errorf("the other host heard %d bytes", len(heard))
		})
		return serving(says(status, "moved", "Location: "+elsewhere+"/addAdHocProcess"))(t)
	}
}

func endedBefore(t *testing.T) world {
	w := serving(says(200, "{}"))(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	w.ctx = ctx
	return w
}

// limiterFunc is a Limiter.
type limiterFunc func(context.Context) error

func (f limiterFunc) Wait(ctx context.Context) error { return f(ctx) }

func endsInLimiter(t *testing.T) world {
	w := serving(says(200, "{}"))(t)
	var cancel context.CancelFunc
	w.ctx, cancel = context.WithCancel(t.Context())
	w.opts = []transport.Option{transport.WithLimiter(limiterFunc(func(ctx context.Context) error {
		cancel()
		<-ctx.Done()
		return ctx.Err()
	}))}
	return w
}

func limited(t *testing.T) world {
	w := serving(says(200, "{}"))(t)
	w.opts = []transport.Option{transport.WithLimiter(rate.NewLimiter(1, 0))}
	return w
}

func endsDialing(t *testing.T) world {
	w := serving(says(200, "{}"))(t)
	var cancel context.CancelFunc
	w.ctx, cancel = context.WithCancel(t.Context())
	w.opts = dialing(t, func(ctx context.Context, _, _ string) (net.Conn, error) {
		cancel()
		<-ctx.Done()
		return nil, ctx.Err()
	})
	return w
}

// endsAt ends the caller's context once the server has begun to answer by step.
func endsAt(step wireFunc) func(*testing.T) world {
	return func(t *testing.T) world {
		ctx, cancel := context.WithCancel(t.Context())
		w := serving(func(conn net.Conn, req *http.Request, n int) bool {
			time.AfterFunc(50*time.Millisecond, cancel)
			return step(conn, req, n)
		})(t)
		w.ctx = ctx
		return w
	}
}

// endsWaiting ends the caller's context while the clock is asked to sleep.
func endsWaiting(answer wireFunc) func(*testing.T) world {
	return func(t *testing.T) world {
		w := serving(answer)(t)
		ctx, cancel := context.WithCancel(t.Context())
		w.ctx = ctx
		w.opts = []transport.Option{transport.WithClock(cancelingClock{newFakeClock(), cancel})}
		return w
	}
}

func endsWaitingAfterRefusal(t *testing.T) world {
	w := refusing(t)
	ctx, cancel := context.WithCancel(t.Context())
	w.ctx = ctx
	w.opts = []transport.Option{transport.WithClock(cancelingClock{newFakeClock(), cancel})}
	return w
}

type cancelingClock struct {
	*fakeClock
	cancel func()
}

func (c cancelingClock) Sleep(ctx context.Context, _ time.Duration) error {
	c.cancel()
	return context.Cause(ctx)
}

// untraced is a round tripper that reads the request, reports to no trace, and
// returns resp and err.
func untraced(resp *http.Response, err error) func(*testing.T) world {
	return func(t *testing.T) world {
		calls := 0
		rt := roundTripFunc(func(req *http.Request) (*http.Response, error) {
			calls++
			if resp == nil {
				return nil, err
			}
			fresh := *resp
			return &fresh, err
		})
		return world{url: "https://service.invalid", ctx: t.Context(), seen: func() int { return calls },
			opts: []transport.Option{transport.WithTransport(rt)}}
	}
}

// halfTraced looks for a connection as far as the trace tells, and then sends
// the request by a way of its own.
func halfTraced(t *testing.T) world {
	calls := 0
	rt := roundTripFunc(func(req *http.Request) (*http.Response, error) {
		calls++
		if trace := httptrace.ContextClientTrace(req.Context()); trace != nil {
			trace.GetConn(req.URL.Host)
		}
		_, _ = io.Copy(io.Discard, req.Body)
		return nil, io.ErrUnexpectedEOF
	})
	return world{url: "https://service.invalid", ctx: t.Context(), seen: func() int { return calls },
		opts: []transport.Option{transport.WithTransport(rt)}}
}

type roundTripFunc func(*http.Request) (*http.Response, error)

func (f roundTripFunc) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// The answers.

func slowly(conn net.Conn, _ *http.Request, _ int) bool {
	time.Sleep(30 * time.Millisecond)
	return write(conn, 200, "{}", 2)
}

func actThenReset(conn net.Conn, _ *http.Request, _ int) bool {
	reset(conn)
	return false
}

func actThenClose(net.Conn, *http.Request, int) bool { return false }

func garbage(conn net.Conn, _ *http.Request, _ int) bool {
	_, _ = io.WriteString(conn, "SSH-2.0-OpenSSH_9.6\r\n")
	return false
}

func cut(status int) wireFunc {
	return func(conn net.Conn, _ *http.Request, _ int) bool { return write(conn, status, `{"response`, 100) }
}

func busyOnce(conn net.Conn, _ *http.Request, n int) bool {
	if n == 1 {
		return write(conn, 429, "slow down", 9)
	}
	return write(conn, 200, "{}", 2)
}

// silent answers nothing until the client gives up.
func silent(conn net.Conn, _ *http.Request, _ int) bool {
	_, _ = io.Copy(io.Discard, conn)
	return false
}

// endless sends a byte now and then.
func endless(conn net.Conn, _ *http.Request, _ int) bool {
	_, err := io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n")
	for err == nil {
		time.Sleep(5 * time.Millisecond)
		_, err = io.WriteString(conn, " ")
	}
	return false
}
