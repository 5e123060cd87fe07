package scheduling

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"time"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/edx"
	"github.com/proctorbook/proctorbook/internal/shown"
	"github.com/proctorbook/proctorbook/scheduling/metrics"
	"github.com/proctorbook/proctorbook/scheduling/platform"
	"github.com/proctorbook/proctorbook/scheduling/provider"
)

// UnsyncedError means that the provider does not have the learner's changed data
// yet, or may not have them. They are stored, and Reconcile tries again. It is
// proctorbook.ErrOutcomeUnknown if the last try may have arrived, else proctorbook.ErrNotDone.
type UnsyncedError struct {
	Learner LearnerID // whose data
	Since   time.Time // when they changed; UTC
	// Reason is profile_incomplete (ask the learner), invalid_request or another
	// refusal (the provider refuses the data), unsettled (an operation with the older
	// data is open, or was until just now), or provider_unavailable.
	Reason  ReasonCode
	unknown bool
	cause   error
}

// Error gives the reason as a code, and the cause.
func (e *UnsyncedError) Error() string {
	text := fmt.Sprintf("scheduling: the provider does not have the data of learner %s yet: %s: Reconcile will try again", shown.ID(e.Learner), e.Reason)
	if e.cause != nil {
		text += " (" + e.cause.Error() + ")"
	}
	return text
}

// Unwrap returns proctorbook.ErrOutcomeUnknown or ErrNotDone, and the cause.
func (e *UnsyncedError) Unwrap() []error {
	outcome := proctorbook.ErrNotDone
	if e.unknown {
		outcome = proctorbook.ErrOutcomeUnknown
	}
	if e.cause == nil {
		return []error{outcome}
	}
	return []error{outcome, lastFailure{e.cause}}
}

// markUnsynced notes that the provider may have older data than l, and reports
// whether it did. If the data before were incomplete the provider has none: nothing
// could be booked with them.
func (s *Scheduler) markUnsynced(before Learner, l *Learner) bool {
	_, keeps := s.provider.profileKeeper()
	if !keeps || before.person() == l.person() || len(before.incomplete()) > 0 {
		return false
	}
	if l.Sync.Since.IsZero() {
		l.Sync.Since = s.now()
	}
	l.Sync.Reason = ""
	return true
}

// wakeLearner makes the learner's bookings due, so that Reconcile sends the new data.
func (s *Scheduler) wakeLearner(ctx context.Context, id LearnerID) {
	for b, err := range s.store.List(ctx, Filter{Learner: id, States: []State{StateScheduled}}) {
		if err == nil {
			err = s.Wake(ctx, string(b.ID))
		}
		if err != nil {
			s.log.WarnContext(ctx, "changed profile: booking not woken", slog.String("learner", string(id)), slog.Any("error", err))
		}
	}
}

// SyncProfile sends the learner's changed data to the provider and returns the
// record. Its Sync.Since is zero once the provider has confirmed them. Without a
// change, it sends nothing. [Scheduler.SaveProfile] only stores: call SyncProfile
// after it to know at once, or leave it to Reconcile, which sends the data when it
// looks at a scheduled booking of the learner.
//
// Empty fields are not sent, so they erase nothing. Active bookings get the new
// version of the record, and the event profile_refreshed; later moves send it. While
// a reserve or move is open, or a request with older data may still be on its way,
// SyncProfile waits: a late request must not bring the older data back.
//
// Errors: [*UnsyncedError]; ErrNotFound; errors of the store.
func (s *Scheduler) SyncProfile(ctx context.Context, id LearnerID) (Learner, error) {
	l, err := s.store.Learner(ctx, id, 0)
	if err != nil {
		return Learner{}, fmt.Errorf("scheduling: SyncProfile: %w", err)
	}
	keeper, keeps := s.provider.profileKeeper()
	if !keeps || l.Sync.Since.IsZero() {
		return l, nil
	}
	reason, err := s.whyNotSync(ctx, l)
	if err != nil {
		return l, fmt.Errorf("scheduling: SyncProfile: %w", err)
	}
	if reason != "" {
		noted, err := s.noteSync(ctx, l, func(x *Sync, _ bool) { x.Reason = reason })
		if err == nil {
			err = &UnsyncedError{Learner: id, Since: l.Sync.Since, Reason: reason}
		}
		return noted, err
	}
	now := s.now()
	sending, err := s.noteSync(ctx, l, func(x *Sync, same bool) {
		if same {
			x.Sent, x.Version = now, l.Version
		}
	})
	if err != nil {
		return sending, err
	}
	a := understood(keeper.SaveLearner(ctx, sending.person()))
	s.strain.note(ctx, a.answered())
	s.measure(ctx, metrics.ProfileSyncs, 1, string(a.Kind))
	return s.syncAnswered(ctx, sending, a)
}

