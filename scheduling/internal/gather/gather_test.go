package gather_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/proctorbook/proctorbook/scheduling/internal/gather"
)

// asker answers each key with itself after a second, and keeps what it was asked for.
type asker struct {
	mu    sync.Mutex
	calls [][]int
	most  int // calls at once
	busy  int
	fail  func(ctx context.Context, call int) error
}

func (a *asker) ask(ctx context.Context, keys []int) map[int]gather.Answer[int] {
	a.mu.Lock()
	call := len(a.calls)
	a.calls = append(a.calls, keys)
	a.busy++
	a.most = max(a.most, a.busy)
	a.mu.Unlock()
	defer func() { a.mu.Lock(); a.busy--; a.mu.Unlock() }()
	var err error
	select {
	case <-time.After(time.Second):
	case <-ctx.Done():
		err = ctx.Err()
	}
	if err == nil && a.fail != nil {
		err = a.fail(ctx, call)
	}
	all := map[int]gather.Answer[int]{}
	for _, key := range keys {
		all[key] = gather.Answer[int]{Value: key, Err: err}
	}
	return all
}

// A hundred who ask for the same make one call.
func TestTheSameKey(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := &asker{}
		g := gather.New(4, a.ask)
		var all sync.WaitGroup
		for range 100 {
			all.Go(func() {
				if v, err := g.Get(t.Context(), 7); v != 7 || err != nil {
					t.Errorf("Get = %d, %v; want 7", v, err)
				}
			})
		}
		all.Wait()
		if len(a.calls) != 1 || len(a.calls[0]) != 1 {
			t.Errorf("asked for %v, want 7 once", a.calls)
		}
		if v, err := g.Get(t.Context(), 7); v != 7 || err != nil || len(a.calls) != 2 {
			t.Errorf("later: Get = %d, %v after %d calls; want 7, asked for anew", v, err, len(a.calls))
		}
	})
}

// A hundred keys at once: those that find no free lane go together.
func TestManyKeys(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := &asker{}
		g := gather.New(2, a.ask)
		began := time.Now()
		var all sync.WaitGroup
		for i := range 100 {
			all.Go(func() {
				if v, err := g.Get(t.Context(), i); v != i || err != nil {
					t.Errorf("Get(%d) = %d, %v", i, v, err)
				}
			})
		}
		all.Wait()
		seen := map[int]int{}
		for _, keys := range a.calls {
			for _, key := range keys {
				seen[key]++
			}
		}
		if len(a.calls) > 3 || a.most > 2 || len(seen) != 100 || time.Since(began) > 2*time.Second {
			t.Errorf("%d calls, %d at once, for %d keys, in %s; want 3, 2, 100, 2 s", len(a.calls), a.most, len(seen), time.Since(began))
		}
		for key, n := range seen {
			if n != 1 {
				t.Errorf("%d was asked for %d times", key, n)
			}
		}
	})
}

// Who leaves has its own error, at once; the others have their answers.
func TestWhoLeaves(t *testing.T) {
	t.Parallel()
	for name, lanes := range map[string]int{"the one who asks": 4, "all who wait for a lane": 1} {
		synctest.Test(t, func(t *testing.T) {
			a := &asker{}
			g := gather.New(lanes, a.ask)
			ctx, leave := context.WithCancelCause(t.Context())
			gone := errors.New("gone")
			left := make(chan error, 3)
			ask := func(key int) { _, err := g.Get(ctx, key); left <- err }
			go ask(1)
			synctest.Wait()
			go ask(1)
			go ask(2)
			synctest.Wait()
			var all sync.WaitGroup
			for _, key := range []int{1, 2, 3} {
				all.Go(func() {
					if v, err := g.Get(t.Context(), key); v != key || err != nil {
						t.Errorf("%s: Get(%d) = %d, %v", name, key, v, err)
					}
				})
			}
			synctest.Wait()
			leave(gone)
			for range 3 {
				if err := <-left; !errors.Is(err, gone) && !errors.Is(err, context.Canceled) {
					t.Errorf("%s: who left has %v", name, err)
				}
			}
			all.Wait()
		})
	}
}

// While no call gets through, callers come and go: whoever comes after them asks for what
// somebody still waits for, and for nothing else.
func TestNobodyAsksForWhoLeft(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := &asker{}
		g := gather.New(1, a.ask)
		var all sync.WaitGroup
		get := func(ctx context.Context, key int) {
			all.Go(func() {
				if v, err := g.Get(ctx, key); ctx == t.Context() && (v != key || err != nil) {
					t.Errorf("Get(%d) = %d, %v", key, v, err)
				}
			})
		}
		get(t.Context(), 0) // has the lane
		synctest.Wait()
		ctx, leave := context.WithCancel(t.Context())
		for key := range 100 {
			get(ctx, 1+key)
		}
		get(t.Context(), 7) // stays
		synctest.Wait()
		leave()
		synctest.Wait()
		get(t.Context(), 1000)
		get(t.Context(), 8) // comes back
		all.Wait()
		if len(a.calls) != 2 || !slices.Equal(slices.Sorted(slices.Values(a.calls[1])), []int{7, 8, 1000}) {
			t.Errorf("asked for %v, want 0 alone, and 7, 8 and 1000 together", a.calls)
		}
	})
}

// A failure is everybody's who waits, and nobody's later.
func TestFailure(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		failure := errors.New("not today")
		a := &asker{fail: func(_ context.Context, call int) error { return map[int]error{0: failure}[call] }}
		g := gather.New(1, a.ask)
		var all sync.WaitGroup
		var failed atomic.Int64
		for range 10 {
			all.Go(func() {
				if _, err := g.Get(t.Context(), 7); errors.Is(err, failure) {
					failed.Add(1)
				}
			})
		}
		all.Wait()
		if v, err := g.Get(t.Context(), 7); failed.Load() != 10 || v != 7 || err != nil {
			t.Errorf("%d failed, and later Get = %d, %v; want 10, and 7", failed.Load(), v, err)
		}
	})
}

// A panic is that of the caller who asked; the others ask again.
func TestPanic(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := &asker{fail: func(_ context.Context, call int) error {
			if call == 0 {
				panic("first")
			}
			return nil
		}}
		g := gather.New(1, a.ask)
		var all sync.WaitGroup
		var panics, answers atomic.Int64
		for range 10 {
			all.Go(func() {
				defer func() {
					if recover() != nil {
						panics.Add(1)
					}
				}()
				if v, err := g.Get(t.Context(), 7); v == 7 && err == nil {
					answers.Add(1)
				}
			})
		}
		all.Wait()
		if panics.Load() != 1 || answers.Load() != 9 {
			t.Errorf("%d panics and %d answers, want 1 and 9", panics.Load(), answers.Load())
		}
	})
}

// An ended context asks nobody.
func TestEndedContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	a := &asker{}
	if _, err := gather.New(1, a.ask).Get(ctx, 7); !errors.Is(err, context.Canceled) || len(a.calls) != 0 {
		t.Errorf("Get = %v after %d calls; want canceled after none", err, len(a.calls))
	}
}

func Example() {
	g := gather.New(2, func(_ context.Context, keys []string) map[string]gather.Answer[int] {
		all := map[string]gather.Answer[int]{}
		for _, key := range keys {
			all[key] = gather.Answer[int]{Value: len(key)}
		}
		return all
	})
	fmt.Println(g.Get(context.Background(), "four"))
	// Output: 4 <nil>
}
