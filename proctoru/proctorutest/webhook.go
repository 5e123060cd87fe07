package proctorutest

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha1"
	"encoding/hex"
	"fmt"
	"net/http"
	"slices"
	"time"
)

// SignatureHeader carries the signature of a notification.
const SignatureHeader = "X-ProctorU-Signature"

// SignWebhook returns the value of [SignatureHeader] for a body: "sha1=" and the
// HMAC-SHA1 of its bytes in lower-case hex.
func SignWebhook(secret string, body []byte) string {
	mac := hmac.New(sha1.New, []byte(secret))
	mac.Write(body)
	return "sha1=" + hex.EncodeToString(mac.Sum(nil))
}

// Types of events. Only the first was seen; the others are made up in its manner.
const (
	eventConfirmation = "event-reservation-confirmation"
	eventCancellation = "event-reservation-cancellation"
	eventEnd          = "event-fulfillment-end"
)

// WebhookKind is one way in which notifications may arrive; the names are the
// alternatives of the variant [Webhooks].
type WebhookKind string

// The kinds of webhooks. JSON is the default format.
const (
	WebhookJSON         WebhookKind = "json"
	WebhookCSV          WebhookKind = "csv"
	WebhookForm         WebhookKind = "form"
	WebhookUnsigned     WebhookKind = "unsigned"
	WebhookReplayed     WebhookKind = "replayed"     // once more a day later, by somebody who listened
	WebhookOutOfOrder   WebhookKind = "out-of-order" // the newest first
	WebhookTwice        WebhookKind = "twice"        // once more at once
	WebhookLate         WebhookKind = "late"         // an hour after it happened
	WebhookWrongSecret  WebhookKind = "wrong-secret"
	WebhookUpperCaseHex WebhookKind = "upper-case-hex"
)

const (
	webhookDelay  = time.Hour
	webhookReplay = 24 * time.Hour
)

// WebhookDelivery is one POST that the provider makes to the institution.
type WebhookDelivery struct {
	EventID   string
	EventType string
	Number    int64     // of the reservation
	Happened  time.Time // UTC
	Due       time.Time // UTC; when the delivery is made
	Header    http.Header
	Body      []byte
}

// Request returns the delivery as a request to the URL.
func (d WebhookDelivery) Request(ctx context.Context, url string) (*http.Request, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(d.Body))
	if err != nil {
		return nil, fmt.Errorf("proctorutest: webhook request: %w", err)
	}
	r.Header = d.Header.Clone()
	return r, nil
}

// hookLog holds what happened and was not notified yet.
type hookLog struct {
	enabled bool
	secret  string
	lastID  int
	events  []hookEvent
}

type hookEvent struct {
	id, kind string
	at       time.Time
	about    reservation
}

// EnableWebhooks makes the fake keep what happens from now on, for
// [Server.Webhooks]. Without a secret nothing is signed.
func (p *Server) EnableWebhooks(secret string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.hooks.enabled, p.hooks.secret = true, secret
}

// notify keeps an event about r as it is now.
func (p *Server) notify(kind string, r *reservation) {
	if !p.hooks.enabled {
		return
	}
	p.hooks.lastID++
	p.hooks.events = append(p.hooks.events, hookEvent{fmt.Sprintf("ev-%04d", p.hooks.lastID), kind, p.now(), *r})
}

// Webhooks returns the notifications of what happened since the last call, in the
// order in which they would arrive. The kinds may be combined; without any the
// variant [Webhooks] decides. It panics for a kind that does not exist.
func (p *Server) Webhooks(kinds ...WebhookKind) []WebhookDelivery {
	for _, kind := range kinds {
		if !slices.Contains(WebhookKinds(), kind) {
			panic(fmt.Sprintf("proctorutest: there is no kind of webhook %q, only %q", kind, WebhookKinds()))
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.runLate()
	if variant := p.playing[VariantWebhooks]; len(kinds) == 0 && variant != "" {
		kinds = []WebhookKind{WebhookKind(variant)}
	}
	deliveries := []WebhookDelivery{}
	for _, e := range p.hooks.events {
		d := e.delivery(p.hooks.secret, kinds)
		deliveries = append(deliveries, d)
		if slices.Contains(kinds, WebhookTwice) {
			deliveries = append(deliveries, d)
		}
		if slices.Contains(kinds, WebhookReplayed) {
			d.Due = d.Due.Add(webhookReplay)
			deliveries = append(deliveries, d)
		}
	}
	p.hooks.events = nil
	slices.SortStableFunc(deliveries, func(a, b WebhookDelivery) int { return a.Due.Compare(b.Due) })
	if slices.Contains(kinds, WebhookOutOfOrder) {
		slices.Reverse(deliveries)
	}
	return deliveries
}

// WebhookKinds returns the kinds that [Server.Webhooks] takes.
func WebhookKinds() []WebhookKind {
	return []WebhookKind{
		WebhookJSON, WebhookCSV, WebhookForm, WebhookUnsigned, WebhookReplayed, WebhookOutOfOrder, WebhookTwice, WebhookLate,
		WebhookWrongSecret, WebhookUpperCaseHex,
	}
}
