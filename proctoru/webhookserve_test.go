package proctoru_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/proctoru"
)

// handles returns a handler that calls handle.
func handles(t *testing.T, handle func(context.Context, proctoru.WebhookEvent) error, opts ...proctoru.WebhookOption) *hook {
	t.Helper()
	h, err := proctoru.NewWebhookHandler([]proctoru.Secret{hookSecret}, handle, opts...)
	return &hook{Handler: must(t, h, err)}
}

func (h *hook) json(body string) int {
	return h.deliver("application/json", sign(hookSecret, body), body)
}

// A repeat that comes while the first delivery is being handled is sent away to come
// again: if the first one then fails, the event is not lost.
func TestWebhook_repeatDuringHandling(t *testing.T) {
	t.Parallel()
	for _, result := range []error{nil, errors.New("the database is away")} {
		begun, end, calls := make(chan struct{}), make(chan error), 0
		h := handles(t, func(context.Context, proctoru.WebhookEvent) error {
			if calls++; calls > 1 {
				return nil
			}
			close(begun)
			return <-end
		})
		first := make(chan int)
		go func() { first <- h.json("{}") }()
		<-begun
		if got := h.json("{}"); got != 503 || calls != 1 {
			t.Errorf("a repeat during handling: status %d, %d calls, want 503 and 1", got, calls)
		}
		end <- result
		if got, want := <-first, map[bool]int{true: 204, false: 500}[result == nil]; got != want {
			t.Errorf("the first delivery, whose handling ends with %v: status %d, want %d", result, got, want)
		}
		if got, want := h.json("{}"), map[bool]int{true: 1, false: 2}[result == nil]; got != 204 || calls != want {
			t.Errorf("a repeat after handling with %v: status %d, %d calls, want 204 and %d", result, got, calls, want)
		}
	}
}

// What another process claimed before it died is handled when the claim expires.
func TestWebhook_crash(t *testing.T) {
	t.Parallel()
	clock := proctorbooktest.NewManualClock(time.Date(2027, 1, 12, 9, 0, 0, 0, time.UTC))
	m := &memory{ReplayMemory: proctoru.NewReplayMemory(10), closed: true}
	dying := newHook([]proctoru.Secret{hookSecret}, proctoru.WithReplayMemory(m), proctoru.WithWebhookClock(clock))
	if got := dying.json("{}"); got != 500 { // it can tell the memory nothing more
		t.Errorf("a delivery whose end is not remembered: status %d, want 500", got)
	}
	m.closed = false
	h := newHook([]proctoru.Secret{hookSecret}, proctoru.WithReplayMemory(m), proctoru.WithWebhookClock(clock))
	for minute, want := range []int{503, 503, 204, 204} {
		if got := h.json("{}"); got != want {
			t.Errorf("minute %d after the crash: status %d, want %d", minute, got, want)
		}
		clock.Advance(time.Minute)
	}
	if len(h.events) != 1 {
		t.Errorf("%d events after the crash, want 1", len(h.events))
	}
}

// memory is one that may fail.
type memory struct {
	proctoru.ReplayMemory
	away, closed bool // it takes nothing new; it keeps nothing more
}

var errAway = errors.New("away: " + hookSecret)

func (m *memory) Begin(ctx context.Context, hash proctoru.WebhookHash, now, until time.Time) (proctoru.WebhookClaim, error) {
	if m.away {
		return proctoru.WebhookClaim{}, errAway
	}
	return m.ReplayMemory.Begin(ctx, hash, now, until)
}

func (m *memory) Done(ctx context.Context, hash proctoru.WebhookHash) error {
	if m.closed {
		return errAway
	}
	return m.ReplayMemory.Done(ctx, hash)
}

func (m *memory) Forget(ctx context.Context, hash proctoru.WebhookHash, token string) error {
	if m.closed {
		return errAway
	}
	return m.ReplayMemory.Forget(ctx, hash, token)
}

