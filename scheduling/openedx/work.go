package openedx

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/proctorbook/proctorbook/edx/backend"
	"github.com/proctorbook/proctorbook/internal/shown"
	"github.com/proctorbook/proctorbook/scheduling"
)

// Trouble is why a person should look at an attempt. Work goes on with it, at growing
// distances, unless it says otherwise.
type Trouble string

// The troubles.
const (
	TroubleNone          Trouble = ""
	TroubleNotIdentified Trouble = "not_identified"         // the platform does not tell whose attempt it is: Tie the learner by hand
	TroublePlatform      Trouble = "platform_unavailable"   // the platform can't be asked or told
	TroubleRights        Trouble = "platform_refuses"       // the platform refuses our account: see Preflight
	TroubleNoPlatform    Trouble = "platform_not_served"    // the attempt's platform is none of NewPlatforms: give it there
	TroubleUnknown       Trouble = "unknown_to_platform"    // the platform has no attempt of our id
	TroubleWithoutCode   Trouble = "started_without_code"   // the learner has started, and no proctor typed the code
	TroubleNotCanceled   Trouble = "booking_not_canceled"   // the attempt is gone, and its booking can't be canceled any more
	TroubleTimeOver      Trouble = "time_over"              // the code was typed, and the exam was not begun on the platform before the learner's time was over
	TroubleStore         Trouble = "not_settled"            // a store, the Scheduler or our own code failed: see the log
	TroubleNoProctor     Trouble = "submitted_without_code" // the learner has submitted, and no proctor typed the code
)

// troubles are all but none.
var troubles = []Trouble{
	TroubleNotIdentified, TroublePlatform, TroubleRights, TroubleNoPlatform, TroubleUnknown, TroubleWithoutCode,
	TroubleNotCanceled, TroubleTimeOver, TroubleStore, TroubleNoProctor,
}

const (
	workPage  = 50               // attempts that are claimed at once
	workLanes = 8                // attempts that are worked on at once
	workLease = 2 * time.Minute  // how long an attempt is kept from other processes
	firstWait = 5 * time.Second  // before the second try
	mostWait  = 10 * time.Minute // between two tries
)

// Serve works on what is due, until ctx ends. Call it in every process. interval is how
// often it looks for what another process, or time, has made due; what a call of a
// platform or an event makes due in this process is done at once. It returns the
// context's cause, or the error of the clock.
func (p *Provider) Serve(ctx context.Context, interval time.Duration) error {
	if interval <= 0 {
		return errors.New("openedx: Serve: the interval must be positive")
	}
	for {
		if _, err := p.Work(ctx); err != nil && ctx.Err() == nil {
			p.log.WarnContext(ctx, "openedx: the store can't be asked for work", slog.Any("error", err))
		}
		if err := p.rest(ctx, interval); err != nil {
			return err
		}
	}
}

// rest sleeps until the interval is over, or somebody asks for a look.
func (p *parts) rest(ctx context.Context, interval time.Duration) error {
	nap, wake := context.WithCancelCause(ctx)
	defer wake(nil)
	ended := make(chan error, 1)
	go func() { ended <- p.clock.Sleep(nap, interval) }()
	select {
	case err := <-ended:
		return err
	case <-p.wake:
		wake(errWoken)
		if err := <-ended; err != nil && !errors.Is(err, errWoken) {
			return err
		}
		return nil
	}
}

var errWoken = errors.New("openedx: woken")

// Work does what is due now, and returns how many attempts it worked on. What fails is
// due again after a while: 5 seconds after the first failure, and at most 10 minutes after
// a later one. One attempt that fails, or panics, stops no other, and a platform that hangs
// holds up no other. An error is one of the store, and means that there may be more.
func (p *Provider) Work(ctx context.Context) (worked int, err error) {
	began := p.now()
	counts, errs := make([]int, len(p.platforms.all)), make([]error, len(p.platforms.all))
	var all sync.WaitGroup
	for i, l := range p.platforms.all {
		work := func() { counts[i], errs[i] = p.workFor(ctx, l.ID) }
		if p.lanes == 1 {
			work()
		} else {
			all.Go(work)
		}
	}
	all.Wait()
	worked, err = p.workForStrangers(ctx)
	for _, n := range counts {
		worked += n
	}
	err = errors.Join(append(errs, err)...)
	p.measure(ctx, began, err)
	return worked, err
}

// workFor does what is due of one platform.
func (p *parts) workFor(ctx context.Context, platform backend.PlatformID) (worked int, err error) {
	for {
		due, err := p.store.Attempts(ctx, AttemptQuery{Platform: platform, DueBy: p.now(), Limit: workPage})
		if err != nil {
			return worked, fmt.Errorf("openedx: Work: %w", err)
		}
		var all sync.WaitGroup
		var done atomic.Int64
		lanes := make(chan struct{}, p.lanes)
		for _, a := range due {
			if p.lanes == 1 {
				if p.workOn(ctx, a) {
					done.Add(1)
				}
				continue
			}
			lanes <- struct{}{}
			all.Go(func() {
				defer func() { <-lanes }()
				if p.workOn(ctx, a) {
					done.Add(1)
				}
			})
		}
		all.Wait()
		worked += int(done.Load())
		if len(due) < workPage || done.Load() == 0 || ctx.Err() != nil {
			return worked, ctx.Err()
		}
	}
}

