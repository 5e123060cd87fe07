package simulation

import (
	"time"

	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/provider"
)

// plan is the frame of a schedule: all that its seed decides beforehand.
type plan struct {
	heavy    bool
	scripted bool // nothing goes wrong but by a script
	dialect  dialect
	passing  bool        // the slots pass during the run
	examDay  bool        // ... and learners mean to sit their exams
	slots    []time.Time // the starts that users ask for
	length   time.Duration
	grace    time.Duration // after the end of a sitting that was never begun

	learners, exams, replicas int
	users                     []userPlan
	foreign                   bool                       // a second deployment shares the provider's account
	backup                    bool                       // a backup of the store is restored on the way
	granted                   []scheduling.Accommodation // of the learners, when the schedule begins
	watch                     time.Duration
	sittings                  int                       // that the exams allow; 0 = one
	budget                    int                       // calls without an answer before the provider counts as down
	patience                  time.Duration             // 0 = the default
	panics                    bool                      // the work on a booking may panic
	losesKey                  bool                      // processes are started again without the older unlock key
	keysBack                  bool                      // ... and are given it when the trouble ends
	often                     proctorbooktest.FaultKind // a forced fault; "" for none
	bulk                      bool                      // Sweep reads the report, which stands for routine watches
	rarely                    bool                      // sweeps and routine watches are rarer while deliveries are shown
	platforms                 int                       // Open edX platforms whose provider the first deployment is
	spread                    bool                      // the slots are days apart: the report of one may be missing, and still show others
}

// odds are the probabilities of a schedule's disturbances.
type odds struct{ request, store, crash float64 }

var (
	mildOdds  = odds{request: 0.02, store: 0.003, crash: 0.005}
	heavyOdds = odds{request: 0.30, store: 0.03, crash: 0.05}
)

func (p *plan) odds() odds {
	switch {
	case p.scripted:
		return odds{}
	case p.heavy:
		return heavyOdds
	}
	return mildOdds
}

// begin is the instant at which every schedule begins: a Thursday.
var begin = time.Date(2027, 1, 7, 0, 0, 0, 0, time.UTC)

// newPlan draws the frame. Even seeds are mild, odd ones heavy.
func newPlan(seed uint64) plan {
	d := dice{seed}
	s := d.stream(decidePlan, 0)
	p := plan{
		heavy: seed%2 == 1, dialect: newDialect(d.stream(decidePlan, 1)), passing: s.chance(0.25), length: 90 * time.Minute,
		learners: 1, exams: 1, replicas: 1 + s.n(3),
		foreign: s.chance(0.1), backup: s.chance(0.04),
	}
	if s.chance(0.15) {
		p.learners = 2
	}
	if s.chance(0.25) {
		p.exams = 2
	}
	if s.chance(0.5) {
		p.watch = 5 * time.Minute
	}
	rules := d.stream(decidePlan, 2)
	p.budget = pick(rules, 2, 4, 20)
	if rules.chance(0.3) {
		p.sittings = 2
	}
	p.examDay = p.passing && rules.chance(0.5)
	p.drawPlatforms(d.stream(decidePlan, 5003))
	bulk := d.stream(decidePlan, 5000)
	p.bulk = bulk.chance(0.5)
	p.rarely = d.stream(decidePlan, 5002).chance(0.3)
	p.panics, p.losesKey, p.keysBack = rules.chance(0.3), rules.chance(0.15), rules.chance(0.5)
	if rules.chance(0.3) {
		p.patience = pick(rules, time.Second, 2*time.Second, 5*time.Second)
	}
	first, gap := begin.AddDate(0, 0, 4).Add(9*time.Hour), pick(s, time.Hour, 2*time.Hour, 3*time.Hour)
	if p.passing {
		p.length, p.grace = pick(s, 20*time.Minute, 45*time.Minute), 10*time.Minute
		first, gap = begin.Add(time.Duration(2+s.n(4))*15*time.Minute), pick(s, 30*time.Minute, time.Hour)
	}
	if p.bulk && !p.passing && bulk.chance(0.5) {
		gap, p.exams, p.spread = 26*time.Hour, 2, true
	}
	for i := range 4 + s.n(3) {
		p.slots = append(p.slots, first.Add(time.Duration(i)*gap))
	}
	for i := range p.learners {
		g := d.stream(decidePlan, 3+i)
		if g.chance(0.3) {
			p.granted = append(p.granted, newGrant(g, &p))
		} else {
			p.granted = append(p.granted, scheduling.Accommodation{})
		}
	}
	for i := range 1 + s.n(2) {
		p.users = append(p.users, newUserPlan(d.stream(decideUser, i), &p))
	}
	return p
}

// drawPlatforms lets the first deployment be the provider of one or two platforms, for
// which most of these schedules have an exam day.
func (p *plan) drawPlatforms(s *stream) {
	if !s.chance(0.15) {
		return
	}
	p.platforms, p.learners, p.backup = 1+s.n(2), 2, false
	if s.chance(0.8) {
		p.passing, p.examDay = true, true
	}
}

