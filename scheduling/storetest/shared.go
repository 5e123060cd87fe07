package storetest

import (
	"context"
	"iter"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/proctorbook/proctorbook/scheduling"
)

// RunShared checks that stores on one medium are one store: the promises of the
// contract must hold for callers that use both in turns, as processes on two
// machines do. Each subtest calls open for two stores on one medium that is
// fresh, empty and not shared with another subtest.
func RunShared(t *testing.T, open func(t *testing.T) (a, b scheduling.Store)) {
	t.Helper()
	opened := func(t *testing.T) scheduling.Store {
		a, b := open(t)
		s := &turns{stores: [2]scheduling.Store{a, b}}
		_, jobs := a.(scheduling.JobKeeper)
		_, consumers := a.(scheduling.ConsumerKeeper)
		switch {
		case jobs && consumers:
			return struct {
				jobTurns
				scheduling.ConsumerKeeper
			}{jobTurns{s}, consumerTurns{s}}
		case jobs:
			return jobTurns{s}
		case consumers:
			return struct {
				*turns
				scheduling.ConsumerKeeper
			}{s, consumerTurns{s}}
		}
		return s
	}
	for _, p := range sharedSuite {
		t.Run(p.text, func(t *testing.T) {
			t.Parallel()
			p.check(t, opened)
		})
	}
}

// sharedSuite is what one store must know of the writes of another one.
var sharedSuite = slices.Concat(
	createPromises, updatePromises, busyPromises, claimPromises, bulkPromises, eventPromises, learnerPromises, erasePromises, namespacePromises, jobPromises, consumerPromises, concurrencyPromises,
)

// turns is two stores on one medium, used in turns: each call goes to the other one.
type turns struct {
	stores [2]scheduling.Store
	calls  atomic.Uint64
}

var _ scheduling.Store = (*turns)(nil)

func (s *turns) next() scheduling.Store { return s.stores[s.calls.Add(1)%2] }

func (s *turns) Create(ctx context.Context, b scheduling.Booking, events ...scheduling.Event) (scheduling.Booking, error) {
	return s.next().Create(ctx, b, events...)
}

func (s *turns) Update(ctx context.Context, b scheduling.Booking, events ...scheduling.Event) (scheduling.Booking, error) {
	return s.next().Update(ctx, b, events...)
}

func (s *turns) Get(ctx context.Context, id scheduling.BookingID) (scheduling.Booking, error) {
	return s.next().Get(ctx, id)
}

func (s *turns) Active(ctx context.Context, learner scheduling.LearnerID, exam scheduling.ExamKey) (scheduling.Booking, error) {
	return s.next().Active(ctx, learner, exam)
}

func (s *turns) Claim(ctx context.Context, q scheduling.ClaimQuery) ([]scheduling.Booking, error) {
	return s.next().Claim(ctx, q)
}

func (s *turns) List(ctx context.Context, f scheduling.Filter) iter.Seq2[scheduling.Booking, error] {
	return s.next().List(ctx, f)
}

func (s *turns) Events(ctx context.Context, q scheduling.EventQuery) ([]scheduling.Event, error) {
	return s.next().Events(ctx, q)
}

func (s *turns) PutLearner(ctx context.Context, l scheduling.Learner) (scheduling.Learner, error) {
	return s.next().PutLearner(ctx, l)
}

func (s *turns) Learner(ctx context.Context, id scheduling.LearnerID, version int64) (scheduling.Learner, error) {
	return s.next().Learner(ctx, id, version)
}

func (s *turns) Erase(ctx context.Context, id scheduling.LearnerID) error {
	return s.next().Erase(ctx, id)
}

func (s *turns) Namespace(ctx context.Context) (string, error) { return s.next().Namespace(ctx) }

// jobTurns is two stores that keep jobs, used in turns.
type jobTurns struct{ *turns }

func (s jobTurns) Job(ctx context.Context, name string) (scheduling.Job, error) {
	return s.next().(scheduling.JobKeeper).Job(ctx, name)
}

func (s jobTurns) PutJob(ctx context.Context, j scheduling.Job) (scheduling.Job, error) {
	return s.next().(scheduling.JobKeeper).PutJob(ctx, j)
}

// consumerTurns is two stores that keep consumers, used in turns.
type consumerTurns struct{ turns *turns }

func (s consumerTurns) next() scheduling.ConsumerKeeper {
	return s.turns.next().(scheduling.ConsumerKeeper)
}

func (s consumerTurns) Consumer(ctx context.Context, name string) (scheduling.Consumer, error) {
	return s.next().Consumer(ctx, name)
}

func (s consumerTurns) Consumers(ctx context.Context) ([]scheduling.Consumer, error) {
	return s.next().Consumers(ctx)
}

func (s consumerTurns) PutConsumer(ctx context.Context, c scheduling.Consumer, change scheduling.HeldChange) (scheduling.Consumer, error) {
	return s.next().PutConsumer(ctx, c, change)
}

func (s consumerTurns) Held(ctx context.Context, q scheduling.HeldQuery) ([]scheduling.HeldEvent, error) {
	return s.next().Held(ctx, q)
}

func (s consumerTurns) CountHeld(ctx context.Context, name string) (scheduling.HeldCount, error) {
	return s.next().CountHeld(ctx, name)
}

func (s consumerTurns) LastEvent(ctx context.Context) (scheduling.Cursor, error) {
	return s.next().LastEvent(ctx)
}
