package simulation

import (
	"context"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/internal/testserver"
	"github.com/proctorbook/proctorbook/scheduling"
)

// world is one schedule: a provider, one or two deployments of the product, the
// people who use them, and the clock.
type world struct {
	t    testing.TB
	cfg  *Config
	seed uint64
	mask mask
	dice dice
	plan plan

	now      time.Time
	calm     bool // faults have stopped, and nobody pauses any more
	provider *testserver.ProctorU
	truth    truth
	learners []scheduling.Learner
	exams    []scheduling.Exam

	deployments []*deployment
	tasks       []*task
	current     *task
	leaving     []*task // whose users will close the page
	steps       *stream // the choices that can't be left out

	places  map[decision]int // how many questions of a kind were asked
	taken   []disturbance    // what was disturbed
	fault   testserver.Fault // for the request under way
	downTil time.Time
	storm   int // updates that will meet a conflict
	script  *script

	counts     counts
	trace      trace
	violations []violation
}

// newWorld sets a schedule up. What happens in it is added to c.
func newWorld(t testing.TB, cfg *Config, seed uint64, m mask, c counts) *world {
	return build(t, cfg, seed, newPlan(seed), m, c)
}

// build sets up the world of a plan.
func build(t testing.TB, cfg *Config, seed uint64, p plan, m mask, c counts) *world {
	w := &world{
		t: t, cfg: cfg, seed: seed, mask: m, dice: dice{seed}, plan: p, now: begin,
		places: map[decision]int{}, counts: c, truth: truth{byNumber: map[string]*reservation{}},
	}
	w.steps = w.dice.stream(decideStep, 0)
	w.provider = testserver.NewProctorU(clock{w}, testserver.WithSeed(seed), testserver.WithFirstNumber(1001))
	if err := w.plan.dialect.apply(w.provider); err != nil {
		t.Fatal(err)
	}
	w.provider.SetFaultPlan(func(string) testserver.Fault { return w.fault })
	w.provider.SetSlots(w.offered)
	w.people()
	w.deploy(0, w.plan.replicas, w.plan.users)
	if w.plan.foreign {
		other := w.plan
		w.deploy(1, 1, []userPlan{newUserPlan(w.dice.stream(decideUser, 100), &other)})
	}
	return w
}

// offered returns the schedule's slots of a day.
func (w *world) offered(day time.Time) []time.Time {
	var slots []time.Time
	for _, s := range w.plan.slots {
		if !s.Before(day) && s.Before(day.AddDate(0, 0, 1)) {
			slots = append(slots, s)
		}
	}
	return slots
}

func (w *world) elapsed() time.Duration { return w.now.Sub(begin) }

// advanceTo moves the clock forward, and lets the provider carry out what was
// under way and is due.
func (w *world) advanceTo(t time.Time) {
	if !t.After(w.now) {
		return
	}
	jumped := t.Sub(w.now) >= lagBound
	w.now = t
	w.provider.Tick()
	w.observe(byWire)
	if jumped {
		w.catchUp()
	}
}

func (w *world) advance(d time.Duration) { w.advanceTo(w.now.Add(d)) }

// run plays the schedule to its end.
func (w *world) run() {
	for left := 40; left > 0; {
		if len(w.violations) > 0 {
			return
		}
		w.drop()
		if t := w.ready(); t != nil && w.steps.chance(0.75) {
			w.goOn(t)
			continue
		}
		if w.clickedOut() {
			left--
		}
		w.happen()
	}
	w.settle()
	w.finish()
}

// drop forgets the tasks that are done.
func (w *world) drop() {
	alive := w.tasks[:0]
	for _, t := range w.tasks {
		if !t.done {
			alive = append(alive, t)
		}
	}
	w.tasks = alive
}

// ready chooses a task that can go on.
func (w *world) ready() *task {
	n := 0
	for _, t := range w.tasks {
		if t.runnable(w.now) {
			n++
		}
	}
	if n == 0 {
		return nil
	}
	n = w.steps.n(n)
	for _, t := range w.tasks {
		if t.runnable(w.now) {
			if n--; n < 0 {
				return t
			}
		}
	}
	return nil
}

// goOn resumes the task, unless its process dies where it stands.
func (w *world) goOn(t *task) {
	if t.point.phase == before || t.point.phase == after {
		if w.chance(decideCrash, w.plan.odds().crash/2, "crash") {
			w.crash(t.process, t.point)
			return
		}
	}
	w.trace.step(w.elapsed(), t.process.name, t.name, string(t.point.phase), t.point.what)
	w.resume(t)
}

// settle ends the disturbances: faults stop, what is under way arrives, and who
// is at work comes to an end.
func (w *world) settle() {
	w.fault, w.downTil, w.storm = testserver.Fault{}, time.Time{}, 0
	w.trace.add(w.elapsed(), "faults stop")
	w.mask.calm = true
	for range 4000 {
		w.drop()
		t := w.ready()
		if t != nil {
			w.resume(t)
			continue
		}
		if len(w.tasks) == 0 {
			break
		}
		w.advanceTo(w.nextWake())
	}
	if w.drop(); len(w.tasks) > 0 {
		w.violate(stateA, "calls do not end: "+w.tasks[0].name+" stands "+w.tasks[0].point.String(), "")
	}
	w.calm = true
	for w.provider.Pending() > 0 {
		w.advance(time.Minute)
	}
}

// nextWake is when the next sleeping task wakes up.
func (w *world) nextWake() time.Time {
	at := w.now.Add(time.Hour)
	for _, t := range w.tasks {
		if t.point.phase == asleep && t.wake.Before(at) {
			at = t.wake
		}
	}
	return at
}

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
	switch roll := w.steps.n(100); {
	case roll < 30:
		w.someoneClicks(d)
	case roll < 50:
		w.reconcile(p)
	case roll < 53:
		w.sweep(p)
	case roll < 67:
		w.tick()
	case roll < 74:
		w.jump()
	case roll < 83:
		w.provide()
	case roll < 88:
		w.webhook(p)
	case roll < 91:
		w.goDown()
	case roll < 93:
		w.leave()
	case roll < 94:
		w.crashIdle(p)
	case roll < 95:
		w.staff(d, p)
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
		_, err := p.Reconcile(ctx)
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

// clickedOut says that nobody has another call to make.
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

// approach lets the time come at which a booking can begin, or its end pass.
func (w *world) approach(d *deployment) {
	if !w.plan.passing || len(d.ids) == 0 {
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

// webhook delivers an event: about any booking, late or twice, or about an id
// that is not ours.
func (w *world) webhook(p *process) {
	id := "pb-elsewhere-1"
	if ids := p.deployment.ids; len(ids) > 0 && !w.steps.chance(0.1) {
		id = string(ids[w.steps.n(len(ids))])
	} else {
		w.counts.hit("world", "webhook about a foreign id")
	}
	for range 1 + w.steps.n(2) {
		w.counts.hit("world", "webhook")
		w.start(p, "webhook", func(ctx context.Context) { w.toldError(p, p.Wake(ctx, id)) })
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
