package scheduling

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"time"

	"github.com/proctorbook/proctorbook/internal/shown"
	"github.com/proctorbook/proctorbook/scheduling/metrics"
)

// This file is what a person does with a consumer. Each of its writes raises the version of
// the consumer's row, so that whoever handles its events reads anew.

// HeldEvents yields what the consumer with that name holds, by booking: the events that
// handle has failed on, each with the reason, how often it was tried, and when it is tried
// again. [HeldEvent.Stuck] tells which ones a person should look at; read such an event with
// EventQuery{Booking: h.Booking, After: h.After, Limit: 1}.
//
// Errors: [ErrNotFound] if there is no such consumer; [ErrNoConsumers],
// [*proctorbook.ValidationError], and those of the store. An error is the last thing that it
// yields.
func (s *Scheduler) HeldEvents(ctx context.Context, name string) iter.Seq2[HeldEvent, error] {
	return func(yield func(HeldEvent, error) bool) {
		keeper, err := s.consumers("HeldEvents", name)
		if err != nil {
			yield(HeldEvent{}, err)
			return
		}
		row, err := keeper.Consumer(ctx, name)
		if err == nil && row.Began.IsZero() {
			err = fmt.Errorf("consumer %s: %w", shown.ID(name), ErrNotFound)
		}
		if err != nil {
			yield(HeldEvent{}, fmt.Errorf("scheduling: HeldEvents: %w", err))
			return
		}
		for q := (HeldQuery{Consumer: name, Limit: eventsPage}); ; {
			page, err := keeper.Held(ctx, q)
			if err != nil {
				yield(HeldEvent{}, fmt.Errorf("scheduling: HeldEvents: %w", err))
				return
			}
			for _, h := range page {
				if !yield(h, nil) {
					return
				}
				q.After = h.Booking
			}
			if len(page) < q.Limit {
				return
			}
		}
	}
}

// SkipEvent gives up an event that the consumer holds: it is not tried any more, and the
// booking's later events are handled at once. booking and event are those of a [HeldEvent].
// If the event is being tried at this moment, it may be handled after all.
//
// Errors: [ErrNotFound] if the consumer holds nothing of the booking, and [ErrConflict] if
// it holds another event by now: look at [Scheduler.HeldEvents] again; [ErrNoConsumers],
// [*proctorbook.ValidationError], and those of the store.
func (s *Scheduler) SkipEvent(ctx context.Context, name string, booking BookingID, event Cursor) error {
	if event == "" {
		return inMethod("SkipEvent", invalid("event", "must be the Event of a HeldEvent", nil))
	}
	err := s.changeConsumer(ctx, "SkipEvent", name, func(keeper ConsumerKeeper, c *Consumer) (HeldChange, error) {
		held, err := keeper.Held(ctx, HeldQuery{Consumer: name, Bookings: []BookingID{booking}, Limit: 1})
		switch {
		case err != nil:
			return HeldChange{}, err
		case len(held) == 0:
			return HeldChange{}, fmt.Errorf("nothing is held of booking %s: %w", shown.ID(booking), ErrNotFound)
		case held[0].Event != event:
			return HeldChange{}, errOtherHeld
		}
		h := held[0]
		next := HeldEvent{Booking: booking, After: h.Event, At: h.At, NextTry: s.now()}
		return HeldChange{Put: []HeldEvent{next}}, nil
	})
	if err != nil {
		return err
	}
	s.measure(ctx, metrics.ConsumerEvents, 1, name, "skipped")
	s.log.InfoContext(ctx, "consumer: event skipped", slog.String("consumer", name), slog.String("booking", string(booking)), slog.String("cursor", string(event)))
	return nil
}

// RetryHeld makes everything that the consumer holds due at once: call it when what handle
// needs is there again, rather than to wait up to ConsumeOptions.RetryMost.
//
// Errors: [ErrNotFound] if there is no such consumer; [ErrNoConsumers],
// [*proctorbook.ValidationError], and those of the store. It may have changed a part then:
// call it again.
func (s *Scheduler) RetryHeld(ctx context.Context, name string) error {
	for after, more := BookingID(""), true; more; {
		var page []HeldEvent
		err := s.changeConsumer(ctx, "RetryHeld", name, func(keeper ConsumerKeeper, c *Consumer) (change HeldChange, err error) {
			page, err = keeper.Held(ctx, HeldQuery{Consumer: name, After: after, Limit: eventsPage})
			now := s.now()
			for _, h := range page {
				h.NextTry = earlier(h.NextTry, now)
				change.Put = append(change.Put, h)
			}
			return change, err
		})
		if err != nil {
			return err
		}
		if more = len(page) == eventsPage; more {
			after = page[len(page)-1].Booking
		}
	}
	return nil
}