func TestWebhook_memoryAway(t *testing.T) {
	t.Parallel()
	m := &memory{ReplayMemory: proctoru.NewReplayMemory(10), away: true}
	h := newHook([]proctoru.Secret{hookSecret}, proctoru.WithReplayMemory(m))
	if got := h.json("{}"); got != 500 || len(h.events) != 0 {
		t.Errorf("without memory: status %d, %d events, want 500 and none", got, len(h.events))
	}
	m.away = false
	if got := h.json("{}"); got != 204 || len(h.events) != 1 {
		t.Errorf("with memory again: status %d, %d events, want 204 and 1", got, len(h.events))
	}
}

// What was handled is kept, also when the sender has hung up.
func TestWebhook_senderHangsUp(t *testing.T) {
	t.Parallel()
	ctx, hangUp := context.WithCancel(t.Context())
	calls := 0
	h := handles(t, func(context.Context, proctoru.WebhookEvent) error {
		calls++
		hangUp()
		return nil
	}, proctoru.WithReplayMemory(contextual{proctoru.NewReplayMemory(10)}))
	r := httptest.NewRequestWithContext(ctx, http.MethodPost, "/", strings.NewReader("{}"))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-ProctorU-Signature", sign(hookSecret, "{}"))
	h.ServeHTTP(httptest.NewRecorder(), r)
	if got := h.json("{}"); got != 204 || calls != 1 {
		t.Errorf("after the sender hung up: status %d, %d calls, want 204 and 1", got, calls)
	}
}

// contextual is a memory that works until the end of a context, as databases do.
type contextual struct{ proctoru.ReplayMemory }

func (m contextual) Done(ctx context.Context, hash proctoru.WebhookHash) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return m.ReplayMemory.Done(ctx, hash)
}

// The same notification many times at once is handled once.
func TestWebhook_concurrentReplays(t *testing.T) {
	t.Parallel()
	h := newHook([]proctoru.Secret{hookSecret})
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			if got := h.json("{}"); got != 204 && got != 503 {
				t.Errorf("status %d, want 204 or 503", got)
			}
		})
	}
	all.Wait()
	if len(h.events) != 1 {
		t.Errorf("%d events, want 1", len(h.events))
	}
}

// Of several events in a body those that are done are not handled again when the
// body comes again for one that failed; and one that fails holds up no other.
func TestWebhook_severalEvents(t *testing.T) {
	t.Parallel()
	for format, body := range map[proctoru.WebhookFormat]string{
		proctoru.WebhookCSV:  "event_id,event_type\nev-1,x\nev-2,\"y, z\"\nev-3\nev-4\n",
		proctoru.WebhookForm: "event[id]=ev-1\r\nevent[id]=ev-2\n\nevent[id]=ev-3&event[type]=x\nevent[id]=ev-4",
		proctoru.WebhookJSON: `[{"event_id": "ev-1"}, {"event": {"id": "ev-2"}}, {"eventId": "ev-3"}, {"event": {"ID": "ev-4"}}]`,
	} {
		var tried []string
		broken := "ev-2"
		h := handles(t, func(_ context.Context, e proctoru.WebhookEvent) error {
			tried = append(tried, e.ID)
			if e.ID == broken {
				return errors.New("not now")
			}
			return nil
		}, proctoru.WithWebhookFormat(format))
		for i, want := range []struct {
			status int
			broken string
			tried  []string
		}{{500, "ev-2", []string{"ev-1", "ev-2", "ev-3", "ev-4"}}, {500, "ev-2", []string{"ev-2"}}, {204, "", []string{"ev-2"}}, {204, "ev-2", nil}} {
			tried, broken = nil, want.broken
			if got := h.deliver(string(format), sign(hookSecret, body), body); got != want.status || !slices.Equal(tried, want.tried) {
				t.Errorf("%s, delivery %d: status %d after %q, want %d after %q", format, i, got, tried, want.status, want.tried)
			}
		}
	}
}

