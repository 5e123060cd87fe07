package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/proctorbook/proctorbook/scheduling"
)

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
	for event, err := range f.s.Events(ctx, scheduling.EventQuery{After: f.cursor}) {
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
