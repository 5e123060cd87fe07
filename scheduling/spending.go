package scheduling

import (
	"context"
	"iter"
	"sync/atomic"
	"time"

	"github.com/proctorbook/proctorbook/internal/spent"
	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/scheduling/metrics"
	"github.com/proctorbook/proctorbook/scheduling/preflight"
	"github.com/proctorbook/proctorbook/scheduling/provider"
)

// This file counts what the requests to the provider are spent on: its pace is what all
// bookings of an account share.

// Purpose is what a request to the provider is made for.
type Purpose string

// The purposes, which are the values of the label of metrics.ProviderCalls.
const (
	PurposeLearner Purpose = "learner"           // somebody waits for it: Book, Slots, Begin ..., what staff does, and Preflight
	PurposeUrgent  Purpose = "reconcile_urgent"  // Reconcile carries on an open operation, or follows a begin or a Wake
	PurposeRoutine Purpose = "reconcile_routine" // Reconcile compares a booking with the provider
	PurposeSweep   Purpose = "sweep"             // Sweep, with its bulk readings
	PurposeReport  Purpose = "report"            // ReadReport and ReadExamReport
)

type purposeKey struct{}

func withPurpose(ctx context.Context, p Purpose) context.Context {
	return context.WithValue(ctx, purposeKey{}, p)
}

// PurposeOf returns what a call of the provider is made for, by the context that the
// provider, its client and its client's observer get. So an observer of a client can
// count by purpose what metrics.ProviderCalls does not tell, such as statuses:
//
//	proctoru.WithObserver(proctorbook.ObserverFunc(func(ctx context.Context, e proctorbook.Event) {
//		if e.Kind == proctorbook.EventAttempt {
//			requests.Add(1, string(scheduling.PurposeOf(ctx)), strconv.Itoa(e.Status))
//		}
//	}))
func PurposeOf(ctx context.Context) Purpose {
	if p, ok := ctx.Value(purposeKey{}).(Purpose); ok {
		return p
	}
	return PurposeLearner
}

type callsKey struct{}

// countingCalls returns a context whose requests to the provider are counted, as
// metrics.ProviderCalls counts them, and how many there were so far.
func countingCalls(ctx context.Context) (counting context.Context, calls func() int) {
	n := new(atomic.Int64)
	return context.WithValue(ctx, callsKey{}, n), func() int { return int(n.Load()) }
}

// counted is the provider, whose requests are counted. It is no interface, so that nobody
// asks it for an optional one: those are its methods reporter, profileKeeper and checker.
type counted struct {
	p provider.Provider
	s *Scheduler
}

// spend begins a call. done measures it: by the requests of our client, and as one where
// another client is behind the adapter, or nothing was sent.
func (c counted) spend(ctx context.Context) (counting context.Context, done func()) {
	counting, requests := spent.Counting(ctx)
	return counting, func() {
		// The observer must not take the provider's answer away.
		c.s.safely(ctx, "", func() {
			n := max(1, requests())
			if calls, ok := ctx.Value(callsKey{}).(*atomic.Int64); ok {
				calls.Add(int64(n))
			}
			c.s.measure(ctx, metrics.ProviderCalls, float64(n), string(PurposeOf(ctx)))
		})
	}
}

// spending makes a call.
func spending[T any](ctx context.Context, c counted, call func(context.Context) T) T {
	ctx, done := c.spend(ctx)
	defer done()
	return call(ctx)
}

// reading makes a call that may fail.
func reading[T any](ctx context.Context, c counted, call func(context.Context) (T, error)) (T, error) {
	ctx, done := c.spend(ctx)
	defer done()
	return call(ctx)
}

func (c counted) Traits() provider.Traits { return c.p.Traits() }

func (c counted) Reserve(ctx context.Context, call provider.Call) provider.Answer {
	return spending(ctx, c, func(ctx context.Context) provider.Answer { return c.p.Reserve(ctx, call) })
}

func (c counted) Move(ctx context.Context, call provider.Call) provider.Answer {
	return spending(ctx, c, func(ctx context.Context) provider.Answer { return c.p.Move(ctx, call) })
}

func (c counted) Remove(ctx context.Context, call provider.Call) provider.Answer {
	return spending(ctx, c, func(ctx context.Context) provider.Answer { return c.p.Remove(ctx, call) })
}

func (c counted) Begin(ctx context.Context, call provider.Call) provider.Answer {
	return spending(ctx, c, func(ctx context.Context) provider.Answer { return c.p.Begin(ctx, call) })
}

func (c counted) List(ctx context.Context, learnerID string) ([]provider.Listed, error) {
	return reading(ctx, c, func(ctx context.Context) ([]provider.Listed, error) { return c.p.List(ctx, learnerID) })
}

func (c counted) Evidence(ctx context.Context, learnerID, reservationID string, number proctoru.ReservationNo) ([]provider.Proof, error) {
	return reading(ctx, c, func(ctx context.Context) ([]provider.Proof, error) {
		return c.p.Evidence(ctx, learnerID, reservationID, number)
	})
}

func (c counted) Slots(ctx context.Context, day provider.Day) ([]provider.Offer, error) {
	return reading(ctx, c, func(ctx context.Context) ([]provider.Offer, error) { return c.p.Slots(ctx, day) })
}

func (c counted) Activity(ctx context.Context, learnerID string) ([]provider.Activity, error) {
	return reading(ctx, c, func(ctx context.Context) ([]provider.Activity, error) { return c.p.Activity(ctx, learnerID) })
}

// reporter returns the provider's report, if it has one.
func (c counted) reporter() (provider.Reporter, bool) {
	r, ok := c.p.(provider.Reporter)
	return countedReporter{r, c}, ok
}

type countedReporter struct {
	r provider.Reporter
	c counted
}

func (r countedReporter) Report(ctx context.Context, from, to time.Time) iter.Seq2[provider.Activity, error] {
	return func(yield func(provider.Activity, error) bool) {
		ctx, done := r.c.spend(ctx)
		defer done()
		r.r.Report(ctx, from, to)(yield)
	}
}

// profileKeeper returns what keeps learners' data at the provider, if it does.
func (c counted) profileKeeper() (provider.ProfileKeeper, bool) {
	k, ok := c.p.(provider.ProfileKeeper)
	return countedKeeper{k, c}, ok
}

type countedKeeper struct {
	k provider.ProfileKeeper
	c counted
}

func (k countedKeeper) SaveLearner(ctx context.Context, p provider.Person) provider.Answer {
	return spending(ctx, k.c, func(ctx context.Context) provider.Answer { return k.k.SaveLearner(ctx, p) })
}

// checker returns what checks the provider, if it can.
func (c counted) checker() (provider.Checker, bool) {
	k, ok := c.p.(provider.Checker)
	return countedChecker{k, c}, ok
}

type countedChecker struct {
	k provider.Checker
	c counted
}

func (k countedChecker) Preflight(ctx context.Context, zones []*time.Location) []preflight.Check {
	return spending(ctx, k.c, func(ctx context.Context) []preflight.Check { return k.k.Preflight(ctx, zones) })
}
