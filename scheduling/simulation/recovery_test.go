package simulation

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/memstore"
)

// inFlight is an operation that was under way when the outage began.
type inFlight struct {
	op   scheduling.Op
	acts bool // at the provider, although the answer is lost
}

var inFlights = []inFlight{
	{scheduling.OpReserve, true}, {scheduling.OpReserve, false}, {scheduling.OpMove, true}, {scheduling.OpMove, false},
	{scheduling.OpCancel, true}, {scheduling.OpCancel, false},
}

// recovered is what became of an operation.
type recovered struct {
	after    time.Duration // the provider's return, until it settled; negative if it did not within the test
	settled  bool
	flagged  bool // NeedsAttention was set at some time
	sentLate bool // a reserve or move left after the policy's last instant for it
	requests int  // that the provider got, or would have got, during the outage
	byProof  bool // it ended by proven absence
}

// outage plays one operation whose answer is lost at the beginning of an outage.
// Run reconciles every five seconds, more or less.
func outage(t *testing.T, f inFlight, length time.Duration, offset int) recovered {
	w, id := underWay(t, f, offset)
	d := w.deployments[0]
	p := d.processes[0]
	row := func() *scheduling.Booking { return &d.rows[id].row }
	var r recovered
	down := w.now
	back := down.Add(length)
	resendUntil := row().Intent.Deadline
	w.script, w.downTil = nil, back
	generation := row().Generation
	for row().Generation == generation && w.now.Before(back.Add(time.Hour)) {
		sends := row().Memory.LastMade
		before := d.requests
		w.alone(func() {
			w.mask.calm = false
			if _, err := p.Reconcile(t.Context()); err != nil {
				t.Fatal(err)
			}
		})
		if w.now.Before(back) {
			r.requests += d.requests - before
		}
		r.flagged = r.flagged || row().NeedsAttention != nil
		r.sentLate = r.sentLate || !row().Memory.LastMade.Equal(sends) && row().Memory.LastMade.After(resendUntil)
		w.advance(4*time.Second + time.Duration(offset%3)*time.Second)
	}
	r.settled = row().Generation != generation
	r.after = max(row().Memory.ProvenAt.Sub(back), 0)
	events := w.history(d, id)
	// A second removal is answered "canceled", which proves something of one number only.
	r.byProof = told(events, scheduling.EventFailed, scheduling.EventCanceledByProvider, scheduling.EventNumberDead)
	w.settle()
	w.finish()
	if len(w.violations) > 0 {
		t.Errorf("%+v, outage of %s: %v", f, length, w.violations)
	}
	return r
}

// underWay makes the world in which the operation is open and its answer lost.
func underWay(t *testing.T, f inFlight, offset int) (*world, scheduling.BookingID) {
	t.Helper()
	cfg := Config{Store: "memory", Open: func(_ testing.TB, seed uint64) scheduling.Store {
		return memstore.New(memstore.WithNamespace(fmt.Sprintf("s%07d", seed)))
	}}
	plan := quiet(func(*dialect) {})
	for i := range plan.slots {
		plan.slots[i] = plan.slots[i].AddDate(0, 0, 7)
	}
	w := build(t, &cfg, uint64(offset), plan, mask{}, counts{})
	p := w.deployments[0].processes[0]
	kind := proctorbooktest.LoseRequest
	if f.acts {
		kind = proctorbooktest.LoseAnswer
	}
	id := scheduling.BookingID("")
	if f.op != scheduling.OpReserve {
		b, err := p.Book(t.Context(), w.exams[0], w.learners[0].ID, w.plan.slots[0])
		if err != nil {
			t.Fatal(err)
		}
		id = b.ID
		w.advance(20*time.Minute + time.Duration(offset)*time.Second)
	}
	w.script = &script{at: 0, kind: kind}
	w.callAndLeave(t, p, f.op, id)
	if id == "" {
		id = w.deployments[0].ids[0]
	}
	if w.deployments[0].rows[id].row.Intent == nil {
		t.Fatalf("%+v: nothing is open after the lost answer", f)
	}
	return w, id
}

