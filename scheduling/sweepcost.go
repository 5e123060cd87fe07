package scheduling

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"math"
	"strconv"
	"time"

	"github.com/proctorbook/proctorbook/scheduling/internal/report"
)

// This file tells what a pass of Sweep takes, before it sends anything.

// bulkCallFor is one more request of a bulk reading for so many bookings, where none was
// made that could tell: a long answer is read in more pieces. docs/operating.md has the
// measurements.
const bulkCallFor = 3000

// SweepCost is about what a pass of [Scheduler.Sweep] takes, as far as the store tells.
// What the retries of a client take, and looks at what is found to be odd, come on top.
type SweepCost struct {
	Bookings int // that may still have a reservation, and have no open operation
	Learners int // whose they are

	Reading  int  // requests of the bulk reading; 0 if the pass makes none, since there are too few bookings, or no report
	Measured bool // Reading is what the last one took; else it is reckoned from the bookings
	Stands   bool // the report is expected to stand for routine watches, as when it was last read

	Lists   int // learners whose lists are read: as many as the last reading left, or all where it left all, failed, or was never made
	Earlier int // learners to whom an earlier pass of the round has come: see SweepResult.Resumed

	Requests int // all in all
	Most     int // all in all, if the report does not answer this time, or shows too little

	Pace      float64       // requests a second that the provider's client sends at most; 0 if that is not known
	Takes     time.Duration // Requests at that pace; 0 if that is not known
	TakesMost time.Duration // Most at that pace
}

// SweepCost tells what a pass of [Scheduler.Sweep] would take if it began now. It reads
// the store alone, and sends nothing. Sweep logs the same when it begins, as "sweep
// begins". Learners' calls go before those of Sweep: while many book it takes longer.
//
// Bookings that can't be read are left out. Errors are those of the store.
func (s *Scheduler) SweepCost(ctx context.Context) (SweepCost, error) {
	now := s.now()
	watched := newWatchedSet()
	for b, err := range s.store.List(ctx, Filter{WatchedAt: now}) {
		if err != nil && !s.goesOn(ctx, err) {
			return SweepCost{}, fmt.Errorf("scheduling: SweepCost: %w", err)
		}
		if err == nil {
			watched.add(b, now)
		}
	}
	if err := ctx.Err(); err != nil {
		return SweepCost{}, fmt.Errorf("scheduling: SweepCost: %w", context.Cause(ctx))
	}
	cost, err := s.costOf(ctx, &watched)
	if err != nil {
		return SweepCost{}, fmt.Errorf("scheduling: SweepCost: %w", err)
	}
	return cost, nil
}

// costOf is the cost of the bookings, by what the store keeps of the last reading and of
// the last pass.
func (s *Scheduler) costOf(ctx context.Context, w *watchedSet) (SweepCost, error) {
	var last bulkStatus
	var kept sweepProgress
	if keeper, ok := s.store.(JobKeeper); ok {
		row, err := keeper.Job(ctx, jobBulk)
		if err != nil {
			return SweepCost{}, err
		}
		last = readBulkStatus(row.Data)
		if row, err = keeper.Job(ctx, jobLists); err != nil {
			return SweepCost{}, err
		}
		if p, ok := readProgress(row.Data); ok && s.progressHolds(p, s.now()) {
			kept = p
		}
	}
	return s.sweepCost(w, last, kept), nil
}

// readBulkStatus reads what the store keeps of the last reading; what it can't read is
// none.
func readBulkStatus(data string) bulkStatus {
	var last bulkStatus
	if json.Unmarshal([]byte(data), &last) != nil {
		return bulkStatus{}
	}
	return last
}

// sweepCost reckons with the bookings, the last reading, and the progress of a round.
func (s *Scheduler) sweepCost(w *watchedSet, last bulkStatus, kept sweepProgress) SweepCost {
	c := SweepCost{Bookings: len(w.quiet), Learners: learnersOf(w.quiet), Pace: s.pace()}
	var left []*watchedBooking
	for _, b := range w.quiet {
		if b.learner > kept.After {
			left = append(left, b)
		}
	}
	all := learnersOf(left)
	c.Lists, c.Earlier = all, c.Learners-all
	if s.bulkReads(w) {
		c.Reading = last.Calls
		if c.Measured = last.Calls > 0 && !last.Failed; !c.Measured {
			c.Reading = callsOfReading(w)
		}
		if c.Stands = last.Covers; c.Stands && c.Measured {
			c.Lists = min(all, last.Lists)
		}
	}
	c.Requests = c.Reading + s.listRequests(c.Lists, len(left)*c.Lists/max(all, 1))
	c.Most = c.Reading + s.listRequests(all, len(left))
	c.Takes, c.TakesMost = s.atPace(c.Requests), s.atPace(c.Most)
	return c
}

// callsOfReading reckons how many requests a bulk reading takes: one for each piece of
// the days on which there are bookings, and more where there are many of them.
func callsOfReading(w *watchedSet) int {
	const piece = 8 * 24 * time.Hour // of ten days, less what is read twice
	days := w.to.Sub(w.from) + 2*report.Pad
	return 1 + int(days/piece) + len(w.quiet)/bulkCallFor
}

// listRequests returns how many requests it takes to compare so many learners, with their
// bookings, by lists. Where a list shows canceled reservations each booking is looked at
// by list and evidence.
func (s *Scheduler) listRequests(learners, bookings int) int {
	if s.provider.Traits().CanceledListed {
		return 2 * bookings
	}
	return learners
}

// atPace returns how long so many requests take, 0 if that is not known.
func (s *Scheduler) atPace(requests int) time.Duration {
	pace := s.pace()
	if pace <= 0 {
		return 0
	}
	seconds := math.Ceil(float64(requests) / pace)
	return time.Duration(min(seconds, math.MaxInt64/float64(2*time.Second))) * time.Second
}

// learnersOf counts the learners of the bookings.
func learnersOf(of []*watchedBooking) int {
	learners := make(map[LearnerID]struct{}, len(of))
	for _, b := range of {
		learners[b.learner] = struct{}{}
	}
	return len(learners)
}

// tellCost logs what the pass will take. What the store can't tell is left out.
func (p *sweepPass) tellCost(ctx context.Context) {
	var last bulkStatus
	if keeper, ok := p.s.store.(JobKeeper); ok && p.s.bulkReads(&p.watched) {
		_ = p.s.guarded(ctx, nil, "", func() error {
			row, err := keeper.Job(ctx, jobBulk)
			last = readBulkStatus(row.Data)
			return err
		})
	}
	p.s.log.InfoContext(ctx, "sweep begins", p.s.sweepCost(&p.watched, last, p.round.is).attrs()...)
}

func (c SweepCost) attrs() []any {
	return []any{
		slog.Int("bookings", c.Bookings), slog.Int("learners", c.Learners), slog.Int("reading", c.Reading), slog.Bool("stands", c.Stands),
		slog.Int("lists", c.Lists), slog.Int("earlier", c.Earlier), slog.Int("requests", c.Requests), slog.Int("most", c.Most),
		slog.String("takes", c.Takes.String()), slog.String("takes_most", c.TakesMost.String()),
	}
}

// note puts the cost into the data of a check.
func (c SweepCost) note(data map[string]string) {
	data["learners"] = strconv.Itoa(c.Learners)
	data["sweep_requests"], data["sweep_most"] = strconv.Itoa(c.Requests), strconv.Itoa(c.Most)
	if c.Pace > 0 {
		data["sweep_takes"], data["sweep_takes_most"] = c.Takes.String(), c.TakesMost.String()
	}
}
