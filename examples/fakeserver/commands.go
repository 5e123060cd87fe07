package main

import (
	"fmt"
	"time"

	"github.com/proctorbook/proctorbook/edx/edxtest"
	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
)

type done struct {
	Done bool `json:"done"`
}

// proctorUControl is what can be asked of the fake ProctorU.
func proctorUControl(fake *proctorutest.Server) []command {
	return append(troubleCommands(fake), []command{
		{"GET counts", "what the fake has seen and done", func(params) (any, error) { return counts(fake.Counts()), nil }},
		{"GET reservations", "all that were ever made", func(params) (any, error) { return rows(fake.Reservations()), nil }},
		{"GET learner", "student_id: the profile that the provider holds", func(p params) (any, error) { return learner(fake, p) }},
		{"GET faults", "kinds of faults, and the endpoints to name", func(params) (any, error) {
			return map[string]any{"kinds": proctorutest.FaultKinds(), "endpoints": endpointNames()}, nil
		}},
		{"GET variants", "open questions, and how they may be played", func(params) (any, error) {
			return variants(proctorutest.Variants(), fake.Playing()), nil
		}},
		{"POST provider", "act (cancel, move, start, end, schedule), reservation_no, start; end: authenticated, submitted, escalated, incident; " +
			"schedule: student_id, exam_id, start", func(p params) (any, error) { return providerActs(fake, p) }},
		{"POST slot", "start, free (Y or N): take a slot away, or give it back", func(p params) (any, error) { return setSlot(fake, p) }},
		{"POST reset-errors", "set the error counter back to 0", func(params) (any, error) { fake.ResetErrors(); return done{true}, nil }},
		{"GET webhooks", "notifications since the last look; kind may be given several times", func(p params) (any, error) { return webhooks(fake, p) }},
	}...)
}

// edXControl is what can be asked of the fake Open edX.
func edXControl(fake *edxtest.Server) []command {
	return append(troubleCommands(fake), []command{
		{"GET counts", "what the fake has seen", func(params) (any, error) { return fake.Counts(), nil }},
		{"GET faults", "the endpoints to name", func(params) (any, error) {
			var names []string
			for _, route := range edxtest.Routes() {
				names = append(names, route.Method+" "+route.Pattern)
			}
			return map[string]any{"endpoints": names}, nil
		}},
		{"GET variants", "open questions, and how they may be played", func(params) (any, error) {
			return variants(edxtest.Variants(), nil), nil
		}},
		{"POST revoke-tokens", "make every token issued so far invalid", func(params) (any, error) { fake.RevokeTokens(); return done{true}, nil }},
	}...)
}

// troubleCommands are those that both fakes have.
func troubleCommands(fake troublemaker) []command {
	return []command{
		{"POST fault", "kind, endpoint, nth, times, delay (such as 90s)", func(p params) (any, error) {
			f, err := readFault(p)
			if err == nil {
				err = fake.CheckFault(f)
			}
			if err == nil {
				fake.Fault(f)
			}
			return done{true}, err
		}},
		{"POST clear", "forget the faults", func(params) (any, error) { fake.ClearFaults(); return done{true}, nil }},
		{"POST variant", "name, alternative", func(p params) (any, error) {
			return done{true}, fake.Play(p.get("name"), p.get("alternative"))
		}},
	}
}

func endpointNames() []string {
	var names []string
	for _, route := range proctorutest.Routes() {
		names = append(names, route.Pattern[1:])
	}
	return names
}

// providerActs does what the provider's people do, or the learner on the provider's site.
func providerActs(fake *proctorutest.Server, p params) (any, error) {
	number, err := p.number("reservation_no")
	if err != nil {
		return nil, err
	}
	switch act := p.get("act"); act {
	case "cancel":
		err = fake.ProviderCancels(number)
	case "start":
		err = fake.ProctorStarts(number)
	case "end":
		err = fake.ProctorEnds(number, proctorutest.Verdict{
			Authenticated: p.flag("authenticated"), TestSubmitted: p.flag("submitted"), Escalated: p.flag("escalated"), IncidentReport: p.flag("incident"),
		})
	case "move", "schedule":
		var start time.Time
		if start, err = p.instant("start"); err != nil {
			return nil, err
		}
		if act == "move" {
			number, err = fake.ProviderMoves(number, start)
		} else {
			number, err = fake.LearnerSchedules(p.get("student_id"), p.get("exam_id"), start)
		}
	default:
		err = fmt.Errorf("act: want cancel, move, start, end or schedule, not %q", act)
	}
	return map[string]int64{"reservation_no": number}, err
}

func setSlot(fake *proctorutest.Server, p params) (any, error) {
	start, err := p.instant("start")
	if err != nil {
		return nil, err
	}
	if p.flag("free") {
		fake.FreeSlot(start)
	} else {
		fake.BlockSlot(start)
	}
	return done{true}, nil
}
