package simulation

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/scheduling"
)

// userPlan is what one person will do, one call after the other.
type userPlan struct {
	learner int
	calls   []userCall
}

// userCall is one click. What it asks for depends on what the page then shows.
type userCall struct {
	roll   int // 0 to 99: what to do
	exam   int
	slot   int
	twice  bool // clicks again at once
	leaves bool // closes the page before the answer
	hand   int  // how a code is typed
	wrong  bool // it is a wrong one
}

func newUserPlan(s *stream, p *plan) userPlan {
	u := userPlan{learner: s.n(p.learners)}
	calls := 2 + s.n(6)
	if p.examDay {
		calls += 8
	}
	if p.platforms > 0 {
		calls = s.n(4) // the learners have enough to do on the platforms
	}
	for range calls {
		u.calls = append(u.calls, userCall{
			roll: s.n(100), exam: s.n(p.exams), slot: s.n(len(p.slots)), twice: s.chance(0.1), leaves: s.chance(0.1),
			hand: s.n(100), wrong: s.chance(0.15),
		})
	}
	return u
}

// wants returns what the learner does with the booking that the page shows.
// People retry, change their minds, and press buttons that are not for them.
func (c userCall) wants(b *scheduling.Booking, now time.Time, examDay bool) scheduling.Action {
	near := b != nil && !b.Start.IsZero() && b.Start.Sub(now) < 15*time.Minute
	switch {
	case b == nil || !b.State.Active():
		return choose(c.roll, 90, scheduling.ActionBook, 95, scheduling.ActionCancel, 100, "")
	case b.State == scheduling.StateBegun:
		return choose(c.roll, 30, scheduling.ActionBegin, 75, scheduling.ActionUnlock, 85, scheduling.ActionFinish, 95, scheduling.ActionCancel, 100, scheduling.ActionReschedule)
	case b.State == scheduling.StateUnlocked:
		return choose(c.roll, 30, scheduling.ActionBegin, 75, scheduling.ActionFinish, 90, scheduling.ActionUnlock, 100, scheduling.ActionCancel)
	case examDay && near && b.State == scheduling.StateScheduled:
		return choose(c.roll, 90, scheduling.ActionBegin, 100, scheduling.ActionReschedule)
	case examDay && b.State == scheduling.StateScheduled:
		return choose(c.roll, 10, scheduling.ActionReschedule, 15, scheduling.ActionCancel, 100, "")
	case near && b.State == scheduling.StateScheduled:
		return choose(c.roll, 50, scheduling.ActionBegin, 75, scheduling.ActionCancel, 95, scheduling.ActionReschedule, 100, scheduling.ActionFinish)
	}
	return choose(c.roll, 45, scheduling.ActionReschedule, 82, scheduling.ActionCancel, 92, scheduling.ActionBook, 95, scheduling.ActionBegin, 100, "")
}

// choose returns the action behind the first bound above roll: bounds and actions alternate.
func choose(roll int, of ...any) scheduling.Action {
	for i := 0; i+1 < len(of); i += 2 {
		if roll < of[i].(int) {
			switch a := of[i+1].(type) {
			case scheduling.Action:
				return a
			}
			return ""
		}
	}
	return ""
}

// user is a person at a deployment's page.
type user struct {
	plan userPlan
	next int // the call to make next
	busy *task
}

// click starts the user's next call on one of the processes, if there is one.
func (w *world) click(d *deployment, u *user) {
	c := u.plan.calls[u.next]
	place := u.next
	u.next++
	if !w.may(decideUser, d.index*1000+w.userIndex(d, u)*100+place) {
		return
	}
	p := d.processes[w.steps.n(len(d.processes))]
	id := d.shown(w.learners[u.plan.learner].ID, w.exams[c.exam].Key())
	var b *scheduling.Booking
	if id != "" {
		b = &d.rows[id].row
	}
	action := c.wants(b, w.now, w.plan.examDay)
	body := func(ctx context.Context) { w.call(ctx, p, u.plan.learner, action, c, id) }
	name := "user " + string(action) + " " + strconv.Itoa(c.slot)
	u.busy = w.start(p, name, body)
	if c.twice {
		w.start(p, name+" again", body)
	}
	if c.leaves {
		w.leaving = append(w.leaving, u.busy)
	}
}

