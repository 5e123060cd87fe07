package openedx

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/proctorbook/proctorbook/edx/backend"
	"github.com/proctorbook/proctorbook/scheduling"
)

// This file finds out what is to be done about one attempt, and does it. It goes by what
// is, never by what somebody said has happened: each step may be done again.

// sitting is an attempt with what belongs to it.
type sitting struct {
	attempt Attempt
	exam    Exam
	person  Person
	booking scheduling.Booking // the zero Booking if there is none
}

// settle does what is to be done about the attempt, and returns when to look again, zero
// for not before something happens.
func (p *parts) settle(ctx context.Context, id backend.AttemptID) (next time.Time, err error) {
	x, err := p.read(ctx, id)
	if err != nil {
		return next, err
	}
	if !x.person.Retired.IsZero() {
		if next, err = p.retire(ctx, x.person); err != nil {
			return next, err
		}
	}
	known := x.attempt.Learner != ""
	if !known && (!x.attempt.Removed.IsZero() || !x.person.Retired.IsZero()) {
		return next, nil // nobody has booked, or will
	}
	if !known || x.attempt.Open() && x.person.isBack() {
		if err := p.identify(ctx, &x); err != nil {
			return next, err
		}
	}
	if err := p.bind(ctx, &x); err != nil {
		return next, err
	}
	if !x.attempt.Removed.IsZero() {
		at, err := p.drop(ctx, x)
		return sooner(next, at), err
	}
	looked, unclear := p.lookTwice(ctx, &x)
	next = sooner(next, looked)
	for _, step := range []func(context.Context, *sitting) (time.Time, error){p.finish, p.makeReady, p.tellReview} {
		at, err := step(ctx, &x)
		if err != nil {
			return next, err
		}
		next = sooner(next, at)
	}
	return next, cmp.Or(x.odd(p.now()), unclear)
}

