package openedx

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"time"

	"github.com/proctorbook/proctorbook/edx"
	"github.com/proctorbook/proctorbook/edx/backend"
	"github.com/proctorbook/proctorbook/internal/shown"
	"github.com/proctorbook/proctorbook/scheduling"
)

// This file answers the platforms' calls. None of them asks a platform or ProctorU for
// anything: a learner's page waits. What follows from a call is stored with it, and Work
// does it.

// SaveExam implements [backend.Provider]. Bookings keep the exam as it was booked: see
// [Provider.ExamOf]. It fails for a platform that [Platforms] does not have, as Register does.
func (p *Provider) SaveExam(ctx context.Context, exam backend.Exam) error {
	if err := p.served(ctx, exam.Platform); err != nil {
		return err
	}
	for try := 1; ; try++ {
		e, err := p.store.Exam(ctx, exam.ID)
		if err != nil && !errors.Is(err, scheduling.ErrNotFound) {
			return err
		}
		if err == nil && reflect.DeepEqual(e.Exam, exam) {
			return nil
		}
		_, err = p.store.PutExam(ctx, Exam{Exam: exam, Version: e.Version, UpdatedAt: p.now()})
		if !errors.Is(err, scheduling.ErrConflict) || try == mostSwaps {
			return err
		}
	}
}

// identifyAfter is how long after its registration an attempt is looked for on the
// platform, which stores our id only when it has got it.
const identifyAfter = 2 * time.Second

// Register implements [backend.Provider]. Who the learner is, Work finds out.
func (p *Provider) Register(ctx context.Context, r backend.Registration) (backend.AttemptID, error) {
	if err := p.served(ctx, r.Platform); err != nil {
		return "", err
	}
	exam, err := p.store.Exam(ctx, r.Exam)
	switch {
	case errors.Is(err, scheduling.ErrNotFound) || err == nil && exam.Platform != r.Platform:
		return "", backend.ErrNotFound
	case err != nil:
		return "", err
	case !exam.Active:
		return "", backend.ErrRefused
	}
	person, err := p.changePerson(ctx, r.Platform, r.Learner.ID, func(x *Person) error {
		if !x.Retired.IsZero() {
			return backend.ErrRefused
		}
		if x.Version > 0 && x.Erased.IsZero() && x.FullName == r.Learner.FullName && x.Email == r.Learner.Email {
			return errNoChange
		}
		x.FullName, x.Email, x.Erased = r.Learner.FullName, r.Learner.Email, time.Time{}
		return nil
	})
	if err != nil {
		return "", err
	}
	for try := 1; ; try++ {
		id, err := p.register(ctx, r, exam, person)
		taken := errors.Is(err, scheduling.ErrConflict) || errors.Is(err, ErrOpenAttempt)
		if !taken || try == mostSwaps {
			return id, err
		}
	}
}

// register returns the learner's unstarted attempt, or makes another one. Replicas that
// do so at the same time make the same one, and all but one get an error.
func (p *Provider) register(ctx context.Context, r backend.Registration, exam Exam, person Person) (backend.AttemptID, error) {
	extra := time.Duration(0)
	if r.TimeLimit > exam.TimeLimit {
		extra = r.TimeLimit - exam.TimeLimit
	}
	count := 0
	for a, err := range attempts(ctx, p.store, AttemptQuery{Platform: r.Platform, Exam: r.Exam, User: r.Learner.ID}) {
		if err != nil {
			return "", err
		}
		count++
		if !a.Open() {
			continue
		}
		// The platform has not got our answer, or has another attempt, and we never heard
		// what became of the former one.
		a.Extra, a.ReviewException, a.Again = extra, r.ReviewException, p.now()
		if !a.Ready.Done.IsZero() {
			a.Ready = Callback{}
		}
		a.due(p.now().Add(identifyAfter))
		_, err = p.store.PutAttempt(ctx, a)
		return a.ID, err
	}
	now := p.now()
	a, err := p.store.PutAttempt(ctx, Attempt{
		ID: backend.NewAttemptID(r.Exam, r.Learner.ID, count), Platform: r.Platform, Exam: r.Exam, User: r.Learner.ID, Number: count,
		Registered: now, Sample: r.Sample, Extra: extra, ReviewException: r.ReviewException, Learner: person.Learner, DueAt: now.Add(identifyAfter),
	})
	return a.ID, err
}

// mine returns the attempt, if it is there and the platform that asks has it.
func (p *parts) mine(ctx context.Context, ref backend.AttemptRef) (Attempt, error) {
	a, err := p.store.Attempt(ctx, ref.Attempt)
	if errors.Is(err, scheduling.ErrNotFound) || err == nil && a.Ref() != ref {
		return Attempt{}, backend.ErrNotFound
	}
	return a, err
}

