package scheduling

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"

	"github.com/proctorbook/proctorbook/scheduling/provider"
)

// This file is what a pass of Sweep does with the lists of learners.

// byLists compares the bookings with the lists of their learners, one for each learner,
// in the order of their ids. It goes on behind the learner whom the last pass reached, if
// that ended early; of those before it compares only what is known to be odd.
func (p *sweepPass) byLists(ctx context.Context, open []*watchedBooking) error {
	if len(open) == 0 {
		return ctx.Err()
	}
	todo := p.leftOf(ctx, open)
	p.tellLists(ctx, todo)
	for len(todo) > 0 && ctx.Err() == nil {
		n := slices.IndexFunc(todo, func(b *watchedBooking) bool { return b.learner != todo[0].learner })
		if n < 0 {
			n = len(todo)
		}
		failed := p.result.Failed
		for _, odd := range p.byList(ctx, todo[:n]) {
			p.one(ctx, odd.id)
		}
		ok := p.result.Failed == failed && ctx.Err() == nil
		p.round.reached(ctx, todo[0].learner, ok)
		todo = todo[n:]
		if !ok && p.s.strain.down() {
			p.result.Left = len(todo)
			return errProviderDown
		}
	}
	p.result.Left = len(todo)
	return ctx.Err()
}

// leftOf returns what is left of the round, by learner, and behind it what is odd of those
// who were compared: what a report or an earlier look has shown waits for no next round.
func (p *sweepPass) leftOf(ctx context.Context, open []*watchedBooking) []*watchedBooking {
	open = slices.Clone(open)
	slices.SortStableFunc(open, func(a, b *watchedBooking) int { return strings.Compare(string(a.learner), string(b.learner)) })
	first := slices.IndexFunc(open, func(b *watchedBooking) bool { return b.learner > p.round.is.After })
	if p.round.past && first < 0 {
		p.round.anew(p.began) // what is odd does not let it end
		first = 0
	}
	if first < 0 {
		first = len(open)
	}
	before, todo := open[:first], open[first:]
	p.result.Since, p.result.Resumed = p.round.is.Round, p.round.resumed()
	p.round.start(ctx)
	todo = slices.Clip(todo)
	var last []*watchedBooking
	if p.round.past {
		todo, last = p.putOff(ctx, todo)
	}
	for _, b := range before {
		if b.odd || p.doubled[b.id] {
			todo = append(todo, b)
		} else {
			p.result.Earlier++
		}
	}
	return append(todo, last...)
}

// putOff takes the first learner out, at whom several passes have ended, to be read last:
// if this one ends there, too, the others have been reached.
func (p *sweepPass) putOff(ctx context.Context, todo []*watchedBooking) (rest, last []*watchedBooking) {
	learner := todo[0].learner
	for len(todo) > 0 && todo[0].learner == learner {
		todo, last = todo[1:], append(last, todo[0])
	}
	p.s.log.WarnContext(ctx, "sweep: several passes ended at one learner, who is read last", slog.String("booking", string(last[0].id)))
	p.round.reached(ctx, learner, false)
	return todo, last
}

// tellLists logs what the lists will take, before the first is read.
func (p *sweepPass) tellLists(ctx context.Context, todo []*watchedBooking) {
	learners := map[LearnerID]bool{}
	for _, b := range todo {
		learners[b.learner] = true
	}
	requests := p.s.listRequests(len(learners), len(todo))
	p.s.log.InfoContext(ctx, "sweep reads lists", slog.Int("learners", len(learners)), slog.Int("requests", requests),
		slog.String("takes", p.s.atPace(requests).String()), slog.Bool("resumed", p.result.Resumed), slog.Int("earlier", p.result.Earlier))
}

// byList compares bookings of one learner with the learner's list, and returns those
// that must be looked at. Nothing is written on the others.
func (p *sweepPass) byList(ctx context.Context, of []*watchedBooking) []*watchedBooking {
	if p.s.provider.Traits().CanceledListed {
		return of // only evidence tells what the rows mean
	}
	var rows []provider.Listed
	err := p.s.guarded(ctx, nil, of[0].id, func() (err error) {
		rows, err = p.s.list(ctx, of[0].learner)
		p.s.strain.note(ctx, err == nil || errors.Is(err, provider.ErrEmptyByEvidence))
		return err
	})
	if errors.Is(err, provider.ErrEmptyByEvidence) {
		return of // a look knows what such a list proves, and when
	}
	if err == nil {
		err = p.noteUnknown(ctx, of[0].learner, rows)
	}
	if err != nil {
		for _, b := range of {
			p.fail(sweepError(b.id, err))
		}
		return nil
	}
	return slices.DeleteFunc(slices.Clone(of), func(b *watchedBooking) bool {
		fits := b.fits(rows)
		if fits {
			p.result.Looked++
		}
		return fits
	})
}
