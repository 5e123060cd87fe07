package simulation

import (
	"strconv"
	"time"

	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
)

// verdicts are what proctors find.
var verdicts = []proctorutest.Verdict{
	{Authenticated: true, TestSubmitted: true},
	{Authenticated: true, TestSubmitted: true, IncidentReport: true},
	{Authenticated: true},
}

// proctor lets a proctor act whose time has come: look at papers, begin a session
// that may not have been begun through us, end one, or revise what was found.
func (w *world) proctor(value uint64) {
	var near []*reservation
	for _, r := range w.truth.all {
		if !r.canceled && r.start.Sub(w.now) <= 15*time.Minute {
			near = append(near, r)
		}
	}
	if len(near) == 0 {
		return
	}
	r := near[value>>16%uint64(len(near))]
	number, err := strconv.ParseInt(r.number, 10, 64)
	if err != nil {
		w.t.Fatal(err)
	}
	what, verdict := "", verdicts[value>>32%uint64(len(verdicts))]
	switch over := !r.start.After(w.now); {
	case r.ended:
		what, err = "revises", w.provider.ProctorRevises(number, verdict)
	case r.begun && over:
		what, err = "ends", w.provider.ProctorEnds(number, verdict)
	case value>>48%2 == 0:
		what, err = "checks in", w.provider.ProctorChecksIn(number)
	default:
		what, err = "starts", w.provider.ProctorStarts(number)
	}
	if err == nil {
		w.counts.hit("world", "proctor "+what)
		w.trace.add(w.elapsed(), "proctor", what, r.number)
		w.observe(byProviderMove)
	}
}
