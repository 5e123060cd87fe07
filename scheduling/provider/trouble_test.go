package provider_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/scheduling/provider"
)

func TestDiagnose(t *testing.T) {
	at := time.Date(2027, 1, 11, 8, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		err    error
		kind   provider.TroubleKind
		status int
	}{
		{&proctoru.Error{Status: 401, Reason: proctoru.ErrUnauthorized}, provider.TroubleToken, 401},
		{&proctoru.Error{Reason: proctoru.ErrErrorBudget}, provider.TroubleToken, 0},
		{&proctoru.Error{Status: 200, Reason: proctoru.ErrStaleRequest}, provider.TroubleClock, 200},
		{&proctoru.Error{Status: 429, Reason: proctoru.ErrThrottled}, provider.TroubleThrottled, 429},
		{&proctoru.Error{Status: 503, Reason: proctoru.ErrServer}, provider.TroubleServer, 503},
		{&proctoru.Error{Status: 500}, provider.TroubleServer, 500},
		{&proctoru.Error{Status: 200, Reason: proctoru.ErrNotJSON}, provider.TroubleOddAnswer, 200},
		{fmt.Errorf("no connection: %w", proctorbook.ErrNotDone), provider.TroubleUnreachable, 0},
		{fmt.Errorf("cut: %w", proctorbook.ErrOutcomeUnknown), provider.TroubleNoAnswer, 0},
		{context.DeadlineExceeded, provider.TroubleNoAnswer, 0},
		{errors.New("anything"), provider.TroubleNoAnswer, 0},
		{nil, provider.TroubleNoAnswer, 0},
	} {
		got := provider.Diagnose("list", c.err, at)
		if got.Call != "list" || got.Kind != c.kind || got.Status != c.status || !got.Since.Equal(at) || !got.Last.Equal(at) || got.Times != 1 {
			t.Errorf("Diagnose(%v) = %+v, want %s, status %d", c.err, got, c.kind, c.status)
		}
	}
}

// Words print masked; JSON, in which they are stored and shown to staff, has them.
func TestWordsAreMasked(t *testing.T) {
	w := provider.Words("Exam is closed")
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		for _, v := range []any{w, &w, provider.Trouble{Words: w}} {
			if text := fmt.Sprintf(verb, v); strings.Contains(text, "closed") {
				t.Errorf("%s prints %s", verb, text)
			}
		}
	}
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "words", w)
	if strings.Contains(log.String(), "closed") || !strings.Contains(log.String(), "REDACTED") {
		t.Errorf("log = %s", log.String())
	}
	if text, err := json.Marshal(w); err != nil || string(text) != `"Exam is closed"` {
		t.Errorf("JSON = %s, %v", text, err)
	}
	if provider.Words("").String() != "" {
		t.Error("no words print as some")
	}
}
