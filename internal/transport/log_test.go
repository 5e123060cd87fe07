package transport_test

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/internal/transport"
)

// logTo returns a logger that leaves the time out.
func logTo(out io.Writer) *slog.Logger {
	return slog.New(slog.NewTextHandler(out, &slog.HandlerOptions{
		Level: slog.LevelDebug,
		ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey {
				return slog.Attr{}
			}
			return a
		},
	}))
}

func TestLogRecords(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	log := logTo(&out)
	tr := newTransport(t, "https://service.invalid", transport.WithLogger(log), transport.WithRetries(2, 1e9, 1e9),
		transport.WithTransport(statuses(nil, 429)), transport.WithRandom(func() float64 { return 1 }))

	_, err := tr.Do(t.Context(), aCall(proctorbook.Write))

	if err == nil {
		t.Fatal("no error")
	}
	want := strings.Join([]string{
		`level=DEBUG msg="HTTP attempt" operation=Reservations.Create attempt=1 status=429 duration=0s`,
		`level=DEBUG msg="HTTP attempt" operation=Reservations.Create attempt=2 status=429 duration=0s`,
		`level=WARN msg="HTTP call failed" operation=Reservations.Create attempts=2 status=429 duration=1s error=` + fmt.Sprintf("%q", err.Error()),
	}, "\n") + "\n"
	if got := out.String(); got != want {
		t.Errorf("log:\n%swant:\n%s", got, want)
	}
}

// Only what an operator should look at is a warning.
func TestLogLevels(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		class  proctorbook.Class
		status int
		want   string
	}{
		"read of what is not there":     {proctorbook.Read, 404, "level=INFO"},
		"read that is refused":          {proctorbook.Read, 422, "level=INFO"},
		"read without valid token":      {proctorbook.Read, 401, "level=WARN"},
		"read without the right":        {proctorbook.Read, 403, "level=WARN"},
		"read that is one too many":     {proctorbook.Read, 429, "level=WARN"},
		"read of a broken service":      {proctorbook.Read, 503, "level=WARN"},
		"read that is sent elsewhere":   {proctorbook.Read, 302, "level=WARN"},
		"write that changes what is no": {proctorbook.Write, 404, "level=WARN"},
		"repeatable write, likewise":    {proctorbook.IdempotentWrite, 404, "level=WARN"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			tr := newTransport(t, "https://service.invalid", transport.WithLogger(logTo(&out)), transport.WithTransport(statuses(nil, tt.status)))

			_, _ = tr.Do(t.Context(), aCall(tt.class))

			got, _, found := strings.Cut(out.String()[strings.LastIndex(out.String(), "level="):], " ")
			if got != tt.want || !found {
				t.Errorf("status %d of a %v is logged as %s, want %s", tt.status, tt.class, got, tt.want)
			}
		})
	}
}

// An answer that is cut is a fault, whatever its status.
func TestCutAnswerIsAWarning(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	w := serving(cut(404))(t)

	_, err := newTransport(t, w.url, transport.WithLogger(logTo(&out))).Do(t.Context(), aCall(proctorbook.Read))

	if err == nil || !strings.Contains(out.String(), "level=WARN") {
		t.Errorf("error %v, log:\n%s", err, &out)
	}
}

// A reader of the log can tell why a call was not tried again.
func TestLogSaysThatTheBudgetIsSpent(t *testing.T) {
	t.Parallel()
	for tokens, want := range map[int]bool{0: true, 100: false} {
		var out bytes.Buffer
		tr := newTransport(t, "https://service.invalid", transport.WithLogger(logTo(&out)),
			transport.WithRetryBudget(tokens, 5, 1), transport.WithTransport(statuses(nil, 503)))

		_, err := tr.Do(t.Context(), aCall(proctorbook.Read))

		if got := strings.Contains(out.String(), "retry_budget_spent=true"); err == nil || got != want {
			t.Errorf("with %d tokens: error %v, log:\n%s", tokens, err, &out)
		}
	}
}
