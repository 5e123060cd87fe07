package simulation

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/memstore"
)

// act is a call of the product, in a world in which something was booked if
// booked is set.
type act struct {
	name   string
	booked bool
	near   bool // shortly before the start
	do     func(ctx context.Context, w *world, p *process, id scheduling.BookingID) (scheduling.Booking, error)
	op     scheduling.Op
}

var acts = []act{
	{name: "Book", op: scheduling.OpReserve, do: func(ctx context.Context, w *world, p *process, _ scheduling.BookingID) (scheduling.Booking, error) {
		return p.Book(ctx, w.exams[0], w.learners[0].ID, w.plan.slots[0])
	}},
	{name: "Reschedule", booked: true, op: scheduling.OpMove, do: func(ctx context.Context, w *world, p *process, id scheduling.BookingID) (scheduling.Booking, error) {
		return p.Reschedule(ctx, id, w.plan.slots[1])
	}},
	{name: "Cancel", booked: true, op: scheduling.OpCancel, do: func(ctx context.Context, _ *world, p *process, id scheduling.BookingID) (scheduling.Booking, error) {
		return p.Cancel(ctx, id, scheduling.Request{})
	}},
	{name: "Begin", booked: true, near: true, op: scheduling.OpBegin, do: func(ctx context.Context, _ *world, p *process, id scheduling.BookingID) (scheduling.Booking, error) {
		l, err := p.Begin(ctx, id)
		return l.Booking, err
	}},
	{name: "Reconcile", booked: true, do: func(ctx context.Context, _ *world, p *process, _ scheduling.BookingID) (scheduling.Booking, error) {
		_, err := p.Reconcile(ctx)
		return scheduling.Booking{}, err
	}},
	{name: "Sweep", booked: true, do: func(ctx context.Context, _ *world, p *process, _ scheduling.BookingID) (scheduling.Booking, error) {
		_, err := p.Sweep(ctx)
		return scheduling.Booking{}, err
	}},
}

const documented = "as documented"

// providers are the dialects of the exhaustive tests.
var providers = map[string]func(*dialect){
	documented: func(*dialect) {},
	"creates again, moves by a new number, lists late, OVERLAP first": func(d *dialect) {
		d.repeat, d.move, d.existFirst, d.lag = "creates", "new-number", false, 45*time.Second
		d.set(proctorutest.VariantRepeatedID, d.repeat)
		d.set(proctorutest.VariantCreateWithNumber, d.move)
		d.set(proctorutest.VariantCreateOrder, "exist-last")
	},
	"refuses active ids, second removal succeeds, evidence late": func(d *dialect) {
		d.repeat, d.secondDone, d.canceledSrc = "refuses-while-active", true, true
		d.set(proctorutest.VariantRepeatedID, d.repeat)
		d.set(proctorutest.VariantSecondRemoval, "success")
		d.set(proctorutest.VariantReportLag, "minutes")
	},
}

// quiet is a plan in which nothing goes wrong by chance.
func quiet(change func(*dialect)) plan {
	d := dialect{repeat: "refuses-ever", move: "same-number", existFirst: true, serialized: true}
	d.set(proctorutest.VariantErrorLimit, "nothing")
	d.set(proctorutest.VariantErrorSuffix, "never")
	d.set(proctorutest.VariantMove, "same-number")
	change(&d)
	first := begin.Add(3 * time.Hour)
	return plan{
		scripted: true, dialect: d, length: 90 * time.Minute, learners: 1, exams: 1, replicas: 1, watch: 5 * time.Minute,
		slots: []time.Time{first, first.Add(3 * time.Hour), first.Add(6 * time.Hour)},
	}
}

