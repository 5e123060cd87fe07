// Package gather lets callers who ask for the same, or for much of a kind, share calls.
package gather

import (
	"context"
	"slices"
	"sync"
)

// Answer is what was found out about one key.
type Answer[V any] struct {
	Value V     // zero if there is an error
	Err   error // why there is no value
}

// Group asks for keys. Callers who ask for a key that is being asked for wait for that
// answer. While as many calls as there are lanes are under way, the keys of all other
// callers are gathered, and asked for together in one call.
//
// There is no goroutine of its own: a call is made by one of its callers. If that one's
// context ends, or the call panics, the others ask again, without it.
type Group[K comparable, V any] struct {
	ask   func(ctx context.Context, keys []K) map[K]Answer[V]
	lanes chan struct{}

	mu   sync.Mutex
	next *batch[K, V]       // the keys that are being gathered, or nil
	of   map[K]*batch[K, V] // of each key that somebody waits for
}

// batch is the keys of one call.
type batch[K comparable, V any] struct {
	keys    []K
	waiting map[K]int     // how many wait for each key
	taken   bool          // the call is under way, or has ended
	done    chan struct{} // closed when it has ended
	answers map[K]Answer[V]
	cut     bool // it was cut short with its caller: an error is no answer
}

// New returns a Group. ask is called in as many goroutines at once as there are lanes,
// with each key once, and answers each of them.
func New[K comparable, V any](lanes int, ask func(ctx context.Context, keys []K) map[K]Answer[V]) *Group[K, V] {
	return &Group[K, V]{ask: ask, lanes: make(chan struct{}, lanes), of: map[K]*batch[K, V]{}}
}

// Get returns the answer for the key, or the context's error once it has ended.
func (g *Group[K, V]) Get(ctx context.Context, key K) (V, error) {
	for {
		b := g.join(key)
		if err := g.wait(ctx, b); err != nil {
			g.leave(b, key)
			var none V
			return none, err
		}
		a, answered := b.answers[key]
		if b.cut && (!answered || a.Err != nil) && ctx.Err() == nil {
			continue
		}
		return a.Value, a.Err
	}
}

// join returns the batch with the key, after it has put it there.
func (g *Group[K, V]) join(key K) *batch[K, V] {
	g.mu.Lock()
	defer g.mu.Unlock()
	b := g.of[key]
	if b == nil {
		if g.next == nil {
			g.next = &batch[K, V]{waiting: map[K]int{}, done: make(chan struct{})}
		}
		b = g.next
		b.keys = append(b.keys, key)
		g.of[key] = b
	}
	b.waiting[key]++
	return b
}

// leave drops a key that nobody waits for any more, unless it is being asked for: while
// no call gets through, callers come and go.
func (g *Group[K, V]) leave(b *batch[K, V], key K) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if b.waiting[key]--; b.waiting[key] > 0 || b.taken {
		return
	}
	delete(b.waiting, key)
	delete(g.of, key)
	b.keys = slices.DeleteFunc(b.keys, func(k K) bool { return k == key })
}

// wait waits until the batch has its answers. Whoever gets a free lane first makes the
// call, for all.
func (g *Group[K, V]) wait(ctx context.Context, b *batch[K, V]) error {
	lanes := g.lanes
	for {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		select {
		case <-b.done:
			return nil
		case <-ctx.Done():
		case lanes <- struct{}{}:
			g.call(ctx, b)
			lanes = nil // the call is under way, or has ended
		}
	}
}

// call makes the call, unless another caller makes it, and frees the lane.
func (g *Group[K, V]) call(ctx context.Context, b *batch[K, V]) {
	defer func() { <-g.lanes }()
	if !g.take(b) {
		return
	}
	b.cut = true // if ask panics
	defer g.end(b)
	b.answers = g.ask(ctx, b.keys)
	b.cut = ctx.Err() != nil
}

// take reports whether the call is the caller's to make.
func (g *Group[K, V]) take(b *batch[K, V]) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if b.taken {
		return false
	}
	b.taken = true
	g.next = nil
	return true
}

// end lets those who wait have the answers, and forgets the batch.
func (g *Group[K, V]) end(b *batch[K, V]) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, key := range b.keys {
		delete(g.of, key)
	}
	close(b.done)
}
