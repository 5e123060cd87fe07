package simulation

import (
	"strconv"
	"time"

	"github.com/proctorbook/proctorbook/scheduling"
)

// truth is what the provider really holds, and held.
type truth struct {
	byNumber map[string]*reservation
	all      []*reservation // by number
	doubled  map[scheduling.BookingID]bool
	underWay []lateWrite // creates and moves that act later than they were sent
	changed  time.Time   // when something last did
	lied     time.Time   // when a list was last falsely empty
}

// lateWrite is a create or a move that is still on its way.
type lateWrite struct {
	id  scheduling.BookingID
	due time.Time
}

// reservation is one number at the provider, with all that ever was true of it.
type reservation struct {
	number   string
	id       scheduling.BookingID
	student  scheduling.LearnerID
	exam     string
	start    time.Time
	canceled bool
	begun    bool
	ended    bool
	starts   []time.Time // all that it ever had
	since    time.Time   // it has the last of them
	movedBy  cause       // of the last of them
	by       cause       // of the cancelation
}

// cause is who changed something at the provider.
type cause int

const (
	byWire           cause = iota // a request of ours
	byProviderMove                // the provider itself, by a move
	byProviderCancel              // the provider itself, by a cancel
)

// live reports whether the learner is expected there. The protocol promises
// nothing about reservations whose start is past.
func (r *reservation) live(now time.Time) bool {
	return !r.canceled && !r.ended && r.start.After(now)
}

func (r *reservation) had(start time.Time) bool {
	for _, s := range r.starts {
		if s.Equal(start) {
			return true
		}
	}
	return false
}

// observe looks at the provider, and lets the judge see what changed.
func (w *world) observe(by cause) {
	var changed []*reservation
	for i, s := range w.provider.Reservations() {
		if i == len(w.truth.all) {
			r := &reservation{number: strconv.FormatInt(s.Number, 10), id: scheduling.BookingID(s.ID), student: scheduling.LearnerID(s.StudentID), exam: s.Description}
			w.truth.all = append(w.truth.all, r)
			w.truth.byNumber[r.number] = r
			w.judgeDuration(r.id, s.Duration)
		}
		r := w.truth.all[i]
		r.begun, r.ended = s.Begun, s.Ended
		if !r.start.Equal(s.Start) {
			r.start, r.starts, r.since, r.movedBy = s.Start, append(r.starts, s.Start), w.now, by
			changed = append(changed, r)
			w.trace.add(w.elapsed(), "provider:", string(r.id), r.number, "at", r.start.Format("02T15:04"))
		}
		if r.canceled != s.Canceled {
			r.canceled, r.by = s.Canceled, by
			changed = append(changed, r)
			w.trace.add(w.elapsed(), "provider:", string(r.id), r.number, "canceled")
		}
	}
	if len(changed) > 0 {
		w.truth.changed = w.now
	}
	for _, r := range changed {
		w.judgeChange(r, by)
	}
}

// lagBound is how long the list lags at most where it lags by reads: the
// operator's bound of the list's lag holds in every dialect.
const lagBound = 55 * time.Second

// catchUp makes a list that lags by reads show what is true, if the last change
// is long enough ago.
func (w *world) catchUp() {
	if d := &w.plan.dialect; d.lagReads > 0 {
		w.provider.SetListLag(0, 0)
		w.provider.SetListLag(0, d.lagReads)
	}
}

// alive returns the live reservations of an id.
func (w *world) alive(id scheduling.BookingID) []*reservation {
	var found []*reservation
	for _, r := range w.truth.all {
		if r.id == id && r.live(w.now) {
			found = append(found, r)
		}
	}
	return found
}

// provide lets the provider act without a request.
func (w *world) provide() {
	value, place := w.roll(decideProvider)
	if len(w.plan.slots) == 0 || !w.may(decideProvider, place) {
		return
	}
	slot := w.plan.slots[value>>8%uint64(len(w.plan.slots))]
	switch value % 8 {
	case 0, 1:
		w.provider.BlockSlot(slot)
		w.counts.hit("world", "slot taken")
	case 2, 3, 4:
		w.provider.FreeSlot(slot)
		w.counts.hit("world", "slot freed")
	case 5, 6:
		if value>>40%4 == 0 {
			w.proctor(value)
			return
		}
		w.providerMoves(value, slot)
	default:
		w.providerCancels(value)
	}
}

// someReservation chooses a live reservation that has not begun, and now and then one
// that has: sessions break off, and are moved or canceled by hand.
func (w *world) someReservation(value uint64) (*reservation, int64) {
	var open []*reservation
	for _, r := range w.truth.all {
		broken := r.begun && !r.canceled && !r.ended && value>>48%3 == 0
		if r.live(w.now) && !r.begun || broken {
			open = append(open, r)
		}
	}
	if len(open) == 0 {
		return nil, 0
	}
	r := open[value>>16%uint64(len(open))]
	number, err := strconv.ParseInt(r.number, 10, 64)
	if err != nil {
		w.t.Fatal(err)
	}
	return r, number
}

func (w *world) providerMoves(value uint64, slot time.Time) {
	r, number := w.someReservation(value)
	if r == nil || !slot.After(w.now) || slot.Equal(r.start) {
		return
	}
	w.trace.add(w.elapsed(), "provider moves", r.number)
	if _, err := w.provider.ProviderMoves(number, slot); err == nil {
		w.counts.hit("world", "provider moved")
		w.observe(byProviderMove)
	}
}

func (w *world) providerCancels(value uint64) {
	r, number := w.someReservation(value)
	if r == nil {
		return
	}
	w.trace.add(w.elapsed(), "provider cancels", r.number)
	if err := w.provider.ProviderCancels(number); err == nil {
		w.counts.hit("world", "provider canceled")
		w.observe(byProviderCancel)
	}
}

// proctorStarts lets a session begin that was not begun through us.
