package scheduling_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/metrics"
	"github.com/proctorbook/proctorbook/scheduling/platform"
	"github.com/proctorbook/proctorbook/scheduling/provider"
)

// Within the cache's time a day is asked once, by whomever, and its age is told.
func TestSlotCache(t *testing.T) {
	t.Parallel()
	w := newWorld(t, scheduling.WithTuning(scheduling.Tuning{SlotCache: time.Minute}))
	today := scheduling.SlotQuery{From: dateOf(day), To: dateOf(day)}
	asked := w.clock.Now()
	first := w.slots(today)
	w.clock.Advance(59 * time.Second)
	w.learner = w.enroll("bob_k", 4212)
	again := w.slots(today)
	if n := w.slotCalls(); n != 1 {
		t.Errorf("two learners asked in a minute: %d calls, want 1", n)
	}
	if len(again) != len(first) || !again[0].FetchedAt.Equal(asked) || again[0].Learner != w.learner {
		t.Errorf("from the cache: %d slots of %s for %s; want %d of %s for %s", len(again), again[0].FetchedAt, again[0].Learner, len(first), asked, w.learner)
	}
	w.clock.Advance(time.Second)
	if got := w.slots(today); w.slotCalls() != 2 || !got[0].FetchedAt.Equal(w.clock.Now()) {
		t.Errorf("a minute later: %d calls, fetched %s; want 2, and now", w.slotCalls(), got[0].FetchedAt)
	}
}

// What was asked for one exam serves another one whose window begins earlier on
// that day; other lengths and other days are other questions.
func TestSlotCacheKnowsWhatWasAsked(t *testing.T) {
	t.Parallel()
	w := newWorld(t, scheduling.WithTuning(scheduling.Tuning{SlotCache: time.Minute}))
	w.offer(nine, ten, noon)
	today := scheduling.SlotQuery{From: dateOf(day), To: dateOf(day)}
	w.exam.Window.Start = ten
	if got := startsOf(w.slots(today)); len(got) != 2 {
		t.Fatalf("window from ten: %v, want two", got)
	}
	w.exam.Window.Start = day
	if got := startsOf(w.slots(today)); len(got) != 3 || w.slotCalls() != 1 {
		t.Errorf("window from midnight: %v after %d calls, want three after one", got, w.slotCalls())
	}
	w.exam.Duration = 2 * time.Hour
	w.slots(today)
	w.slots(scheduling.SlotQuery{From: dateOf(noon.AddDate(0, 0, 1)), To: dateOf(noon.AddDate(0, 0, 1))})
	w.live("Asia/Tokyo")
	w.slots(today)
	if n := w.slotCalls(); n != 4 {
		t.Errorf("another length, another day, another zone: %d calls, want 4", n)
	}
}

// What this Scheduler books or is refused is not offered from the cache.
func TestSlotCacheForgets(t *testing.T) {
	t.Parallel()
	w := newWorld(t, scheduling.WithTuning(scheduling.Tuning{SlotCache: time.Hour}))
	today := scheduling.SlotQuery{From: dateOf(day), To: dateOf(day)}
	for _, at := range []time.Time{nine, ten} {
		w.provider.SetSlotCapacity(at, 1)
	}
	offers := func(start time.Time) bool {
		for _, slot := range w.slots(today) {
			if slot.Start.Equal(start) {
				return true
			}
		}
		return false
	}
	if !offers(nine) {
		t.Fatal("nine is not offered")
	}
	b := w.booked(nine)
	if offers(nine) {
		t.Error("nine is offered after it was booked")
	}
	w.provider.BlockSlot(ten) // by another system; the cache can't know
	if !offers(ten) {
		t.Error("ten is not offered from the cache")
	}
	_, err := w.Reschedule(t.Context(), b.ID, ten)
	taken, ok := errors.AsType[*scheduling.SlotTakenError](err)
	if !ok || len(taken.Fresh) == 0 {
		t.Fatalf("Reschedule = %v, want SlotTakenError with fresh slots", err)
	}
	for _, slot := range taken.Fresh {
		if slot.Start.Equal(ten) || slot.Current != slot.Start.Equal(nine) {
			t.Errorf("fresh: %s, current %v; want neither ten, nor another one marked than nine", slot.Start, slot.Current)
		}
	}
	if offers(ten) {
		t.Error("ten is offered after it was refused")
	}
}

// slowSlots is a provider whose lists of slots wait.
type slowSlots struct {
	provider.ProctorU
	calls  atomic.Int64
	asked  chan struct{} // told of each call; nil if not needed
	answer chan struct{}
}

