package main

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/examples/internal/commandtest"
)

func TestGuard(t *testing.T) {
	t.Parallel()
	log := &commandtest.Output{}
	pages := http.NewServeMux()
	pages.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { _ = r.ParseForm() })
	pages.HandleFunc("/panic", func(http.ResponseWriter, *http.Request) { panic("a secret") })
	h := guard(pages, newLimits(1), machineOf, slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})))
	for name, tt := range map[string]struct {
		method, path, site string
		status             int
	}{
		"a page":                      {"GET", "/", "", 200},
		"a form of ours":              {"POST", "/", "same-origin", 200},
		"a form of another site":      {"POST", "/", "cross-site", 403},
		"a form of a site beside us":  {"POST", "/", "same-site", 403},
		"a link from another site":    {"GET", "/", "cross-site", 200},
		"a page that panics":          {"GET", "/panic?name=Ada", "", 500},
		"what no browser sends about": {"POST", "/", "", 200},
	} {
		r := httptest.NewRequest(tt.method, tt.path, strings.NewReader("name=Ada"))
		r.RemoteAddr = name + ":1" // so that each has a limit of its own
		if tt.site != "" {
			r.Header.Set("Sec-Fetch-Site", tt.site)
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != tt.status {
			t.Errorf("%s: status %d, want %d", name, w.Code, tt.status)
		}
		csp := w.Header().Get("Content-Security-Policy")
		if !strings.Contains(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") || w.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("%s: headers %v", name, w.Header())
		}
	}
	if strings.Contains(log.String(), "Ada") || !strings.Contains(log.String(), "panicked") {
		t.Errorf("the log must have the panic, and nobody's name: %s", log)
	}
}

func TestLimits(t *testing.T) {
	t.Parallel()
	now := time.Date(2027, 1, 12, 9, 0, 0, 0, time.UTC)
	l := newLimits(2)
	l.at = func() time.Time { return now }
	for range l.burst {
		if !l.allow("ada") {
			t.Fatal("refused within the burst")
		}
	}
	if l.allow("ada") || !l.allow("bob") {
		t.Error("the limit is each visitor's own")
	}
	now = now.Add(time.Second)
	back := 0
	for range 5 {
		if l.allow("ada") {
			back++
		}
	}
	if back != 2 {
		t.Errorf("%d requests were allowed after a second, want 2", back)
	}
	now = now.Add(time.Hour)
	if l.allow("carl"); len(l.by) != 1 {
		t.Errorf("%d visitors are remembered, want those who are gone forgotten", len(l.by))
	}
	w := httptest.NewRecorder()
	h := guard(http.NotFoundHandler(), &limits{by: l.by, at: l.at, bounds: 1}, machineOf, slog.New(slog.DiscardHandler))
	if h.ServeHTTP(w, httptest.NewRequest("GET", "/", nil)); w.Code != http.StatusTooManyRequests {
		t.Errorf("status %d, want 429", w.Code)
	}
}

func TestLargeForm(t *testing.T) {
	t.Parallel()
	s := newSite(t, 0)
	s.as("ada_l").post("/profile", "GivenName", strings.Repeat("x", maxForm)).wants(t, http.StatusBadRequest)
}