// whyNotSync gives the learner's active bookings the new version, and returns why the
// data can't be sent yet; "" if they can.
func (s *Scheduler) whyNotSync(ctx context.Context, l Learner) (ReasonCode, error) {
	if len(l.incomplete()) > 0 {
		return ReasonProfileIncomplete, nil
	}
	if s.now().Before(l.Sync.Sent.Add(s.tuning.InFlight)) && !s.sameData(ctx, l, l.Sync.Version) {
		return ReasonUnsettled, nil // a request with other data may still be on its way
	}
	return s.refresh(ctx, l)
}

// refresh gives the learner's active bookings the newest version of the record. It
// returns "unsettled" if a request with an older one is open, or may still be on its
// way.
func (s *Scheduler) refresh(ctx context.Context, l Learner) (ReasonCode, error) {
	var reason ReasonCode
	for b, err := range s.store.List(ctx, Filter{Learner: l.ID}) {
		if err != nil {
			return "", err
		}
		if s.now().Before(b.Memory.MoveNotYet) {
			reason = ReasonUnsettled
			continue
		}
		if !b.State.Active() || s.sameData(ctx, l, b.Profile) {
			continue
		}
		_, carried, err := decide(ctx, s, b.ID, func(b *Booking, now time.Time) (bool, []Event, error) {
			if b.Intent != nil && b.Intent.Op != OpCancel {
				return false, nil, errNoChange
			}
			b.Profile = l.Version
			return true, []Event{b.event(EventProfileRefreshed, now)}, nil
		})
		if err != nil {
			return "", err
		}
		if !carried {
			reason = ReasonUnsettled
		}
	}
	return reason, nil
}

// sameData reports whether that version of the record holds the same data for the
// provider as l.
func (s *Scheduler) sameData(ctx context.Context, l Learner, version int64) bool {
	if version == l.Version {
		return true
	}
	old, err := s.store.Learner(ctx, l.ID, version)
	return err == nil && old.person() == l.person()
}

// syncAnswered applies the provider's answer. The record counts as synced only if
// meanwhile it has not changed again, and no booking sent older data.
func (s *Scheduler) syncAnswered(ctx context.Context, sent Learner, a answer) (Learner, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), answerGrace)
	defer cancel()
	if a.Kind == provider.AnswerDone {
		var err error
		if a.reason, err = s.refresh(ctx, sent); err != nil {
			return sent, fmt.Errorf("scheduling: SyncProfile: %w", err)
		}
	}
	synced := a.Kind == provider.AnswerDone && a.reason == ""
	noted, err := s.noteSync(ctx, sent, func(x *Sync, same bool) {
		if a.Kind != provider.AnswerUnknown && x.Sent.Equal(sent.Sync.Sent) {
			x.Sent, x.Version = time.Time{}, 0
		}
		if same {
			x.Reason = a.reason
		}
		if same && synced {
			x.Since = time.Time{}
		}
	})
	if err != nil || synced {
		return noted, err
	}
	unknown := a.Kind == provider.AnswerUnknown || a.Kind == provider.AnswerDone // done, but an older request may undo it
	return noted, &UnsyncedError{Learner: sent.ID, Since: sent.Sync.Since, Reason: a.reason, unknown: unknown, cause: a.Err}
}

// noteSync changes the Sync of the newest record. same reports whether that record
// still holds the provider's data of l. If not, noteSync also returns a
// [*UnsyncedError]: the newer data have to be sent.
func (s *Scheduler) noteSync(ctx context.Context, l Learner, change func(x *Sync, same bool)) (Learner, error) {
	for try := 1; ; try++ {
		newest, err := s.store.Learner(ctx, l.ID, 0)
		if err != nil {
			return l, fmt.Errorf("scheduling: SyncProfile: %w", err)
		}
		before, same := newest.Sync, newest.person() == l.person()
		if change(&newest.Sync, same); newest.Sync != before {
			newest, err = s.store.PutLearner(ctx, newest)
		}
		switch {
		case err == nil && !same:
			return newest, &UnsyncedError{Learner: l.ID, Since: newest.Sync.Since, Reason: ReasonUnsettled}
		case err == nil:
			return newest, nil
		case !errors.Is(err, ErrConflict) || try == maxSwaps:
			return l, fmt.Errorf("scheduling: SyncProfile: %w", err)
		}
	}
}