// ResetConsumer lets the consumer go on behind the event with that cursor, "" for all from
// the first one on, and drops what it holds: events behind it come again, those before it
// don't. It is the way out when the store does not know the consumer's cursor, or when
// events are to be handled anew. Find the cursor of a moment by [Scheduler.Events].
//
// Whoever handles the consumer's events stops within a quarter of [Tuning].Lease, and the
// new place counts when the lease would have run out.
//
// Errors: [ErrNotFound] if there is no such consumer, [ErrUnknownCursor] for a cursor that
// the store never gave out; [ErrNoConsumers], [*proctorbook.ValidationError], and those of
// the store.
func (s *Scheduler) ResetConsumer(ctx context.Context, name string, after Cursor) error {
	if _, err := s.consumers("ResetConsumer", name); err != nil {
		return err
	}
	if _, err := s.store.Events(ctx, EventQuery{After: after, Limit: 1}); !s.goesOn(ctx, err) {
		return fmt.Errorf("scheduling: ResetConsumer: %w", err)
	}
	return s.changeConsumer(ctx, "ResetConsumer", name, func(_ ConsumerKeeper, c *Consumer) (HeldChange, error) {
		c.Lease.Owner, c.Cursor = "", after
		return HeldChange{DropAll: true}, nil
	})
}

// RemoveConsumer forgets a consumer whose name is not used any more, and what it holds. If
// Consume is called with the name again, or still runs, it begins as a new consumer does.
//
// Errors: [ErrNotFound] if there is no such consumer; [ErrNoConsumers],
// [*proctorbook.ValidationError], and those of the store.
func (s *Scheduler) RemoveConsumer(ctx context.Context, name string) error {
	return s.changeConsumer(ctx, "RemoveConsumer", name, func(_ ConsumerKeeper, c *Consumer) (HeldChange, error) {
		c.Lease.Owner, c.Cursor, c.Began = "", "", time.Time{}
		return HeldChange{DropAll: true}, nil
	})
}

// errOtherHeld means that the event that a person wants to skip is not the one that is held.
var errOtherHeld = fmt.Errorf("the booking's event that is held is another one by now: %w", ErrConflict)

// consumers returns the store as one that keeps consumers, if the name is one of a consumer.
func (s *Scheduler) consumers(method, name string) (ConsumerKeeper, error) {
	if err := checkConsumer(name).err(); err != nil {
		return nil, inMethod(method, err)
	}
	keeper, ok := s.store.(ConsumerKeeper)
	if !ok {
		return nil, fmt.Errorf("scheduling: %s: %w", method, ErrNoConsumers)
	}
	return keeper, nil
}

// changeConsumer changes the consumer's row and what it holds, anew if somebody else was
// faster. A change that has read what is held has read the row before: so it is stored only
// if nothing came in between.
func (s *Scheduler) changeConsumer(ctx context.Context, method, name string, change func(keeper ConsumerKeeper, c *Consumer) (HeldChange, error)) error {
	keeper, err := s.consumers(method, name)
	if err != nil {
		return err
	}
	for range mostConflicts {
		var row Consumer
		if row, err = keeper.Consumer(ctx, name); err != nil {
			break
		}
		if row.Began.IsZero() {
			return fmt.Errorf("scheduling: %s: consumer %s: %w", method, shown.ID(name), ErrNotFound)
		}
		var held HeldChange
		if held, err = change(keeper, &row); err != nil {
			break
		}
		if _, err = keeper.PutConsumer(ctx, row, held); !errors.Is(err, ErrConflict) {
			break
		}
	}
	if err != nil {
		return fmt.Errorf("scheduling: %s: consumer %s: %w", method, shown.ID(name), err)
	}
	return nil
}
