package proctoru_test

import (
	"context"
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"iter"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/proctoru"
)

// endpoint is a method that sends something, called with valid params.
type endpoint struct {
	name string // as errors name it
	wire string
	kind proctorbook.Class
	call func(context.Context, *proctoru.Client) error
}

// endpoints is every method that sends something. A new one adds a row here and
// is tested against every failure.
var endpoints = slices.Concat(bookingEndpoints, learnerEndpoints, examEndpoints, reportEndpoints)

// drop makes a call of a method that returns something beside the error.
func drop[T any](_ T, err error) error { return err }

// last returns the error with which a range ends.
func last[T any](rows iter.Seq2[T, error]) error {
	for _, err := range rows {
		if err != nil {
			return err
		}
	}
	return nil
}

var bookingEndpoints = []endpoint{
	{"Client.Ping", "GET /getTimeZoneList", proctorbook.Read, func(ctx context.Context, c *proctoru.Client) error {
		return drop(c.Ping(ctx))
	}},
	{"TimeZones.List", "GET /getTimeZoneList", proctorbook.Read, func(ctx context.Context, c *proctoru.Client) error {
		return drop(c.TimeZones.List(ctx))
	}},
	{"Slots.List", "GET /getScheduleInfoAvailableTimesList", proctorbook.Read, func(ctx context.Context, c *proctoru.Client) error {
		params := firstOfSeptember
		params.StudentID = ada.ID
		return drop(c.Slots.List(ctx, params))
	}},
	{"Slots.Terms", "POST /getScheduleInfoTermList", proctorbook.Read, func(ctx context.Context, c *proctoru.Client) error {
		return drop(c.Slots.Terms(ctx, ada.ID))
	}},
	{"Slots.Exams", "POST /getScheduleInfoExamList", proctorbook.Read, func(ctx context.Context, c *proctoru.Client) error {
		return drop(c.Slots.Exams(ctx, proctoru.BookableExamsParams{StudentID: ada.ID, TermID: "t-1"}))
	}},
	{"Reservations.Create", "POST /addAdHocProcess", proctorbook.Write, func(ctx context.Context, c *proctoru.Client) error {
		return drop(c.Reservations.Create(ctx, tuesdayTwoInParis))
	}},
	{"Reservations.CreateForExam", "POST /addProcess", proctorbook.Write, func(ctx context.Context, c *proctoru.Client) error {
		return drop(c.Reservations.CreateForExam(ctx, forExam))
	}},
	{"Reservations.Update", "POST /addAdHocProcess", proctorbook.Write, func(ctx context.Context, c *proctoru.Client) error {
		return drop(c.Reservations.Update(ctx, proctoru.UpdateReservationParams{CreateReservationParams: tuesdayTwoInParis, Number: "12"}))
	}},
	{"Reservations.Move", "POST /moveReservation", proctorbook.Write, func(ctx context.Context, c *proctoru.Client) error {
		return drop(c.Reservations.Move(ctx, proctoru.MoveReservationParams{ID: "b-1", Number: "12", Start: now.Add(time.Hour)}))
	}},
	{"Reservations.Cancel", "POST /removeReservation", proctorbook.Write, func(ctx context.Context, c *proctoru.Client) error {
		return drop(c.Reservations.Cancel(ctx, proctoru.CancelReservationParams{StudentID: ada.ID, Number: "12", Explanation: "ill in bed"}))
	}},
	{"Reservations.Begin", "POST /beginReservation", proctorbook.Write, func(ctx context.Context, c *proctoru.Client) error {
		return drop(c.Reservations.Begin(ctx, proctoru.BeginReservationParams{StudentID: ada.ID, ID: "b-1", Number: "12"}))
	}},
	{"Reservations.List", "GET /getStudentReservationList", proctorbook.Read, func(ctx context.Context, c *proctoru.Client) error {
		return drop(c.Reservations.List(ctx, proctoru.ListReservationsParams{StudentID: ada.ID}))
	}},
	{"Reservations.ListAll", "GET /getStudentReservationList", proctorbook.Read, func(ctx context.Context, c *proctoru.Client) error {
		return drop(c.Reservations.ListAll(ctx, proctoru.ReservationScheduled))
	}},
	{"Reservations.Authenticated", "GET /getIsReservationAuthenticated", proctorbook.Read, func(ctx context.Context, c *proctoru.Client) error {
		return drop(c.Reservations.Authenticated(ctx, "12"))
	}},
}

