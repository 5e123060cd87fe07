package simulation

import (
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/proctorbook/proctorbook/edx"
	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/openedx"
	"github.com/proctorbook/proctorbook/scheduling/platform"
)

// deployment is an installation of the product: one store, and the processes
// and people that use it.
type deployment struct {
	index     int
	namespace string
	store     scheduling.Store // the medium; it survives its processes
	journal   journal
	processes []*process
	users     []*user
	requests  int // that its processes have sent
	damages   []damage

	// What the judge knows.
	rows     map[scheduling.BookingID]*record
	ids      []scheduling.BookingID // of rows, oldest first
	restored bool                   // a backup was restored: what the store promised is void
	lost     map[scheduling.BookingID]bool
}

// process is one replica. Its death ends its tasks and takes its memory; the
// store stays.
type process struct {
	*scheduling.Scheduler
	deployment  *deployment
	name        string
	lives       int
	reconciling *task
	sweeping    *task
	inbox       http.Handler      // of the provider's notifications
	bridge      *openedx.Provider // of platforms; nil without any
	working     *task
}

// zone is the exam office's.
var zone = sync.OnceValue(func() *time.Location {
	loc, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		panic("simulation: " + err.Error())
	}
	return loc
})

// people makes the learners and the exams.
func (w *world) people() {
	names := []string{"Ada", "Grace"}
	for i := range w.plan.learners {
		w.learners = append(w.learners, scheduling.Learner{
			ID: scheduling.LearnerID("42" + strconv.Itoa(i)), Username: "learner" + strconv.Itoa(i), Name: names[i] + " Example",
			Email: "learner" + strconv.Itoa(i) + "@example.org", Zone: "Europe/Paris", UpdatedAt: begin,
			Profile: scheduling.Profile{GivenName: names[i], FamilyName: "Example", Phone: "+33100000000", Country: "FR"},
		})
	}
	for i := range w.plan.exams {
		w.exams = append(w.exams, scheduling.Exam{
			Course: course, Usage: usages[i], Name: "Final exam " + strconv.Itoa(i+1), Zone: zone(), Duration: w.plan.length,
			Window: scheduling.Window{Start: begin.AddDate(0, 0, -1), End: begin.AddDate(0, 0, 20)},
			Policy: scheduling.Policy{NoShowAfter: w.plan.grace, Sittings: w.plan.sittings},
		})
	}
}

var (
	course = edx.MustCourseKey("course-v1:ExampleX+CS101+2027")
	usages = []edx.UsageKey{
		edx.MustUsageKey("block-v1:ExampleX+CS101+2027+type@sequential+block@final"),
		edx.MustUsageKey("block-v1:ExampleX+CS101+2027+type@sequential+block@resit"),
	}
)

// deploy makes an installation with its own store.
func (w *world) deploy(index, replicas int, users []userPlan) {
	d := &deployment{index: index, rows: map[scheduling.BookingID]*record{}, lost: map[scheduling.BookingID]bool{}}
	w.openStore(d)
	for i := range replicas {
		p := &process{deployment: d, name: string(rune('A'+i)) + strconv.Itoa(index)}
		d.processes = append(d.processes, p)
		w.boot(p)
	}
	for _, u := range users {
		d.users = append(d.users, &user{plan: u})
	}
	w.deployments = append(w.deployments, d)
}

// boot starts the process: new clients and a new Scheduler on the store.
func (w *world) boot(p *process) {
	p.lives++
	d := p.deployment
	client, err := proctoru.NewClient(proctorbooktest.InProcessURL, w.provider.Token,
		proctoru.WithTransport(&wire{w: w, process: p, life: p.lives, inner: proctorbooktest.InProcess(w.provider)}),
		proctoru.WithClock(clock{w}), proctoru.WithLimiter(freely{}), proctoru.WithRetries(1, 1, 1))
	if err != nil {
		w.t.Fatal(err)
	}
	ids := w.dice.stream(decideIDs, d.index*100000+int(p.name[0])*1000+p.lives)
	opts := []scheduling.Option{
		scheduling.WithClock(clock{w}), scheduling.WithRandom(ids), scheduling.WithSweep(scheduling.SweepRemove),
		scheduling.WithUnlockKeys(w.keys(p)...),
	}
	if w.plan.budget > 0 {
		opts = append(opts, scheduling.WithTuning(scheduling.Tuning{RetryBudget: w.plan.budget}))
	}
	if w.plan.watch > 0 {
		opts = append(opts, scheduling.WithTuning(scheduling.Tuning{WatchInterval: w.plan.watch}))
	}
	if w.plan.rarely {
		opts = append(opts, scheduling.WithTuning(scheduling.Tuning{WatchWithDeliveries: rareRounds * w.interval()}))
	}
	if w.plan.bulk {
		opts = append(opts, scheduling.WithTuning(scheduling.Tuning{BulkFrom: 1}))
	}
	if w.plan.patience > 0 {
		opts = append(opts, scheduling.WithTuning(scheduling.Tuning{Patience: w.plan.patience}))
	}
	seam := &seam{w: w, process: p, life: p.lives}
	var learning platform.Platform = school()
	var joined *openedx.Platforms
	if len(w.campuses) > 0 && d.index == 0 {
		joined = w.join(p)
		learning = joined
	}
	if p.Scheduler, err = scheduling.New(w.plan.dialect.proctorU(client), learning, seam, opts...); err != nil {
		w.t.Fatal(err)
	}
	if joined != nil {
		w.bridged(p, joined)
	}
	p.inbox = p.mailbox()
}

// crash is the death of a process, and its restart.
func (w *world) crash(p *process, at point) {
	w.counts.hit("crash", at.String())
	w.trace.add(w.elapsed(), p.name, "dies", at.String())
	for _, t := range w.tasks {
		if t.process == p && !t.done {
			w.kill(t)
		}
	}
	d := p.deployment
	if w.cfg.Reopen != nil {
		d.store = w.cfg.Reopen(w.t, d.store)
	}
	w.boot(p)
}

// crashIdle lets a process die between two pieces of work, or in a sleep.
func (w *world) crashIdle(p *process) {
	if w.chance(decideCrash, w.plan.odds().crash*4, "crash") {
		w.crash(p, point{"work", atStart})
	}
}

// shown returns the booking that the page shows the learner: the active one,
// else the newest.
func (d *deployment) shown(learner scheduling.LearnerID, exam scheduling.ExamKey) scheduling.BookingID {
	var newest scheduling.BookingID
	for _, id := range d.ids {
		b := &d.rows[id].row
		if b.Learner != learner || b.Exam.Key() != exam {
			continue
		}
		newest = id
		if b.State.Active() {
			return id
		}
	}
	return newest
}
