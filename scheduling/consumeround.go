package scheduling

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/proctorbook/proctorbook/scheduling/metrics"
)

// This file handles events: the new ones, and what is held.

// progressEvery is how often, at least, it is stored how far a consumer has come, while it
// handles events: what a crash repeats.
const progressEvery = time.Second

// round handles a page of new events, and then tries again what is held of one booking, if
// some is due: so neither keeps the other waiting for long. It reports whether there may be
// more to do at once.
func (t *tenure) round(ctx context.Context) (busy bool, err error) {
	if !t.holds(0) { // this process stood still for a while
		if _, err := t.save(ctx, t.cursor(), nil); err != nil {
			return false, err
		}
	}
	fresh, err := t.advance(ctx)
	if ctx.Err() != nil || errors.Is(err, errConsumerLost) || errors.Is(err, ErrUnknownCursor) {
		return false, err
	}
	again, failed := t.retryOne(ctx)
	return again || fresh, errors.Join(err, failed)
}

// advance handles a page of new events, and reports whether there were any. Those of
// bookings of which something is held wait behind it.
func (t *tenure) advance(ctx context.Context) (bool, error) {
	at := t.cursor()
	page, bad := t.s.store.Events(ctx, EventQuery{After: at, Limit: eventsPage})
	if !t.s.goesOn(ctx, bad) {
		return false, fmt.Errorf("scheduling: Consume: %w", bad)
	}
	if err := t.measureLag(ctx, page); err != nil || len(page) == 0 {
		return false, err
	}
	waiting, err := t.waiting(ctx, page)
	if err != nil {
		return false, err
	}
	since := t.s.now()
	for _, e := range page {
		if waiting[e.Booking] {
			at = e.Cursor
			continue
		}
		code := t.try(ctx, e, whyUnread(e.Cursor, bad))
		if code == interrupted {
			break
		}
		var change *heldChange
		if code != "" {
			waiting[e.Booking] = true
			change = &heldChange{now: t.held(e, at, nil, code)}
		}
		at = e.Cursor
		if change != nil || !t.s.now().Before(since.Add(progressEvery)) {
			if _, err := t.save(ctx, at, change); err != nil {
				return false, err
			}
			since = t.s.now()
		}
	}
	if at == t.cursor() {
		return true, nil
	}
	_, err = t.save(ctx, at, nil)
	return true, err
}

// waiting returns of which of the events' bookings something is held.
func (t *tenure) waiting(ctx context.Context, page []Event) (map[BookingID]bool, error) {
	var ids []BookingID
	for _, e := range page {
		ids = append(ids, e.Booking)
	}
	slices.Sort(ids)
	held, err := t.keeper.Held(ctx, HeldQuery{Consumer: t.name, Bookings: slices.Compact(ids), Limit: eventsPage})
	if err != nil {
		return nil, fmt.Errorf("scheduling: Consume: %w", err)
	}
	waiting := map[BookingID]bool{}
	for _, h := range held {
		waiting[h.Booking] = true
	}
	return waiting, nil
}

// retryOne tries again the held event that has been due for the longest, and then the
// booking's later events. It reports whether there was one.
func (t *tenure) retryOne(ctx context.Context) (bool, error) {
	due, err := t.keeper.Held(ctx, HeldQuery{Consumer: t.name, DueBy: t.s.now(), Limit: 1})
	if err != nil {
		return false, fmt.Errorf("scheduling: Consume: %w", err)
	}
	if len(due) == 0 {
		return false, nil
	}
	was := due[0]
	page, end, bad := t.behind(ctx, was)
	if errors.Is(bad, ErrUnknownCursor) {
		now := t.held(Event{Booking: was.Booking, Cursor: was.Event, At: was.At}, was.After, &was, FailureUnknownCursor)
		t.tell(ctx, Event{Booking: was.Booking, Cursor: was.Event}, FailureUnknownCursor, bad)
		_, err := t.save(ctx, t.cursor(), &heldChange{was: &was, now: now})
		return true, err
	}
	if !t.s.goesOn(ctx, bad) {
		return false, fmt.Errorf("scheduling: Consume: %w", bad)
	}
	return true, t.catchUp(ctx, was, page, end, bad)
}

// behind returns the first page of the booking's events that wait, and the cursor of the
// booking's first event for which it is not the turn yet, since it is beyond the consumer's
// cursor; "" if there is none. The page is read first: what is written after that is beyond.
func (t *tenure) behind(ctx context.Context, h HeldEvent) (page []Event, end Cursor, err error) {
	page, err = t.s.store.Events(ctx, EventQuery{After: h.After, Booking: h.Booking, Limit: eventsPage})
	if _, only := unreadable(err); !only {
		return nil, "", err
	}
	next, failed := t.s.store.Events(ctx, EventQuery{After: t.cursor(), Booking: h.Booking, Limit: 1})
	if _, only := unreadable(failed); !only {
		return nil, "", failed
	}
	if len(next) > 0 {
		end = next[0].Cursor
	}
	return page, end, err
}