// A signed body is one notification, and not another one in another format.
func TestWebhook_oneFormatAHandler(t *testing.T) {
	t.Parallel()
	body := `{"event":{"id":"ev-0001"},"reservation":{"reservation_id":"b-1"},"note":"&reservation_id=b-2&x=\nreservation_id=b-3\n"}`
	formats := []proctoru.WebhookFormat{proctoru.WebhookJSON, proctoru.WebhookCSV, proctoru.WebhookForm}
	for _, own := range formats {
		h := newHook([]proctoru.Secret{hookSecret}, proctoru.WithWebhookFormat(own))
		for _, sent := range formats {
			if got, want := h.deliver(string(sent), sign(hookSecret, body), body), map[bool]int{true: 204, false: 415}[sent == own]; got != want {
				t.Errorf("a handler of %s, %s sent: status %d, want %d", own, sent, got, want)
			}
		}
		if h.events[0].ReservationID != "b-1" && own == proctoru.WebhookJSON {
			t.Errorf("the JSON names %q, want b-1", h.events[0].ReservationID)
		}
	}
	r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
	r.Header["Content-Type"] = []string{"application/json", "text/csv"}
	r.Header.Set("X-ProctorU-Signature", sign(hookSecret, body))
	w := httptest.NewRecorder()
	newHook([]proctoru.Secret{hookSecret}).ServeHTTP(w, r)
	if w.Code != 415 {
		t.Errorf("two content types: status %d, want 415", w.Code)
	}
}

// unread is a body that must not be read.
type unread struct{ t *testing.T }

func (u unread) Read([]byte) (int, error) {
	u.t.Error("the body was read")
	return 0, io.EOF
}

func TestWebhook_refusedWithoutReading(t *testing.T) {
	t.Parallel()
	good := sign(hookSecret, "{}")
	for name, tt := range map[string]struct {
		method, contentType, signature string
		length                         int64
		want                           int
	}{
		"GET":                {"GET", "application/json", good, -1, 405},
		"no signature":       {"POST", "application/json", "", -1, 401},
		"no hex":             {"POST", "application/json", "sha1=" + strings.Repeat("g", 40), -1, 401},
		"another scheme":     {"POST", "application/json", "sha256=" + good[5:], -1, 401},
		"another format":     {"POST", "text/csv", good, -1, 415},
		"too long, it says":  {"POST", "application/json", good, proctoru.MaxWebhookBytes + 1, 413},
		"unsigned and large": {"POST", "application/json", "", 1 << 40, 401},
	} {
		r := httptest.NewRequest(tt.method, "/", unread{t})
		r.ContentLength = tt.length
		r.Header.Set("Content-Type", tt.contentType)
		if tt.signature != "" {
			r.Header.Set("X-ProctorU-Signature", tt.signature)
		}
		w := httptest.NewRecorder()
		newHook([]proctoru.Secret{hookSecret}).ServeHTTP(w, r)
		if w.Code != tt.want || w.Header().Get("Connection") != "close" {
			t.Errorf("%s: status %d, Connection %q, want %d and close", name, w.Code, w.Header().Get("Connection"), tt.want)
		}
	}
}

// trickle sends the head of a request, and then a byte now and then. It returns the
// answer, and how long the connection was held.
func trickle(t *testing.T, address, signature string) (answer string, held time.Duration) {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Error(err)
		return "", 0
	}
	defer conn.Close()
	begun := time.Now()
	fmt.Fprintf(conn, "POST / HTTP/1.1\r\nHost: hooks.example.org\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n%s\r\n", signature)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		raw, _ := io.ReadAll(conn)
		answer = string(raw)
	}()
	for {
		select {
		case <-ended:
			return answer, time.Since(begun)
		case <-time.After(50 * time.Millisecond):
			_, _ = conn.Write([]byte(" "))
		}
	}
}

// Whoever sends a body byte by byte holds no connection: at once without a
// signature, and after the time for a body with one that may be right.
func TestWebhook_tricklingBodies(t *testing.T) {
	t.Parallel()
	h := newHook([]proctoru.Secret{hookSecret}, proctoru.WithWebhookTimes(time.Minute, 700*time.Millisecond))
	server := httptest.NewServer(h)
	defer server.Close()
	var all sync.WaitGroup
	for i := range 50 {
		signature, want := "", "HTTP/1.1 401 "
		if i%2 == 1 {
			signature, want = "X-ProctorU-Signature: "+sign(hookSecret, "x")+"\r\n", "HTTP/1.1 408 "
		}
		all.Go(func() {
			answer, held := trickle(t, server.Listener.Addr().String(), signature)
			if !strings.HasPrefix(answer, want) || held > 10*time.Second {
				t.Errorf("a trickling body was held %v, and answered %.30q, want %q soon", held, answer, want)
			}
		})
	}
	all.Wait()
	if len(h.events) != 0 {
		t.Errorf("%d events, want none", len(h.events))
	}
}