// sooner returns the earlier of two instants at which to look again. Zero is never.
func sooner(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// read reads the attempt, its exam and its learner. A learner who was identified through
// another attempt is identified for this one.
func (p *parts) read(ctx context.Context, id backend.AttemptID) (x sitting, err error) {
	if x.attempt, err = p.store.Attempt(ctx, id); err != nil {
		return x, err
	}
	if x.exam, err = p.store.Exam(ctx, x.attempt.Exam); err != nil {
		return x, err
	}
	if x.person, err = p.store.Person(ctx, x.attempt.Platform, x.attempt.User); err != nil {
		return x, err
	}
	if x.attempt.Learner != x.person.Learner {
		x.attempt, err = p.change(ctx, id, func(a *Attempt) error { a.Learner = x.person.Learner; return nil })
	}
	return x, err
}

// bind finds the booking that the learner has for the attempt, and keeps its id.
func (p *parts) bind(ctx context.Context, x *sitting) error {
	if x.attempt.Learner == "" {
		return nil
	}
	key := scheduling.ExamKey{Course: x.exam.Course, Usage: x.exam.Content}
	b, err := p.scheduler.Latest(ctx, key, x.attempt.Learner)
	if err != nil && !errors.Is(err, scheduling.ErrNotFound) {
		return err
	}
	if err == nil && b.ID != x.attempt.Booking {
		mine, err := p.owns(ctx, x, b)
		if err != nil {
			return err
		}
		if mine {
			x.attempt, err = p.change(ctx, x.attempt.ID, func(a *Attempt) error { a.Booking = b.ID; return nil })
			if err != nil {
				return err
			}
		}
	}
	switch {
	case x.attempt.Booking == "":
		return nil
	case err == nil && x.attempt.Booking == b.ID:
		x.booking = b
		return nil
	}
	x.booking, err = p.scheduler.Booking(ctx, x.attempt.Booking)
	return err
}

// owns reports whether the booking is for the attempt, and for no other one of the learner.
func (p *parts) owns(ctx context.Context, x *sitting, b scheduling.Booking) (bool, error) {
	var all []Attempt
	for a, err := range attempts(ctx, p.store, AttemptQuery{Exam: x.attempt.Exam, Learner: x.attempt.Learner}) {
		if err != nil {
			return false, err
		}
		all = append(all, a)
	}
	return owner(b, all) == x.attempt.ID, nil
}

// owner returns which of the learner's attempts at the exam a booking is for: the last
// one that has it, else the last one for which the learner asked for a booking, or that was
// there when it was made. One that was made before all of them is for the first, if it is
// still active: what is over says nothing of an attempt that came later. If the attempt has
// ended without being removed or submitted, as after an error of the learner's machine, and
// the sitting goes on, the booking is for the attempt that follows, also when the first one
// is removed later. "" is none of them.
func owner(b scheduling.Booking, all []Attempt) backend.AttemptID {
	slices.SortFunc(all, func(a, b Attempt) int {
		if a.User != b.User { // the platform's key for the ids of its learners was changed
			return a.Registered.Compare(b.Registered)
		}
		return cmp.Compare(a.Number, b.Number)
	})
	at := -1
	for i, a := range all {
		has := at >= 0 && all[at].Booking == b.ID
		if a.Booking == b.ID || !has && (!a.Asked.IsZero() || !a.Registered.After(b.CreatedAt)) {
			at = i
		}
	}
	if at < 0 {
		if len(all) == 0 || !b.State.Active() {
			return ""
		}
		at = 0
	}
	for b.State.Active() && at+1 < len(all) && all[at].passesOn(all[at+1]) {
		at++
	}
	return all[at].ID
}

// passesOn reports whether the sitting of an attempt went on in the next one.
func (a Attempt) passesOn(next Attempt) bool {
	return a.Submitted.IsZero() && (a.Removed.IsZero() || next.Registered.Before(a.Removed))
}

// started reports whether the booking's session is begun and not ended.
func started(b scheduling.Booking) bool {
	return b.State == scheduling.StateBegun || b.State == scheduling.StateUnlocked
}

// ours names who asks, in the history of bookings.
func ours(reason string) scheduling.Request {
	return scheduling.Request{Reason: reason, By: "Open edX"}
}

// drop ends the booking of an attempt that the platform has removed: it cancels one that
// is not begun, and voids one that is, so that the learner may sit the exam again. A
// booking with which the learner has gone on in another attempt stays.
func (p *parts) drop(ctx context.Context, x sitting) (next time.Time, err error) {
	request, b := ours("the platform removed the attempt"), x.booking
	if !b.State.Active() && b.State != scheduling.StateFinished {
		return next, nil
	}
	if mine, err := p.owns(ctx, &x, b); err != nil || !mine {
		return next, err
	}
	switch b.State {
	case scheduling.StatePending, scheduling.StateScheduled:
		return p.cancel(ctx, b, request)
	case scheduling.StateBegun, scheduling.StateUnlocked, scheduling.StateFinished:
		_, err = p.scheduler.Staff.Void(ctx, b.ID, request)
	}
	return next, err
}

// cancel cancels the booking. A cancel that the Scheduler has taken on is carried out or
// refused, whatever becomes of this process: cancel returns when to look which.
func (p *parts) cancel(ctx context.Context, b scheduling.Booking, r scheduling.Request) (next time.Time, err error) {
	_, err = p.scheduler.Cancel(ctx, b.ID, r)
	_, pending := errors.AsType[*scheduling.PendingError](err)
	switch {
	case err == nil:
		return next, nil
	case pending:
		return p.now().Add(mostWait), nil
	}
	return next, &troubled{TroubleNotCanceled, true, err}
}

// finish ends the booking of an attempt that the learner has submitted.
func (p *parts) finish(ctx context.Context, x *sitting) (next time.Time, err error) {
	if x.attempt.Submitted.IsZero() || !started(x.booking) {
		return next, nil
	}
	x.booking, err = p.scheduler.Finish(ctx, x.booking.ID)
	return next, err
}

// odd returns what a person should look at, although nothing failed.
func (x sitting) odd(now time.Time) error {
	switch {
	case x.attempt.Twice:
		return &troubled{TroubleTwice, true, errTwice}
	case x.booking.State == scheduling.StateVoid:
	case !x.booking.UnlockedAt.IsZero():
		if x.late(now) {
			return &troubled{trouble: TroubleTimeOver}
		}
	case !x.attempt.Submitted.IsZero():
		return &troubled{trouble: TroubleNoProctor}
	case !x.attempt.Started.IsZero():
		return &troubled{trouble: TroubleWithoutCode}
	}
	return nil
}

// late reports whether the learner's time, for which the proctor watches, was over before
// the exam was begun on the platform. Whoever can't begin it any more needs another session.
func (x sitting) late(now time.Time) bool {
	a, over := x.attempt, x.booking.TimeOverAt()
	if !a.Started.IsZero() {
		return !a.Started.Before(over)
	}
	return a.Open() && a.Ready.Done.IsZero() && !now.Before(over)
}

// retire forgets a learner whom the platform has retired, and cancels bookings that stand
// against it and are not begun. It returns when to try again, zero if nothing is left.
func (p *parts) retire(ctx context.Context, person Person) (next time.Time, err error) {
	stands, err := p.forget(ctx, person)
	if err != nil || stands == nil {
		return next, err
	}
	for _, id := range stands.Active {
		b, err := p.scheduler.Booking(ctx, id)
		if err != nil {
			return next, err
		}
		if b.State == scheduling.StatePending || b.State == scheduling.StateScheduled {
			if _, err := p.cancel(ctx, b, ours("the platform retired the learner")); err != nil {
				return next, err
			}
		}
	}
	next = p.now().Add(mostWait)
	if stands.At.After(next) {
		next = stands.At
	}
	return next, nil
}

// forget removes what is personal of a learner, here and in the Scheduler's store. It asks
// nobody but stores. It returns what stands against it, nil if nothing is left.
func (p *parts) forget(ctx context.Context, person Person) (*scheduling.NotErasableError, error) {
	if person.Learner != "" { // also if that was done: who was just being identified may have brought it back
		err := p.scheduler.Staff.Erase(ctx, person.Learner)
		if stands, ok := errors.AsType[*scheduling.NotErasableError](err); ok {
			return stands, nil
		}
		if err != nil {
			return nil, err
		}
	}
	if err := p.store.Erase(ctx, person.Platform, person.User); err != nil {
		return nil, err
	}
	_, err := p.changePerson(ctx, person.Platform, person.User, func(x *Person) error {
		if !x.Erased.IsZero() {
			return errNoChange
		}
		x.Erased = p.now()
		return nil
	})
	return nil, err
}
