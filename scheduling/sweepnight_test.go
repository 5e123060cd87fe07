package scheduling_test

import (
	"context"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/metrics"
)

// These tests sweep many learners by their lists, at the provider's pace of two calls a
// second, on virtual time, with processes that don't live as long as that takes.

// singly is a Scheduler that makes no bulk readings.
var singly = scheduling.WithTuning(scheduling.Tuning{BulkFrom: -1})

// process is one Scheduler on the store of a crowd, until it is killed.
type process struct {
	*scheduling.Scheduler
	kill func()
	ctx  context.Context
}

// process starts one. When it is killed, its context ends and the store no longer answers
// it: nothing of it is written any more.
func (c *crowd) process(opts ...scheduling.Option) process {
	c.t.Helper()
	dead := false
	var mu sync.Mutex
	store := guardedStore{c.store.(crowdStore), func() bool { mu.Lock(); defer mu.Unlock(); return dead }}
	ctx, cancel := context.WithCancel(c.t.Context())
	whole := c.store
	c.store = store
	s := c.server(c.proctorU(), append([]scheduling.Option{singly}, opts...)...)
	c.store = whole
	return process{s, func() { mu.Lock(); dead = true; mu.Unlock(); cancel() }, ctx}
}

// guardedStore is the crowd's store, of a process that may be dead.
type guardedStore struct {
	crowdStore
	dead func() bool
}

func (g guardedStore) Job(ctx context.Context, name string) (scheduling.Job, error) {
	if g.dead() {
		return scheduling.Job{}, errKilled
	}
	return g.crowdStore.Job(ctx, name)
}

func (g guardedStore) PutJob(ctx context.Context, j scheduling.Job) (scheduling.Job, error) {
	if g.dead() {
		return scheduling.Job{}, errKilled
	}
	return g.crowdStore.PutJob(ctx, j)
}

// seenAll counts the learners to whose lists a call was made.
func (c *crowd) seenAll() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := len(c.first)
	if _, all := c.first[""]; all { // a report of all learners
		n--
	}
	return n
}

// Whatever kills the passes, and whenever, each learner is reached: no pass repeats more
// than a minute of what an earlier one has done, so long as it lives for more than that.
// A second reservation of the last learner is found, and removed.
func TestSweepReachesTheLastLearnerWhateverKillsIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const learners = 1000 // 500 seconds of lists
		c := newCrowd(t, learners, evenly(learners, 60))
		last := must(c.store.Get(t.Context(), c.ids[learners-1]))
		c.provider.AddReservation(c.reservation(last, last.Start.Add(-3*time.Hour)))
		random := rand.New(rand.NewPCG(7, 8))
		killed, lived := 0, time.Duration(0)
		var found []scheduling.Surplus
		for rounds := 0; len(found) == 0; killed++ {
			if killed > 60 {
				t.Fatalf("%d processes were killed after %s of sweeps, and the second reservation was not found", killed, lived)
			}
			p := c.process(scheduling.WithSweep(scheduling.SweepRemove))
			life := time.Duration(random.Int64N(int64(200 * time.Second)))
			timer := time.AfterFunc(life, p.kill)
			began := time.Now()
			result, err := p.Sweep(p.ctx)
			timer.Stop()
			lived += time.Since(began)
			if err == nil {
				rounds++
				if n := c.seenAll(); n != learners {
					t.Errorf("a round ended, and %d of %d learners were reached", n, learners)
				}
				found = result.Surplus
			}
			if rounds == 2 && len(found) == 0 {
				t.Fatal("two rounds, and the second reservation of the last learner was not found")
			}
			_ = p.Close()
		}
		if !found[0].Removed || found[0].Booking != last.ID {
			t.Errorf("found %+v, want the second one of the last learner, removed", found)
		}
		t.Logf("%d learners, of 500 s of lists: found and removed after %d killed processes, which swept for %s", learners, killed, lived.Round(time.Second))
	})
}

// What a round may remove goes by all bookings of the round, not by the few of its last
// pass: here 1 % of 520 are five, and of the last pass's hundred there might be three.
func TestTheLimitOnRemovalsIsThatOfTheRound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, tt := range []struct {
			doubled, removed int
			stopped          bool
		}{{5, 5, false}, {6, 0, true}} {
			const learners = 520
			c := newCrowd(t, learners, evenly(learners, 60))
			for _, id := range c.ids[20 : 20+tt.doubled] {
				b := must(c.store.Get(t.Context(), id))
				c.provider.AddReservation(c.reservation(b, b.Start.AddDate(0, 0, 5)))
			}
			ctx, cancel := context.WithCancel(t.Context())
			time.AfterFunc(200*time.Second, cancel)
			remove := scheduling.WithSweep(scheduling.SweepRemove)
			if result, err := c.process(remove).Sweep(ctx); err == nil || result.Stopped {
				t.Errorf("first pass = %+v, want one that ends early", result)
			}
			cancel()
			time.Sleep(10 * time.Minute)
			result, err := c.process(remove).Sweep(t.Context())
			removed := 0
			for _, x := range result.Surplus {
				if x.Removed {
					removed++
				}
			}
			if err != nil || !result.Resumed || result.Looked > 150 || removed != tt.removed || result.Stopped != tt.stopped || len(result.Surplus) != tt.doubled {
				t.Errorf("of %d too many: %+v, %v; want %d removed, stopped %t", tt.doubled, result, err, tt.removed, tt.stopped)
			}
		}
	})
}

