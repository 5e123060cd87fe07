package openedx

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/proctorbook/proctorbook/edx/backend"
	"github.com/proctorbook/proctorbook/internal/shown"
	"github.com/proctorbook/proctorbook/scheduling"
)

// Sitting is what a page needs to let the learner of an attempt book and sit. With it,
// Slots, Status, Reschedule, Cancel, Unlock and Finish are the Scheduler's.
type Sitting struct {
	Attempt Attempt              // as the platform registered it
	Exam    scheduling.Exam      // as it can be booked; while a booking is active and it can't be booked any more, as it was
	Learner scheduling.LearnerID // who sits it
	Booking scheduling.Booking   // the learner's booking for the attempt; the zero Booking if there is none
}

// LogValue logs what printing shows: nothing of anybody.
func (s Sitting) LogValue() slog.Value { return slog.StringValue(fmt.Sprint(s)) }

// Sitting returns the sitting of an attempt. It asks nobody but stores.
//
// Errors: backend.ErrNotFound if there is no such attempt, or no more; [ErrNotIdentified]
// and [ErrRetired]; those of [Provider.ExamOf], unless there is an active booking, which
// goes on whatever becomes of the exam. The Attempt is there with each but the first.
func (p *Provider) Sitting(ctx context.Context, id backend.AttemptID) (Sitting, error) {
	a, err := p.store.Attempt(ctx, id)
	if errors.Is(err, scheduling.ErrNotFound) || err == nil && !a.Removed.IsZero() {
		err = backend.ErrNotFound
	}
	if err != nil {
		return Sitting{}, fmt.Errorf("openedx: attempt %s: %w", shown.ID(id), err)
	}
	x, err := p.read(ctx, id)
	if err != nil {
		return Sitting{Attempt: a}, fmt.Errorf("openedx: attempt %s: %w", shown.ID(id), err)
	}
	switch {
	case !x.person.Retired.IsZero():
		return Sitting{Attempt: a}, ErrRetired
	case x.attempt.Learner == "" || x.person.left():
		return Sitting{Attempt: a}, ErrNotIdentified
	}
	if err := p.bind(ctx, &x); err != nil {
		return Sitting{Attempt: a}, fmt.Errorf("openedx: attempt %s: %w", shown.ID(id), err)
	}
	exam, err := p.complete(ctx, x.exam)
	if err != nil && x.booking.State.Active() {
		exam, err = x.booking.Exam, nil
	}
	return Sitting{Attempt: x.attempt, Exam: exam, Learner: x.attempt.Learner, Booking: x.booking}, err
}

// Identify finds out now who the learner of an attempt is, for the first opening of a
// link, and not in a call of the platform, which it asks. It does nothing if that is known.
//
// Errors: those of [Provider.Sitting], and those of the platform.
func (p *Provider) Identify(ctx context.Context, id backend.AttemptID) (Sitting, error) {
	s, err := p.Sitting(ctx, id)
	if !errors.Is(err, ErrNotIdentified) {
		return s, err
	}
	x, err := p.read(ctx, id)
	if err == nil {
		err = p.back(ctx, &x)
	}
	if err == nil {
		err = p.identify(ctx, &x)
	}
	if err != nil {
		return s, fmt.Errorf("%w (%w)", ErrNotIdentified, err)
	}
	return p.Sitting(ctx, id)
}

// back keeps that a learner who was erased has come back, so that the background identifies
// them if nobody else does.
func (p *parts) back(ctx context.Context, x *sitting) (err error) {
	if !x.person.left() || x.person.Erased.IsZero() {
		return nil
	}
	x.person, err = p.changePerson(ctx, x.person.Platform, x.person.User, func(now *Person) error { now.Erased = time.Time{}; return nil })
	if err != nil || !x.person.isBack() {
		return err
	}
	now := p.now()
	x.attempt, err = p.change(ctx, x.attempt.ID, func(a *Attempt) error { a.due(now); return nil })
	p.look()
	return err
}

// Book books the start for the learner of an attempt: Scheduler.Book, with the exam as it
// is now. That the platform registered the attempt shows that the learner may sit it, so
// the platform need not be up.
//
// Errors: those of [Provider.Sitting] and of Scheduler.Book; backend.ErrRefused if the
// attempt is submitted.
func (p *Provider) Book(ctx context.Context, id backend.AttemptID, start time.Time) (scheduling.Booking, error) {
	s, err := p.Sitting(ctx, id)
	switch {
	case err != nil:
		return scheduling.Booking{}, err
	case !s.Attempt.Submitted.IsZero():
		return scheduling.Booking{}, backend.ErrRefused
	}
	if err := p.asked(ctx, id); err != nil {
		return scheduling.Booking{}, fmt.Errorf("openedx: attempt %s: %w", shown.ID(id), err)
	}
	b, err := p.scheduler.Book(ctx, s.Exam, s.Learner, start)
	if b.ID == "" {
		return b, err
	}
	// The booking stands, whether or not its id is kept here now: its event does that, too.
	if _, bindErr := p.Sitting(ctx, id); bindErr != nil {
		p.log.WarnContext(ctx, "openedx: the booking is made, and not kept with its attempt yet", slog.String("attempt", shown.ID(id)), slog.Any("error", bindErr))
	}
	return b, err
}

// asked keeps that the learner books for the attempt, before the booking is made: no clock
// is needed then to tell which attempt it is for.
func (p *parts) asked(ctx context.Context, id backend.AttemptID) error {
	_, err := p.change(ctx, id, func(a *Attempt) error {
		switch {
		case !a.Removed.IsZero():
			return backend.ErrNotFound
		case !a.Asked.IsZero():
			return errNoChange
		}
		a.Asked = p.now()
		return nil
	})
	return err
}

// Begin starts the session of the learner's booking: Scheduler.Begin. Before, it reads the
// extra time that the platform grants by now, of which no platform tells: if the learner's
// time is longer than it was when it was booked, the longer one holds. If the platform
// can't be asked, the time that was booked does.
//
// Errors: those of [Provider.Sitting] and of Scheduler.Begin; backend.ErrNotFound if
// nothing is booked.
func (p *Provider) Begin(ctx context.Context, id backend.AttemptID) (scheduling.Launch, error) {
	s, err := p.Sitting(ctx, id)
	switch {
	case err != nil:
		return scheduling.Launch{}, err
	case s.Booking.ID == "":
		return scheduling.Launch{}, backend.ErrNotFound
	}
	if _, err := p.scheduler.ExtendTime(ctx, s.Booking.ID); err != nil {
		p.log.WarnContext(ctx, "openedx: the extra time can't be read: the time that was booked holds", slog.String("attempt", shown.ID(id)), slog.Any("error", err))
	}
	return p.scheduler.Begin(ctx, s.Booking.ID)
}