var learnerEndpoints = []endpoint{
	{"Students.Save", "POST /editStudent", proctorbook.IdempotentWrite, func(ctx context.Context, c *proctoru.Client) error {
		return drop(c.Students.Save(ctx, ada))
	}},
	{"Students.Get", "GET /getStudentProfile", proctorbook.Read, func(ctx context.Context, c *proctoru.Client) error {
		return drop(c.Students.Get(ctx, ada.ID))
	}},
	{"Students.LookupEmail", "POST /getEmailExist", proctorbook.Read, func(ctx context.Context, c *proctoru.Client) error {
		return drop(c.Students.LookupEmail(ctx, ada.Email))
	}},
	{"Students.LoginURL", "POST /autoLogin", proctorbook.IdempotentWrite, func(ctx context.Context, c *proctoru.Client) error {
		return drop(c.Students.LoginURL(ctx, adaSignsIn))
	}},
	{"Students.TermsOfService", "POST /getTOS", proctorbook.Read, func(ctx context.Context, c *proctoru.Client) error {
		return drop(c.Students.TermsOfService(ctx, ada.ID))
	}},
	{"Students.AcceptTerms", "POST /agreeToTOS", proctorbook.IdempotentWrite, func(ctx context.Context, c *proctoru.Client) error {
		return drop(c.Students.AcceptTerms(ctx, ada.ID))
	}},
	{"Students.Image", "GET /getStudentImage", proctorbook.Read, func(ctx context.Context, c *proctoru.Client) error {
		return drop(c.Students.Image(ctx, ada.ID))
	}},
	{"Students.Accommodations", "GET /accommodations", proctorbook.Read, func(ctx context.Context, c *proctoru.Client) error {
		return drop(c.Students.Accommodations(ctx))
	}},
}

var examEndpoints = []endpoint{
	{"Exams.Launch", "POST /addBlueBirdExam", proctorbook.Write, func(ctx context.Context, c *proctoru.Client) error {
		return drop(c.Exams.Launch(ctx, adaLaunches))
	}},
	{"Exams.Save", "POST /editTermExam", proctorbook.IdempotentWrite, func(ctx context.Context, c *proctoru.Client) error {
		return drop(c.Exams.Save(ctx, finalExam))
	}},
	{"Exams.List", "GET /getInstitutionExamList", proctorbook.Read, func(ctx context.Context, c *proctoru.Client) error {
		return drop(c.Exams.List(ctx, proctoru.ListExamsParams{TermID: "t-1"}))
	}},
	{"Exams.Terms", "GET /getInstitutionTermList", proctorbook.Read, func(ctx context.Context, c *proctoru.Client) error {
		return drop(c.Exams.Terms(ctx, proctoru.ChoiceYes))
	}},
	{"Exams.Departments", "GET /getInstitutionDepartmentList", proctorbook.Read, func(ctx context.Context, c *proctoru.Client) error {
		return drop(c.Exams.Departments(ctx))
	}},
	{"Institution.SaveUser", "POST /editInstitutionalUser", proctorbook.Write, func(ctx context.Context, c *proctoru.Client) error {
		return drop(c.Institution.SaveUser(ctx, grace))
	}},
	{"RecordPlus.Create", "POST /exams/add_record_plus_exams", proctorbook.Write, func(ctx context.Context, c *proctoru.Client) error {
		return drop(c.RecordPlus.Create(ctx, adaIsRecorded))
	}},
	{"RecordPlus.Fulfill", "POST /exams/add_record_plus_exams/fulfill", proctorbook.Write, func(ctx context.Context, c *proctoru.Client) error {
		return drop(c.RecordPlus.Fulfill(ctx, "c0ffee01-0000-4000-8000-000000000001"))
	}},
	{"Batches.Schedule", "POST /batchSchedule", proctorbook.Write, func(ctx context.Context, c *proctoru.Client) error {
		return drop(c.Batches.Schedule(ctx, json.RawMessage(`{"students": [{"email": "ada@example.org"}]}`)))
	}},
	{"Batches.Poll", "GET /pollBatchSchedule", proctorbook.Read, func(ctx context.Context, c *proctoru.Client) error {
		return drop(c.Batches.Poll(ctx, url.Values{"batch_id": {"7"}}))
	}},
}

var reportEndpoints = []endpoint{
	{"Reports.Activity", "POST /clientActivityReport", proctorbook.Read, func(ctx context.Context, c *proctoru.Client) error {
		return last(c.Reports.Activity(ctx, proctoru.ActivityParams{StudentID: ada.ID}))
	}},
	{"Reports.BlueBirdActivity", "POST /bluebirdclientActivityReport", proctorbook.Read, func(ctx context.Context, c *proctoru.Client) error {
		return last(c.Reports.BlueBirdActivity(ctx, proctoru.ActivityParams{StudentID: ada.ID}))
	}},
	{"Reports.Pending", "POST /pendingExamReport", proctorbook.Read, func(ctx context.Context, c *proctoru.Client) error {
		return last(c.Reports.Pending(ctx, proctoru.PendingParams{}))
	}},
}

