package proctoru

import (
	"context"
	"strconv"
	"sync"
	"time"
)

// WebhookHash identifies an event: the SHA-256 of its format, of its notification's
// body, and of its place there.
type WebhookHash [32]byte

// WebhookState is what a memory knows of an event.
type WebhookState int

// The states of an event.
const (
	// WebhookInProgress means that another delivery of the event is being handled.
	WebhookInProgress WebhookState = iota
	// WebhookFresh means that the event is now the caller's to handle.
	WebhookFresh
	// WebhookDone means that the event was handled.
	WebhookDone
)

// WebhookClaim is the answer to [ReplayMemory.Begin].
type WebhookClaim struct {
	State WebhookState // what is known of the event
	// Token is what [ReplayMemory.Forget] wants, if State is WebhookFresh. No other
	// claim has the same one.
	Token string
}

// ReplayMemory remembers which events are being handled, and which are done. The two
// are kept apart, since an event of which the handling fails, or whose process dies,
// must be handled when it comes again. Its methods must be safe for use by many
// goroutines, and in a memory that is shared by many processes. Keep what is done
// for 30 days at least. Package replaytest checks an implementation.
type ReplayMemory interface {
	// Begin claims the event until then, and returns WebhookFresh: if it is not
	// known, was forgotten, or is claimed until now or earlier. Otherwise it changes
	// nothing and returns WebhookInProgress or WebhookDone. Of several callers at
	// once one gets WebhookFresh.
	Begin(ctx context.Context, hash WebhookHash, now, until time.Time) (WebhookClaim, error)
	// Done keeps that the event was handled, whoever claims it now: it has
	// happened. Of an event that it does not know it may keep nothing.
	Done(ctx context.Context, hash WebhookHash) error
	// Forget gives up the claim with the token. It does nothing if the event is done
	// or claimed by somebody else: a handler that comes back late has lost its claim.
	Forget(ctx context.Context, hash WebhookHash, token string) error
}

// NewReplayMemory returns a memory in this process, for the last events: when there
// are more than size it forgets the oldest. It panics if size is not positive.
// 100,000 take some 20 MB, once that many have come.
func NewReplayMemory(size int) ReplayMemory {
	if size <= 0 {
		panic("proctoru: NewReplayMemory: the size must be positive")
	}
	return &replayRing{size: size, places: map[WebhookHash]int{}}
}

// replayRing holds the events in the order in which they first came.
type replayRing struct {
	size int

	mu     sync.Mutex
	ring   []replayEntry
	next   int // place of the next event, once the ring is full
	claims int // how many there were
	places map[WebhookHash]int
}

type replayEntry struct {
	hash  WebhookHash
	until time.Time // of the claim
	claim int       // its number; 0 once it was given up
	done  bool
}

// Begin implements [ReplayMemory].
func (m *replayRing) Begin(ctx context.Context, hash WebhookHash, now, until time.Time) (WebhookClaim, error) {
	if err := ctx.Err(); err != nil {
		return WebhookClaim{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	e := m.entry(hash)
	switch {
	case e.done:
		return WebhookClaim{State: WebhookDone}, nil
	case e.claim != 0 && e.until.After(now):
		return WebhookClaim{State: WebhookInProgress}, nil
	}
	m.claims++
	e.claim, e.until = m.claims, until
	return WebhookClaim{State: WebhookFresh, Token: strconv.Itoa(m.claims)}, nil
}

// entry returns the entry of the event, a new one in place of the oldest if need be.
func (m *replayRing) entry(hash WebhookHash) *replayEntry {
	if place, known := m.places[hash]; known {
		return &m.ring[place]
	}
	place := m.next
	if len(m.ring) < m.size {
		place = len(m.ring)
		m.ring = append(m.ring, replayEntry{})
	} else {
		delete(m.places, m.ring[place].hash)
		m.next = (m.next + 1) % m.size
	}
	m.ring[place] = replayEntry{hash: hash}
	m.places[hash] = place
	return &m.ring[place]
}

// Done implements [ReplayMemory].
func (m *replayRing) Done(_ context.Context, hash WebhookHash) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if place, known := m.places[hash]; known {
		m.ring[place].done = true
	}
	return nil
}

// Forget implements [ReplayMemory].
func (m *replayRing) Forget(_ context.Context, hash WebhookHash, token string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if place, known := m.places[hash]; known && !m.ring[place].done && strconv.Itoa(m.ring[place].claim) == token {
		m.ring[place].claim = 0
	}
	return nil
}
