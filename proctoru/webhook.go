package proctoru

import (
	"context"
	"crypto/hmac"
	"crypto/sha1"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/proctorbook/proctorbook"
)

// Bounds of the webhook handler.
const (
	// MaxWebhookBytes is the longest body of a notification.
	MaxWebhookBytes = 256 << 10
	// MinWebhookSecret is how many bytes a secret has at least.
	MinWebhookSecret = 16
	// DefaultReplayMemory is how many events the default memory keeps.
	DefaultReplayMemory = 100_000
	// DefaultWebhookClaim is how long the handling of an event may take.
	DefaultWebhookClaim = 2 * time.Minute
	// DefaultWebhookBodyTime is how long a body may take to arrive.
	DefaultWebhookBodyTime = 10 * time.Second
)

// WebhookFormat is the format of a notification's body.
type WebhookFormat string

// The formats, by their content type.
const (
	WebhookJSON WebhookFormat = "application/json"                  // an object, or an array of them
	WebhookCSV  WebhookFormat = "text/csv"                          // a line of names, and one for each event
	WebhookForm WebhookFormat = "application/x-www-form-urlencoded" // a form, or a line for each event
)

// readers has the reader of each format.
var readers = map[WebhookFormat]eventReader{WebhookJSON: readJSONEvents, WebhookCSV: readCSVEvents, WebhookForm: readFormEvents}

// WebhookOption sets one property of a webhook handler. It returns an error that
// names it for a value that it refuses.
type WebhookOption func(*webhookHandler) error

// WithWebhookFormat sets the format of the notifications, as it is set at the
// provider. Default: [WebhookJSON].
//
// A handler takes one format alone: the signature covers the body and not its
// content type, so that a signed JSON body, posted again as a form, would be
// another notification with the same signature. For the same reason two handlers
// of different formats need different secrets.
func WithWebhookFormat(f WebhookFormat) WebhookOption {
	return func(h *webhookHandler) error {
		h.format = f
		if readers[f] == nil {
			return invalid("WithWebhookFormat", "format", "must be WebhookJSON, WebhookCSV or WebhookForm")
		}
		return nil
	}
}

// WithReplayMemory sets where the handler remembers what it handles and has
// handled. Share one between all machines that get notifications: package sqlstore
// has one. Default: this process alone, the last [DefaultReplayMemory] events.
func WithReplayMemory(m ReplayMemory) WebhookOption {
	return func(h *webhookHandler) error {
		h.memory = m
		if m == nil {
			return invalid("WithReplayMemory", "memory", "is nil")
		}
		return nil
	}
}

// WithWebhookTimes sets how long the handling of one event may take, after which
// its context ends and a repeated delivery is handled anew, and how long a body may
// take to arrive. Default: [DefaultWebhookClaim] and [DefaultWebhookBodyTime].
func WithWebhookTimes(claim, body time.Duration) WebhookOption {
	return func(h *webhookHandler) error {
		h.claim, h.bodyTime = claim, body
		if claim <= 0 || body <= 0 {
			return invalid("WithWebhookTimes", "times", "must be positive")
		}
		return nil
	}
}

// WithWebhookClock sets the clock by which claims in the memory expire. Default:
// [proctorbook.SystemClock].
func WithWebhookClock(c proctorbook.Clock) WebhookOption {
	return func(h *webhookHandler) error {
		h.clock = c
		if c == nil {
			return invalid("WithWebhookClock", "clock", "is nil")
		}
		return nil
	}
}

// WithWebhookLogger sets the logger. A record holds the status and what went
// wrong, never a body, an id, an error's text or a secret. Default: nothing is
// logged.
func WithWebhookLogger(l *slog.Logger) WebhookOption {
	return func(h *webhookHandler) error {
		h.log = l
		if l == nil {
			return invalid("WithWebhookLogger", "logger", "is nil")
		}
		return nil
	}
}

