package testserver

import (
	"maps"
	"slices"

	"github.com/proctorbook/proctorbook/proctorbooktest"
)

// FaultKinds returns the kinds that any service can have, and then the service's own.
func FaultKinds(own ...proctorbooktest.FaultKind) []proctorbooktest.FaultKind {
	return append([]proctorbooktest.FaultKind{
		proctorbooktest.Refuse, proctorbooktest.LoseRequest, proctorbooktest.LoseAnswer, proctorbooktest.Late,
		proctorbooktest.DuplicateNow, proctorbooktest.DuplicateLater, proctorbooktest.Status500, proctorbooktest.Status500After,
		proctorbooktest.Status502After, proctorbooktest.Status503, proctorbooktest.Status429, proctorbooktest.CutBody,
		proctorbooktest.HTML200, proctorbooktest.HTML200After, proctorbooktest.Down, proctorbooktest.Hang, proctorbooktest.Redirect,
		proctorbooktest.Unauthorized, proctorbooktest.EndlessBody, proctorbooktest.OversizeBody, proctorbooktest.GzipBomb,
	}, own...)
}

// FaultBook holds the faults that are still to be played, and counts those that
// were. The zero value is empty.
type FaultBook struct {
	script []*proctorbooktest.Fault
	plan   proctorbooktest.FaultPlan
	played map[proctorbooktest.FaultKind]int
}

// Add scripts a fault.
func (b *FaultBook) Add(f proctorbooktest.Fault) {
	if f.Kind == proctorbooktest.Down {
		f.Times = -1
	}
	if f.Times == 0 {
		f.Times = 1
	}
	b.script = append(b.script, &f)
}

// SetPlan sets the plan that is asked when no scripted fault is due; nil is none.
func (b *FaultBook) SetPlan(plan proctorbooktest.FaultPlan) { b.plan = plan }

// Clear forgets the script and the plan; the counts stay.
func (b *FaultBook) Clear() { b.script, b.plan = nil, nil }

// Count notes that a fault was played.
func (b *FaultBook) Count(kind proctorbooktest.FaultKind) {
	if b.played == nil {
		b.played = map[proctorbooktest.FaultKind]int{}
	}
	b.played[kind]++
}

// Played returns how often each kind was played. The map is the caller's.
func (b *FaultBook) Played() map[proctorbooktest.FaultKind]int {
	played := maps.Clone(b.played)
	if played == nil {
		played = map[proctorbooktest.FaultKind]int{}
	}
	return played
}

// Next returns the fault for a request to the endpoint, and counts it. A fault
// that the endpoint can't have waits for a request that can.
func (b *FaultBook) Next(endpoint string, canHave func(proctorbooktest.FaultKind) bool) proctorbooktest.Fault {
	chosen := b.fromScript(endpoint, canHave)
	if chosen.Kind == "" && b.plan != nil {
		if chosen = b.plan(endpoint); !canHave(chosen.Kind) {
			return proctorbooktest.Fault{}
		}
	}
	if chosen.Kind != "" {
		b.Count(chosen.Kind)
	}
	return chosen
}

func (b *FaultBook) fromScript(endpoint string, canHave func(proctorbooktest.FaultKind) bool) proctorbooktest.Fault {
	var chosen *proctorbooktest.Fault
	for _, f := range b.script {
		if f.Endpoint != "" && f.Endpoint != endpoint || !canHave(f.Kind) {
			continue
		}
		if f.Nth > 1 {
			f.Nth--
		} else if chosen == nil {
			chosen = f
		}
	}
	if chosen == nil {
		return proctorbooktest.Fault{}
	}
	if chosen.Times > 0 {
		chosen.Times--
	}
	played := *chosen
	b.script = slices.DeleteFunc(b.script, func(f *proctorbooktest.Fault) bool { return f.Times == 0 })
	return played
}