// keepProfile is what Reconcile does for the learner of a booking that it has looked
// at: it sends a changed profile to the provider. It sends it again if the booking
// went out with older data afterwards.
func (s *Scheduler) keepProfile(ctx context.Context, b Booking) {
	if _, keeps := s.provider.profileKeeper(); !keeps || b.State != StateScheduled || b.Intent != nil {
		return
	}
	l, err := s.store.Learner(ctx, b.Learner, 0)
	if err == nil && l.Sync.Since.IsZero() && !s.sameData(ctx, l, b.Profile) {
		now := s.now()
		l, err = s.noteSync(ctx, l, func(x *Sync, _ bool) { x.Since = now })
	}
	if err == nil && !l.Sync.Since.IsZero() {
		_, err = s.SyncProfile(ctx, b.Learner)
	}
	if err == nil || errors.Is(err, ErrNotFound) {
		return
	}
	s.log.WarnContext(ctx, "profile not synced", slog.String("learner", string(b.Learner)), slog.Any("error", err))
	_, err = s.change(ctx, b.ID, func(b *Booking, now time.Time) ([]Event, error) {
		again := micro(now.Add(s.jitter(syncAgain)))
		if !b.DueAt.After(again) {
			return nil, errNoChange
		}
		b.DueAt = again
		return nil, nil
	})
	if err != nil {
		s.log.WarnContext(ctx, "profile: booking not postponed", slog.String("booking", string(b.ID)), slog.Any("error", err))
	}
}

// syncAgain is how long Reconcile waits before it sends a profile again.
const syncAgain = 5 * time.Minute

// Learner reads the account and the time zone of username from the platform, stores
// them with the profile, and returns the record. While the platform can't be asked it
// returns the stored record of that name, if the store is a [UsernameFinder].
//
// Errors: edx.ErrNotFound if the platform has no such account, or hides it;
// platform.ErrNoAccountID if it hides the id; other errors of the platform and the store.
func (s *Scheduler) Learner(ctx context.Context, username string) (Learner, error) {
	account, err := s.platform.Account(ctx, username)
	if err == nil && account.ID == "" {
		err = platform.ErrNoAccountID
	}
	if err != nil {
		if l, found := s.knownByName(ctx, username, err); found {
			return l, nil
		}
		return Learner{}, fmt.Errorf("scheduling: Learner: %w", err)
	}
	return s.changeLearner(ctx, LearnerID(account.ID), func(l *Learner) {
		l.Username, l.Name, l.Email, l.Zone = account.Username, account.Name, account.Email, account.Zone
	})
}

// knownByName returns the stored record of that name if the platform can't be asked. What
// the platform has said, that there is no such account or that its id is hidden, counts.
func (s *Scheduler) knownByName(ctx context.Context, username string, down error) (Learner, bool) {
	finder, ok := s.store.(UsernameFinder)
	_, wrong := errors.AsType[*proctorbook.ValidationError](down)
	if !ok || wrong || ctx.Err() != nil || errors.Is(down, edx.ErrNotFound) || errors.Is(down, platform.ErrNoAccountID) {
		return Learner{}, false
	}
	l, err := finder.LearnerByUsername(ctx, username)
	if err != nil {
		return Learner{}, false
	}
	s.log.WarnContext(ctx, "the platform can't be asked for an account: the stored record counts", slog.String("learner", shown.ID(l.ID)), slog.Any("error", down))
	return l, true
}

// SaveProfile checks the profile and stores it. It sends nothing. If the provider may
// have an older profile, it notes that in the record's [Sync], and the next Reconcile
// sends the new one, as [Scheduler.SyncProfile] does.
//
// Errors: [*proctorbook.ValidationError] with every wrong field; ErrNotFound if
// [Scheduler.Learner] never read the learner; errors of the store.
func (s *Scheduler) SaveProfile(ctx context.Context, id LearnerID, p Profile) error {
	p = p.normal()
	if err := p.validate(); err != nil {
		return inMethod("SaveProfile", err)
	}
	if _, err := s.store.Learner(ctx, id, 0); err != nil {
		return fmt.Errorf("scheduling: SaveProfile: %w", err)
	}
	_, err := s.changeLearner(ctx, id, func(l *Learner) { l.Profile = p })
	return err
}

// changeLearner applies change to the newest record, or to a new one.
func (s *Scheduler) changeLearner(ctx context.Context, id LearnerID, change func(*Learner)) (Learner, error) {
	for try := 1; ; try++ {
		l, err := s.store.Learner(ctx, id, 0)
		if err != nil && !errors.Is(err, ErrNotFound) {
			return Learner{}, fmt.Errorf("scheduling: learner: %w", err)
		}
		before := l
		l.ID = id
		change(&l)
		if reflect.DeepEqual(l, before) {
			return l, nil
		}
		l.UpdatedAt = s.now()
		unsynced := s.markUnsynced(before, &l)
		stored, err := s.store.PutLearner(ctx, l)
		if err == nil {
			if unsynced {
				s.wakeLearner(ctx, id)
			}
			return stored, nil
		}
		if !errors.Is(err, ErrConflict) || try == maxSwaps {
			return Learner{}, fmt.Errorf("scheduling: learner: %w", err)
		}
	}
}
