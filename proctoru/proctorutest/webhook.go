package proctorutest

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha1"
	"encoding/csv"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/proctorbook/proctorbook/internal/testserver"
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

// WebhookKind is one way in which notifications may arrive. The names are the
// alternatives of the variant [VariantWebhooks].
type WebhookKind string

// The kinds of webhooks. They may be combined; [WebhookJSON] is the default format.
const (
	WebhookJSON         WebhookKind = "json"           // format: a JSON object
	WebhookCSV          WebhookKind = "csv"            // format: a line of names and a line of values
	WebhookForm         WebhookKind = "form"           // format: a form
	WebhookUnsigned     WebhookKind = "unsigned"       // without a signature
	WebhookReplayed     WebhookKind = "replayed"       // sent again a day later, by an eavesdropper
	WebhookOutOfOrder   WebhookKind = "out-of-order"   // the newest first
	WebhookTwice        WebhookKind = "twice"          // sent again at once
	WebhookLate         WebhookKind = "late"           // an hour after it happened
	WebhookWrongSecret  WebhookKind = "wrong-secret"   // signed with another secret
	WebhookUpperCaseHex WebhookKind = "upper-case-hex" // signature in upper-case hex
)

const (
	webhookDelay  = time.Hour
	webhookReplay = 24 * time.Hour
)

// WebhookDelivery is one POST that the provider makes to the institution.
type WebhookDelivery struct {
	// EventID is the id of what happened; a repeated delivery has the same one.
	EventID string
	// EventType is what happened, such as "event-reservation-confirmation".
	EventType string
	// Number is that of the reservation.
	Number int64
	// Happened is when it happened, in UTC.
	Happened time.Time
	// Due is when the delivery is made, in UTC.
	Due time.Time
	// Header is the request's header, with the signature.
	Header http.Header
	// Body is the request's body, in the format that Header names.
	Body []byte
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

// EnableWebhooks makes the server keep what happens from now on, for
// [Server.Webhooks]. Without a secret nothing is signed.
func (s *Server) EnableWebhooks(secret string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hooks.enabled, s.hooks.secret = true, secret
}

// notify keeps an event about r as it is now.
func (s *Server) notify(kind string, r *reservation) {
	if !s.hooks.enabled {
		return
	}
	s.hooks.lastID++
	s.hooks.events = append(s.hooks.events, hookEvent{fmt.Sprintf("ev-%04d", s.hooks.lastID), kind, s.now(), *r})
}

// Webhooks returns the notifications of what happened since the last call, in the
// order in which they would arrive. Nothing is sent: hand [WebhookDelivery.Request] to
// the handler under test. The kinds may be combined; without any the variant
// [VariantWebhooks] decides, at first [WebhookJSON], signed. It panics for a kind that
// does not exist.
func (s *Server) Webhooks(kinds ...WebhookKind) []WebhookDelivery {
	for _, kind := range kinds {
		if !slices.Contains(WebhookKinds(), kind) {
			panic(fmt.Sprintf("proctorutest: there is no kind of webhook %q, only %q", kind, WebhookKinds()))
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.runLate()
	if variant := s.playing[VariantWebhooks]; len(kinds) == 0 && variant != "" {
		kinds = []WebhookKind{WebhookKind(variant)}
	}
	deliveries := []WebhookDelivery{}
	for _, e := range s.hooks.events {
		d := e.delivery(s.hooks.secret, kinds)
		deliveries = append(deliveries, d)
		if slices.Contains(kinds, WebhookTwice) {
			deliveries = append(deliveries, d)
		}
		if slices.Contains(kinds, WebhookReplayed) {
			d.Due = d.Due.Add(webhookReplay)
			deliveries = append(deliveries, d)
		}
	}
	s.hooks.events = nil
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

// delivery writes the event down, and signs it as the kinds say.
func (e hookEvent) delivery(secret string, kinds []WebhookKind) WebhookDelivery {
	d := WebhookDelivery{EventID: e.id, EventType: e.kind, Number: e.about.number, Happened: e.at, Due: e.at, Header: http.Header{}}
	if slices.Contains(kinds, WebhookLate) {
		d.Due = e.at.Add(webhookDelay)
	}
	contentType := "application/json"
	switch {
	case slices.Contains(kinds, WebhookCSV):
		contentType, d.Body = "text/csv", e.csv()
	case slices.Contains(kinds, WebhookForm):
		contentType, d.Body = "application/x-www-form-urlencoded", e.form()
	default:
		d.Body = testserver.AppendJSON(nil, e.blocks(), testserver.PlainNumbers)
	}
	d.Header.Set("Content-Type", contentType)
	if secret == "" || slices.Contains(kinds, WebhookUnsigned) {
		return d
	}
	if slices.Contains(kinds, WebhookWrongSecret) {
		secret = "not " + secret
	}
	signature := SignWebhook(secret, d.Body)
	if slices.Contains(kinds, WebhookUpperCaseHex) {
		signature = "sha1=" + strings.ToUpper(strings.TrimPrefix(signature, "sha1="))
	}
	d.Header.Set(SignatureHeader, signature)
	return d
}

// blocks is the notification in the documented blocks, whose members are invented.
func (e hookEvent) blocks() object {
	r := &e.about
	all := object{
		{"event", object{{"id", e.id}, {"type", e.kind}, {"created_at", e.at.Format(wireTime)}}},
		{"reservation", object{{"reservation_no", r.number}, {"reservation_id", r.id}, {"start_date", r.start.Format(wireTime)}}},
		{"test_taker", object{{"student_id", r.student}}},
		{"exam", object{{"description", r.description}}},
	}
	if e.kind == eventCancellation {
		all = append(all, member{"cancellation", object{{"cancelled_at", e.at.Format(wireTime)}}})
	}
	return all
}

// csv joins block and member by a low line.
func (e hookEvent) csv() []byte {
	var names, values []string
	for _, block := range e.blocks() {
		for _, m := range block.Value.(object) {
			names = append(names, block.Key+"_"+m.Key)
			values = append(values, fmt.Sprint(m.Value))
		}
	}
	var text bytes.Buffer
	w := csv.NewWriter(&text)
	_ = w.WriteAll([][]string{names, values}) // a buffer takes everything
	return text.Bytes()
}

// form puts the member in brackets.
func (e hookEvent) form() []byte {
	var pairs []string
	for _, block := range e.blocks() {
		for _, m := range block.Value.(object) {
			pairs = append(pairs, url.QueryEscape(block.Key+"["+m.Key+"]")+"="+url.QueryEscape(fmt.Sprint(m.Value)))
		}
	}
	return []byte(strings.Join(pairs, "&"))
}
