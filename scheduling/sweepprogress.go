package scheduling

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"time"
)

// This file keeps how far Sweep has got with the lists of learners. There may be so many
// that reading them takes longer than a process lives: a pass that ends early is carried
// on by the next one, of whatever replica.

const (
	progressFor   = 24 * time.Hour // how long progress is good for: behind that a round begins anew
	progressEach  = time.Minute    // how often it is written
	progressTries = 3              // passes that may end where they began; the next one puts that off
)

// sweepProgress is what the store keeps of a round through the lists. All learners up to
// After were compared in the round, or failed by themselves.
type sweepProgress struct {
	Round time.Time `json:"round"`           // when the round began
	At    time.Time `json:"at"`              // when this was written
	After LearnerID `json:"after,omitempty"` // the last learner compared, in the order of their ids; "" for none
	Tries int       `json:"tries,omitempty"` // passes that began behind After, and have got no further
}

// sweepRound is the part that a pass has in a round.
type sweepRound struct {
	s      *Scheduler
	keeper JobKeeper // nil for a store that keeps no jobs
	is     sweepProgress
	began  time.Time // when the pass began with the lists
	wrote  time.Time // when progress was last written
	moved  bool      // it has got further since
	wary   bool      // the last pass that began here did not get further: what it read first may have killed it
	past   bool      // several have: what fails is passed
}

// newSweepRound carries on the round whose progress the store keeps. A store without, or
// with what is too old or not readable, begins a round.
func (s *Scheduler) newSweepRound(ctx context.Context, began time.Time) *sweepRound {
	now := s.now()
	r := &sweepRound{s: s, is: sweepProgress{Round: began}}
	r.keeper, _ = s.store.(JobKeeper)
	if r.keeper == nil {
		return r
	}
	err := s.guarded(ctx, nil, "", func() error {
		row, err := r.keeper.Job(ctx, jobLists)
		if kept, ok := readProgress(row.Data); err == nil && ok && s.progressHolds(kept, now) {
			r.is = kept
		}
		return err
	})
	if err != nil {
		s.log.WarnContext(ctx, "sweep: not known how far the last pass got: beginning anew", slog.Any("error", err))
	}
	r.wary, r.past = r.is.Tries > 0, r.is.Tries >= progressTries
	return r
}

// readProgress reads the data of the row. It reports false for none, and for what it can't
// read, as another program may have written it.
func readProgress(data string) (sweepProgress, bool) {
	var p sweepProgress
	err := json.Unmarshal([]byte(data), &p)
	return p, err == nil && !p.Round.IsZero() && p.Tries >= 0
}

// progressHolds reports whether a pass may carry on there. What is dated ahead was written
// by a clock that was wrong.
func (s *Scheduler) progressHolds(p sweepProgress, now time.Time) bool {
	return now.Before(p.At.Add(progressFor)) && !s.bulkAhead(p.At, now) && !s.bulkAhead(p.Round, now)
}

// resumed reports whether earlier passes of the round compared somebody.
func (r *sweepRound) resumed() bool { return r.is.After != "" }

// anew begins a round in place of this one.
func (r *sweepRound) anew(began time.Time) {
	r.is, r.past = sweepProgress{Round: began}, false
}

// start notes that a pass begins here. If it is the last that is heard of it, the next
// ones know that it got no further.
func (r *sweepRound) start(ctx context.Context) {
	r.began = r.s.now()
	r.is.Tries++
	r.write(ctx)
}

// reached notes that the learner was compared. ok is false where that failed: it is passed
// once another one behind it succeeds, since until then the provider may be down.
func (r *sweepRound) reached(ctx context.Context, id LearnerID, ok bool) {
	if id <= r.is.After || !ok && !r.past {
		return
	}
	r.is.After, r.is.Tries, r.moved = id, 0, true
	now := r.s.now()
	if !now.Before(r.wrote.Add(progressEach)) || r.wary && now.Before(r.began.Add(progressEach)) {
		r.write(ctx)
	}
}

// stop writes how far a pass got that did not get to its end, also after the end of ctx.
func (r *sweepRound) stop(ctx context.Context) {
	if !r.moved {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), answerGrace)
	defer cancel()
	r.write(ctx)
}

// write stores the progress. If that fails, the pass goes on: others repeat some of it.
func (r *sweepRound) write(ctx context.Context) {
	r.wrote, r.moved = r.s.now(), false
	r.is.At = r.wrote
	data, err := json.Marshal(r.is)
	if err == nil {
		err = r.put(ctx, string(data))
	}
	if err != nil && ctx.Err() == nil {
		r.s.log.WarnContext(ctx, "sweep: progress not stored", slog.Any("error", err))
	}
}

// done forgets the progress: the next pass begins a round.
func (r *sweepRound) done(ctx context.Context) {
	if err := r.put(ctx, ""); err != nil && ctx.Err() == nil {
		r.s.log.WarnContext(ctx, "sweep: progress not removed: the next pass goes on behind it", slog.Any("error", err))
	}
}

// put stores the data, unless another pass at the same time has got further.
func (r *sweepRound) put(ctx context.Context, data string) error {
	if r.keeper == nil {
		return nil
	}
	for try := 1; ; try++ {
		err := r.s.guarded(ctx, nil, "", func() error {
			row, err := r.keeper.Job(ctx, jobLists)
			if err != nil || row.Data == data || r.outdone(row.Data) {
				return err
			}
			row.Data = data
			_, err = r.keeper.PutJob(ctx, row)
			return err
		})
		if !errors.Is(err, ErrConflict) || try == maxSwaps {
			return err
		}
	}
}

// outdone reports whether the stored progress is of a later round, or further in this one.
func (r *sweepRound) outdone(data string) bool {
	stored, ok := readProgress(data)
	if !ok || !r.s.progressHolds(stored, r.s.now()) {
		return false
	}
	return stored.Round.After(r.is.Round) || stored.Round.Equal(r.is.Round) && stored.After > r.is.After
}