// A pass of many minutes writes its progress about once a minute, and reads each list once.
func TestProgressIsWrittenRarely(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const learners = 600
		c := newCrowd(t, learners, evenly(learners, 60))
		p := c.process()
		if _, err := p.Sweep(p.ctx); err != nil {
			t.Fatal(err)
		}
		counts := c.take()
		if n := counts["write: PutJob sweep_lists"]; n < 4 || n > 7 {
			t.Errorf("%d writes in five minutes, want about one a minute, one before and one behind", n)
		}
		if n := sum(counts, "call: getStudentReservationList"); n != learners {
			t.Errorf("%d lists read, want %d", n, learners)
		}
	})
}

// Serve under deploys that come more often than a sweep takes: replicas carry on each
// other's passes, rounds end, and last_pass says since when all of it was compared.
func TestServeSweepsUnderDeploys(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const learners = 1000
		c := newCrowd(t, learners, evenly(learners, 60))
		meter := &meter{}
		for range 14 { // two replicas, of which one is replaced every 100 seconds
			ctx, cancel := context.WithCancel(t.Context())
			time.AfterFunc(200*time.Second, cancel) // as a signal does: a deadline would be known beforehand
			p := c.process(scheduling.WithObserver(meter))
			go func() {
				defer cancel()
				if err := p.Serve(ctx, scheduling.ServeOptions{}); err != nil {
					t.Errorf("Serve = %v", err)
				}
			}()
			time.Sleep(100 * time.Second)
		}
		time.Sleep(4 * time.Minute)
		ends := slices.Compact(meter.values(metrics.LastPass, "job", "sweep"))
		if len(ends) == 0 {
			t.Fatal("no sweep got to its end, though each process went on where another one had ended")
		}
		if at := time.Unix(int64(ends[0]), 0); time.Since(at) < 25*time.Minute {
			t.Errorf("last_pass is of %s ago, want when the first round began", time.Since(at))
		}
	})
}

// What a pass takes is told before it sends anything: by SweepCost, by the log, and right
// within a tenth.
func TestSweepCostIsWhatASweepTakes(t *testing.T) {
	for name, c := range map[string]struct {
		opts     []scheduling.Option
		measured bool // behind a first sweep
		lists    bool // of all learners
	}{
		"by lists":               {[]scheduling.Option{singly}, false, true},
		"by a reading, measured": {nil, true, false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				const learners = 400
				w := newCrowd(t, learners, evenly(learners, 60), c.opts...)
				if c.measured {
					must(w.Sweep(t.Context()))
				}
				w.take()
				cost, err := w.SweepCost(t.Context())
				if err != nil || sum(w.take(), "") != 0 {
					t.Fatalf("SweepCost = %v, and something was sent or written", err)
				}
				began := time.Now()
				must(w.Sweep(t.Context()))
				took, sent := time.Since(began), sum(w.take(), "call: ")
				if past := learners - cost.Bookings; past < 0 || past > 1 || cost.Learners != cost.Bookings || cost.Measured != c.measured || cost.Stands == c.lists || cost.Pace != 2 {
					t.Errorf("cost = %+v", cost)
				}
				if d := sent - cost.Requests; d*d > 4+sent*sent/100 || cost.Most < cost.Learners {
					t.Errorf("a pass sent %d requests, and %d were told, %d at most", sent, cost.Requests, cost.Most)
				}
				if d := took - cost.Takes; d.Abs() > 10*time.Second+took/10 {
					t.Errorf("a pass took %s, and %s was told", took, cost.Takes)
				}
				t.Logf("told %d requests and %s, took %d and %s", cost.Requests, cost.Takes, sent, took)
			})
		})
	}
}

// Before there was a reading, its requests are reckoned, and nobody relies on the report:
// all lists may have to be read. A round that is under way leaves less.
func TestSweepCostBeforeTheFirstReading(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const learners = 400
		c := newCrowd(t, learners, evenly(learners, 60))
		want := scheduling.SweepCost{
			Bookings: learners, Learners: learners, Reading: 12, Lists: learners, Requests: 12 + learners, Most: 12 + learners,
			Pace: 2, Takes: 206 * time.Second, TakesMost: 206 * time.Second,
		}
		if got := must(c.SweepCost(t.Context())); got != want {
			t.Errorf("cost = %+v\nwant %+v", got, want)
		}
		p := c.process() // makes no reading
		time.AfterFunc(100*time.Second, p.kill)
		if _, err := p.Sweep(p.ctx); err == nil {
			t.Fatal("the pass got to its end")
		}
		got := must(c.SweepCost(t.Context()))
		if got.Earlier < 80 || got.Lists+got.Earlier != got.Learners || got.Requests != got.Reading+got.Lists {
			t.Errorf("cost of the rest = %+v, want that of the lists behind those of the first minute", got)
		}
	})
}

// The log of a pass begins with what it will take.
func TestSweepLogsWhatItTakes(t *testing.T) {
	t.Parallel()
	r := newRoundWorld(t)
	r.wantPass(five...)
	text := r.log.String()
	for _, want := range []string{"sweep begins", "bookings=5", "learners=5", "reading=0", "lists=5", "requests=5", "most=5"} {
		if !strings.Contains(text, want) {
			t.Errorf("log = %s\nwant %q", text, want)
		}
	}
}
