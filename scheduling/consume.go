package scheduling

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"
	"unicode/utf8"
)

// ConsumeOptions says how [Scheduler.Consume] goes about it. A zero field has its default.
// Give all replicas the same.
type ConsumeOptions struct {
	FromNow    bool          // a new consumer begins with what comes from now on; default: with the first event ever
	Poll       time.Duration // how often it looks for events and for what is to be tried again, and whether the lease is free; default 5 seconds
	RetryFirst time.Duration // how long after the first failure an event is tried again; twice as long after each further one; default 10 seconds
	RetryMost  time.Duration // ... at most, and from StuckAttempts on always; default 15 minutes
	Timeout    time.Duration // when the context of one call of the func ends; default 5 minutes
}

// withDefaults returns the options with their defaults, or what is wrong with them and
// with the name.
func (o ConsumeOptions) withDefaults(name string) (ConsumeOptions, error) {
	o.Poll, o.Timeout = orDefault(o.Poll, 5*time.Second), orDefault(o.Timeout, 5*time.Minute)
	o.RetryFirst = orDefault(o.RetryFirst, 10*time.Second)
	o.RetryMost = orDefault(o.RetryMost, max(15*time.Minute, o.RetryFirst))
	v := checkConsumer(name)
	v.check(o.Poll > 0, "ConsumeOptions.Poll", "must be positive")
	v.check(o.RetryFirst > 0, "ConsumeOptions.RetryFirst", "must be positive")
	v.check(o.RetryMost >= o.RetryFirst, "ConsumeOptions.RetryMost", "must be RetryFirst or more")
	v.check(o.Timeout > 0, "ConsumeOptions.Timeout", "must be positive")
	return o, v.err()
}

// mostConsumerName is how many bytes the name of a consumer may have.
const mostConsumerName = 255

// checkConsumer checks the name of a consumer.
func checkConsumer(name string) (v problems) {
	ok := name != "" && len(name) <= mostConsumerName && utf8.ValidString(name) && !strings.Contains(name, "\x00")
	v.check(ok, "name", fmt.Sprintf("must be text of 1 to %d bytes", mostConsumerName))
	return v
}

// Consume calls handle for each event that happens, in order, until ctx ends, and keeps in
// the store how far it has come. Give each thing that you do with events a name of its own,
// such as "mails" or "statistics"; a name is a label of metrics, and should stay the same
// over releases. Call it in every process that shares the store: over all of them, one at a
// time calls handle for a name, one event after the other. It holds a lease of
// [Tuning].Lease, which is renewed while handle works; if it ends or dies, another one goes
// on.
//
//	err := s.Consume(ctx, "mails", func(ctx context.Context, e scheduling.Event) error {
//		return mail(ctx, e)
//	}, scheduling.ConsumeOptions{})
//
// [EventType] says which events are worth a mail. An address is in the learner's record:
// Store.Learner(ctx, e.Learner, 0) has the newest one, and says ErrNotFound once the learner
// is erased.
//
// Each event is handled at least once. It comes again after a crash, if the crash came
// within about a second after handle returned, or before; so handle should do no harm the
// second time. [Event].Cursor names an event for good. When ctx ends as it should, what was
// handled does not come again.
//
// The ctx of handle ends with ctx, with the lease, and after ConsumeOptions.Timeout; Consume
// waits for handle in any case. If handle returns an error or panics, the event is held: it
// is tried again, at growing distances, and the later events of the same booking wait, so
// that a booking's events always come in order. Other bookings go on. What fails is kept in
// the store: a restart neither forgets it, nor begins to count anew. An event that was
// tried StuckAttempts times is tried on, every RetryMost, but a person should look:
// [Scheduler.HeldEvents] lists it, Preflight and the metrics tell of it, and
// [Scheduler.SkipEvent] is the way out if it can never succeed. So handle should return nil
// for events that it has nothing to do with. Why it failed is for handle to log: Consume
// logs the booking, a [FailureCode] and the type of the error, since its text may be
// personal.
//
// An event that this program can't read is held, too, without a call of handle, until a
// program that can read it comes. Events of an erased learner come WithoutWords.
//
// If the store does not answer, Consume waits for it. If it refuses the cursor, with
// [ErrUnknownCursor], parts of the store come from different backups: Consume logs that,
// and waits for [Scheduler.ResetConsumer].
//
// Errors, both at once: [ErrNoConsumers] and [*proctorbook.ValidationError]. At the end of
// ctx it returns nil. If the clock's Sleep fails, or the source of randomness, it ends
// before, with that error or a [*PanicError].
func (s *Scheduler) Consume(ctx context.Context, name string, handle func(ctx context.Context, e Event) error, o ConsumeOptions) error {
	o, err := o.withDefaults(name)
	if handle == nil {
		var v problems
		v.add("handle", "must not be nil")
		err = v.join(err)
	}
	if err != nil {
		return inMethod("Consume", err)
	}
	keeper, ok := s.store.(ConsumerKeeper)
	if !ok {
		return fmt.Errorf("scheduling: Consume: %w", ErrNoConsumers)
	}
	c := &consuming{s: s, keeper: keeper, name: name, owner: s.newWorker().owner, handle: handle, o: o}
	err = s.guarded(ctx, nil, "", func() error { return c.loop(ctx) })
	if ctx.Err() != nil {
		return nil
	}
	return fmt.Errorf("scheduling: Consume: %w", err)
}

// consuming is one call of Consume.
type consuming struct {
	s      *Scheduler
	keeper ConsumerKeeper
	name   string
	owner  string // of its leases
	handle func(ctx context.Context, e Event) error
	o      ConsumeOptions
}

// loop takes the lease whenever it is free, and works while it has it, until ctx ends.
func (c *consuming) loop(ctx context.Context) error {
	for {
		if err := c.turn(ctx); err != nil && ctx.Err() == nil {
			c.s.safely(ctx, "", func() {
				c.s.log.WarnContext(ctx, "consumer not looked at", slog.String("consumer", c.name), slog.Any("error", err))
			})
		}
		if err := c.s.clock.Sleep(ctx, c.s.jitter(c.o.Poll)); err != nil {
			return err
		}
	}
}

// turn works for as long as this process has the lease, if it is free now. Its error is one
// of the store.
func (c *consuming) turn(ctx context.Context) error {
	row, err := c.keeper.Consumer(ctx, c.name)
	if err != nil {
		return err
	}
	now := c.s.now()
	until := row.Lease.Until
	if wrong := until.After(now.Add(c.s.tuning.Lease + farAhead)); until.After(now) && !wrong { // see farAhead
		return nil
	}
	if row.Began.IsZero() {
		row.Began = now
		if c.o.FromNow {
			if row.Cursor, err = c.keeper.LastEvent(ctx); err != nil {
				return err
			}
		}
	}
	row.Lease = Lease{Owner: c.owner, Until: now.Add(c.s.tuning.Lease)}
	row, err = c.keeper.PutConsumer(ctx, row, HeldChange{})
	if errors.Is(err, ErrConflict) {
		return nil // another replica was faster
	}
	if err != nil {
		return err
	}
	newTenure(c, row).run(ctx)
	return nil
}