// The time for a body is none for the handling: it begins anew with each request
// of a connection, and ends with the body.
func TestWebhook_slowHandling(t *testing.T) {
	t.Parallel()
	h := handles(t, func(ctx context.Context, _ proctoru.WebhookEvent) error {
		select {
		case <-time.After(1300 * time.Millisecond):
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}, proctoru.WithWebhookTimes(time.Minute, time.Second))
	server := httptest.NewServer(h)
	defer server.Close()
	for _, body := range []string{"{}", "[]"} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL, strings.NewReader(body))
		must(t, 0, err)
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("X-ProctorU-Signature", sign(hookSecret, body))
		response, err := server.Client().Do(r)
		must(t, 0, err)
		response.Body.Close()
		if response.StatusCode != 204 {
			t.Errorf("%q: status %d, want 204", body, response.StatusCode)
		}
	}
}

// The handling of an event ends before another may begin.
func TestWebhook_handlingHasADeadline(t *testing.T) {
	t.Parallel()
	h := handles(t, func(ctx context.Context, _ proctoru.WebhookEvent) error {
		<-ctx.Done()
		return ctx.Err()
	}, proctoru.WithWebhookTimes(20*time.Millisecond, time.Second))
	if got := h.json("{}"); got != 500 {
		t.Errorf("status %d, want 500", got)
	}
}

// An id that no database takes is an unknown one: nobody repeats it for ever, and
// nobody reads it in a log.
func TestWebhook_idsThatCantBe(t *testing.T) {
	t.Parallel()
	for format, bodies := range map[proctoru.WebhookFormat][]string{
		proctoru.WebhookJSON: {`{"reservation_id":"b-\u0000secret","event_id":"ev-\u0007secret"}`, "{\"reservation_id\":\"" + strings.Repeat("secret", 50) + "\"}"},
		proctoru.WebhookCSV:  {"reservation_id,student_id\nb-\x00secret,\xffsecret\n", "reservation_id\nb\xc3secret\n"},
		proctoru.WebhookForm: {"reservation_id=b-%00secret&event_type=%0Dsecret", "reservation_id=%ff%fesecret"},
	} {
		for _, body := range bodies {
			var log bytes.Buffer
			h := handles(t, func(_ context.Context, e proctoru.WebhookEvent) error {
				if e.ReservationID+e.ID+e.Type+e.StudentID != "" {
					return errors.New("invalid byte sequence") // as a database does
				}
				return nil
			}, proctoru.WithWebhookFormat(format), proctoru.WithWebhookLogger(slog.New(slog.NewTextHandler(&log, nil))))
			if got := h.deliver(string(format), sign(hookSecret, body), body); got != 204 {
				t.Errorf("%q: status %d, want 204", body, got)
			}
			if text := log.String(); !strings.Contains(text, "ReservationID") || strings.Contains(text, "secret") {
				t.Errorf("%q: logged %q", body, text)
			}
		}
	}
}

// A log has what happened, and nothing of what was sent or said.
func TestWebhook_logs(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	m := &memory{ReplayMemory: proctoru.NewReplayMemory(10)}
	h := newHook([]proctoru.Secret{hookSecret}, proctoru.WithReplayMemory(m), proctoru.WithWebhookLogger(slog.New(slog.NewTextHandler(&log, nil))))
	h.err = errors.New("Ada Example is not known")
	body := `{"event_id":"ev-Ada","note":"Ada Example"}`
	h.json(body)
	h.deliver("application/json", "Ada", body)
	m.away = true
	h.json(body)
	m.away, m.closed = false, true
	h.json(body)
	h.err = nil
	h.json("{}")
	for _, want := range []string{"status=500", "status=401", "could not be handled", "step=Begin", "step=Forget", "step=Done"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log has no %q:\n%s", want, log.String())
		}
	}
	for _, personal := range []string{"Ada", hookSecret, "away"} {
		if strings.Contains(log.String(), personal) {
			t.Errorf("the log shows %q:\n%s", personal, log.String())
		}
	}
}
