package proctoru

import (
	"context"
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"
	"sync"
)

// Bounds of the webhook handler.
const (
	// MaxWebhookBytes is the longest body of a notification.
	MaxWebhookBytes = 256 << 10
	// DefaultReplayMemory is how many notifications the default memory keeps.
	DefaultReplayMemory = 100_000
)

// signatureHeader carries "sha1=" and the HMAC-SHA1 of the raw body in hex.
const signatureHeader = "X-ProctorU-Signature"

// WebhookOption sets one property of a webhook handler.
type WebhookOption func(*webhookHandler)

// WithReplayMemory sets where the handler remembers what it has handled. Share one
// between all machines that get notifications. Default: this process alone, the
// last [DefaultReplayMemory] notifications.
func WithReplayMemory(m ReplayMemory) WebhookOption {
	if m == nil {
		panic("proctoru: WithReplayMemory: the memory is nil")
	}
	return func(h *webhookHandler) { h.memory = m }
}

// NewWebhookHandler returns a handler for the provider's notifications, in each of
// its formats: JSON, CSV and form. It calls handle once for each event, after it
// has checked the signature: HMAC-SHA1 of the body with one of the secrets. Give
// it two secrets while you change from one to the other.
//
// The provider signs neither a time nor a number, so a notification proves where
// it comes from, but not that it is new, nor that its content is still true. Take
// it for a hint to read the reservation again. One whose body came before is
// acknowledged and not handled again.
//
// If handle returns an error the answer is 500, so that the provider may send the
// notification again, and nothing is remembered of it. handle gets the request's
// context. Events of a kind that the client does not know are handled too.
//
// The answers are: 204 handled, or handled before; 401 no valid signature; 405
// not POST; 413 more than [MaxWebhookBytes]; 415 another format, or compressed;
// 400 a body that ends early; 500 the error of handle, or of the memory.
//
// It panics without a secret, for an empty secret, and for a nil handle: such a
// handler would let everybody in.
func NewWebhookHandler(secrets []Secret, handle func(context.Context, WebhookEvent) error, opts ...WebhookOption) http.Handler {
	if len(secrets) == 0 || handle == nil {
		panic("proctoru: NewWebhookHandler: want at least one secret and a function")
	}
	for _, s := range secrets {
		if strings.TrimSpace(s.Reveal()) == "" {
			panic("proctoru: NewWebhookHandler: a secret is empty")
		}
	}
	h := &webhookHandler{secrets: append([]Secret(nil), secrets...), handle: handle}
	for _, opt := range opts {
		opt(h)
	}
	if h.memory == nil {
		h.memory = NewReplayMemory(DefaultReplayMemory)
	}
	return h
}

type webhookHandler struct {
	secrets []Secret
	handle  func(context.Context, WebhookEvent) error
	memory  ReplayMemory
}

// ServeHTTP answers one notification.
func (h *webhookHandler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	status := h.serve(w, r)
	if status == http.StatusNoContent {
		w.WriteHeader(status)
		return
	}
	http.Error(w, http.StatusText(status), status)
}

func (h *webhookHandler) serve(w http.ResponseWriter, r *http.Request) (status int) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		return http.StatusMethodNotAllowed
	}
	read := webhookReader(r)
	if read == nil {
		return http.StatusUnsupportedMediaType
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, MaxWebhookBytes))
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
		return http.StatusRequestEntityTooLarge
	}
	switch {
	case err != nil:
		return http.StatusBadRequest
	case !h.isSigned(body, r.Header[http.CanonicalHeaderKey(signatureHeader)]):
		return http.StatusUnauthorized
	}
	return h.handleOnce(r.Context(), body, read)
}

// webhookReader returns the reader for the format of the request, nil if there is
// none.
func webhookReader(r *http.Request) eventReader {
	format, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || r.Header.Get("Content-Encoding") != "" {
		return nil
	}
	switch format {
	case "application/json":
		return readJSONEvent
	case "text/csv":
		return readCSVEvents
	case "application/x-www-form-urlencoded":
		return readFormEvent
	}
	return nil
}

// isSigned reports whether the one signature is that of the body. All secrets are
// tried, so that the time taken reveals nothing.
func (h *webhookHandler) isSigned(body []byte, headers []string) bool {
	if len(headers) != 1 {
		return false
	}
	scheme, value, _ := strings.Cut(strings.TrimSpace(headers[0]), "=")
	got, err := hex.DecodeString(value)
	if !strings.EqualFold(scheme, "sha1") || err != nil || len(got) != sha1.Size {
		return false
	}
	valid := false
	for _, s := range h.secrets {
		mac := hmac.New(sha1.New, []byte(s.Reveal()))
		mac.Write(body)
		if hmac.Equal(mac.Sum(nil), got) {
			valid = true
		}
	}
	return valid
}

// handleOnce handles the events of a body that did not come before. What fails,
// or panics, is forgotten again.
func (h *webhookHandler) handleOnce(ctx context.Context, body []byte, read eventReader) (status int) {
	hash := WebhookHash(sha256.Sum256(body))
	fresh, err := h.memory.Remember(ctx, hash)
	switch {
	case err != nil:
		return http.StatusInternalServerError
	case !fresh:
		return http.StatusNoContent
	}
	status = http.StatusInternalServerError
	defer func() {
		if status != http.StatusNoContent {
			_ = h.memory.Forget(context.WithoutCancel(ctx), hash) // the answer is 500 already
		}
	}()
	read(body, func(event WebhookEvent) bool {
		err = h.handle(ctx, event)
		return err == nil
	})
	if err == nil {
		status = http.StatusNoContent
	}
	return status
}

// WebhookHash is the SHA-256 of a notification's body.
type WebhookHash [32]byte

// ReplayMemory remembers which notifications were handled. Its methods must be
// safe for use by many goroutines. Keep a hash for 30 days at least.
type ReplayMemory interface {
	// Remember keeps the hash, and reports whether it was not there before.
	Remember(ctx context.Context, hash WebhookHash) (fresh bool, err error)
	// Forget drops the hash of a notification that could not be handled.
	Forget(ctx context.Context, hash WebhookHash) error
}

// NewReplayMemory returns a memory in this process, for the last notifications:
// when there are more than size it forgets the oldest. It panics if size is not
// positive. 100,000 take some 10 MB, once that many have come.
func NewReplayMemory(size int) ReplayMemory {
	if size <= 0 {
		panic("proctoru: NewReplayMemory: the size must be positive")
	}
	return &replayRing{size: size, places: map[WebhookHash]int{}}
}

// replayRing holds the hashes in the order in which they came. A place whose hash
// was forgotten stays empty until its turn comes.
type replayRing struct {
	size int

	mu     sync.Mutex
	ring   []WebhookHash
	next   int // place of the next hash, once the ring is full
	places map[WebhookHash]int
}

func (m *replayRing) Remember(_ context.Context, hash WebhookHash) (fresh bool, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, known := m.places[hash]; known {
		return false, nil
	}
	if len(m.ring) < m.size {
		m.places[hash] = len(m.ring)
		m.ring = append(m.ring, hash)
		return true, nil
	}
	if oldest := m.ring[m.next]; m.places[oldest] == m.next {
		delete(m.places, oldest)
	}
	m.ring[m.next], m.places[hash] = hash, m.next
	m.next = (m.next + 1) % m.size
	return true, nil
}

func (m *replayRing) Forget(_ context.Context, hash WebhookHash) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.places, hash)
	return nil
}
