package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/cohort"
)

// summary is the result of a run, as it is printed.
type summary struct {
	settings
	took       time.Duration
	openAtKill int
	processes  []share
	events     map[scheduling.EventType]int
	byList     int // adopted since the provider's list shows them: their answer was lost
	counts     proctorutest.Counts
	platform   int // faults of the platform
	wrong      []string
}

// share is what one process did.
type share struct {
	name                       string
	started, killed            time.Duration // since the run began; killed 0: it was not killed
	settled, creates, requests int
}

// judge compares the store with the provider, and collects the numbers.
func (k *cluster) judge(ctx context.Context, r *summary) error {
	var bookings []scheduling.Booking
	for b, err := range k.store.List(ctx, scheduling.Filter{}) {
		if err != nil {
			return err
		}
		bookings = append(bookings, b)
	}
	r.counts = k.services.provider.Counts()
	r.wrong = compare(k.order.Rows, bookings, k.services.provider.Reservations())
	if n := r.counts.MostActiveAtOnce; n != 1 {
		r.wrong = append(r.wrong, fmt.Sprintf("a learner had %d active reservations at once", n))
	}
	for _, n := range k.services.platform.Counts().Faults {
		r.platform += n
	}
	for _, p := range k.processes {
		s := share{name: p.name, started: p.started.Sub(k.began), settled: p.last().Settled}
		if !p.killed.IsZero() {
			s.killed = p.killed.Sub(k.began)
		}
		k.services.mu.Lock()
		s.creates, s.requests = k.services.creates[p.name], k.services.requests[p.name]
		k.services.mu.Unlock()
		r.processes = append(r.processes, s)
	}
	r.events = map[scheduling.EventType]int{}
	for e, err := range k.scheduler.Events(ctx, scheduling.EventQuery{}) {
		if err != nil {
			return err
		}
		r.events[e.Type]++
		if e.Type == scheduling.EventAdopted && e.Code != scheduling.ReasonByAnswer {
			r.byList++
		}
	}
	return nil
}

// compare returns what is wrong: each row must have one booking, scheduled at
// its start, and one active reservation, the booking's own.
func compare(rows []cohort.Row, bookings []scheduling.Booking, reservations []proctorutest.Reservation) []string {
	var wrong []string
	ofLearner, active := map[scheduling.LearnerID][]scheduling.Booking{}, map[string][]proctorutest.Reservation{}
	for _, b := range bookings {
		ofLearner[b.Learner] = append(ofLearner[b.Learner], b)
	}
	for _, r := range reservations {
		if r.Active {
			active[r.StudentID] = append(active[r.StudentID], r)
		}
	}
	for _, row := range rows {
		mine, there := ofLearner[row.Learner], active[string(row.Learner)]
		if len(mine) != 1 || len(there) != 1 {
			wrong = append(wrong, fmt.Sprintf("learner %s has %d bookings and %d active reservations", row.Learner, len(mine), len(there)))
			continue
		}
		b, r := mine[0], there[0]
		switch {
		case b.State != scheduling.StateScheduled || b.Intent != nil || !b.Start.Equal(row.Start):
			wrong = append(wrong, fmt.Sprintf("learner %s: the booking is %s at %v", row.Learner, b.State, b.Start))
		case string(b.ID) != r.ID || string(b.Number) != fmt.Sprint(r.Number) || !r.Start.Equal(b.Start):
			wrong = append(wrong, fmt.Sprintf("learner %s: the reservation is not the booking's", row.Learner))
		}
	}
	return wrong
}

func (r *summary) print(out io.Writer) {
	fmt.Fprintf(out, "%d learners, 3 processes, one PostgreSQL: settled in %.1f s (seed %d)\n\n", r.learners, r.took.Seconds(), r.seed)
	for _, p := range r.processes {
		fate := "ran to the end"
		if p.killed > 0 {
			fate = fmt.Sprintf("killed at %4.1f s", p.killed.Seconds())
		}
		fmt.Fprintf(out, "  %s  from %4.1f s, %-16s  proved %3d reservations, sent %3d creates, %3d requests in all\n",
			p.name, p.started.Seconds(), fate, p.settled, p.creates, p.requests)
	}
	lost, played := 0, 0
	for _, kind := range slices.Sorted(maps.Keys(r.counts.Faults)) {
		played += r.counts.Faults[kind]
		if slices.Contains(lostAnswers, kind) {
			lost += r.counts.Faults[kind]
		}
	}
	fmt.Fprintf(out, "\n  reserves open when process 2 was killed  %d\n", r.openAtKill)
	fmt.Fprintf(out, "  faults played by the provider            %d, of these %d answers lost after it acted\n", played, lost)
	fmt.Fprintf(out, "  faults played by the platform            %d\n", r.platform)
	fmt.Fprintf(out, "  creates with an unknown outcome          %d\n", r.events[scheduling.EventUnknown])
	fmt.Fprintf(out, "  creates sent again under the same id     %d\n", r.events[scheduling.EventSent]-r.learners)
	fmt.Fprintf(out, "  reservations found in the list           %d, the others proven by the answer\n", r.byList)
	fmt.Fprintf(out, "  creates that the provider saw            %d, reservations it made %d\n", r.counts.CreatesSeen, r.counts.ReservationsMade)
	fmt.Fprintf(out, "  most active reservations of a learner    %d\n\n", r.counts.MostActiveAtOnce)
	for _, w := range r.wrong {
		fmt.Fprintln(out, "WRONG:", w)
	}
	if len(r.wrong) == 0 {
		fmt.Fprintf(out, "One reservation for each of %d learners.\n", r.learners)
	}
}
