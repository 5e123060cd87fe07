package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/provider"
)

// Advice is what follows for a service from what the trial found.
type advice struct {
	Tuning         scheduling.Tuning       // zero fields: the defaults are enough
	Evidence       provider.EvidenceSource // "" = the default
	CanceledListed bool
	EmptyIsNull    bool
	MoveCall       bool
	Sweep          bool          // SweepRemove is needed
	StartLead      time.Duration // for Policy; 0 = the default
	Warnings       []string
	Guarantees     map[string]bool // the letters of docs/guarantees.md
}

func (t *trial) advise() advice {
	a := advice{Guarantees: map[string]bool{}}
	t.adviseEvidence(&a)
	t.adviseTuning(&a)
	t.adviseMoves(&a)
	if t.facts[askRepeat] != "refused" || t.facts[askReuse] != "refused" {
		a.Sweep = true
	}
	if a.EmptyIsNull = t.is(askEmptyList, "no_list"); a.EmptyIsNull && a.Evidence == provider.EvidenceNone {
		a.Warnings = append(a.Warnings, "an empty list can't be told from a failure: absence is never proven, and bookings wait for staff")
	}
	t.adviseBegin(&a)
	t.adviseAhead(&a)
	for _, q := range slices.Sorted(maps.Keys(t.facts)) {
		if t.is(q, unclear) {
			a.Warnings = append(a.Warnings, string(q)+" is not clear: try again")
		}
	}
	t.adviseGuarantees(&a)
	return a
}

func (t *trial) is(q question, answer string) bool { return t.facts[q] == answer }

// adviseEvidence chooses the second source. The report is of use only with the
// notes: without them it can't show a number whose answer was lost.
func (t *trial) adviseEvidence(a *advice) {
	a.CanceledListed = t.is(askCanceledRows, "shown")
	switch {
	case t.is(askNotes, "returned") && !t.is(askReportLag, "not_seen"):
		return
	case t.is(askCanceledList, "with_ids"):
		a.Evidence = provider.EvidenceCanceledList
		return
	}
	a.Evidence = provider.EvidenceNone
	a.Warnings = append(a.Warnings, "no evidence: what the provider cancels is flagged as missing, and a cancel whose answer is lost waits for staff")
	if a.CanceledListed {
		a.CanceledListed = false // it would be refused without evidence
		a.Warnings = append(a.Warnings, "canceled reservations are listed without a mark: a cancel at the provider can't be seen before the begin")
	}
}

// adviseTuning takes twice the longest lag that was seen, if the default is less.
func (t *trial) adviseTuning(a *advice) {
	d, lag := scheduling.DefaultTuning(), func(q question) time.Duration { return roundUp(2*t.lags[q], 10*time.Second) }
	list, report, flight := max(d.ListLag, lag(askListLag)), d.EvidenceLag, d.InFlight
	if a.Evidence == "" {
		report = max(report, lag(askReportLag))
	}
	report = max(report, list)
	flight = max(flight, report)
	if list > d.ListLag {
		a.Tuning.ListLag = list
	}
	if report > d.EvidenceLag {
		a.Tuning.EvidenceLag = report
	}
	if flight > d.InFlight {
		a.Tuning.InFlight = flight
	}
}

func (t *trial) adviseMoves(a *advice) {
	works := func(q question) bool { return t.is(q, "same_number") || t.is(q, "new_number") }
	switch {
	case works(askEdit), t.is(askEdit, unclear):
	case works(askMove):
		a.MoveCall = true
	default:
		a.Warnings = append(a.Warnings, "nothing moves a reservation: don't offer Reschedule, cancel and book instead")
	}
}

func (t *trial) adviseBegin(a *advice) {
	lead, err := time.ParseDuration(t.facts[askBeginLead])
	if err == nil && lead < 15*time.Minute {
		a.StartLead = max(lead, time.Second)
	}
	if t.is(askBeginTwice, "refused") {
		a.Warnings = append(a.Warnings, "a session begins once: who loses the connection needs the provider's help")
	}
}

// adviseGuarantees returns which statements of docs/guarantees.md hold, as far
// as a trial can show: it can't show that creates are carried out one after the
// other.
func (t *trial) adviseGuarantees(a *advice) {
	g, moves := a.Guarantees, t.facts[askEdit]
	if a.MoveCall {
		moves = t.facts[askMove]
	}
	ever := t.is(askRepeat, "refused") && t.is(askReuse, "refused")
	g["A"] = a.Evidence != provider.EvidenceNone
	g["B"] = g["A"] && ever && (!t.is(askSecondRemoval, "done") || moves == "same_number")
	g["C"] = g["A"] && ever && t.is(askOrder, "exist_first")
	g["E"] = moves == "new_number"
}

// adapter lists the fields of provider.ProctorU that are to be set.
func (a advice) adapter() []string {
	var fields []string
	switch a.Evidence {
	case provider.EvidenceCanceledList:
		fields = append(fields, "EvidenceSource: provider.EvidenceCanceledList")
	case provider.EvidenceNone:
		fields = append(fields, "EvidenceSource: provider.EvidenceNone")
	}
	if a.MoveCall {
		fields = append(fields, "MoveCall: true")
	}
	if a.CanceledListed {
		fields = append(fields, "CanceledListed: true")
	}
	if a.EmptyIsNull {
		fields = append(fields, "EmptyIsNull: true")
	}
	return fields
}

// code is how the adapter and the options stand in a program.
func (a advice) code() []string {
	var lines []string
	var bounds []string
	for _, f := range []struct {
		name string
		d    time.Duration
	}{{"ListLag", a.Tuning.ListLag}, {"EvidenceLag", a.Tuning.EvidenceLag}, {"InFlight", a.Tuning.InFlight}} {
		if f.d > 0 {
			bounds = append(bounds, fmt.Sprintf("%s: %d * time.Second", f.name, int(f.d/time.Second)))
		}
	}
	add := func(ok bool, line string) {
		if ok {
			lines = append(lines, line)
		}
	}
	add(len(bounds) > 0, "scheduling.WithTuning(scheduling.Tuning{"+strings.Join(bounds, ", ")+"})")
	add(len(a.adapter()) > 0, "provider.ProctorU{Client: client, "+strings.Join(a.adapter(), ", ")+"}")
	add(a.Sweep, "scheduling.WithSweep(scheduling.SweepRemove)")
	add(a.StartLead > 0, fmt.Sprintf("scheduling.Policy{StartLead: %d * time.Second} // of each exam", int(a.StartLead/time.Second)))
	return lines
}
