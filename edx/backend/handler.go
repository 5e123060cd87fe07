package backend

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/proctorbook/proctorbook"
)

const (
	// answerTime is when an answer begins at the latest. A worker of the platform and
	// a learner wait for it, and the platform's own wait for a token ends at 5 s.
	answerTime = 4500 * time.Millisecond
	// tellTime is how much later it is where somebody has to be told of what hangs.
	tellTime = 250 * time.Millisecond
	// providerTime is when the provider's context ends, so that it can still say so.
	providerTime = 4 * time.Second
	// bodyTime is how long a body may take to arrive.
	bodyTime = 3 * time.Second
	// drainTime is how long a connection is kept after an answer that did not wait
	// for the body: an end with unread bytes could take the answer along.
	drainTime = time.Second
)

type handler struct {
	settings
	provider  Provider
	clients   map[string]client // by client id
	configs   map[string]answer // by language
	otherwise string            // the language of who asks for none that there are texts in
	rules     answer
	places    *places
}

// call is a request that has found its way.
type call struct {
	*route
	request  *http.Request
	writer   http.ResponseWriter // only to bound the time for the body
	header   http.Header
	platform PlatformID // whose token it has
	asker    *asker     // whose call it is, or says to be
	body     []byte
	pathValues
}

// ServeHTTP answers one request, within 5 seconds.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	parent := r.Context()
	if r.Method != http.MethodGet {
		parent = context.WithoutCancel(parent) // a write is never repeated: it goes on when the platform has hung up
	}
	waiting, stop := context.WithTimeout(parent, answerTime)
	defer stop()
	c, refused := h.find(w, r)
	if c.route == nil {
		h.finish(w, r, c, refused)
		return
	}
	done := make(chan answer, 1)
	go h.answerApart(waiting, c, done)
	a := c.failure().ended()
	select {
	case a = <-done:
	case <-waiting.Done():
		if parent.Err() == nil {
			h.tellSoon(parent, c, fmt.Errorf("backend: %s: no answer of the provider in time: %w", c.name, context.Cause(waiting)))
		}
	}
	if parent.Err() != nil && a.status >= http.StatusInternalServerError {
		a.write(w) // to nobody: the platform has hung up, and no one failed
		return
	}
	h.finish(w, r, c, a)
}

// answerApart answers in a goroutine of its own, so that whatever hangs, panics or
// ends there harms no one else.
func (h *handler) answerApart(ctx context.Context, c call, done chan<- answer) {
	a := c.failure()
	defer func() {
		if value := recover(); value != nil {
			a = c.failure()
			h.note(ctx, slog.LevelError, "backend: panic", "call", c.name, "platform", string(c.asker.platform()),
				"type", fmt.Sprintf("%T", value), "stack", string(debug.Stack()))
			h.tell(ctx, c, fmt.Errorf("backend: %s: panic: %v", c.name, value))
		}
		done <- a
	}()
	ctx, cancel := context.WithTimeout(ctx, providerTime)
	defer cancel()
	a = h.answer(ctx, &c)
}

// tell reports an error to whom the operator has set, whose panic harms nobody. One who
// hangs is not told of more than a few hundred.
func (h *handler) tell(ctx context.Context, c call, err error) {
	told := kind{call: "error func"}
	if !h.places.take(told) {
		return
	}
	defer h.places.giveBack(told)
	defer func() { _ = recover() }()
	h.failed(ctx, Failure{Call: c.name, Platform: c.asker.platform(), Exam: c.exam, Attempt: c.attempt, Err: err})
}

// tellSoon tells, and waits no longer than the answer can: who is told may hang as the
// provider does, as when the network is away from both.
func (h *handler) tellSoon(ctx context.Context, c call, err error) {
	waiting, stop := context.WithTimeout(context.WithoutCancel(ctx), tellTime)
	go func() {
		defer stop()
		h.tell(ctx, c, err)
	}()
	<-waiting.Done()
}

// answer checks the token, reads the body, and lets the call be answered.
func (h *handler) answer(ctx context.Context, c *call) answer {
	if !c.open {
		client, why := h.clientOf(c.header)
		c.says(client.platform)
		if why != "" {
			a := refusal(http.StatusUnauthorized, sentenceSignIn).with("WWW-Authenticate", `JWT realm="proctoring"`)
			return a.unverified(why, kindOfToken, client.platform).ended()
		}
		c.isOf(client.platform)
	}
	if c.mediaType != "" {
		body, refused := c.read()
		if refused.status != 0 {
			return refused
		}
		c.body = body
	}
	if !c.asks {
		return c.route.answer(h, ctx, *c)
	}
	return h.inPlace(ctx, *c, func() answer { return c.route.answer(h, ctx, *c) })
}

// with returns a with a header.
func (a answer) with(name, value string) answer {
	a.header = a.header.Clone()
	a.header.Set(name, value)
	return a
}

// failure is the answer of a call of which nobody knows what came.
func (c call) failure() answer {
	if c.page {
		return page(http.StatusServiceUnavailable, sentenceFailed)
	}
	return refusal(http.StatusServiceUnavailable, sentenceFailed)
}

// finish sends the answer, and logs one that is none of success.
func (h *handler) finish(w http.ResponseWriter, r *http.Request, c call, a answer) {
	if a.status >= http.StatusBadRequest {
		h.noteRefusal(r.Context(), c, a)
	}
	// A body that nobody has read would be waited for, by the server, before the answer goes.
	unread := a.hangUp || c.route != nil && c.mediaType == ""
	if unread && r.ContentLength != 0 {
		if r.ProtoMajor == 1 {
			w.Header().Set("Connection", "close")
		}
		readUntil(w, proctorbook.SystemClock{}.Now().Add(drainTime))
	}
	a.write(w)
}

// refuse turns an error of the provider into an answer, and tells the operator of
// what is none of the two known ones.
func (h *handler) refuse(ctx context.Context, c call, err error) answer {
	switch {
	case errors.Is(err, ErrNotFound):
		return refusal(http.StatusNotFound, sentenceNotFound)
	case errors.Is(err, ErrRefused):
		return refusal(http.StatusForbidden, sentenceRefused)
	}
	if hungUp := errors.Is(ctx.Err(), context.Canceled) && errors.Is(err, context.Canceled); !hungUp {
		h.tell(ctx, c, err)
	}
	return c.failure()
}

// readUntil bounds what is read of the request. A server that can't do that has its
// own time-outs alone.
func readUntil(w http.ResponseWriter, deadline time.Time) {
	_ = http.NewResponseController(w).SetReadDeadline(deadline)
}

const text = "edx/backend handler"

// String names the handler, and shows nothing of it.
func (handler) String() string { return text }

// Format prints what String does for every verb.
func (handler) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, text) }

// LogValue returns what String does.
func (handler) LogValue() slog.Value { return slog.StringValue(text) }

// MarshalText returns what String does.
func (handler) MarshalText() ([]byte, error) { return []byte(text), nil }