// single plays one call with one fault, at one of its requests, and one crash,
// at one of its pauses; -1 is none. It returns what broke, and whether the fault
// struck and the process died.
func single(t *testing.T, a act, change func(*dialect), request int, kind proctorbooktest.FaultKind, crash int) (broken []violation, struck, died bool) {
	cfg := Config{Store: "memory", Open: func(_ testing.TB, seed uint64) scheduling.Store {
		return memstore.New(memstore.WithNamespace(fmt.Sprintf("s%07d", seed)))
	}}
	w := build(t, &cfg, 7, quiet(change), mask{}, counts{})
	p := w.deployments[0].processes[0]
	id := scheduling.BookingID("")
	if a.booked {
		w.alone(func() {
			b, err := p.Book(t.Context(), w.exams[0], w.learners[0].ID, w.plan.slots[2])
			if err != nil {
				t.Fatal(err)
			}
			id = b.ID
		})
		w.advance(6 * time.Minute)
	}
	if a.near {
		w.advanceTo(w.plan.slots[2].Add(-5 * time.Minute))
	}
	w.script = &script{at: request, kind: kind}
	died = w.until(w.start(p, a.name, func(ctx context.Context) {
		b, err := a.do(ctx, w, p, id)
		if a.op == scheduling.OpReserve || a.op == scheduling.OpMove || a.op == scheduling.OpCancel {
			w.told(p.deployment, p, a.op, b, map[scheduling.Op]time.Time{scheduling.OpReserve: w.plan.slots[0], scheduling.OpMove: w.plan.slots[1]}[a.op], err)
		}
	}), crash)
	struck = w.provider.Counts().Faults[kind] > 0
	w.settle()
	w.finish()
	return w.violations, struck, died
}

// until lets the task and its calls run alone, and their process die at the pause
// with that number.
func (w *world) until(t *task, crash int) (crashed bool) {
	for pause := 0; !t.done; pause++ {
		now := w.turnOf(t)
		if pause == mostPauses {
			w.t.Fatalf("%s does not end: it stands %s", t.name, now.point)
		}
		if pause == crash {
			w.crash(t.process, now.point)
			return true
		}
		w.resume(now)
	}
	return false
}

// mostPauses is far more than any operation makes.
const mostPauses = 10000

// turnOf returns the task, or the call of it that it waits for.
func (w *world) turnOf(t *task) *task {
	for _, call := range w.tasks {
		if call.caller == t && !call.done && t.point.phase == waiting && !t.until() {
			return w.turnOf(call)
		}
	}
	if t.point.phase == asleep {
		w.advanceTo(t.wake)
	}
	return t
}

// TestEverySingleFault plays each operation with each fault at each of its
// requests, and with the process dying at each point before and after each call
// to the store and the provider. Under the race detector, which finds the same in
// each of them, that is done at the provider as documented, and a fault comes without a death.
func TestEverySingleFault(t *testing.T) {
	if testing.Short() {
		t.Skip("not with -short: thousands of schedules")
	}
	kinds := everyFault()
	for name, change := range providers {
		if Few && name != documented {
			continue
		}
		for _, a := range acts {
			t.Run(name+"/"+a.name, func(t *testing.T) {
				t.Parallel()
				schedules := everyCrash(t, a, change, -1, "")
				if schedules == 0 {
					t.Error("the process never died")
				}
				for _, kind := range kinds {
					for request := range mostRequests {
						schedules += everyCrash(t, a, change, request, kind)
					}
				}
				t.Logf("%d schedules", schedules)
			})
		}
	}
}

// mostRequests is more than any of the operations sends before it waits for a
// later look.
const mostRequests = 6

// everyCrash plays one fault without a crash, and with one at each pause.
func everyCrash(t *testing.T, a act, change func(*dialect), request int, kind proctorbooktest.FaultKind) (schedules int) {
	for crash := -1; ; crash++ {
		broken, struck, died := single(t, a, change, request, kind, crash)
		if len(broken) > 0 {
			t.Fatalf("fault %q at request %d, crash at pause %d: %v", kind, request, crash, broken)
		}
		if crash < 0 && kind != "" && !struck || crash >= 0 && !died {
			return schedules
		}
		schedules++
		if Few && kind != "" {
			return schedules
		}
	}
}