func (w *world) userIndex(d *deployment, u *user) int {
	for i := range d.users {
		if d.users[i] == u {
			return i
		}
	}
	return 0
}

// call makes the call and lets the judge see what the user is told.
func (w *world) call(ctx context.Context, p *process, learner int, action scheduling.Action, c userCall, id scheduling.BookingID) {
	d, exam, who, slot := p.deployment, w.exams[c.exam], w.learners[learner].ID, w.plan.slots[c.slot]
	w.counts.hit("call", "user "+string(action))
	var err error
	switch action {
	case scheduling.ActionBook:
		b, err := p.Book(ctx, exam, who, slot)
		w.told(d, p, scheduling.OpReserve, b, slot, err)
	case scheduling.ActionReschedule:
		b, err := p.Reschedule(ctx, id, slot)
		w.told(d, p, scheduling.OpMove, b, slot, err)
	case scheduling.ActionCancel:
		b, err := p.Cancel(ctx, id, scheduling.Request{})
		w.told(d, p, scheduling.OpCancel, b, time.Time{}, err)
	case scheduling.ActionBegin:
		err = w.begin(ctx, p, id)
	case scheduling.ActionUnlock:
		err = w.unlock(ctx, p, id, c)
	case scheduling.ActionFinish:
		_, err = p.Finish(ctx, id)
	default:
		_, err = p.Status(ctx, exam, who)
	}
	w.toldError(p, err)
}

// toldError looks at an error that a call ended with. Callers must be able to
// tell it apart: one that they can't is a mistake of the product.
func (w *world) toldError(p *process, err error) {
	if err == nil {
		return
	}
	if p, ok := errors.AsType[*scheduling.PanicError](err); ok && !played(p.Value) {
		panic(fmt.Sprintf("%v\n%s", p.Value, p.Stack)) // the engine's or the world's own: never to be passed over
	}
	kind := errorKind(err)
	w.trace.add(w.elapsed(), p.name, "told", kind)
	w.counts.hit("told", kind)
	if errors.Is(err, scheduling.ErrLearnerBusy) {
		w.counts.hit("world", "own exam in the way")
	}
	if strings.HasPrefix(kind, "other: ") {
		w.violate(stateA, "a caller gets an error that is of no known kind: "+err.Error(), "")
	}
}

// errorKind names the error as a caller would tell it apart.
func errorKind(err error) string {
	switch {
	case err == nil:
		return "done"
	case is[*scheduling.PendingError](err):
		return "pending"
	case is[*scheduling.PanicError](err):
		return "panic"
	case is[*scheduling.UnreadableError](err):
		return "unreadable"
	case errors.Is(err, scheduling.ErrNoUnlockKey):
		return "no key"
	case is[*scheduling.SlotTakenError](err):
		return "slot taken"
	case is[*scheduling.RefusedError](err):
		return "refused"
	case is[*scheduling.AlreadyBookedError](err):
		return "already booked"
	case is[*scheduling.NotAllowedError](err):
		return "not allowed"
	case is[*proctorbook.ValidationError](err):
		return "invalid"
	case is[*scheduling.TooEarlyError](err):
		return "too early"
	case errors.Is(err, scheduling.ErrWrongCode):
		return "wrong code"
	case errors.Is(err, errStore):
		return "store failed"
	case errors.Is(err, scheduling.ErrConflict):
		return "conflict"
	case errors.Is(err, scheduling.ErrNotFound):
		return "not found"
	case errors.Is(err, context.Canceled):
		return "left"
	case errors.Is(err, proctorbook.ErrOutcomeUnknown):
		return "unknown outcome"
	case errors.Is(err, proctorbook.ErrNotDone):
		return "not done"
	case is[*proctoru.Error](err), errors.Is(err, proctoru.ErrServer), strings.Contains(err.Error(), "proctoru:"), errors.Is(err, scheduling.ErrProviderDown):
		return "provider failed"
	}
	return "other: " + err.Error()
}

func is[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}

func digits(n int) string { return strconv.Itoa(n) }
