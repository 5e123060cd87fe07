package proctoru_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/proctoru"
)

func TestNewClient_refuses(t *testing.T) {
	t.Parallel()
	var nilClock proctorbook.Clock
	tests := map[string]struct {
		url, token string
		opts       []proctoru.Option
		want       string // in the error
	}{
		"an empty token":              {proctoru.SandboxURL, " \n", nil, "empty"},
		"a space in the token":        {proctoru.SandboxURL, "0badc0de 0000", nil, "space"},
		"a line feed in the token":    {proctoru.SandboxURL, "0badc0de\r\nX-Evil: 1", nil, "space"},
		"a control character":         {proctoru.SandboxURL, "0badc0de\x00", nil, "printable"},
		"a letter that is not ASCII":  {proctoru.SandboxURL, "0badc0dé", nil, "printable"},
		"an upper-case letter":        {proctoru.SandboxURL, "0BADC0DE", nil, "upper-case"},
		"no URL":                      {"", testToken, nil, "URL"},
		"http":                        {"http://demo.proctoru.com/api", testToken, nil, "https"},
		"a query in the URL":          {"https://demo.proctoru.com/api?x=1", testToken, nil, "query"},
		"a nil option":                {proctoru.SandboxURL, testToken, []proctoru.Option{nil}, "nil"},
		"a nil clock":                 {proctoru.SandboxURL, testToken, []proctoru.Option{proctoru.WithClock(nilClock)}, "WithClock"},
		"a nil limiter":               {proctoru.SandboxURL, testToken, []proctoru.Option{proctoru.WithLimiter(nil)}, "WithLimiter"},
		"a nil transport":             {proctoru.SandboxURL, testToken, []proctoru.Option{proctoru.WithTransport(nil)}, "WithTransport"},
		"a nil logger":                {proctoru.SandboxURL, testToken, []proctoru.Option{proctoru.WithLogger(nil)}, "WithLogger"},
		"a nil random source":         {proctoru.SandboxURL, testToken, []proctoru.Option{proctoru.WithRandom(nil)}, "WithRandom"},
		"no time":                     {proctoru.SandboxURL, testToken, []proctoru.Option{proctoru.WithTimeout(0, 0)}, "WithTimeout"},
		"no attempts":                 {proctoru.SandboxURL, testToken, []proctoru.Option{proctoru.WithRetries(0, 1, 2)}, "WithRetries"},
		"a line feed in the agent":    {proctoru.SandboxURL, testToken, []proctoru.Option{proctoru.WithUserAgent("a\nb")}, "WithUserAgent"},
		"a launch host with a scheme": {proctoru.SandboxURL, testToken, []proctoru.Option{proctoru.WithLaunchHosts("https://example.org")}, "WithLaunchHosts"},
		"a nil observer":              {proctoru.SandboxURL, testToken, []proctoru.Option{proctoru.WithObserver(nil)}, "WithObserver"},
		"a negative retry budget":     {proctoru.SandboxURL, testToken, []proctoru.Option{proctoru.WithRetryBudget(-1, 1, 1)}, "WithRetryBudget"},
		"a launch host of one word":   {proctoru.SandboxURL, testToken, []proctoru.Option{proctoru.WithLaunchHosts("com")}, "WithLaunchHosts"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client, err := proctoru.NewClient(tt.url, tt.token, tt.opts...)
			if err == nil || client != nil {
				t.Fatalf("NewClient = %v, %v, want an error alone", client, err)
			}
			if !strings.Contains(err.Error(), tt.want) {
				t.Errorf("NewClient error = %q, want it to speak of %q", err, tt.want)
			}
			if secret := strings.TrimSpace(tt.token); secret != "" && strings.Contains(err.Error(), secret) {
				t.Errorf("NewClient error shows the token: %q", err)
			}
		})
	}
}

