package simulation

import (
	"context"
	"time"

	"github.com/proctorbook/proctorbook/scheduling"
)

// journal is all that was written to a store, so that the store as it was at any
// time can be made again: a backup.
type journal struct {
	kept   bool
	writes []func(scheduling.Store)
	marks  []int // backups: how many writes each one holds
}

func (s *seam) journal(write func(scheduling.Store)) {
	if j := &s.process.deployment.journal; j.kept {
		j.writes = append(j.writes, write)
	}
}

// openStore makes the deployment's store, with the learners in it.
func (w *world) openStore(d *deployment) {
	d.store = w.freshStore(d.index)
	namespace, err := d.store.Namespace(context.Background())
	if err != nil {
		w.t.Fatal(err)
	}
	d.namespace, d.journal.kept = namespace, w.plan.backup && d.index == 0
}

func (w *world) freshStore(index int) scheduling.Store {
	store := w.cfg.Open(w.t, w.seed*2+uint64(index))
	for _, l := range w.learners {
		if _, err := store.PutLearner(context.Background(), l); err != nil {
			w.t.Fatal(err)
		}
	}
	return store
}

// backup takes a backup of the store, or restores one, as an operator would
// after losing a database: what was written since is gone, and the provider
// still has it.
func (w *world) backup(d *deployment) {
	j := &d.journal
	if !w.chance(decideProvider, 1, "backup") {
		return
	}
	if len(j.marks) == 0 {
		j.marks = append(j.marks, len(j.writes))
		w.trace.add(w.elapsed(), "backup taken")
		return
	}
	store := w.freshStore(d.index)
	if namespace, err := store.Namespace(context.Background()); err != nil || namespace != d.namespace {
		w.cfg.close(store)
		return // such a store can't be made again
	}
	for _, p := range d.processes {
		w.crash(p, point{"restore", atStart})
	}
	for _, write := range j.writes[:j.marks[0]] {
		write(store)
	}
	w.cfg.close(d.store)
	d.store, j.kept, d.damages = store, false, nil
	w.counts.hit("world", "backup restored")
	w.trace.add(w.elapsed(), "backup restored")
	w.forget(d)
}

// forget makes the judge know what the restored store knows.
func (w *world) forget(d *deployment) {
	old := d.ids
	d.rows, d.ids, d.restored = map[scheduling.BookingID]*record{}, nil, true
	for _, id := range old {
		b, err := d.store.Get(context.Background(), id)
		if err != nil {
			d.lost[id] = true
			continue
		}
		r := &record{row: b, durations: []time.Duration{b.Duration}}
		q := scheduling.EventQuery{Booking: id, Limit: 10000}
		events, err := d.store.Events(context.Background(), q)
		if err != nil {
			w.t.Fatal(err)
		}
		for _, e := range events {
			r.replay.apply(e)
		}
		r.learnSends(events)
		d.rows[id], d.ids = r, append(d.ids, id)
	}
}
