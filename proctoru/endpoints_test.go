package proctoru_test

import (
	"context"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/proctoru"
)

// endpoints is every method that sends something. A new one adds a row here and
// is tested against every failure.
var endpoints = []struct {
	name string // as errors name it
	wire string
	kind proctoru.Class
	call func(context.Context, *proctoru.Client) error
}{
	{"TimeZones.List", "GET /getTimeZoneList", proctoru.Read, func(ctx context.Context, c *proctoru.Client) error {
		_, err := c.TimeZones.List(ctx)
		return err
	}},
	{"Slots.List", "GET /getScheduleInfoAvailableTimesList", proctoru.Read, func(ctx context.Context, c *proctoru.Client) error {
		params := firstOfSeptember
		params.StudentID = ada.ID
		_, err := c.Slots.List(ctx, params)
		return err
	}},
	{"Reservations.Create", "POST /addAdHocProcess", proctoru.Write, func(ctx context.Context, c *proctoru.Client) error {
		_, err := c.Reservations.Create(ctx, tuesdayTwoInParis)
		return err
	}},
	{"Reservations.Update", "POST /addAdHocProcess", proctoru.Write, func(ctx context.Context, c *proctoru.Client) error {
		_, err := c.Reservations.Update(ctx, proctoru.UpdateReservationParams{CreateReservationParams: tuesdayTwoInParis, Number: "12"})
		return err
	}},
	{"Reservations.Move", "POST /moveReservation", proctoru.Write, func(ctx context.Context, c *proctoru.Client) error {
		_, err := c.Reservations.Move(ctx, proctoru.MoveReservationParams{ID: "b-1", Number: "12", Start: now.Add(time.Hour)})
		return err
	}},
	{"Reservations.Cancel", "POST /removeReservation", proctoru.Write, func(ctx context.Context, c *proctoru.Client) error {
		_, err := c.Reservations.Cancel(ctx, proctoru.CancelReservationParams{StudentID: ada.ID, Number: "12", Explanation: "ill in bed"})
		return err
	}},
	{"Reservations.Begin", "POST /beginReservation", proctoru.Write, func(ctx context.Context, c *proctoru.Client) error {
		_, err := c.Reservations.Begin(ctx, proctoru.BeginReservationParams{StudentID: ada.ID, ID: "b-1", Number: "12"})
		return err
	}},
	{"Reservations.List", "GET /getStudentReservationList", proctoru.Read, func(ctx context.Context, c *proctoru.Client) error {
		_, err := c.Reservations.List(ctx, proctoru.ListReservationsParams{StudentID: ada.ID})
		return err
	}},
	{"Students.Save", "POST /editStudent", proctoru.IdempotentWrite, func(ctx context.Context, c *proctoru.Client) error {
		_, err := c.Students.Save(ctx, proctoru.SaveStudentParams{Student: ada})
		return err
	}},
	{"Reports.Activity", "POST /clientActivityReport", proctoru.Read, func(ctx context.Context, c *proctoru.Client) error {
		for _, err := range c.Reports.Activity(ctx, proctoru.ActivityParams{StudentID: ada.ID}) {
			if err != nil {
				return err
			}
		}
		return nil
	}},
}

// failures is what may happen to any call.
var failures = []struct {
	name    string
	answer  http.HandlerFunc // nil = nobody listens
	context func(context.Context) (context.Context, context.CancelFunc)
	status  int   // of the *Error, 0 = it is none
	reason  error // nil = none
	notDone bool  // what it says of a write: not done, or outcome unknown
	resent  bool  // a Write may be sent again
}{
	{"nobody listens", nil, context.WithCancel, 0, nil, true, true},
	{"the context has ended", status(500, "x"), ended, 0, context.Canceled, true, false},
	{"no answer in time", hang, shortly, 0, context.DeadlineExceeded, false, false},
	{"the connection closes", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, context.WithCancel, 0, nil, false, false},
	{"the answer is cut", cut, context.WithCancel, 0, nil, false, false},
	{"HTML", status(200, "<html>learner-7</html>"), context.WithCancel, 200, proctoru.ErrNotJSON, false, false},
	{"JSON of another service", status(200, `{"error": "learner-7"}`), context.WithCancel, 200, proctoru.ErrBadEnvelope, false, false},
	{"the provider fails", status(500, "<h1>learner-7</h1>"), context.WithCancel, 500, proctoru.ErrServer, false, false},
	{"too many requests", status(429, ""), context.WithCancel, 429, proctoru.ErrThrottled, true, true},
	{"a redirect", redirect, context.WithCancel, 307, proctoru.ErrRedirect, false, false},
	{"the wrong address", status(404, "<h1>learner-7</h1>"), context.WithCancel, 404, nil, true, false},
	{"a wrong token", status(401, `{"message":"Unauthorized"}`), context.WithCancel, 401, proctoru.ErrUnauthorized, true, false},
	{"unknown words", status(200, refusal("No, Ada")), context.WithCancel, 200, nil, false, false},
	{"known words", status(200, refusal("stale request")), context.WithCancel, 200, proctoru.ErrStaleRequest, true, false},
}