// dialect is how the provider of a schedule behaves where the real one is not
// documented, and what the Scheduler is told of it.
type dialect struct {
	play     [][2]string // variant and alternative
	lag      time.Duration
	lagReads int

	repeat      string // on a repeated id
	move        string // same-number, new-number, refused, ignored
	moveCall    bool
	existFirst  bool
	secondDone  bool // a second removal answers "done"
	serialized  bool
	listsDead   bool
	hidesPast   bool // with rows without dates, nothing would show a start that is past
	canceledSrc bool // evidence by the list of canceled reservations
	undated     bool // the report leaves dates out
	mute        bool // what settles an operation comes in a form that proves nothing
}

func (d *dialect) set(variant, alternative string) {
	d.play = append(d.play, [2]string{variant, alternative})
}

// newDialect draws a provider.
func newDialect(s *stream) dialect {
	d := dialect{existFirst: true, serialized: true}
	d.set(proctorutest.VariantErrorLimit, "nothing")
	d.set(proctorutest.VariantErrorSuffix, "never")
	d.set(proctorutest.VariantReportDuplicates, "none")
	d.repeat = pick(s, "refuses-ever", "refuses-ever", "refuses-while-active", "updates", "creates")
	d.set(proctorutest.VariantRepeatedID, d.repeat)
	d.drawMove(s)
	d.drawLists(s)
	if s.chance(0.5) {
		d.existFirst = false
		d.set(proctorutest.VariantCreateOrder, "exist-last")
	}
	d.set(proctorutest.VariantOverlapRule, pick(s, "intersect", "intersect", "none", "same-start"))
	second := pick(s, "canceled", "canceled", "success", "not-found")
	d.secondDone = second == "success"
	d.set(proctorutest.VariantSecondRemoval, second)
	if s.chance(0.3) {
		d.set(proctorutest.VariantLateRemoval, "allowed")
	}
	if s.chance(0.2) {
		d.serialized = false
		d.set(proctorutest.VariantConcurrency, "both-succeed")
	}
	d.drawPeers(s)
	if !d.hidesPast && s.chance(0.4) {
		d.undated = true
		d.set(proctorutest.VariantReportGaps, "every-second")
	}
	return d
}

// drawPeers draws what other people's clients left open of edits, begins and histories.
func (d *dialect) drawPeers(s *stream) {
	d.set(proctorutest.VariantEditKey, pick(s, "number-alone", "number-alone", "both"))
	d.set(proctorutest.VariantEditID, pick(s, "new", "kept"))
	d.set(proctorutest.VariantBeginKey, pick(s, "number-alone", "number-alone", "both", "id-alone"))
	d.set(proctorutest.VariantBeginAnswer, pick(s, "object", "object", "object", "url-rows", "rows", "null"))
	d.set(proctorutest.VariantHistoryText, pick(s, "cancelled-created-by", "first-without-time", "cancelled-by", "oldest-first"))
}

func (d *dialect) drawMove(s *stream) {
	d.moveCall = s.chance(0.3)
	d.move = pick(s, "same-number", "new-number", "new-number", "refused", "ignored")
	if d.moveCall && d.move == "ignored" {
		d.move = "new-number"
	}
	byProvider := pick(s, "same-number", "new-number")
	if d.move == "same-number" || d.move == "new-number" {
		byProvider = d.move
	}
	d.set(proctorutest.VariantCreateWithNumber, d.move)
	if d.moveCall {
		byProvider = d.move
	}
	d.set(proctorutest.VariantMove, byProvider)
	if s.chance(0.1) {
		d.set(proctorutest.VariantMoveRows, "two-for-a-moment")
	}
}

func (d *dialect) drawLists(s *stream) {
	switch s.n(7) {
	case 0, 1:
		d.lag = time.Duration(1+s.n(59)) * time.Second
	case 2:
		d.lagReads = 1 + s.n(4)
	case 3:
		d.listsDead = true
		d.set(proctorutest.VariantCancelledRows, "shown-unmarked")
		d.lag = time.Duration(s.n(2)*45) * time.Second
	case 4:
		d.hidesPast = true
		d.set(proctorutest.VariantPastRows, "hidden-at-start")
		d.lag = time.Duration(s.n(2)*45) * time.Second
	}
	if s.chance(0.4) {
		d.set(proctorutest.VariantReportLag, "minutes")
	}
	d.canceledSrc = s.chance(0.25)
}

// apply makes the fake behave so.
func (d *dialect) apply(p *proctorutest.Server) error {
	for _, v := range d.play {
		if err := p.Play(v[0], v[1]); err != nil {
			return err
		}
	}
	p.SetListLag(d.lag, d.lagReads)
	return nil
}

// proctorU is the adapter, with what the operator knows of the provider.
func (d *dialect) proctorU(client *proctoru.Client) provider.ProctorU {
	p := provider.ProctorU{Client: client, MoveCall: d.moveCall, CanceledListed: d.listsDead}
	if d.canceledSrc {
		p.EvidenceSource = provider.EvidenceCanceledList
	}
	return p
}

func (d *dialect) String() string {
	text := ""
	for _, v := range d.play {
		text += v[0] + "=" + v[1] + " "
	}
	text += "lag=" + d.lag.String() + "/" + digits(d.lagReads)
	if d.moveCall {
		text += " by-move-call"
	}
	if d.canceledSrc {
		text += " by-canceled-list"
	}
	return text
}
