package backend

import (
	"context"
	"errors"
	"fmt"
	"sync"
)

// maxAtOnce is how many calls of one kind and platform are in the hands of the
// provider at once. A platform's workers, of which each waits for its answer, are
// fewer. A provider that hangs for ever gets no more: the calls would pile up.
const maxAtOnce = 256

var errNoPlace = errors.New("256 calls of this kind and platform are under way already: the provider hangs, and does not look at its context")

// kind is what shares its places: what hangs in one kind of call leaves the others
// and the other platforms theirs.
type kind struct {
	platform PlatformID
	call     string
}

// places counts the calls that are under way.
type places struct {
	mu    sync.Mutex
	taken map[kind]int
}

// take reports whether there was a place. It is the caller's to give back.
func (p *places) take(k kind) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.taken[k] >= maxAtOnce {
		return false
	}
	p.taken[k]++
	return true
}

func (p *places) giveBack(k kind) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.taken[k]--
}

// inPlace lets a call be answered by what may hang, if there is a place for it.
func (h *handler) inPlace(ctx context.Context, c call, answered func() answer) answer {
	k := kind{c.platform, c.name}
	if !h.places.take(k) {
		h.tell(ctx, c, fmt.Errorf("backend: %s: %w", c.name, errNoPlace))
		return c.failure()
	}
	defer h.places.giveBack(k) // also after a panic
	return answered()
}