// SetUp implements [backend.Provider].
func (p *Provider) SetUp(ctx context.Context, ref backend.AttemptRef) (backend.SetUp, error) {
	a, err := p.mine(ctx, ref)
	if err == nil && !a.Removed.IsZero() {
		err = backend.ErrNotFound
	}
	if err != nil {
		return backend.SetUp{}, err
	}
	practice := a.Sample
	if exam, err := p.store.Exam(ctx, a.Exam); err == nil {
		practice = practice || exam.Practice
	}
	return backend.SetUp{Status: a.Status(), Practice: practice, URL: p.link(ref)}, nil
}

// Status returns where the attempt stands here, in the platform's words. The platform
// keeps its own.
func (a Attempt) Status() edx.AttemptStatus {
	switch {
	case !a.Submitted.IsZero():
		return edx.AttemptSubmitted
	case !a.Started.IsZero():
		return edx.AttemptStarted
	case !a.Ready.Done.IsZero():
		return edx.AttemptReadyToStart
	}
	return edx.AttemptCreated
}

// Report implements [backend.Provider]. That an attempt is started shows nothing of a
// proctor: anybody may tell the platform that a learner may start.
func (p *Provider) Report(ctx context.Context, ref backend.AttemptRef, status edx.AttemptStatus) error {
	a, err := p.mine(ctx, ref)
	switch {
	case err != nil:
		return err
	case !a.Removed.IsZero():
		return backend.ErrNotFound
	}
	now := p.now()
	_, err = p.change(ctx, ref.Attempt, func(a *Attempt) error {
		switch status {
		case edx.AttemptError:
			a.Errors++
			return nil
		case edx.AttemptSubmitted:
			if !a.Submitted.IsZero() {
				return errNoChange
			}
			a.Submitted = now
		default:
			if !a.Started.IsZero() || !a.Submitted.IsZero() {
				return errNoChange
			}
			a.Started = now
		}
		a.due(now)
		return nil
	})
	if err != nil {
		return fmt.Errorf("openedx: attempt %s: %w", shown.ID(ref.Attempt), err)
	}
	p.look()
	return nil
}

// Remove implements [backend.Provider]. Work cancels the learner's booking, or voids it
// if it is begun.
func (p *Provider) Remove(ctx context.Context, ref backend.AttemptRef) error {
	if _, err := p.mine(ctx, ref); err != nil {
		return err
	}
	now := p.now()
	_, err := p.change(ctx, ref.Attempt, func(a *Attempt) error {
		if !a.Removed.IsZero() {
			return errNoChange
		}
		a.Removed = now
		a.due(now)
		return nil
	})
	if err != nil {
		return fmt.Errorf("openedx: attempt %s: %w", shown.ID(ref.Attempt), err)
	}
	p.look()
	return nil
}

// Retire implements [backend.Provider]. The learner can't register any more. Bookings
// that are not begun are canceled, and what is personal goes once none is active and no
// request for one can arrive any more: see StaffService.Erase of package scheduling.
func (p *Provider) Retire(ctx context.Context, platform backend.PlatformID, user backend.UserID) (gone bool, err error) {
	now := p.now()
	// Work finds what is left by the attempts: so they are due a little later before the wish
	// is stored, also those that somebody works on, and a process that dies in between leaves
	// none at which nobody looks.
	soon := now.Add(workLease + time.Minute) // never the end of a lease, at which it would count as that
	if err := p.each(ctx, platform, user, func(a *Attempt) { a.DueAt = soon }); err != nil {
		return false, err
	}
	person, err := p.changePerson(ctx, platform, user, func(x *Person) error {
		if !x.Retired.IsZero() {
			return errNoChange
		}
		x.Retired = now
		return nil
	})
	if err != nil {
		return false, err
	}
	stands, err := p.forget(ctx, person)
	if err == nil && stands == nil {
		return true, nil
	}
	if err := p.each(ctx, platform, user, func(a *Attempt) { a.due(now) }); err != nil {
		return false, err
	}
	p.look()
	return false, err
}

// each changes all attempts of the learner.
func (p *parts) each(ctx context.Context, platform backend.PlatformID, user backend.UserID, do func(*Attempt)) error {
	for a, err := range attempts(ctx, p.store, AttemptQuery{Platform: platform, User: user}) {
		if err != nil {
			return err
		}
		if _, err := p.change(ctx, a.ID, func(a *Attempt) error { do(a); return nil }); err != nil {
			return err
		}
	}
	return nil
}

// due makes the attempt due at an instant, if it is not due before.
func (a *Attempt) due(at time.Time) {
	if a.DueAt.IsZero() || at.Before(a.DueAt) {
		a.DueAt = at
	}
}