func TestNewClient_trimsToken(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	p.Reply("GET /getTimeZoneList", envelope(`[]`))
	client, err := proctoru.NewClient(p.URL, " "+testToken+"\n", proctoru.WithUserAgent("portal/1"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.TimeZones.List(t.Context()); err != nil {
		t.Fatal(err)
	}
	header := p.Last(t, "GET /getTimeZoneList").Header
	if got := header.Get("Authorization-Token"); got != testToken {
		t.Errorf("Authorization-Token = %q, want it trimmed", got)
	}
	if got := header.Get("User-Agent"); got != "portal/1" {
		t.Errorf("User-Agent = %q", got)
	}
	if header.Get("Authorization") != "" {
		t.Error("an Authorization header was sent")
	}
}

// printed returns v in every form in which it may reach a log.
func printed(v any) string {
	var b bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		fmt.Fprintf(&b, verb+"\n", v)
		fmt.Fprintf(&b, verb+"\n", struct{ V any }{v})
	}
	raw, _ := json.Marshal(v)
	b.Write(raw)
	logged(&b, v)
	return b.String()
}

// logged writes v as the handlers of slog do.
func logged(w io.Writer, v any) {
	for _, h := range []slog.Handler{slog.NewTextHandler(w, nil), slog.NewJSONHandler(w, nil)} {
		slog.New(h).Info("m", "v", v)
	}
}

func TestClient_hidesToken(t *testing.T) {
	t.Parallel()
	client := newClient(t, proctoru.SandboxURL)
	for _, v := range []any{client, *client, client.Reservations, *client.Reservations, struct{ c *proctoru.Client }{client}, struct{ c proctoru.Client }{*client}} {
		if text := printed(v); strings.Contains(text, testToken) || strings.Contains(text, fmt.Sprintf("%x", testToken)) {
			t.Errorf("%T shows the token", v)
		}
	}
}

func TestDo(t *testing.T) {
	t.Parallel()
	client, provider := newTestClient(t)
	ctx := t.Context()

	provider.Reply("POST /agreeToTOS", envelope(`{"termsaccepted": true}`))
	data, err := client.Do(ctx, proctoru.Operation{Wire: "agreeToTOS", Class: proctorbook.IdempotentWrite, Params: url.Values{"student_id": {"learner-7"}}})
	if err != nil || string(data) != `{"termsaccepted": true}` {
		t.Errorf("Do = %s, %v", data, err)
	}
	compareForm(t, provider.Last(t, "POST /agreeToTOS").Form, map[string]string{"student_id": "learner-7", "time_sent": "2026-08-20T09:00:00Z"})

	provider.Reply("GET /getStudentProfile", refusal("Student Not Found : Error count 0 of 50"))
	_, err = client.Do(ctx, proctoru.Operation{Wire: "getStudentProfile", Method: http.MethodGet, Params: url.Values{"student_id": {"x"}}})
	if !errors.Is(err, proctoru.ErrStudentNotFound) {
		t.Errorf("Do = %v, want ErrStudentNotFound", err)
	}
	compareForm(t, provider.Last(t, "GET /getStudentProfile").Query, map[string]string{"student_id": "x", "time_sent": "2026-08-20T09:00:00Z"})
}

// The observer hears of each attempt and call, and of nothing personal. With no
// budget nothing is sent again.
func TestObserverAndRetryBudget(t *testing.T) {
	t.Parallel()
	var events []proctorbook.Event
	observer := proctorbook.ObserverFunc(func(_ context.Context, e proctorbook.Event) { events = append(events, e) })
	client, provider := newTestClient(t, proctoru.WithObserver(observer), proctoru.WithRetryBudget(0, 1, 1))
	provider.ReplyStatus("GET /getStudentReservationList", http.StatusServiceUnavailable, "")
	_, err := client.Reservations.List(t.Context(), proctoru.ListReservationsParams{StudentID: ada.ID})
	if !errors.Is(err, proctoru.ErrServer) || len(events) != 2 {
		t.Fatalf("List = %v, %d events, want ErrServer, one attempt and one call", err, len(events))
	}
	if a := events[0]; a.Kind != proctorbook.EventAttempt || a.Op != "Reservations.List" || a.Status != 503 || a.Outcome != proctorbook.OutcomeFailed {
		t.Errorf("attempt = %+v", a)
	}
	if c := events[1]; c.Kind != proctorbook.EventCall || c.Attempt != 1 {
		t.Errorf("call = %+v, want one attempt", c)
	}
	if text := fmt.Sprintf("%+v", events); strings.Contains(text, ada.ID) || strings.Contains(text, testToken) {
		t.Errorf("events show %s", text)
	}
}

// Some methods answer without an envelope, or beside its data.
func TestDo_bare(t *testing.T) {
	t.Parallel()
	client, provider := newTestClient(t)
	op := proctoru.Operation{Wire: "exams/add_record_plus_exams", Class: proctorbook.Write, Bare: true, NoStamp: true}
	tests := map[string]struct {
		reply string
		want  string
		err   error
	}{
		"no envelope":         {reply: `{"reservation_uuid": "c0ffee01"}`, want: `{"reservation_uuid": "c0ffee01"}`},
		"a bare list":         {reply: `[1]`, want: `[1]`},
		"beside the data":     {reply: `{"response_code": 1, "oauth_token": "EXAMPLE"}`, want: `{"response_code": 1, "oauth_token": "EXAMPLE"}`},
		"an envelope's error": {reply: refusal("stale request"), err: proctoru.ErrStaleRequest},
		"HTML":                {reply: `<html>`, err: proctoru.ErrNotJSON},
	}
	for name, tt := range tests {
		provider.Reply("POST /exams/add_record_plus_exams", tt.reply)
		data, err := client.Do(t.Context(), op)
		if !errors.Is(err, tt.err) || string(data) != tt.want {
			t.Errorf("%s: Do = %s, %v, want %s, %v", name, data, err, tt.want, tt.err)
		}
	}
	compareForm(t, provider.Last(t, "POST /exams/add_record_plus_exams").Form, nil)
}

// Nothing that was planted in a request comes out in a log or an error, whatever
// happens on the way.
func TestCanaries(t *testing.T) {
	t.Parallel()
	canaries := []string{
		testToken, "canary-password", "Ada", "Exampleova", "ada@example.org", "ada%40example.org", "Secret", "Canary", "Rueil", "Ile-Test",
		"ZIP-0042", "33100000000", "learner-7", "open window", "ill in bed", "EXAMPLE--0",
	}
	var log bytes.Buffer
	logger := slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	for _, failure := range failures {
		client := newClient(t, serve(t, failure.answer), proctoru.WithLogger(logger))
		for _, e := range endpoints {
			ctx, cancel := failure.context(t.Context())
			err := e.call(ctx, client)
			cancel()
			if err == nil {
				t.Errorf("%s, %s: no error", failure.name, e.name)
				continue
			}
			logChain(&log, err)
		}
	}
	for _, v := range []any{ada, &ada, tuesdayTwoInParis, proctoru.UpdateReservationParams{CreateReservationParams: tuesdayTwoInParis}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
			fmt.Fprintf(&log, verb, v)
		}
		logger.Info("m", "v", v)
	}
	for _, canary := range canaries {
		if i := strings.Index(log.String(), canary); i >= 0 {
			t.Errorf("%q leaked: …%s…", canary, log.String()[max(0, i-80):min(log.Len(), i+60)])
		}
	}
}