func status(code int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(code)
		_, _ = w.Write([]byte(body))
	}
}

// hang reads the form, without which the server does not see that the client left.
func hang(_ http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	<-r.Context().Done()
}

// redirect points to a place that would not answer, were it asked.
func redirect(w http.ResponseWriter, r *http.Request) {
	http.Redirect(w, r, "http://127.0.0.1:1/?student=learner-7", http.StatusTemporaryRedirect)
}

func cut(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Length", "100")
	_, _ = w.Write([]byte(`{"response_code": 1, "me`))
	panic(http.ErrAbortHandler)
}

func ended(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	cancel()
	return ctx, cancel
}

// serve starts a server that answers so, and returns its base URL.
func serve(t *testing.T, answer http.HandlerFunc) string {
	if answer == nil {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		return "http://" + l.Addr().String() + "/api"
	}
	server := httptest.NewServer(answer)
	t.Cleanup(server.Close)
	return server.URL + "/api"
}

func TestEndpoints_failures(t *testing.T) {
	t.Parallel()
	for _, f := range failures {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			for _, e := range endpoints {
				ctx, cancel := f.context(t.Context())
				err := e.call(ctx, newClient(t, serve(t, f.answer)))
				cancel()
				if err == nil {
					t.Errorf("%s: no error", e.name)
					continue
				}
				if !strings.Contains(err.Error(), e.name) {
					t.Errorf("%s: the error does not name it: %v", e.name, err)
				}
				if f.reason != nil && !errors.Is(err, f.reason) {
					t.Errorf("%s: error = %v, want %v", e.name, err, f.reason)
				}
				if pe, ok := errors.AsType[*proctoru.Error](err); ok != (f.status != 0) || ok && (pe.Status != f.status || pe.Op != e.name) {
					t.Errorf("%s: error = %v, want status %d", e.name, err, f.status)
				}
				notDone, unknown := errors.Is(err, proctoru.ErrNotDone), errors.Is(err, proctoru.ErrOutcomeUnknown)
				if e.kind != proctoru.Read && (notDone != f.notDone || unknown == f.notDone) {
					t.Errorf("%s: not done %t, unknown %t, want not done %t: %v", e.name, notDone, unknown, f.notDone, err)
				}
				if e.kind == proctoru.Read && unknown {
					t.Errorf("%s: a read has no unknown outcome: %v", e.name, err)
				}
			}
		})
	}
}

// A write that may have arrived is never sent again.
func TestEndpoints_writesAreSentOnce(t *testing.T) {
	t.Parallel()
	for _, f := range failures {
		if f.answer == nil || f.resent {
			continue
		}
		for _, e := range endpoints {
			if e.kind != proctoru.Write {
				continue
			}
			var seen atomic.Int32
			base := serve(t, func(w http.ResponseWriter, r *http.Request) {
				seen.Add(1)
				f.answer(w, r)
			})
			ctx, cancel := f.context(t.Context())
			_ = e.call(ctx, newClient(t, base))
			cancel()
			if n := seen.Load(); n > 1 {
				t.Errorf("%s, %s: the provider saw %d requests, want 1 at most", f.name, e.name, n)
			}
		}
	}
}

var endpointLine = regexp.MustCompile(`^Endpoint: (GET|POST) (/[A-Za-z_/]+)\.$`)

// Each method's comment ends with its endpoint: the one that is called.
func TestEndpoints_documented(t *testing.T) {
	t.Parallel()
	var want []string
	for _, e := range endpoints {
		var sent string
		client := newClient(t, serve(t, func(w http.ResponseWriter, r *http.Request) {
			sent = r.Method + " " + strings.TrimPrefix(r.URL.Path, "/api")
			w.WriteHeader(http.StatusNotFound)
		}))
		_ = e.call(t.Context(), client)
		if sent != e.wire {
			t.Errorf("%s calls %q, want %q", e.name, sent, e.wire)
		}
		want = append(want, e.name+" "+e.wire)
	}
	got := documentedEndpoints(t)
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("documented:\n%s\ncalled:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// documentedEndpoints reads the last comment lines of the services' methods.
func documentedEndpoints(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || fn.Recv == nil || fn.Doc == nil || !fn.Name.IsExported() {
				continue
			}
			lines := strings.Split(strings.TrimSpace(fn.Doc.Text()), "\n")
			star, ok := fn.Recv.List[0].Type.(*ast.StarExpr)
			if m := endpointLine.FindStringSubmatch(lines[len(lines)-1]); m != nil && ok {
				service := strings.TrimSuffix(star.X.(*ast.Ident).Name, "Service")
				found = append(found, service+"."+fn.Name.Name+" "+m[1]+" "+m[2])
			}
		}
	}
	return found
}