// NewWebhookHandler returns a handler for the provider's notifications in one
// format: see [WithWebhookFormat]. It calls handle once for each event, after it has
// checked the signature: HMAC-SHA1 of the body with one of the secrets. Give it two
// secrets while you change from one to the other.
//
// The provider signs neither a time nor a number, so a notification proves where
// it comes from, but not that it is new, nor that its content is still true. Take
// it for a hint to read the reservation again.
//
// Each event is handled at least once, if the provider repeats what was not
// answered with 204. While an event is being handled a repeated delivery gets 503;
// once it is done the delivery is acknowledged and not handled again. If handle
// returns an error or panics, the claim is given up, and the next delivery is
// handled; if the process dies, after [DefaultWebhookClaim] at the latest. Of a body
// with several events all are tried; those that are done are not handled again when
// the body comes again for the others. handle gets the request's context, with a
// deadline. Events of a kind that the client does not know are handled too.
//
// An id that can't be one of yours (not UTF-8, with a control character, or of more
// than 255 bytes) is left empty: the event is handled, and the answer is 204, since
// the provider would only send the same bytes again.
//
// The answers are: 204 handled, or handled before; 401 no valid signature; 405
// not POST; 408 a body that takes too long; 413 more than [MaxWebhookBytes]; 415
// another format, or compressed; 400 a body that ends early; 500 the error of
// handle, or of the memory; 503 being handled just now. Of a request without a
// well-formed signature the body is not read.
//
// The handler bounds the time for a body by itself, where the server lets it: see
// [http.ResponseController]. The times before and between requests are the
// server's: set ReadHeaderTimeout, ReadTimeout and IdleTimeout of [http.Server].
//
// It fails without a secret, for one that is shorter than [MinWebhookSecret],
// that repeats one byte alone or has white space around it, for a nil handle, and
// for what an option refuses. Printed or logged, the handler shows no secret.
func NewWebhookHandler(secrets []Secret, handle func(context.Context, WebhookEvent) error, opts ...WebhookOption) (http.Handler, error) {
	v := validation{op: "NewWebhookHandler"}
	v.check("secrets", len(secrets) > 0, "must be at least one")
	for _, s := range secrets {
		v.webhookSecret(s.Reveal())
	}
	v.check("handle", handle != nil, "is nil")
	if err := v.err(); err != nil {
		return nil, err
	}
	h := &webhookHandler{
		verify: verifier(secrets), handle: handle, format: WebhookJSON, clock: proctorbook.SystemClock{},
		claim: DefaultWebhookClaim, bodyTime: DefaultWebhookBodyTime, log: slog.New(slog.DiscardHandler),
	}
	for i, opt := range opts {
		if opt == nil {
			return nil, invalid("NewWebhookHandler", fmt.Sprintf("opts[%d]", i), "is nil")
		}
		if err := opt(h); err != nil {
			return nil, err
		}
	}
	if h.memory == nil {
		h.memory = NewReplayMemory(DefaultReplayMemory)
	}
	return h, nil
}

// webhookSecret refuses what is easily guessed, or can't be what was meant.
func (v *validation) webhookSecret(s string) {
	switch {
	case len(s) < MinWebhookSecret:
		v.add("secrets", fmt.Sprintf("must have at least %d bytes each", MinWebhookSecret))
	case strings.Trim(s, s[:1]) == "":
		v.add("secrets", "must not repeat one byte alone, such as zeros")
	case strings.TrimSpace(s) != s:
		v.add("secrets", "must have no white space around them, such as the line feed of a file")
	}
}

// webhookHandler has its secrets in a function alone: no printer looks into one.
type webhookHandler struct {
	verify   func(body, mac []byte) bool
	handle   func(context.Context, WebhookEvent) error
	format   WebhookFormat
	memory   ReplayMemory
	clock    proctorbook.Clock
	claim    time.Duration // for one event
	bodyTime time.Duration
	log      *slog.Logger
}

// verifier returns a check of signatures. It tries all secrets, so that the time
// taken reveals nothing.
func verifier(secrets []Secret) func(body, mac []byte) bool {
	keys := make([][]byte, len(secrets)) // copies: what the caller does with his is his affair
	for i, s := range secrets {
		keys[i] = []byte(s.Reveal())
	}
	return func(body, got []byte) bool {
		valid := false
		for _, key := range keys {
			mac := hmac.New(sha1.New, key)
			mac.Write(body)
			if hmac.Equal(mac.Sum(nil), got) {
				valid = true
			}
		}
		return valid
	}
}

// String names the handler and its format.
func (h webhookHandler) String() string { return "proctoru webhook handler of " + string(h.format) }

// Format prints what String does for every verb.
func (h webhookHandler) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, h.String()) }

// LogValue returns what String does.
func (h webhookHandler) LogValue() slog.Value { return slog.StringValue(h.String()) }

// MarshalText returns what String does.
func (h webhookHandler) MarshalText() ([]byte, error) { return []byte(h.String()), nil }

// GobEncode encodes what String returns.
func (h webhookHandler) GobEncode() ([]byte, error) { return []byte(h.String()), nil }