// logChain prints an error and all that it wraps.
func logChain(log *bytes.Buffer, err error) {
	log.WriteString(printed(err))
	switch e := err.(type) {
	case interface{ Unwrap() error }:
		if cause := e.Unwrap(); cause != nil {
			logChain(log, cause)
		}
	case interface{ Unwrap() []error }:
		for _, cause := range e.Unwrap() {
			logChain(log, cause)
		}
	}
}

// What the provider sends and nobody should see is masked in the results too.
func TestResults_hideSecrets(t *testing.T) {
	t.Parallel()
	client, provider := newTestClient(t)
	provider.Reply(createEndpoint, "reservations/create_ok.json")
	provider.Reply("POST /beginReservation", "reservations/begin_ok.json")
	provider.Reply(activityEndpoint, "reports/activity.json")
	r, err := client.Reservations.Create(t.Context(), tuesdayTwoInParis)
	if err != nil {
		t.Fatal(err)
	}
	launch, err := client.Reservations.Begin(t.Context(), proctoru.BeginReservationParams{StudentID: "learner-7", ID: "b"})
	if err != nil {
		t.Fatal(err)
	}
	rows, err := activity(t, client, proctoru.ActivityParams{StudentID: "learner-7"})
	if err != nil {
		t.Fatal(err)
	}
	text := printed(r) + printed(*r) + printed(launch) + printed(launch.URL) + printed(rows) + printed(proctoru.Secret("EXAMPLE--")) + printed(struct{ URL proctoru.SecretURL }{launch.URL})
	for _, secret := range []string{"EXAMPLE--", fmt.Sprintf("%x", "EXAMPLE--"), "Pat Proctor", "Closed book", "Ada Example", "Nobody"} {
		if strings.Contains(text, secret) {
			t.Errorf("%q is shown", secret)
		}
	}
	if !strings.Contains(text, "https://demo.proctoru.com/REDACTED") {
		t.Error("the launch URL should show its host")
	}
}

func TestSecret_readsAsText(t *testing.T) {
	t.Parallel()
	var v struct{ Password proctoru.Secret }
	if err := json.Unmarshal([]byte(`{"Password": "pä\"ss"}`), &v); err != nil || v.Password.Reveal() != `pä"ss` {
		t.Errorf("Unmarshal = %q, %v", v.Password.Reveal(), err)
	}
	raw, err := json.Marshal(v)
	if err != nil || string(raw) != `{"Password":"REDACTED"}` {
		t.Errorf("Marshal = %s, %v", raw, err)
	}
	if got := fmt.Sprint(proctoru.Secret("")); got != "" {
		t.Errorf("an empty secret prints %q, want nothing", got)
	}
}

// shortly returns a context that ends after a moment.
func shortly(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, 150*time.Millisecond)
}
