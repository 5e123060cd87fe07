package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/proctorbook/proctorbook/edx"
	"github.com/proctorbook/proctorbook/scheduling"
)

// flow takes one learner through one exam. Its methods are the steps, written
// against the SDK alone: they are the same on fakes and on the real services.
type flow struct {
	s       *scheduling.Scheduler
	exam    scheduling.Exam
	learner scheduling.Learner
	zone    *time.Location    // for people; the SDK itself speaks UTC
	clock   scheduling.Clock  // of the offline run; nil on real services
	cursor  scheduling.Cursor // of the last event read
}

// newFlow reads the learner's account from the platform.
func newFlow(ctx context.Context, s *scheduling.Scheduler, clock scheduling.Clock, exam scheduling.Exam, username string) (*flow, error) {
	learner, err := s.Learner(ctx, username)
	if errors.Is(err, edx.ErrNotFound) {
		return nil, wrongInput("-learner: the platform has no account of that name, or hides it")
	}
	if err != nil {
		return nil, err
	}
	zone, err := learner.Location()
	if err != nil {
		zone = exam.Zone // the profile may still bring one
	}
	return &flow{s: s, clock: clock, exam: exam, learner: learner, zone: zone}, nil
}

// entry begins the record of a step.
func (f *flow) entry(step string) entry {
	e := entry{Step: step, State: "none", Learner: f.learner.ID, zone: f.zone}
	if f.clock != nil {
		e.At = f.clock.Now().UTC().Truncate(time.Second)
	}
	return e
}

// status asks what the learner may do, and why not more. If it is the profile
// that is missing, it saves the one given, and asks again.
func (f *flow) status(ctx context.Context, profile *scheduling.Profile) (entry, error) {
	e := f.entry("status")
	status, err := f.s.Status(ctx, f.exam, f.learner.ID)
	if err != nil {
		return e, err
	}
	e.Reasons = status.Reasons
	for _, reason := range status.Reasons {
		e.say("may not book: %s", reason)
	}
	if profile != nil {
		if err := f.s.SaveProfile(ctx, f.learner.ID, *profile); err != nil {
			return e, err
		}
		e.say("profile saved")
		if status, err = f.s.Status(ctx, f.exam, f.learner.ID); err != nil {
			return e, err
		}
	}
	e.Actions = status.Actions
	if !status.May(scheduling.ActionBook) {
		return e, &scheduling.NotAllowedError{Action: scheduling.ActionBook, Reasons: status.Reasons}
	}
	e.say("learner %s may book", f.learner.ID)
	return e, nil
}

// shown is how many free slots are looked for.
const shown = 6

// slots finds the first free slots. The provider is asked day by day while the
// loop runs, so break saves calls.
func (f *flow) slots(ctx context.Context, query scheduling.SlotQuery) ([]scheduling.Slot, error) {
	var free []scheduling.Slot
	for slot, err := range f.s.Slots(ctx, f.exam, f.learner.ID, query) {
		if err != nil {
			return nil, err
		}
		if free = append(free, slot); len(free) == shown {
			break
		}
	}
	if len(free) == 0 {
		return nil, errors.New("no slot is free in the exam's window")
	}
	return free, nil
}

func (f *flow) slotsEntry(free []scheduling.Slot) entry {
	e := f.entry("slots")
	e.Slots, e.Start, e.Fee = len(free), free[0].Start, free[0].Fee
	e.say("the first %d free starts:", len(free))
	for _, slot := range free {
		e.say("%s  fee %s", e.when(slot.Start), price(slot.Fee))
	}
	return e
}

// settle passes on what Book, Reschedule and Cancel return, but waits where the
// outcome is open.
func (f *flow) settle(ctx context.Context, b scheduling.Booking, err error, e *entry) (scheduling.Booking, error) {
	pending, ok := errors.AsType[*scheduling.PendingError](err)
	if !ok {
		return b, err
	}
	e.say("the outcome is open: the %s of booking %s may have happened", pending.Op, pending.BookingID)
	return f.findOut(ctx, pending.BookingID, e)
}

// findOut is all that a service does about an open outcome: it waits while Run,
// here Reconcile, finds out what the provider did. It never books again.
func (f *flow) findOut(ctx context.Context, id scheduling.BookingID, e *entry) (scheduling.Booking, error) {
	e.Pending = true
	if err := f.follow(ctx, id, e); err != nil {
		return scheduling.Booking{}, err
	}
	e.known = len(e.History)
	for range 60 {
		if err := f.clock.Sleep(ctx, time.Minute); err != nil {
			return scheduling.Booking{}, err
		}
		if _, err := f.s.Reconcile(ctx); err != nil {
			return scheduling.Booking{}, err
		}
		b, err := f.s.Booking(ctx, id)
		if err != nil {
			return b, err
		}
		if b.Intent == nil {
			e.say("Reconcile found out after %s", f.clock.Now().Sub(e.At).Round(time.Second))
			return b, nil
		}
	}
	return scheduling.Booking{}, fmt.Errorf("booking %s is still open after an hour: look at it at the provider", id)
}

// booked completes the entry of a write with the booking, and with the history
// that explains it.
func (f *flow) booked(ctx context.Context, e *entry, b scheduling.Booking) error {
	if err := f.follow(ctx, b.ID, e); err != nil {
		return err
	}
	e.take(b)
	e.Proof = proof(e.History, e.known)
	e.say("booking %s is %s, reservation %s at the provider", b.ID, b.State, b.Number)
	e.say("proof: %s (%s)", proofs[e.Proof], joined(e.History))
	return nil
}

// follow reads on in the store's events, and keeps those of the booking.
func (f *flow) follow(ctx context.Context, id scheduling.BookingID, e *entry) error {
	for event, err := range f.s.Events(ctx, f.cursor) {
		if err != nil {
			return err
		}
		f.cursor = event.Cursor
		if event.Booking != id {
			continue
		}
		if event.Type == scheduling.EventSent {
			e.Sends++
		}
		if n := len(e.History); n == 0 || e.History[n-1] != event.Type {
			e.History = append(e.History, event.Type)
		}
	}
	return nil
}

// proofs are the ways in which the outcome of a write becomes known.
var proofs = map[string]string{
	proofAnswer: "the provider's answer",
	proofList:   "the provider's list has one reservation under that id",
	proofReport: "the provider's list has it no more, and the report says canceled",
}

const (
	proofAnswer = "answer"
	proofList   = "list"
	proofReport = "list_and_report"
)

// proof reads in the history of a write how its outcome became known. The first
// part of it was known when the outcome was still open.
func proof(history []scheduling.EventType, known int) string {
	n := len(history)
	switch {
	case n < 2:
		return ""
	case history[n-1] == scheduling.EventCanceled && !slices.Contains(history, scheduling.EventNumberRemoved):
		return proofReport
	case history[n-1] == scheduling.EventCanceled, history[n-2] == scheduling.EventSent && n-2 >= known:
		return proofAnswer
	}
	return proofList
}
