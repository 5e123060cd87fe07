package proctoru

import (
	"context"
	"sync"
)

// WebhookHash is the SHA-256 of a notification's body.
type WebhookHash [32]byte

// ReplayMemory remembers which notifications were handled. Its methods must be
// safe for use by many goroutines. Keep a hash for 30 days at least.
type ReplayMemory interface {
	// Remember keeps the hash, and reports whether it was not there before.
	Remember(ctx context.Context, hash WebhookHash) (fresh bool, err error)
	// Forget drops the hash of a notification that could not be handled.
	Forget(ctx context.Context, hash WebhookHash) error
}

// NewReplayMemory returns a memory in this process, for the last notifications:
// when there are more than size it forgets the oldest. It panics if size is not
// positive. 100,000 take some 10 MB, once that many have come.
func NewReplayMemory(size int) ReplayMemory {
	if size <= 0 {
		panic("proctoru: NewReplayMemory: the size must be positive")
	}
	return &replayRing{size: size, places: map[WebhookHash]int{}}
}

// replayRing holds the hashes in the order in which they came. A place whose hash
// was forgotten stays empty until its turn comes.
type replayRing struct {
	size int

	mu     sync.Mutex
	ring   []WebhookHash
	next   int // place of the next hash, once the ring is full
	places map[WebhookHash]int
}

func (m *replayRing) Remember(_ context.Context, hash WebhookHash) (fresh bool, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, known := m.places[hash]; known {
		return false, nil
	}
	if len(m.ring) < m.size {
		m.places[hash] = len(m.ring)
		m.ring = append(m.ring, hash)
		return true, nil
	}
	if oldest := m.ring[m.next]; m.places[oldest] == m.next {
		delete(m.places, oldest)
	}
	m.ring[m.next], m.places[hash] = hash, m.next
	m.next = (m.next + 1) % m.size
	return true, nil
}

func (m *replayRing) Forget(_ context.Context, hash WebhookHash) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.places, hash)
	return nil
}