// callAndLeave makes the call, and leaves when its first answer is lost.
func (w *world) callAndLeave(t *testing.T, p *process, op scheduling.Op, id scheduling.BookingID) {
	t.Helper()
	ctx, leave := context.WithCancel(t.Context())
	task := w.start(p, "user", func(context.Context) {
		switch op {
		case scheduling.OpReserve:
			_, _ = p.Book(ctx, w.exams[0], w.learners[0].ID, w.plan.slots[0]) // that it is pending is what we want
		case scheduling.OpMove:
			_, _ = p.Reschedule(ctx, id, w.plan.slots[1])
		default:
			_, _ = p.Cancel(ctx, id, scheduling.Request{})
		}
	})
	for !task.done {
		if task.point.phase == asleep {
			leave() // the first answer is lost, and the user goes away
		}
		w.resume(task)
	}
	leave()
}

// TestRecovery measures in virtual time how soon operations settle once the
// provider is back, for outages of one second to more than a day.
func TestRecovery(t *testing.T) {
	t.Parallel()
	offsets := 20
	if Few {
		offsets = 1
	}
	for _, length := range []time.Duration{time.Second, time.Minute, 10 * time.Minute, time.Hour, 26 * time.Hour} {
		t.Run(length.String(), func(t *testing.T) {
			t.Parallel()
			var positive, proven []time.Duration
			requests, n := 0, 0
			for _, f := range inFlights {
				for offset := range offsets {
					r := outage(t, f, length, offset)
					requests += r.requests
					n++
					switch {
					case r.sentLate:
						t.Errorf("%+v: a reserve or move was sent after the policy's last instant", f)
					case !r.settled && !r.flagged:
						t.Errorf("%+v: neither settled nor flagged", f)
					case !r.settled:
						t.Errorf("%+v: open an hour after the provider's return", f)
					case r.byProof:
						proven = append(proven, r.after)
					default:
						positive = append(positive, r.after)
					}
				}
			}
			check(t, length, positive, proven)
			if most := 10 + 2*int(length/time.Minute); requests > n*most {
				t.Errorf("%d requests during the outage for %d operations, want at most %d for each", requests, n, most)
			}
			t.Logf("settled by an answer: %d, 99 %% within %s, all within %s; by proof of absence: %d, all within %s; requests during the outage: %.1f an operation",
				len(positive), quantile(positive, 0.99), quantile(positive, 1), len(proven), quantile(proven, 1), float64(requests)/float64(n))
		})
	}
}

// check holds the times to the goals: short outages settle by an answer within
// one or two minutes; what needs proof of absence waits until nothing that was
// sent can act any more.
func check(t *testing.T, length time.Duration, positive, proven []time.Duration) {
	t.Helper()
	bounds := scheduling.DefaultTuning()
	slowest, p99 := 120*time.Second, 60*time.Second
	if length >= bounds.Deadline {
		// A booking that was flagged is looked at every two minutes, and a move that
		// is sent no more is settled only when quiet.
		p99, slowest = 150*time.Second, bounds.InFlight+bounds.EvidenceLag+120*time.Second
	}
	if got := quantile(positive, 0.99); got > p99 {
		t.Errorf("99 %% settled within %s of the provider's return, want %s", got, p99)
	}
	if got := quantile(positive, 1); got > slowest {
		t.Errorf("the slowest settled %s after the provider's return, want %s", got, slowest)
	}
	if got, most := quantile(proven, 1), bounds.InFlight+bounds.EvidenceLag+120*time.Second; got > most {
		t.Errorf("absence was proven %s after the provider's return, want %s", got, most)
	}
}

func quantile(times []time.Duration, q float64) time.Duration {
	if len(times) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(times))
	return sorted[min(int(q*float64(len(sorted))), len(sorted)-1)]
}
