package simulation

import (
	"context"
	"errors"
	"strconv"
	"testing"
	"time"

	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/scheduling"
)

// The baseline is the plain way to book, as an older integration of the same
// provider did it: call the provider, then save the row. It lives in the same
// world, with the same faults, people and provider, and shows that they are hard
// enough to tell the protocol from a plain program.

// plain is the program: its database has one row for a learner and an exam.
type plain struct {
	w      *world
	client *proctoru.Client
	rows   map[plainKey]*plainRow
	ids    *stream
}

type plainKey struct{ learner, exam int }

type plainRow struct {
	id       string
	number   proctoru.ReservationNo
	start    time.Time
	canceled bool
}

// Baseline plays the schedules with the plain program, and returns the share of
// them that end wrong: the row and the provider differ, or a reservation is
// active that no row knows.
func Baseline(t *testing.T, cfg Config) float64 {
	t.Helper()
	wrong := make([]bool, cfg.Seeds)
	each(cfg.Seeds, func(i int, c counts) {
		w := newWorld(t, &cfg, cfg.From+uint64(i), mask{}, c)
		w.deployments = w.deployments[:1]
		p := newPlain(w)
		p.run()
		wrong[i] = p.wrong()
	})
	n := 0
	for _, is := range wrong {
		if is {
			n++
		}
	}
	return float64(n) / float64(cfg.Seeds)
}

func newPlain(w *world) *plain {
	p := &plain{w: w, rows: map[plainKey]*plainRow{}, ids: w.dice.stream(decideIDs, 0)}
	process := w.deployments[0].processes[0]
	var err error
	p.client, err = proctoru.NewClient(proctorbooktest.InProcessURL, w.provider.Token,
		proctoru.WithTransport(&wire{w: w, process: process, life: process.lives, inner: proctorbooktest.InProcess(w.provider)}),
		proctoru.WithClock(clock{w}), proctoru.WithLimiter(freely{}), proctoru.WithRetries(1, 1, 1))
	if err != nil {
		w.t.Fatal(err)
	}
	return p
}

// run lets the users make their calls, one after the other, with time and the
// provider's own acts in between; then faults stop, and everybody looks once more.
func (p *plain) run() {
	w := p.w
	for _, u := range w.deployments[0].users {
		for i, c := range u.plan.calls {
			p.click(u.plan.learner, c)
			if i%2 == 0 {
				w.provide()
			}
			w.tick()
		}
	}
	w.mask.calm, w.downTil = true, time.Time{}
	for w.provider.Pending() > 0 {
		w.advance(time.Minute)
	}
	w.advance(10 * time.Minute)
	for learner := range w.learners {
		for exam := range w.exams {
			p.view(plainKey{learner, exam})
		}
	}
}

// click is a visit of the page, and what the learner does there. Now and then
// the process dies on the way.
func (p *plain) click(learner int, c userCall) {
	w := p.w
	key := plainKey{learner, c.exam}
	t := w.start(w.deployments[0].processes[0], "visit", func(context.Context) {
		p.view(key)
		row := p.rows[key]
		var shown *scheduling.Booking
		if row != nil && !row.canceled {
			shown = &scheduling.Booking{State: scheduling.StateScheduled, Start: row.start}
		}
		switch c.wants(shown, w.now, w.plan.examDay) {
		case scheduling.ActionBook:
			p.book(key, w.plan.slots[c.slot])
		case scheduling.ActionReschedule:
			p.move(key, w.plan.slots[c.slot])
		case scheduling.ActionCancel:
			p.cancel(key)
		}
	})
	for !t.done {
		if t.point.phase != atStart && w.chance(decideCrash, w.plan.odds().crash/2, "crash") {
			w.kill(t)
			return
		}
		w.resume(t)
	}
}

// view compares the row with the provider's list, as every visit does: what is
// not listed is forgotten, and a list that fails is an empty one.
func (p *plain) view(key plainKey) {
	row := p.rows[key]
	if row == nil || row.canceled {
		return
	}
	listed, err := p.client.Reservations.List(context.Background(), proctoru.ListReservationsParams{StudentID: string(p.w.learners[key.learner].ID)})
	if err != nil {
		listed = nil
	}
	for _, r := range listed {
		if r.Number == row.number {
			row.start = r.Start
			return
		}
	}
	delete(p.rows, key)
}

// newID mints another id for each attempt.
func (p *plain) newID() string { return "pb-plain-" + strconv.FormatUint(p.ids.next(), 36) }

func (p *plain) params(key plainKey, id string, start time.Time) proctoru.CreateReservationParams {
	l := p.w.learners[key.learner]
	return proctoru.CreateReservationParams{
		ID: id, Start: start, Duration: p.w.plan.length, Description: p.w.exams[key.exam].Name, Notes: "Booking: " + id,
		Student: proctoru.Student{
			ID: string(l.ID), FirstName: l.Profile.GivenName, LastName: l.Profile.FamilyName, Email: l.Email, Country: l.Profile.Country,
			Phone: l.Profile.Phone, ZoneID: "Romance Standard Time",
		},
	}
}

// book deletes the row, asks the provider, and saves a new row if the answer is good.
func (p *plain) book(key plainKey, start time.Time) {
	if row := p.rows[key]; row != nil && !row.canceled {
		return
	}
	id := p.newID()
	r, err := p.client.Reservations.Create(context.Background(), p.params(key, id, start))
	if err != nil {
		return
	}
	delete(p.rows, key)
	p.w.pause("save", before)
	p.rows[key] = &plainRow{id: id, number: r.Number, start: start}
}

// move edits the reservation, and saves a row with a fresh id.
func (p *plain) move(key plainKey, start time.Time) {
	row := p.rows[key]
	if row == nil || row.canceled {
		return
	}
	r, err := p.client.Reservations.Update(context.Background(), proctoru.UpdateReservationParams{
		CreateReservationParams: p.params(key, row.id, start), Number: row.number,
	})
	if err != nil {
		return
	}
	delete(p.rows, key)
	p.w.pause("save", before)
	p.rows[key] = &plainRow{id: p.newID(), number: r.Number, start: start}
}

// cancel asks the provider, and marks the row whatever the answer says.
func (p *plain) cancel(key plainKey) {
	row := p.rows[key]
	if row == nil || row.canceled {
		return
	}
	_, err := p.client.Reservations.Cancel(context.Background(), proctoru.CancelReservationParams{
		StudentID: string(p.w.learners[key.learner].ID), Number: row.number,
	})
	if errors.Is(err, proctoru.ErrNotJSON) {
		return // the old program's handler died of it
	}
	p.w.pause("save", before)
	row.canceled = true
}

// wrong compares the rows with what is true at the provider.
func (p *plain) wrong() bool {
	known := map[string]bool{}
	for _, row := range p.rows {
		if row.canceled {
			continue
		}
		r := p.w.truth.byNumber[string(row.number)]
		if row.start.After(p.w.now) && (r == nil || !r.live(p.w.now) || string(r.id) != row.id || !r.start.Equal(row.start)) {
			return true
		}
		known[string(row.number)] = true
	}
	for _, r := range p.w.truth.all {
		if r.live(p.w.now) && !known[r.number] {
			return true
		}
	}
	return false
}
