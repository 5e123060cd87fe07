package proctoru_test

import (
	"bytes"
	"context"
	"encoding/gob"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
)

const hookSecret = "whsec-example-0123456789"

// hook is a handler, with the events that it was given.
type hook struct {
	http.Handler
	mu     sync.Mutex
	events []proctoru.WebhookEvent
	err    error // what handling answers
}

func newHook(secrets []proctoru.Secret, opts ...proctoru.WebhookOption) *hook {
	h := &hook{}
	handler, err := proctoru.NewWebhookHandler(secrets, func(_ context.Context, e proctoru.WebhookEvent) error {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.events = append(h.events, e)
		return h.err
	}, opts...)
	if err != nil {
		panic(err)
	}
	h.Handler = handler
	return h
}

// deliver posts a body and returns the status.
func (h *hook) deliver(contentType, signature, body string) int {
	r := httptest.NewRequest(http.MethodPost, "/hooks/proctoru", strings.NewReader(body))
	r.Header.Set("Content-Type", contentType)
	if signature != "" {
		r.Header.Set("X-ProctorU-Signature", signature)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Code
}

func sign(secret, body string) string { return proctorutest.SignWebhook(secret, []byte(body)) }

// The provider's own example, and four bodies whose hashes were computed elsewhere.
func TestWebhook_vectors(t *testing.T) {
	t.Parallel()
	tests := []struct{ secret, contentType, body, hash string }{
		{"authentication secret", "application/json", "request body", "f7000d3a2fd51f8f53d91e0085fae1423dfbab8e"},
		{hookSecret, "application/json", `{"event":{"id":"ev-0001","type":"event-reservation-confirmation"}}`, "7f5548a0cb1e01716f3b8b17ccbff003855f4cc2"},
		{hookSecret, "text/csv", "event_id,event_type\nev-0001,event-reservation-confirmation\n", "f246b7dffbe80103cbe5ebc7ed2328be4edc2428"},
		{hookSecret, "application/x-www-form-urlencoded", "event%5Bid%5D=ev-0001&event%5Btype%5D=event-reservation-confirmation", "3fef2c7fba63c2370ae55e074cc01241ee5132eb"},
		{hookSecret, "application/json", "", "564361442310be239aaf8aa73c25073fc3833194"},
	}
	for _, tt := range tests {
		h := newHook([]proctoru.Secret{proctoru.Secret(tt.secret)}, proctoru.WithWebhookFormat(proctoru.WebhookFormat(tt.contentType)))
		if got := h.deliver(tt.contentType, "sha1="+tt.hash, tt.body); got != http.StatusNoContent || len(h.events) != 1 {
			t.Errorf("%q: status %d, %d events, want 204 and 1", tt.body, got, len(h.events))
			continue
		}
		e := h.events[0]
		if known := strings.Contains(tt.body, "ev-0001"); known != (e.ID == "ev-0001") || known != (e.Type == "event-reservation-confirmation") {
			t.Errorf("%q: id %q, type %q", tt.body, e.ID, e.Type)
		}
		if string(e.Raw.Reveal()) != tt.body {
			t.Errorf("%q: Raw = %q", tt.body, e.Raw.Reveal())
		}
		if got := h.deliver(tt.contentType, "sha1="+tt.hash, tt.body+" "); got != http.StatusUnauthorized {
			t.Errorf("%q with a space more: status %d, want 401", tt.body, got)
		}
	}
}

func TestWebhook_signatures(t *testing.T) {
	t.Parallel()
	body := `{"event":{"id":"ev-0001"}}`
	right := sign(hookSecret, body)
	tests := map[string]struct {
		headers map[string][]string
		want    int
	}{
		"right":                    {map[string][]string{"X-ProctorU-Signature": {right}}, 204},
		"upper-case hex":           {map[string][]string{"X-ProctorU-Signature": {"sha1=" + strings.ToUpper(right[5:])}}, 204},
		"header in lower case":     {map[string][]string{"x-proctoru-signature": {right}}, 204},
		"header in upper case":     {map[string][]string{"X-PROCTORU-SIGNATURE": {right}}, 204},
		"the old secret":           {map[string][]string{"X-ProctorU-Signature": {sign("the old secret of last year", body)}}, 204},
		"none":                     {nil, 401},
		"empty":                    {map[string][]string{"X-ProctorU-Signature": {""}}, 401},
		"two":                      {map[string][]string{"X-ProctorU-Signature": {right, right}}, 401},
		"without prefix":           {map[string][]string{"X-ProctorU-Signature": {right[5:]}}, 401},
		"another scheme":           {map[string][]string{"X-ProctorU-Signature": {"sha256=" + right[5:]}}, 401},
		"prefix alone":             {map[string][]string{"X-ProctorU-Signature": {"sha1="}}, 401},
		"cut":                      {map[string][]string{"X-ProctorU-Signature": {right[:len(right)-2]}}, 401},
		"longer":                   {map[string][]string{"X-ProctorU-Signature": {right + "00"}}, 401},
		"not hex":                  {map[string][]string{"X-ProctorU-Signature": {"sha1=" + strings.Repeat("z", 40)}}, 401},
		"of another body":          {map[string][]string{"X-ProctorU-Signature": {sign(hookSecret, body+"x")}}, 401},
		"with another secret":      {map[string][]string{"X-ProctorU-Signature": {sign("not the secret", body)}}, 401},
		"the secret in a header":   {map[string][]string{"X-ProctorU-Secret": {hookSecret}}, 401},
		"with the secret REDACTED": {map[string][]string{"X-ProctorU-Signature": {sign("REDACTED", body)}}, 401},
	}
	for name, tt := range tests {
		h := newHook([]proctoru.Secret{hookSecret, "the old secret of last year"})
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json; charset=utf-8")
		for key, values := range tt.headers {
			for _, v := range values {
				r.Header.Add(key, v)
			}
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if handled := len(h.events) == 1; w.Code != tt.want || handled != (tt.want == 204) {
			t.Errorf("%s: status %d, handled %t, want %d", name, w.Code, handled, tt.want)
		}
	}
}

func TestWebhook_requests(t *testing.T) {
	t.Parallel()
	body := `{"event":{"id":"ev-0001"}}`
	big := `{"x":"` + strings.Repeat("x", proctoru.MaxWebhookBytes) + `"}`
	fits := `{"x":"` + strings.Repeat("x", proctoru.MaxWebhookBytes-8) + `"}`
	tests := map[string]struct {
		method, contentType, encoding string
		body                          io.Reader
		signed                        string
		want                          int
	}{
		"GET":                   {"GET", "application/json", "", strings.NewReader(body), body, 405},
		"PUT":                   {"PUT", "application/json", "", strings.NewReader(body), body, 405},
		"no type":               {"POST", "", "", strings.NewReader(body), body, 415},
		"XML":                   {"POST", "application/xml", "", strings.NewReader(body), body, 415},
		"an odd type":           {"POST", "application/json; =", "", strings.NewReader(body), body, 415},
		"compressed":            {"POST", "application/json", "gzip", strings.NewReader(body), body, 415},
		"256 KiB":               {"POST", "application/json", "", strings.NewReader(fits), fits, 204},
		"more":                  {"POST", "application/json", "", strings.NewReader(big), big, 413},
		"endless":               {"POST", "application/json", "", io.MultiReader(strings.NewReader(big), endless{}), big, 413},
		"a body that is cut":    {"POST", "application/json", "", io.MultiReader(strings.NewReader(body), broken{}), body, 400},
		"what is no JSON":       {"POST", "application/json", "", strings.NewReader("<x>"), "<x>", 204},
		"JSON in capitals":      {"POST", "APPLICATION/JSON", "", strings.NewReader(body), body, 204},
		"another format":        {"POST", "text/csv", "", strings.NewReader(body), body, 415},
		"JSON of a single text": {"POST", "application/json", "", strings.NewReader(`"x"`), `"x"`, 204},
	}
	for name, tt := range tests {
		h := newHook([]proctoru.Secret{hookSecret})
		r := httptest.NewRequest(tt.method, "/", tt.body)
		r.Header.Set("Content-Type", tt.contentType)
		r.Header.Set("X-ProctorU-Signature", sign(hookSecret, tt.signed))
		if tt.encoding != "" {
			r.Header.Set("Content-Encoding", tt.encoding)
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != tt.want || (len(h.events) == 1) != (tt.want == 204) {
			t.Errorf("%s: status %d, %d events, want %d", name, w.Code, len(h.events), tt.want)
		}
		if allow := w.Header().Get("Allow"); (tt.want == 405) != (allow == "POST") {
			t.Errorf("%s: Allow = %q", name, allow)
		}
	}
}

type endless struct{}

func (endless) Read(b []byte) (int, error) { return len(b), nil }

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// All three formats say the same, and unknown events and members are kept.
func TestWebhook_events(t *testing.T) {
	t.Parallel()
	bodies := map[string]string{
		"application/json": `{"event": {"id": "ev-0001", "type": "event-of-a-new-kind", "created_at": "2026-08-20T09:05:00Z"},
		 "reservation": {"reservation_no": "00900000515", "reservation_id": "b-1", "start_date": "2026-09-01T14:00:00+02:00", "tags": ["a", {"b": null}]},
		 "test_taker": {"student_id": 7}, "exam": {"description": "Final exam"}}`,
		"text/csv": "event_id,event_type,event_created_at,reservation_reservation_no,reservation_reservation_id,reservation_start_date,test_taker_student_id,exam_description\n" +
			"ev-0001,event-of-a-new-kind,2026-08-20T09:05:00Z,900000515,b-1,2026-09-01T12:00:00Z,7,Final exam\n",
		"application/x-www-form-urlencoded": "event[id]=ev-0001&event[type]=event-of-a-new-kind&event[created_at]=2026-08-20T09%3A05%3A00Z&" +
			"reservation%5Breservation_no%5D=900000515&reservation%5Breservation_id%5D=b-1&reservation[start_date]=2026-09-01T12:00:00Z&" +
			"test_taker[student_id]=7&exam[description]=Final+exam",
	}
	for contentType, body := range bodies {
		h := newHook([]proctoru.Secret{hookSecret}, proctoru.WithWebhookFormat(proctoru.WebhookFormat(contentType)))
		if got := h.deliver(contentType, sign(hookSecret, body), body); got != 204 || len(h.events) != 1 {
			t.Errorf("%s: status %d, %d events", contentType, got, len(h.events))
			continue
		}
		e := h.events[0]
		if e.ID != "ev-0001" || e.Type != "event-of-a-new-kind" || !e.CreatedAt.Equal(time.Date(2026, 8, 20, 9, 5, 0, 0, time.UTC)) ||
			e.ReservationID != "b-1" || e.ReservationNo != "900000515" || e.StudentID != "7" || !e.Start.Equal(time.Date(2026, 9, 1, 12, 0, 0, 0, time.UTC)) {
			t.Errorf("%s: %q %q %v %q %q %q %v", contentType, e.ID, e.Type, e.CreatedAt, e.ReservationID, e.ReservationNo, e.StudentID, e.Start)
		}
		if e.Fields["exam_description"] != "Final exam" {
			t.Errorf("%s: fields = %v", contentType, e.Fields)
		}
		if text := fmt.Sprintf("%v %+v %#v %s", e, e, e, e); strings.Contains(text, "Final") || !strings.Contains(text, "ev-0001") {
			t.Errorf("%s: printed as %s", contentType, text)
		}
	}
}

// An error is answered by 500, and the next try is handled; a replay is not.
func TestWebhook_replays(t *testing.T) {
	t.Parallel()
	h := newHook([]proctoru.Secret{hookSecret})
	post := func(id string) int {
		body := `{"event":{"id":"` + id + `"}}`
		return h.deliver("application/json", sign(hookSecret, body), body)
	}
	h.err = errors.New("the database is away")
	if got := post("ev-1"); got != 500 {
		t.Errorf("a failed delivery: status %d, want 500", got)
	}
	h.err = nil
	for i, want := range []int{2, 2, 3, 3} { // events handled after: ev-1 again, a replay, ev-2, a replay
		if got := post([]string{"ev-1", "ev-1", "ev-2", "ev-1"}[i]); got != 204 || len(h.events) != want {
			t.Errorf("delivery %d: status %d, %d events, want 204, %d", i, got, len(h.events), want)
		}
	}
}

// A handler that panics has handled nothing.
func TestWebhook_panicIsForgotten(t *testing.T) {
	t.Parallel()
	calls := 0
	h, err := proctoru.NewWebhookHandler([]proctoru.Secret{hookSecret}, func(context.Context, proctoru.WebhookEvent) error {
		if calls++; calls == 1 {
			panic("a bug")
		}
		return nil
	})
	must(t, 0, err)
	deliver := func() (code int) {
		defer func() { _ = recover() }()
		return (&hook{Handler: h}).deliver("application/json", sign(hookSecret, "{}"), "{}")
	}
	deliver()
	if got := deliver(); got != 204 || calls != 2 {
		t.Errorf("after a panic: status %d, %d calls, want 204 and 2", got, calls)
	}
}

// What would let everybody in, or can't be what was meant, is refused by name.
func TestNewWebhookHandler_refuses(t *testing.T) {
	t.Parallel()
	ok := func(context.Context, proctoru.WebhookEvent) error { return nil }
	good := []proctoru.Secret{hookSecret}
	for name, tt := range map[string]struct {
		secrets []proctoru.Secret
		handle  func(context.Context, proctoru.WebhookEvent) error
		opt     proctoru.WebhookOption
		want    string
	}{
		"no secret":            {nil, ok, nil, "secrets must be at least one"},
		"empty secret":         {[]proctoru.Secret{""}, ok, nil, "secrets must have at least 16 bytes"},
		"a short second":       {[]proctoru.Secret{hookSecret, "whsec-example-0"}, ok, nil, "secrets must have at least 16 bytes"},
		"zeros":                {[]proctoru.Secret{proctoru.Secret(make([]byte, 32))}, ok, nil, "secrets must not repeat one byte"},
		"zeros as digits":      {[]proctoru.Secret{proctoru.Secret(strings.Repeat("0", 40))}, ok, nil, "secrets must not repeat one byte"},
		"blanks":               {[]proctoru.Secret{proctoru.Secret(strings.Repeat(" ", 40))}, ok, nil, "secrets must not repeat one byte"},
		"a file's line feed":   {[]proctoru.Secret{hookSecret + "\n"}, ok, nil, "white space"},
		"no function":          {good, nil, nil, "handle is nil"},
		"no memory":            {good, ok, proctoru.WithReplayMemory(nil), "WithReplayMemory"},
		"no such format":       {good, ok, proctoru.WithWebhookFormat("text/xml"), "WithWebhookFormat"},
		"no time to handle":    {good, ok, proctoru.WithWebhookTimes(0, time.Second), "WithWebhookTimes"},
		"no time for the body": {good, ok, proctoru.WithWebhookTimes(time.Second, -1), "WithWebhookTimes"},
		"no clock":             {good, ok, proctoru.WithWebhookClock(nil), "WithWebhookClock"},
		"no logger":            {good, ok, proctoru.WithWebhookLogger(nil), "WithWebhookLogger"},
	} {
		var opts []proctoru.WebhookOption
		if tt.opt != nil {
			opts = append(opts, tt.opt)
		}
		h, err := proctoru.NewWebhookHandler(tt.secrets, tt.handle, opts...)
		invalid, typed := errors.AsType[*proctorbook.ValidationError](err)
		if h != nil || !typed || !strings.Contains(invalid.Error(), tt.want) || strings.Contains(invalid.Error(), "whsec") {
			t.Errorf("%s: %v, want %q", name, err, tt.want)
		}
	}
}

// What the caller does with his secrets afterwards changes nothing.
func TestNewWebhookHandler_copiesSecrets(t *testing.T) {
	t.Parallel()
	raw := []byte(hookSecret)
	secrets := []proctoru.Secret{proctoru.Secret(raw)}
	h := newHook(secrets)
	clear(raw)
	clear(secrets)
	if got := h.deliver("application/json", sign(hookSecret, "{}"), "{}"); got != 204 {
		t.Errorf("after clear: status %d, want 204", got)
	}
}

// Printed, logged or encoded, whole or within something, the handler shows no secret.
func TestNewWebhookHandler_hidesSecrets(t *testing.T) {
	t.Parallel()
	h := newHook([]proctoru.Secret{hookSecret, "the old secret of last year"}).Handler
	value := reflect.ValueOf(h).Elem().Interface()
	for _, v := range []any{h, value, []any{h, value}, struct{ H http.Handler }{h}, struct{ h http.Handler }{h}, struct{ h any }{value}, map[string]any{"h": value}} {
		text := printed(v)
		var coded bytes.Buffer
		_ = gob.NewEncoder(&coded).Encode(v) // where it can
		raw, _ := json.Marshal(v)
		text += coded.String() + string(raw) + fmt.Sprintf("%X %o %t %e %p %v", v, v, v, v, v, &v)
		for _, secret := range []string{hookSecret, "the old secret"} {
			if strings.Contains(text, secret) || strings.Contains(strings.ToLower(text), fmt.Sprintf("%x", secret)) || strings.Contains(text, fmt.Sprint([]byte(secret))) {
				t.Errorf("%T shows a secret", v)
			}
		}
	}
	if got := fmt.Sprint(h); got != "proctoru webhook handler of application/json" {
		t.Errorf("it prints as %q", got)
	}
}

// What the fake sends in each of its ways, and how much of it is handled.
func TestWebhook_variants(t *testing.T) {
	t.Parallel()
	handled := map[string]int{
		"json": 2, "csv": 2, "form": 2, "replayed": 2, "out-of-order": 2, "twice": 2, "late": 2, "upper-case-hex": 2, "unsigned": 0, "wrong-secret": 0,
	}
	for _, kind := range alternatives(t, proctorutest.VariantWebhooks) {
		w := newWorld(t)
		w.play(proctorutest.VariantWebhooks, kind)
		w.fake.EnableWebhooks(hookSecret)
		number := w.booked().Number
		must(t, 0, drop(w.client.Reservations.Cancel(t.Context(), proctoru.CancelReservationParams{StudentID: ada.ID, Number: number})))
		format := proctoru.WebhookJSON
		if named, ok := map[string]proctoru.WebhookFormat{"csv": proctoru.WebhookCSV, "form": proctoru.WebhookForm}[kind]; ok {
			format = named
		}
		h := newHook([]proctoru.Secret{hookSecret}, proctoru.WithWebhookFormat(format))
		for _, d := range w.fake.Webhooks() {
			r, err := d.Request(t.Context(), "http://127.0.0.1/hooks/proctoru")
			rec := httptest.NewRecorder()
			h.ServeHTTP(rec, must(t, r, err))
			if want := map[bool]int{true: 204, false: 401}[handled[kind] > 0]; rec.Code != want {
				t.Errorf("%s: status %d, want %d", kind, rec.Code, want)
			}
		}
		if len(h.events) != handled[kind] {
			t.Errorf("%s: %d events handled, want %d", kind, len(h.events), handled[kind])
		}
		for _, e := range h.events {
			if e.ReservationNo != number || e.StudentID != ada.ID || e.ReservationID != tuesdayTwoInParis.ID || !e.Start.Equal(tuesdayTwoInParis.Start) {
				t.Errorf("%s: event about %s, %s", kind, e.ReservationNo, e.ReservationID)
			}
		}
	}
}

// alternatives returns the default and the alternatives of a variant.
func alternatives(t testing.TB, name string) []string {
	t.Helper()
	for _, v := range proctorutest.Variants() {
		if v.Name == name {
			return append([]string{v.Default}, v.Alternatives...)
		}
	}
	t.Fatalf("no variant %q", name)
	return nil
}
