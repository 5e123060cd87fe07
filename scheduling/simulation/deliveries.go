package simulation

import (
	"context"
	"net/http/httptest"
	"strconv"
	"time"

	"github.com/proctorbook/proctorbook/scheduling"
)

// This file is about quiet days on which the provider's webhook stands for a part of the
// routine watches, by Tuning.WatchWithDeliveries: deliveries come, are lost, come late, or
// stop for a day.

// rareRounds is how many watch intervals the option lets pass while deliveries are shown.
const rareRounds = 24

// interval is the schedule's Tuning.WatchInterval.
func (w *world) interval() time.Duration {
	if w.plan.watch > 0 {
		return w.plan.watch
	}
	return scheduling.DefaultTuning().WatchInterval
}

// webhookDays makes four bookings that all come as deliveries, lets one of five things
// happen to the next changes, and wants what the provider changes to be noticed: as rarely as
// the option says where a delivery was the first one to be lost, and else within hours.
func (w *world) webhookDays(s *stream) {
	d := w.deployments[0]
	w.provider.Webhooks() // what came before is lost
	w.post = nil
	w.advance(25 * time.Hour) // and a day ago
	w.farSlots()
	var ids []scheduling.BookingID
	for i := range 4 {
		ids = append(ids, w.newcomer(d, i))
	}
	w.carry(d)
	w.watch(2, true)
	if !w.rests(d) {
		w.counts.hit("weaker", "deliveries are not shown after all came")
		return
	}
	w.counts.hit("world", "deliveries shown")
	what := pick(s, "delivery in time", "delivery lost", "delivery long after its change", "deliveries stop for a day", "sweeps stop")
	w.counts.hit("world", what)
	switch what {
	case "delivery in time":
		w.inTime(d, s, ids[0])
	case "delivery lost":
		w.providerChanges(s, ids[0])
		w.watch(rareRounds+quietRounds, true)
		w.judgeNoticed(d, ids[0])
		w.advance(70 * time.Minute) // now nobody expects it any more
		w.watch(2, true)
		w.hourly(s, ids[1], true)
	case "delivery long after its change":
		w.newcomer(d, 4)
		w.advance(70 * time.Minute)
		w.carry(d)
		w.watch(2, true)
		w.hourly(s, ids[0], true)
	case "deliveries stop for a day":
		w.advance(25 * time.Hour)
		w.watch(2, true)
		w.hourly(s, ids[0], true)
	case "sweeps stop":
		w.watch(2, false)
		w.hourly(s, ids[0], false)
	}
	for _, id := range ids {
		w.judgeNoticed(d, id)
	}
}

// inTime lets the provider change a booking and tell of it, if it does tell, and lets the
// booking be looked at before lists show the change.
func (w *world) inTime(d *deployment, s *stream, id scheduling.BookingID) {
	w.providerChanges(s, id)
	if w.carry(d) == 0 { // some post nothing of a move that keeps the number
		w.watch(rareRounds, true)
	}
	if _, err := d.processes[0].Reconcile(context.Background()); err != nil {
		w.unsettled("Reconcile fails without a fault", ": "+err.Error(), "")
	}
	w.watch(quietRounds, true)
}

// hourly lets the provider change a booking, and nobody tells of it: watches are as
// frequent as without the option.
func (w *world) hourly(s *stream, id scheduling.BookingID, sweeps bool) {
	w.providerChanges(s, id)
	w.watch(quietRounds, sweeps)
}

// farSlots lets the provider offer starts that are days ahead, apart from all others.
func (w *world) farSlots() {
	for i := range 9 {
		w.plan.slots = append(w.plan.slots, begin.AddDate(0, 0, 13).Add(time.Duration(i)*3*time.Hour))
	}
}

// farSlot is one of these.
func (w *world) farSlot(i int) time.Time { return w.plan.slots[len(w.plan.slots)-9+i] }

// newcomer lets a learner book who was not there before.
func (w *world) newcomer(d *deployment, i int) scheduling.BookingID {
	ctx, p := context.Background(), d.processes[0]
	l := w.learners[0]
	l.Accommodations = nil
	l.ID, l.Username, l.Email = scheduling.LearnerID("77"+strconv.Itoa(i)), "newcomer"+strconv.Itoa(i), "newcomer"+strconv.Itoa(i)+"@example.org"
	if _, err := d.store.PutLearner(ctx, l); err != nil {
		w.t.Fatal(err)
	}
	w.learners, w.granted = append(w.learners, l), append(w.granted, []scheduling.Accommodation{{}})
	b, err := p.Book(ctx, w.exams[0], l.ID, w.farSlot(i))
	w.observe(byWire)
	if err != nil {
		w.trace.add(w.elapsed(), "newcomer:", err.Error())
	}
	return b.ID
}

// providerChanges moves the booking's reservation to a start that nobody asked for, or
// cancels it. A move may take a day to be noticed where the report leaves dates out.
func (w *world) providerChanges(s *stream, id scheduling.BookingID) {
	alive := w.alive(id)
	if len(alive) == 0 {
		return
	}
	number, err := strconv.ParseInt(alive[0].number, 10, 64)
	if err != nil {
		w.t.Fatal(err)
	}
	if s.chance(0.7) && !w.plan.dialect.undated {
		_, err = w.provider.ProviderMoves(number, w.farSlot(5+s.n(4)))
		w.observe(byProviderMove)
	} else {
		err = w.provider.ProviderCancels(number)
		w.observe(byProviderCancel)
	}
	if err != nil {
		w.t.Fatal(err)
	}
	w.trace.add(w.elapsed(), "provider changes", string(id))
}

// carry delivers what the provider has posted, and returns how much that is.
func (w *world) carry(d *deployment) int {
	posted := w.provider.Webhooks()
	for _, post := range posted {
		r, err := post.Request(context.Background(), "http://127.0.0.1/hooks/proctoru")
		if err != nil {
			w.t.Fatal(err)
		}
		d.processes[0].inbox.ServeHTTP(httptest.NewRecorder(), r)
	}
	return len(posted)
}

// rests reports whether the deployment's next routine sweep rests.
func (w *world) rests(d *deployment) bool {
	result, err := d.processes[0].RoutineSweep(context.Background())
	if err != nil {
		w.unsettled("Sweep fails without a fault", ": "+err.Error(), "")
	}
	return result.Rested
}

// judgeNoticed is judgeQuiet for a booking that was made.
func (w *world) judgeNoticed(d *deployment, id scheduling.BookingID) {
	if d.rows[id] != nil {
		w.judgeQuiet(d, id)
	}
}
