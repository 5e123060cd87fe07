package simulation

import (
	"context"
	"time"

	"github.com/proctorbook/proctorbook/scheduling"
)

// happen lets something begin: a call, a pass, an act of the provider, time.
func (w *world) happen() {
	d := w.deployments[0]
	if len(w.deployments) > 1 && w.steps.chance(0.25) {
		d = w.deployments[1]
	}
	p := d.processes[w.steps.n(len(d.processes))]
	if d.journal.kept && w.steps.chance(0.05) {
		w.backup(d)
		return
	}
	if w.plan.examDay && w.steps.chance(0.15) {
		w.approach(d)
		w.someoneClicks(d)
		return
	}
	w.repair(d, w.now)
	if d.index == 0 && len(w.campuses) > 0 && w.steps.chance(0.7) {
		w.onCampus(d, p)
		return
	}
	if w.steps.chance(0.006) {
		w.spoil(d)
	}
	switch roll := w.steps.n(100); {
	case roll < 30:
		w.someoneClicks(d)
	case roll < 50:
		w.reconcile(p)
	case roll < 53:
		w.sweep(p)
	case roll < 64:
		w.tick()
	case roll < 71:
		w.jump()
	case roll < 80:
		w.provide()
	case roll < 83:
		w.mail(p)
	case roll < 85:
		w.wake(p)
	case roll < 88:
		w.goDown()
	case roll < 90:
		w.leave()
	case roll < 91:
		w.crashIdle(p)
	case roll < 93:
		w.staff(d, p)
	case roll < 94:
		w.edit(p)
	case roll < 97:
		w.approach(d)
	default:
		w.storms()
	}
}

func (w *world) someoneClicks(d *deployment) {
	u := d.users[w.steps.n(len(d.users))]
	if u.next == len(u.plan.calls) || u.busy != nil && !u.busy.done {
		w.tick()
		return
	}
	w.click(d, u)
}

func (w *world) reconcile(p *process) {
	if p.reconciling != nil && !p.reconciling.done {
		return
	}
	p.reconciling = w.start(p, "reconcile", func(ctx context.Context) {
		before, began := p.deployment.snapshot(), w.now
		report, err := p.Reconcile(ctx)
		w.judgePass(p.deployment, before, began, report, err)
		w.judgeLastHours(p.deployment, before, began, report, err)
		if report.ProviderDown {
			w.counts.hit("world", "provider counted as down")
		}
		w.toldError(p, err)
	})
}

func (w *world) sweep(p *process) {
	if p.sweeping != nil && !p.sweeping.done {
		return
	}
	p.sweeping = w.start(p, "sweep", func(ctx context.Context) {
		_, err := p.Sweep(ctx)
		w.toldError(p, err)
	})
}

// clickedOut reports whether no user has another call to make.
func (w *world) clickedOut() bool {
	for _, d := range w.deployments {
		for _, u := range d.users {
			if u.next < len(u.plan.calls) {
				return false
			}
		}
	}
	return true
}

// tick lets a little time go by.
func (w *world) tick() { w.advance(time.Duration(1+w.steps.n(20)) * time.Second) }

// jumps are about as long as the protocol's bounds: a little longer than the
// list's lag, a lease, the evidence's lag, and so on.
var jumps = []time.Duration{
	30 * time.Second, 61 * time.Second, 61 * time.Second, 90 * time.Second, 125 * time.Second, 125 * time.Second, 3 * time.Minute,
	245 * time.Second, 5 * time.Minute, 10 * time.Minute, 16 * time.Minute,
}

// jump lets much time go by at once.
func (w *world) jump() {
	d := jumps[w.steps.n(len(jumps))]
	if w.chance(decideJump, 1, "jump") {
		w.trace.add(w.elapsed(), "clock jumps", d.String())
		w.counts.hit("world", "jump of the clock")
		w.advance(d)
	}
}

// approach moves the clock to when a booking can begin, or past its end.
func (w *world) approach(d *deployment) {
	if !w.plan.passing || len(d.ids) == 0 || len(w.campuses) > 0 && d.inSession() && w.steps.chance(0.9) {
		return
	}
	b := &d.rows[d.ids[w.steps.n(len(d.ids))]].row
	at := b.Start.Add(-time.Duration(w.steps.n(16)) * time.Minute)
	if w.steps.chance(0.2) {
		at = b.End().Add(b.Exam.Policy.NoShowAfter)
	}
	if b.State == scheduling.StateScheduled && at.After(w.now) && w.chance(decideJump, 1, "approach") {
		w.trace.add(w.elapsed(), "the time comes for", string(b.ID))
		w.counts.hit("world", "time of a start or an end")
		w.advanceTo(at)
	}
}

// leave closes a page whose answer is still awaited.
func (w *world) leave() {
	if len(w.leaving) == 0 {
		return
	}
	t := w.leaving[0]
	w.leaving = w.leaving[1:]
	if !t.done && w.chance(decideJump, 1, "close the page") {
		w.counts.hit("world", "page closed")
		w.trace.add(w.elapsed(), t.name, "page closed")
		t.cancel()
	}
}

// wake makes a booking due, as a page may do that shows it: any booking, once or
// twice, or one that is not ours.
func (w *world) wake(p *process) {
	id := "pb-elsewhere-1"
	if ids := p.deployment.ids; len(ids) > 0 && !w.steps.chance(0.1) {
		id = string(ids[w.steps.n(len(ids))])
	} else {
		w.counts.hit("world", "foreign id woken")
	}
	for range 1 + w.steps.n(2) {
		w.counts.hit("world", "booking woken")
		w.start(p, "wake", func(ctx context.Context) { w.toldError(p, p.Wake(ctx, id)) })
	}
}

func (w *world) goDown() {
	if w.chance(decideProvider, 0.3, "outage") {
		w.downTil = w.now.Add(time.Duration(10+w.steps.n(600)) * time.Second)
		w.trace.add(w.elapsed(), "provider is down until", w.downTil.Format(time.TimeOnly))
	}
}

func (w *world) storms() {
	if w.chance(decideStore, 0.3, "storm") {
		w.storm = 1 + w.steps.n(6)
		w.counts.hit("store", "storm of conflicts")
	}
}
