// Package replaytest is the test suite that every [proctoru.ReplayMemory] must pass,
// and with it the memory's specification. A memory's own test is short:
//
//	func TestMemory(t *testing.T) {
//		replaytest.Run(t, func(t *testing.T) proctoru.ReplayMemory { return openEmptyMemory(t) })
//	}
//
// Run it with -race as well.
package replaytest

import (
	"context"
	"crypto/sha256"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/proctoru"
)

// promise is one sentence of the contract, and the check of it.
type promise struct {
	text  string
	check func(t *testing.T, a, b memory)
}

// Run checks every promise of the contract in a parallel subtest of its own, named
// after the promise. Each calls open for a memory that is empty; open closes it with
// t.Cleanup.
func Run(t *testing.T, open func(t *testing.T) proctoru.ReplayMemory) {
	t.Helper()
	RunShared(t, func(t *testing.T) (a, b proctoru.ReplayMemory) {
		m := open(t)
		return m, m
	})
}

// RunShared checks the same of a memory that is opened twice, as by two processes:
// what is done by the one is seen by the other.
func RunShared(t *testing.T, open func(t *testing.T) (a, b proctoru.ReplayMemory)) {
	t.Helper()
	for _, p := range suite {
		t.Run(p.text, func(t *testing.T) {
			t.Parallel()
			a, b := open(t)
			p.check(t, memory{t, a}, memory{t, b})
		})
	}
}

var suite = []promise{
	{"an event is claimed once", func(t *testing.T, a, b memory) {
		a.begins(one, 0, proctoru.WebhookFresh)
		b.begins(one, 1, proctoru.WebhookInProgress)
		a.begins(one, 2, proctoru.WebhookInProgress)
		b.begins(two, 2, proctoru.WebhookFresh)
	}},
	{"what is done stays done", func(t *testing.T, a, b memory) {
		a.begins(one, 0, proctoru.WebhookFresh)
		a.done(one)
		b.begins(one, 1, proctoru.WebhookDone)
		b.begins(one, lease+1, proctoru.WebhookDone)
		a.begins(one, 29*24*60, proctoru.WebhookDone)
	}},
	{"what was given up is fresh", func(t *testing.T, a, b memory) {
		first := a.begins(one, 0, proctoru.WebhookFresh)
		a.forget(one, first)
		second := b.begins(one, 1, proctoru.WebhookFresh)
		a.begins(one, 2, proctoru.WebhookInProgress)
		b.forget(one, second)
		a.begins(one, 3, proctoru.WebhookFresh)
	}},
	{"a claim expires by itself", func(t *testing.T, a, b memory) {
		a.begins(one, 0, proctoru.WebhookFresh)
		b.begins(one, lease-1, proctoru.WebhookInProgress)
		b.begins(one, lease, proctoru.WebhookFresh)
		a.begins(one, lease+1, proctoru.WebhookInProgress)
	}},
	{"who comes back late gives up nobody else's claim", func(t *testing.T, a, b memory) {
		late := a.begins(one, 0, proctoru.WebhookFresh)
		now := b.begins(one, lease, proctoru.WebhookFresh)
		a.forget(one, late)
		a.begins(one, lease+1, proctoru.WebhookInProgress)
		b.forget(one, now)
		again := b.begins(one, lease+2, proctoru.WebhookFresh)
		a.forget(one, late)
		a.forget(one, now)
		a.forget(one, "")
		a.begins(one, lease+3, proctoru.WebhookInProgress)
		if late == now || now == again || again == late {
			t.Errorf("three claims have the tokens %q, %q and %q, want three", late, now, again)
		}
	}},
	{"who comes back late has done it all the same", func(t *testing.T, a, b memory) {
		a.begins(one, 0, proctoru.WebhookFresh)
		other := b.begins(one, lease, proctoru.WebhookFresh)
		a.done(one)
		b.begins(one, lease+1, proctoru.WebhookDone)
		b.forget(one, other) // the handling of the other one failed
		b.begins(one, lease+2, proctoru.WebhookDone)
	}},
	{"what is not known can be forgotten and done", func(t *testing.T, a, b memory) {
		a.forget(one, "no token")
		a.begins(one, 0, proctoru.WebhookFresh)
		a.done(two)
		a.done(one)
		a.done(one)
		b.begins(one, 1, proctoru.WebhookDone)
	}},
	{"of many at once one gets the event", func(t *testing.T, a, b memory) {
		for n := range 5 {
			var fresh atomic.Int64
			var all sync.WaitGroup
			for i := range 16 {
				m := []memory{a, b}[i%2]
				all.Go(func() {
					if m.begin(hash(n), 0).State == proctoru.WebhookFresh {
						fresh.Add(1)
					}
				})
			}
			all.Wait()
			if fresh.Load() != 1 {
				t.Errorf("%d of 16 got event %d, want one", fresh.Load(), n)
			}
		}
	}},
	{"a context that has ended claims nothing", func(t *testing.T, a, b memory) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if claim, err := a.m.Begin(ctx, one, at(0), at(lease)); err == nil {
			t.Errorf("Begin after the end of its context = %+v, want an error", claim)
		}
		b.begins(one, 0, proctoru.WebhookFresh)
	}},
}

// lease is how many minutes a claim lasts.
const lease = 5

var one, two = hash(-1), hash(-2)

func hash(n int) proctoru.WebhookHash { return sha256.Sum256(fmt.Appendf(nil, "event %d", n)) }

// at returns the instant some minutes after the test's beginning.
func at(minute int) time.Time {
	return time.Date(2027, 1, 12, 9, 0, 0, 0, time.UTC).Add(time.Duration(minute) * time.Minute)
}

// memory is a memory of which every error is a failure.
type memory struct {
	t *testing.T
	m proctoru.ReplayMemory
}

func (m memory) begin(hash proctoru.WebhookHash, minute int) proctoru.WebhookClaim {
	m.t.Helper()
	claim, err := m.m.Begin(m.t.Context(), hash, at(minute), at(minute+lease))
	if err != nil {
		m.t.Errorf("Begin error = %v, want none", err)
	}
	return claim
}

// begins checks what the memory knows of an event, and returns the token.
func (m memory) begins(hash proctoru.WebhookHash, minute int, want proctoru.WebhookState) string {
	m.t.Helper()
	claim := m.begin(hash, minute)
	if claim.State != want || (claim.Token != "") != (want == proctoru.WebhookFresh) {
		m.t.Errorf("Begin in minute %d = state %d, token %q; want state %d, and a token if it is %d", minute, claim.State, claim.Token, want, proctoru.WebhookFresh)
	}
	return claim.Token
}

func (m memory) done(hash proctoru.WebhookHash) {
	m.t.Helper()
	if err := m.m.Done(m.t.Context(), hash); err != nil {
		m.t.Errorf("Done error = %v, want none", err)
	}
}

func (m memory) forget(hash proctoru.WebhookHash, token string) {
	m.t.Helper()
	if err := m.m.Forget(m.t.Context(), hash, token); err != nil {
		m.t.Errorf("Forget error = %v, want none", err)
	}
}
