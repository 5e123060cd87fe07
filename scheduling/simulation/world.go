package simulation

import (
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/openedx"
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
	calm     bool // faults have stopped, and tasks no longer pause
	provider *proctorutest.Server
	truth    truth
	learners []scheduling.Learner
	granted  [][]scheduling.Accommodation // what each learner was ever granted
	exams    []scheduling.Exam

	deployments []*deployment
	campuses    []*campus
	bridge      bridge
	tasks       []*task
	current     *task
	leaving     []*task // whose users will close the page
	timeouts    []timeout
	wired       map[callOfBooking]string // the lease of each write that is on its way
	post        []proctorutest.WebhookDelivery
	steps       *stream // the choices that can't be left out

	places   map[decision]int      // how many questions of a kind were asked
	taken    []disturbance         // what was disturbed
	fault    proctorbooktest.Fault // for the request under way
	badDay   time.Time             // the report of that day can't be read; zero for none
	downTil  time.Time
	keysBack bool // every process has all keys
	storm    int  // updates that will meet a conflict
	script   *script

	counts     counts
	trace      trace
	violations []violation
}

// newWorld sets a schedule up. What happens in it is added to c.
func newWorld(t testing.TB, cfg *Config, seed uint64, m mask, c counts) *world {
	p := newPlan(seed)
	p.force(cfg.forced)
	return build(t, cfg, seed, p, m, c)
}

// build sets up the world of a plan.
func build(t testing.TB, cfg *Config, seed uint64, p plan, m mask, c counts) *world {
	w := &world{
		t: t, cfg: cfg, seed: seed, mask: m, dice: dice{seed}, plan: p, now: begin,
		places: map[decision]int{}, wired: map[callOfBooking]string{}, counts: c, truth: truth{byNumber: map[string]*reservation{}},
	}
	w.steps = w.dice.stream(decideStep, 0)
	w.provider = proctorutest.NewUnstartedServer(proctorutest.WithClock(clock{w}), proctorutest.WithSeed(seed), proctorutest.WithFirstNumber(1001))
	if err := w.plan.dialect.apply(w.provider); err != nil {
		t.Fatal(err)
	}
	w.provider.SetFaultPlan(func(string) proctorbooktest.Fault { return w.fault })
	w.provider.SetSlots(w.offered)
	w.provider.EnableWebhooks(webhookSecret)
	w.people()
	w.found()
	w.accommodate()
	w.bridge = bridge{store: openedx.NewMemory(), typed: map[scheduling.BookingID]bool{}}
	w.deploy(0, w.plan.replicas, w.plan.users)
	w.bridge.platforms = &process{deployment: w.deployments[0], name: "LMS"}
	for _, c := range w.campuses {
		for i := range w.exams {
			w.publish(c, i)
		}
	}
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
	left := 40
	if len(w.campuses) > 0 {
		left = 100 // sittings take their time
	}
	for left > 0 {
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
	w.judgeExits()
	w.settleCampuses()
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
	w.expire()
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

// settle ends the disturbances: faults stop, what is under way arrives, and the
// tasks run to their end.
func (w *world) settle() {
	w.fault, w.downTil, w.storm = proctorbooktest.Fault{}, time.Time{}, 0
	for _, d := range w.deployments {
		w.repair(d, w.now.AddDate(1, 0, 0))
	}
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
	if w.plan.keysBack {
		w.giveKeys()
	}
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