// catchUp handles the booking's events of the page, up to the one with the cursor end, and
// then holds nothing of the booking any more; or it holds the first one that fails.
func (t *tenure) catchUp(ctx context.Context, was HeldEvent, page []Event, end Cursor, bad error) error {
	at, since, first := was, t.s.now(), was
	whole := len(page) < eventsPage
	for _, e := range page {
		if end != "" && e.Cursor == end {
			whole = true
			break
		}
		code := t.try(ctx, e, whyUnread(e.Cursor, bad))
		if code == interrupted {
			whole = false
			break
		}
		if code != "" {
			_, err := t.save(ctx, t.cursor(), &heldChange{was: &was, now: t.held(e, at.After, &first, code)})
			return err
		}
		at = HeldEvent{Booking: e.Booking, After: e.Cursor, At: e.At, NextTry: t.s.now()}
		if !t.s.now().Before(since.Add(progressEvery)) {
			if overtaken, err := t.save(ctx, t.cursor(), &heldChange{was: &was, now: &at}); overtaken || err != nil {
				return err
			}
			was, since = at, t.s.now()
		}
	}
	change := &heldChange{was: &was}
	switch {
	case whole:
	case at.After == was.After:
		return nil // interrupted before anything was handled
	default:
		change.now = &at
	}
	_, err := t.save(ctx, t.cursor(), change)
	return err
}

// held is what is held of the event that has failed. before is what was held of the booking
// until now, nil if nothing.
func (t *tenure) held(e Event, after Cursor, before *HeldEvent, code FailureCode) *HeldEvent {
	now := t.s.now()
	h := HeldEvent{Booking: e.Booking, Event: e.Cursor, After: after, At: e.At, Since: now, Code: code}
	if before != nil && before.Event == e.Cursor {
		h.Attempts, h.Since, h.At = before.Attempts, before.Since, before.At
	}
	if h.At.IsZero() {
		h.At = now // of an event that can't be read nobody knows it
	}
	h.Attempts++
	h.NextTry = now.Add(t.s.jitter(t.o.distance(h.Attempts)))
	return &h
}

// distance is how long to wait after so many failed tries.
func (o ConsumeOptions) distance(attempts int) time.Duration {
	if attempts >= StuckAttempts {
		return o.RetryMost
	}
	d := o.RetryFirst
	for range attempts - 1 {
		if d >= o.RetryMost/2 {
			return o.RetryMost
		}
		d *= 2
	}
	return d
}

// interrupted means that ctx or the lease ended before the event was handled: that is no
// failure.
const interrupted FailureCode = "interrupted"

// handled is what became of an event that was, in the metrics.
const handled FailureCode = "handled"

// try lets handle have the event, and returns why it was not handled; "" if it was. unread
// is why the event can't be read.
func (t *tenure) try(ctx context.Context, e Event, unread error) FailureCode {
	if ctx.Err() != nil || !t.holds(0) {
		return interrupted
	}
	if unread != nil {
		t.tell(ctx, e, FailureUnreadable, unread)
		return FailureUnreadable
	}
	within, cancel := context.WithTimeout(ctx, t.o.Timeout)
	defer cancel()
	err := t.s.guarded(ctx, nil, "", func() error { return t.handle(within, e) })
	var code FailureCode
	switch _, panicked := errors.AsType[*PanicError](err); {
	case err == nil:
	case panicked:
		code = FailurePanic
	case ctx.Err() != nil:
		return interrupted
	case within.Err() != nil:
		code = FailureTimeout
	default:
		code = FailureError
	}
	t.tell(ctx, e, code, err)
	return code
}

// tell measures what became of the event, and logs why it was not handled. The text of the
// error may be personal.
func (t *tenure) tell(ctx context.Context, e Event, code FailureCode, err error) {
	t.s.safely(ctx, "", func() {
		t.s.measure(ctx, metrics.ConsumerEvents, 1, t.name, string(orDefault(code, handled)))
		if code != "" {
			t.s.log.WarnContext(ctx, "consumer: event not handled", slog.String("consumer", t.name), slog.String("booking", string(e.Booking)),
				slog.String("cursor", string(e.Cursor)), slog.String("event", string(e.Type)), slog.String("code", string(code)), slog.String("error_type", fmt.Sprintf("%T", err)))
		}
	})
}

// measureLag measures how old what is not handled is. page has the next events.
func (t *tenure) measureLag(ctx context.Context, page []Event) error {
	if t.s.observer == nil {
		return nil
	}
	n, err := t.keeper.CountHeld(ctx, t.name)
	if err != nil {
		return fmt.Errorf("scheduling: Consume: %w", err)
	}
	now, oldest := t.s.now(), n.Oldest
	for _, e := range page {
		if !e.At.IsZero() && (oldest.IsZero() || e.At.Before(oldest)) {
			oldest = e.At
		}
	}
	lag := 0.0
	if !oldest.IsZero() {
		lag = max(0, now.Sub(oldest).Seconds())
	}
	t.s.safely(ctx, "", func() {
		t.measure(ctx, lag, n)
		t.s.measure(ctx, metrics.ConsumerLooked, float64(now.Unix()), t.name)
	})
	return nil
}

// measure measures what is not handled.
func (t *tenure) measure(ctx context.Context, lag float64, n HeldCount) {
	t.s.measure(ctx, metrics.ConsumerLag, lag, t.name)
	t.s.measure(ctx, metrics.ConsumerHeld, float64(n.Held), t.name)
	t.s.measure(ctx, metrics.ConsumerStuck, float64(n.Stuck), t.name)
}
