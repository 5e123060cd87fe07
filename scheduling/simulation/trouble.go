package simulation

import (
	"context"
	"errors"
	"time"

	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/internal/caught"
)

// This file is about one bad thing beside many good ones: a record that can't be read, an
// unlock key that a process was not given, a panic in the work on one booking. The
// others must go on.

// exploded is the value of a played panic.
type exploded struct{}

// explode lets the work on a booking panic, now and then.
func (w *world) explode(m message) {
	if w.current == nil || w.calm || !w.plan.panics || !w.chance(decidePanic, w.plan.odds().request/20, "panic") {
		return
	}
	w.counts.hit("world", "panic")
	w.trace.add(w.elapsed(), "panic in", m.endpoint)
	panic(exploded{})
}

// played reports whether the panic is one of those.
func played(v any) bool {
	if p, ok := v.(*caught.Panic); ok {
		v = p.Value
	}
	_, ok := v.(exploded)
	return ok
}

// over is what becomes of a panic that ends a whole task. A single call's is its
// caller's; the work on many must outlive one.
func (w *world) over(t *task, v any) {
	if !played(v) {
		panic(v)
	}
	if t.name == "reconcile" || t.name == "sweep" {
		w.violate(stateA, "the panic of one booking ends the "+t.name, "")
	}
}

// spoiler is a store whose records can be made unreadable.
type spoiler interface {
	SpoilBooking(id scheduling.BookingID) (repair func())
	SpoilEvent(c scheduling.Cursor) (repair func())
	SpoilLearner(id scheduling.LearnerID) (repair func())
}

// damage is a booking that can't be read for a while.
type damage struct {
	booking scheduling.BookingID
	until   time.Time
	repair  func()
}

// spoil makes a booking or a learner's record unreadable for some minutes.
func (w *world) spoil(d *deployment) {
	store, ok := d.store.(spoiler)
	if !ok || len(d.ids) == 0 || len(d.damages) > 0 || !w.chance(decideProvider, 0.5, "damage") {
		return
	}
	until := w.now.Add(time.Duration(1+w.steps.n(20)) * time.Minute)
	id := d.ids[w.steps.n(len(d.ids))]
	if w.steps.chance(0.25) {
		w.counts.hit("world", "learner's record damaged")
		w.trace.add(w.elapsed(), "damage: the record of learner", string(d.rows[id].row.Learner))
		d.damages = append(d.damages, damage{until: until, repair: store.SpoilLearner(d.rows[id].row.Learner)})
		return
	}
	w.counts.hit("world", "booking damaged")
	w.trace.add(w.elapsed(), "damage:", string(id))
	d.damages = append(d.damages, damage{id, until, store.SpoilBooking(id)})
}

// repair ends the damage that has lasted until then.
func (w *world) repair(d *deployment, by time.Time) {
	left := d.damages[:0]
	for _, x := range d.damages {
		if x.until.After(by) {
			left = append(left, x)
			continue
		}
		x.repair()
		w.trace.add(w.elapsed(), "repaired:", string(x.booking))
		if b, err := d.store.Get(context.Background(), x.booking); err == nil {
			d.rows[x.booking].row = b // claims have gone on
		}
	}
	d.damages = left
}

// damaged reports whether the booking can't be read now.
func (d *deployment) damaged(id scheduling.BookingID) bool {
	for _, x := range d.damages {
		if x.booking == id {
			return true
		}
	}
	return false
}

// onlyUnreadable reports whether an error of the store is about single records alone.
func onlyUnreadable(err error) bool {
	if err == nil {
		return true
	}
	if all, ok := err.(interface{ Unwrap() []error }); ok {
		for _, part := range all.Unwrap() {
			if !onlyUnreadable(part) {
				return false
			}
		}
		return true
	}
	_, ok := errors.AsType[*scheduling.UnreadableError](err)
	return ok
}

// judgePass wants a pass that met records which can't be read to have worked on all
// others that were due.
func (w *world) judgePass(d *deployment, before map[scheduling.BookingID]scheduling.Booking, began time.Time, report scheduling.ReconcileReport, err error) {
	if len(report.Unreadable) == 0 || report.ProviderDown || !onlyUnreadable(err) {
		return
	}
	w.counts.hit("world", "pass beside a damaged booking")
	for id, old := range before {
		at := old.DueAt
		if w.plan.bulk || w.plan.rarely {
			at = old.BulkDueAt() // a sweep may stand for a routine watch
		}
		free := !old.Lease.Until.After(began) && !at.IsZero() && !at.After(began)
		if r := d.rows[id]; free && r != nil && !d.damaged(id) && r.row.Version == old.Version {
			w.violate(stateA, "a booking that can't be read keeps a pass from one that is due", id)
		}
	}
}

// snapshot returns the bookings as they are stored.
func (d *deployment) snapshot() map[scheduling.BookingID]scheduling.Booking {
	all := map[scheduling.BookingID]scheduling.Booking{}
	for _, id := range d.ids {
		all[id] = d.rows[id].row
	}
	return all
}

// judgeFeed wants the feed to go on behind an event that can't be read, and to tell of
// every other one.
func (w *world) judgeFeed(d *deployment) {
	store, ok := d.store.(spoiler)
	events, err := d.store.Events(context.Background(), scheduling.EventQuery{Limit: 1 << 20})
	if !ok || err != nil || len(events) == 0 {
		return
	}
	bad := events[w.steps.n(len(events))]
	repair := store.SpoilEvent(bad.Cursor)
	defer repair()
	told, failed := 0, 0
	for e, err := range d.processes[0].Events(context.Background(), scheduling.EventQuery{}) {
		switch {
		case err == nil:
			told++
		case e.Cursor == bad.Cursor:
			failed++
		}
	}
	if told != len(events)-1 || failed != 1 {
		w.violate(stateA, "an event that can't be read hides others: "+digits(told)+" of "+digits(len(events)-1)+" came", bad.Booking)
	}
}

// keys are the unlock keys that a process is given. A forgetful operator leaves the older
// one out, with which the first bookings were made.
func (w *world) keys(p *process) []scheduling.UnlockKey {
	older := scheduling.UnlockKey{ID: "k1", Secret: []byte("0123456789abcdef0123456789abcdef")}
	newer := scheduling.UnlockKey{ID: "k2", Secret: []byte("fedcba9876543210fedcba9876543210")}
	if p.lives == 1 || !w.plan.losesKey || w.keysBack {
		return []scheduling.UnlockKey{older, newer}
	}
	w.counts.hit("world", "started without a key")
	return []scheduling.UnlockKey{newer}
}

// keyless reports whether some process lacks the booking's key, to the end.
func (w *world) keyless(b *scheduling.Booking) bool {
	return w.plan.losesKey && !w.keysBack && b.Code.KeyID == "k1"
}

// giveKeys starts the processes again, with all keys.
func (w *world) giveKeys() {
	w.keysBack = true
	for _, d := range w.deployments {
		for _, p := range d.processes {
			if w.plan.losesKey && p.lives > 1 {
				w.boot(p)
			}
		}
	}
}
