package proctoru

import (
	"context"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"mime"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/proctorbook/proctorbook"
)

// signatureHeader carries "sha1=" and the HMAC-SHA1 of the raw body in hex.
const signatureHeader = "X-ProctorU-Signature"

const (
	// drainTime is how long a connection is kept after an answer that did not wait
	// for the body: an end with unread bytes could take the answer along.
	drainTime = time.Second
	// closingTime is how long the memory has to keep what came of an event,
	// whatever became of the request.
	closingTime = 10 * time.Second
	// repeatAfter is when the provider may ask again about an event that is being
	// handled, in seconds.
	repeatAfter = "30"
)

// ServeHTTP answers one notification.
func (h *webhookHandler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	status := h.serve(w, r)
	if status == http.StatusNoContent {
		w.WriteHeader(status)
		return
	}
	h.log.InfoContext(r.Context(), "webhook: not taken", "status", status)
	http.Error(w, http.StatusText(status), status)
}

func (h *webhookHandler) serve(w http.ResponseWriter, r *http.Request) (status int) {
	mac, status := h.greet(w, r)
	if status != 0 {
		hangUp(w, r)
		return status
	}
	body, status := h.body(w, r)
	switch {
	case status != 0:
		return status
	case !h.verify(body, mac):
		return http.StatusUnauthorized
	}
	if status = h.handleAll(r.Context(), body); status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", repeatAfter)
	}
	return status
}

// greet checks what can be checked without the body. It returns the signature, or
// the status of a refusal.
func (h *webhookHandler) greet(w http.ResponseWriter, r *http.Request) (mac []byte, status int) {
	mac, signed := signatureOf(r.Header)
	switch {
	case r.Method != http.MethodPost:
		w.Header().Set("Allow", http.MethodPost)
		return nil, http.StatusMethodNotAllowed
	case !signed:
		return nil, http.StatusUnauthorized
	case !h.takes(r.Header):
		return nil, http.StatusUnsupportedMediaType
	case r.ContentLength > MaxWebhookBytes:
		return nil, http.StatusRequestEntityTooLarge
	}
	return mac, 0
}

// signatureOf returns the one signature of a request, which is not checked.
func signatureOf(header http.Header) (mac []byte, ok bool) {
	values := header[http.CanonicalHeaderKey(signatureHeader)]
	if len(values) != 1 {
		return nil, false
	}
	scheme, value, _ := strings.Cut(strings.TrimSpace(values[0]), "=")
	mac, err := hex.DecodeString(value)
	return mac, strings.EqualFold(scheme, "sha1") && err == nil && len(mac) == sha1.Size
}

// takes reports whether the request is of the handler's one format.
func (h *webhookHandler) takes(header http.Header) bool {
	format, _, err := mime.ParseMediaType(header.Get("Content-Type"))
	return err == nil && format == string(h.format) && len(header.Values("Content-Type")) == 1 && header.Get("Content-Encoding") == ""
}

// hangUp lets the server answer before the body has come, and then end the
// connection: a sender of whom nothing is known can't hold it.
func hangUp(w http.ResponseWriter, r *http.Request) {
	if r.ContentLength == 0 {
		return
	}
	if r.ProtoMajor == 1 {
		w.Header().Set("Connection", "close")
	}
	readUntil(w, proctorbook.SystemClock{}.Now().Add(drainTime))
}

// readUntil bounds what is read of the request. A server that can't do that has its
// own time-outs alone.
func readUntil(w http.ResponseWriter, deadline time.Time) {
	_ = http.NewResponseController(w).SetReadDeadline(deadline)
}

// body reads the body, within its bounds of bytes and time.
func (h *webhookHandler) body(w http.ResponseWriter, r *http.Request) (body []byte, status int) {
	readUntil(w, proctorbook.SystemClock{}.Now().Add(h.bodyTime))
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, MaxWebhookBytes))
	if err == nil {
		readUntil(w, time.Time{}) // or the deadline would end the request's context while the events are handled
		return body, 0
	}
	if r.ProtoMajor == 1 {
		w.Header().Set("Connection", "close")
	}
	_, tooLarge := errors.AsType[*http.MaxBytesError](err)
	switch {
	case tooLarge:
		return nil, http.StatusRequestEntityTooLarge
	case errors.Is(err, os.ErrDeadlineExceeded):
		return nil, http.StatusRequestTimeout
	}
	return nil, http.StatusBadRequest
}

// handleAll handles the events of a body. One that fails does not keep those
// behind it waiting: the body comes again for that one.
func (h *webhookHandler) handleAll(ctx context.Context, body []byte) (status int) {
	status = http.StatusNoContent
	sum := sha256.Sum256(body)
	place := 0
	readers[h.format](body, func(event WebhookEvent) bool {
		if ctx.Err() != nil {
			status = http.StatusInternalServerError // nobody waits for it any more
			return false
		}
		status = max(status, h.handleOnce(ctx, hashOf(h.format, place, sum), event))
		place++
		return true
	})
	return status
}

// hashOf returns the hash of the event at a place of a body.
func hashOf(format WebhookFormat, place int, body [sha256.Size]byte) WebhookHash {
	return sha256.Sum256([]byte(string(format) + "\n" + strconv.Itoa(place) + "\n" + string(body[:])))
}

// handleOnce handles an event that is neither done nor being handled.
func (h *webhookHandler) handleOnce(ctx context.Context, hash WebhookHash, event WebhookEvent) (status int) {
	ctx, cancel := context.WithTimeout(ctx, h.claim)
	defer cancel()
	now := h.clock.Now()
	claim, err := h.memory.Begin(ctx, hash, now, now.Add(h.claim))
	switch {
	case err != nil:
		h.log.WarnContext(ctx, "webhook: the memory failed", "step", "Begin")
		return http.StatusInternalServerError
	case claim.State == WebhookDone:
		return http.StatusNoContent
	case claim.State != WebhookFresh:
		return http.StatusServiceUnavailable
	}
	for _, name := range event.unreadable {
		h.log.WarnContext(ctx, "webhook: what can't be read is left empty", "field", name)
	}
	return h.handleClaimed(ctx, hash, claim.Token, event)
}

// handleClaimed handles an event, and keeps what came of it.
func (h *webhookHandler) handleClaimed(ctx context.Context, hash WebhookHash, token string, event WebhookEvent) (status int) {
	handled := false
	defer func() { // also when handle panics
		if handled {
			return
		}
		closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), closingTime)
		defer cancel()
		if err := h.memory.Forget(closing, hash, token); err != nil {
			h.log.WarnContext(ctx, "webhook: the memory failed", "step", "Forget") // the claim expires by itself
		}
	}()
	if err := h.handle(ctx, event); err != nil {
		h.log.WarnContext(ctx, "webhook: an event could not be handled")
		return http.StatusInternalServerError
	}
	handled = true
	closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), closingTime)
	defer cancel()
	if err := h.memory.Done(closing, hash); err != nil {
		h.log.WarnContext(ctx, "webhook: the memory failed", "step", "Done")
		return http.StatusInternalServerError // it is handled once more, after the claim has expired
	}
	return http.StatusNoContent
}