func (p *slowSlots) Slots(ctx context.Context, day provider.Day) ([]provider.Offer, error) {
	p.calls.Add(1)
	if p.asked != nil {
		p.asked <- struct{}{}
	}
	select {
	case <-p.answer:
		return []provider.Offer{{Start: nine}}, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// A hundred who ask at once share a call; one who leaves, also the one who asked
// first, leaves the others their answer.
func TestSlotCacheSharesOneCall(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := &slowSlots{ProctorU: provider.ProctorU{Client: w.client}, answer: make(chan struct{})}
	s, err := scheduling.New(p, platform.OpenEdX{Client: w.edx}, w.store, scheduling.WithClock(w.clock), scheduling.WithTuning(scheduling.Tuning{SlotCache: time.Minute}))
	if err != nil {
		t.Fatal(err)
	}
	look := func(ctx context.Context) (n int, failure error) {
		for _, err := range s.Slots(ctx, w.exam, w.learner, scheduling.SlotQuery{From: dateOf(day), To: dateOf(day)}) {
			if err != nil {
				return n, err
			}
			n++
		}
		return n, nil
	}
	synctest.Test(t, func(t *testing.T) {
		p.answer = make(chan struct{})
		ctx, leave := context.WithCancel(t.Context())
		left := make(chan error)
		go func() { _, err := look(ctx); left <- err }()
		synctest.Wait()
		var all sync.WaitGroup
		var found atomic.Int64
		for range 100 {
			all.Go(func() {
				n, err := look(t.Context())
				if err != nil {
					t.Errorf("Slots: %v", err)
				}
				found.Add(int64(n))
			})
		}
		synctest.Wait()
		leave()
		if err := <-left; !errors.Is(err, context.Canceled) {
			t.Errorf("the one who left: %v, want context.Canceled", err)
		}
		close(p.answer)
		all.Wait()
		if p.calls.Load() != 1 || found.Load() != 100 {
			t.Errorf("%d calls, %d answers; want 1 and 100", p.calls.Load(), found.Load())
		}
	})
}

// badSlots is a provider whose adapter panics at the slots.
type badSlots struct{ provider.ProctorU }

func (badSlots) Slots(context.Context, provider.Day) ([]provider.Offer, error) {
	panic("no slots for Ada Example")
}

// A call that callers share runs in a goroutine where none of them could recover: its
// panic is an error, and ends nothing else.
func TestSlotCacheOutlivesAPanic(t *testing.T) {
	t.Parallel()
	w, m := newWorld(t), &meter{}
	s, err := scheduling.New(badSlots{w.proctorU()}, w.openEdX(), w.store, scheduling.WithClock(w.clock), scheduling.WithObserver(m),
		scheduling.WithTuning(scheduling.Tuning{SlotCache: time.Minute}))
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		var got error
		for _, err := range s.Slots(t.Context(), w.exam, w.learner, scheduling.SlotQuery{}) {
			got = err
		}
		if p, ok := errors.AsType[*scheduling.PanicError](got); !ok || !strings.Contains(p.Stack, "badSlots.Slots") || strings.Contains(got.Error(), "Ada") {
			t.Errorf("Slots = %v, want a PanicError that tells where", got)
		}
	}
	if n := len(m.values(metrics.Panics)); n != 2 {
		t.Errorf("panics was measured %d times, want twice", n)
	}
}

// An answer that was on its way when something was booked is not kept: it may
// still offer the slot.
func TestSlotCacheKeepsNothingOvertaken(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := &slowSlots{ProctorU: provider.ProctorU{Client: w.client}, asked: make(chan struct{}, 2), answer: make(chan struct{})}
	s, err := scheduling.New(p, platform.OpenEdX{Client: w.edx}, w.store, scheduling.WithClock(w.clock), scheduling.WithTuning(scheduling.Tuning{SlotCache: time.Minute}),
		scheduling.WithUnlockKeys(scheduling.UnlockKey{ID: "k1", Secret: []byte("0123456789abcdef0123456789abcdef")}))
	if err != nil {
		t.Fatal(err)
	}
	w.Scheduler = s
	seen := make(chan error)
	go func() {
		for _, err := range s.Slots(t.Context(), w.exam, w.learner, scheduling.SlotQuery{From: dateOf(day), To: dateOf(day)}) {
			seen <- err
			return
		}
	}()
	<-p.asked
	w.booked(nine)
	close(p.answer)
	if err := <-seen; err != nil {
		t.Fatal(err)
	}
	w.slots(scheduling.SlotQuery{From: dateOf(day), To: dateOf(day)})
	if n := p.calls.Load(); n != 2 {
		t.Errorf("%d calls, want 2: the first answer is older than the booking", n)
	}
}

// A failure is told to those who wait, and is not kept.
func TestSlotCacheKeepsNoFailure(t *testing.T) {
	t.Parallel()
	w := newWorld(t, scheduling.WithTuning(scheduling.Tuning{SlotCache: time.Minute}))
	w.provider.Fault(proctorbooktest.Fault{Kind: proctorbooktest.Unauthorized, Endpoint: "getScheduleInfoAvailableTimesList"})
	today := scheduling.SlotQuery{From: dateOf(day), To: dateOf(day)}
	if _, err := w.slotsOrError(today); err == nil {
		t.Fatal("Slots = nil, want the provider's error")
	}
	if got := w.slots(today); len(got) == 0 {
		t.Error("after the failure: no slots, want them")
	}
}