// Params that are valid, with every field that the endpoints need.
var (
	forExam = proctoru.CreateForExamParams{
		ID: "b-2", StudentID: ada.ID, ExamID: "exam-1", Start: tuesdayTwoInParis.Start, Comments: "ill in bed",
	}
	adaSignsIn = proctoru.LoginURLParams{
		StudentID: ada.ID, Email: ada.Email, FirstName: ada.FirstName, LastName: ada.LastName, ZoneID: ada.ZoneID, ReturnURL: "https://lms.example.org/back",
	}
	finalExam = proctoru.SaveExamParams{
		ID: "exam-1", TermID: "t-1", TermName: "Autumn", Description: "Final exam", Start: time.Date(2026, 9, 1, 0, 0, 0, 0, paris),
		End: time.Date(2026, 9, 10, 0, 0, 0, 0, paris), Duration: 90 * time.Minute, Password: "canary-password",
		Instructors: []proctoru.Instructor{{FirstName: "Grace", LastName: "Teacherova", Email: "grace@example.org"}},
	}
	adaLaunches = proctoru.LaunchExamParams{
		Student: ada, ExamID: "exam-9", Description: "Final exam", Start: finalExam.Start, End: finalExam.End, Duration: time.Hour, ExamPassword: "canary-password",
	}
	adaIsRecorded = proctoru.CreateRecordPlusParams{
		Student: ada, ExamID: "exam-8", ExamURL: "https://lms.example.org/exam", Description: "Final exam", Duration: time.Hour, ExamPassword: "canary-password",
	}
)

// failures is what may happen to any call.
var failures = []struct {
	name    string
	answer  http.HandlerFunc // nil = nobody listens
	context func(context.Context) (context.Context, context.CancelFunc)
	status  int   // of the *Error, 0 = it is none
	reason  error // nil = none
	notDone bool  // what it says of a write: not done, or outcome unknown
	resent  bool  // a Write may be sent again
	inBody  bool  // the reason lies in the shape of the body
}{
	{"nobody listens", nil, context.WithCancel, 0, nil, true, true, false},
	{"the context has ended", status(500, "x"), ended, 0, context.Canceled, true, false, false},
	{"no answer in time", hang, shortly, 0, context.DeadlineExceeded, false, false, false},
	{"the connection closes", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, context.WithCancel, 0, nil, false, false, false},
	{"the answer is cut", cut, context.WithCancel, 0, nil, false, false, false},
	{"HTML", status(200, "<html>learner-7</html>"), context.WithCancel, 200, proctoru.ErrNotJSON, false, false, true},
	{"JSON of another service", status(200, `{"error": "learner-7"}`), context.WithCancel, 200, proctoru.ErrBadEnvelope, false, false, true},
	{"the provider fails", status(500, "<h1>learner-7</h1>"), context.WithCancel, 500, proctoru.ErrServer, false, false, false},
	{"too many requests", status(429, ""), context.WithCancel, 429, proctoru.ErrThrottled, true, true, false},
	{"a redirect", redirect, context.WithCancel, 307, proctorbook.ErrRedirect, false, false, false},
	{"the wrong address", status(404, "<h1>learner-7</h1>"), context.WithCancel, 404, nil, true, false, false},
	{"a wrong token", status(401, `{"message":"Unauthorized"}`), context.WithCancel, 401, proctoru.ErrUnauthorized, true, false, false},
	{"unknown words", status(200, refusal("No, Ada")), context.WithCancel, 200, nil, false, false, false},
	{"known words", status(200, refusal("stale request")), context.WithCancel, 200, proctoru.ErrStaleRequest, true, false, false},
}

// withoutEnvelope are the methods that give another reason for a body that is no
// envelope: their answers need none.
var withoutEnvelope = []string{"Students.Image", "Students.Accommodations", "RecordPlus.Create", "RecordPlus.Fulfill"}

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
				if f.reason != nil && !errors.Is(err, f.reason) && !(f.inBody && slices.Contains(withoutEnvelope, e.name)) {
					t.Errorf("%s: error = %v, want %v", e.name, err, f.reason)
				}
				if pe, ok := errors.AsType[*proctoru.Error](err); ok != (f.status != 0) || ok && (pe.Status != f.status || pe.Op != e.name) {
					t.Errorf("%s: error = %v, want status %d", e.name, err, f.status)
				}
				notDone, unknown := errors.Is(err, proctorbook.ErrNotDone), errors.Is(err, proctorbook.ErrOutcomeUnknown)
				if e.kind != proctorbook.Read && (notDone != f.notDone || unknown == f.notDone) {
					t.Errorf("%s: not done %t, unknown %t, want not done %t: %v", e.name, notDone, unknown, f.notDone, err)
				}
				if e.kind == proctorbook.Read && unknown {
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
			if e.kind != proctorbook.Write {
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
