package simulation

import (
	"slices"
	"time"

	"github.com/proctorbook/proctorbook/proctorbooktest"
	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
)

// forced is what all schedules of a run play, whatever their seeds have drawn: one
// variant's alternative, or its default, or one kind of fault far more often than
// others. What the seeds draw otherwise stays as it is.
type forced struct {
	variant, alternative string
	fault                proctorbooktest.FaultKind
}

// forcedLag is how late lists are where lateness is forced on a seed that drew none.
const (
	forcedLag      = 45 * time.Second
	forcedLagReads = 3
)

// force puts the forced alternative in the place of what the seed drew.
func (p *plan) force(f forced) {
	p.often = f.fault
	if f.variant != "" {
		p.dialect.force(f.variant, f.alternative)
	}
}

// force plays the alternative, and keeps what the operator and the judge know of
// the provider in step with it.
func (d *dialect) force(variant, alternative string) {
	switch variant {
	case proctorutest.VariantRepeatedID:
		d.repeat = alternative
		if alternative == "per-learner" { // no two learners share an id here
			d.repeat = "refuses-ever"
		}
	case proctorutest.VariantCreateWithNumber:
		d.move, d.moveCall = alternative, false
	case proctorutest.VariantMove:
		d.move, d.moveCall = alternative, true
	case proctorutest.VariantCreateOrder:
		d.existFirst = alternative == "exist-first"
	case proctorutest.VariantSecondRemoval:
		d.secondDone = alternative == "success"
	case proctorutest.VariantConcurrency:
		d.serialized = alternative == "serialised"
	case proctorutest.VariantCancelledRows:
		d.listsDead = alternative == "shown-unmarked"
		if alternative == "status-ignored" {
			d.canceledSrc = false // there is no list of canceled reservations to believe
		}
	case proctorutest.VariantErrorText:
		d.mute = alternative == "unknown"
	case proctorutest.VariantErrorStatus:
		d.mute = alternative != "200" && alternative != "500-envelope"
	case proctorutest.VariantEmptyList:
		d.mute = alternative != "array"
	case proctorutest.VariantListLag:
		d.forceLag(alternative)
		return // apply sets the lag by itself
	}
	d.replay(variant, alternative)
	if d.move == "same-number" || d.move == "new-number" {
		// A provider that makes a new number for one kind of move does so for the other.
		switch variant {
		case proctorutest.VariantCreateWithNumber:
			d.replay(proctorutest.VariantMove, alternative)
		case proctorutest.VariantMove:
			d.replay(proctorutest.VariantCreateWithNumber, alternative)
		}
	}
}

// replay plays the alternative instead of what is played of the variant.
func (d *dialect) replay(variant, alternative string) {
	d.play = slices.DeleteFunc(d.play, func(v [2]string) bool { return v[0] == variant })
	d.set(variant, alternative)
}

func (d *dialect) forceLag(alternative string) {
	switch {
	case alternative == "none":
		d.lag, d.lagReads = 0, 0
	case alternative == "time" && d.lag == 0:
		d.lag, d.lagReads = forcedLag, 0
	case alternative == "reads" && d.lagReads == 0:
		d.lag, d.lagReads = 0, forcedLagReads
	}
}

// oftenOdds is the probability of a forced fault, for each request that can have it.
const oftenOdds = 0.3

// oftenFault asks whether the forced fault strikes the request: a value of the dice
// that brings no other fault may bring this one.
func (w *world) oftenFault(m message, value uint64, place int) proctorbooktest.Fault {
	kind := w.plan.often
	if kind == "" || m.evidence || share(value) >= w.plan.odds().request+oftenOdds {
		return proctorbooktest.Fault{}
	}
	f := proctorbooktest.Fault{Kind: kind, Endpoint: m.endpoint}
	if w.provider.CheckFault(f) != nil || !w.may(decideRequest, place) {
		return proctorbooktest.Fault{}
	}
	f.Endpoint = ""
	return f
}