// workOn claims the attempt, settles it, and stores when it is due again. It reports
// whether it did: another process that has claimed the attempt, or changed it just now,
// goes first.
func (p *parts) workOn(ctx context.Context, a Attempt) bool {
	until := p.now().Add(workLease)
	a.DueAt, a.Busy = until, until
	a, err := p.store.PutAttempt(ctx, a)
	if errors.Is(err, scheduling.ErrConflict) {
		return false
	}
	if err != nil {
		p.log.WarnContext(ctx, "openedx: an attempt can't be claimed", slog.Any("error", err))
		return false
	}
	work, cancel := context.WithTimeout(ctx, workLease/2)
	next, err := p.guarded(work, a.ID)
	cancel()
	if err != nil {
		p.log.WarnContext(ctx, "openedx: attempt not settled", slog.String("attempt", shown.ID(a.ID)), slog.String("platform", shown.ID(a.Platform)), slog.Any("error", err))
	}
	trouble, again := troubleOf(err)
	interrupted := ctx.Err() != nil
	ctx, cancel = context.WithTimeout(context.WithoutCancel(ctx), workLease/2)
	defer cancel()
	_, err = p.change(ctx, a.ID, func(now *Attempt) error {
		if !now.Busy.Equal(until) {
			return errNoChange // the lease ran out, and somebody else works on it
		}
		now.Busy = time.Time{}
		switch {
		case interrupted:
			next = p.now()
		case again:
			now.Tries, now.Trouble = now.Tries+1, trouble
			next = p.now().Add(distance(now.Tries))
		default:
			now.Tries, now.Trouble = 0, trouble
		}
		if now.DueAt.Equal(until) {
			now.DueAt = next // else it was made due meanwhile
		}
		return nil
	})
	if err != nil {
		p.log.WarnContext(ctx, "openedx: attempt not stored: it is due when its lease has run out", slog.String("attempt", shown.ID(a.ID)), slog.Any("error", err))
	}
	return true
}

// guarded is settle, of which a panic is an error.
func (p *parts) guarded(ctx context.Context, id backend.AttemptID) (next time.Time, err error) {
	defer func() {
		if v := recover(); v != nil {
			if _, ends := v.(interface{ EndsProcess() }); ends {
				panic(v)
			}
			err = fmt.Errorf("openedx: the work panicked with a %T", v)
		}
	}()
	return p.settle(ctx, id)
}

// distance is how long to wait after so many failures in a row.
func distance(tries int) time.Duration {
	d := firstWait
	for range min(tries, 20) - 1 {
		d = min(2*d, mostWait)
	}
	return d
}

// troubled is an error with the trouble that a person sees.
type troubled struct {
	trouble Trouble
	waits   bool // it is tried again
	cause   error
}

func (e *troubled) Error() string {
	text := "openedx: " + string(e.trouble)
	if e.cause != nil {
		text += ": " + e.cause.Error()
	}
	return text
}

func (e *troubled) Unwrap() error { return e.cause }

// troubleOf returns the trouble of an error, and whether to try again.
func troubleOf(err error) (Trouble, bool) {
	if err == nil {
		return TroubleNone, false
	}
	if e, ok := errors.AsType[*troubled](err); ok {
		return e.trouble, e.waits
	}
	return TroubleStore, true
}

// Handle makes the attempts of the learner of an event's booking due, also those that are
// removed: one may have been while its learner was just booking. It is the func for
// Scheduler.Consume: what the event says does not count, only what the booking is now, so
// that an event may come twice, or late. It fails only if a store does.
func (p *Provider) Handle(ctx context.Context, e scheduling.Event) error {
	if !heard[e.Type] {
		return nil
	}
	now := p.now()
	for a, err := range attempts(ctx, p.store, AttemptQuery{Learner: e.Learner}) {
		if err != nil {
			return fmt.Errorf("openedx: event of booking %s: %w", shown.ID(e.Booking), err)
		}
		if _, err := p.change(ctx, a.ID, func(a *Attempt) error { a.due(now); return nil }); err != nil {
			return fmt.Errorf("openedx: event of booking %s: %w", shown.ID(e.Booking), err)
		}
	}
	p.look()
	return nil
}

// heard are the events after which a platform may have to be told something.
var heard = map[scheduling.EventType]bool{
	scheduling.EventRequested: true, scheduling.EventImported: true,
	scheduling.EventUnlocked: true, scheduling.EventFinished: true, scheduling.EventNoShow: true, scheduling.EventReopened: true,
	scheduling.EventVoided: true, scheduling.EventCanceled: true, scheduling.EventCanceledByProvider: true, scheduling.EventFailed: true,
	scheduling.EventResolvedGone: true, scheduling.EventResolvedHeld: true, scheduling.EventNoShowUndone: true,
	scheduling.EventCancelRefused: true, scheduling.EventResolvedStands: true, scheduling.EventResolvedKeep: true,
	scheduling.EventVerdict: true, scheduling.EventOverridden: true, scheduling.EventOverrideWithdrawn: true,
}
