package testserver

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"time"
)

// lateCommit is when a write acts where the variant CommitWithoutAnswer says that
// it does so after the client has given up.
const lateCommit = 90 * time.Second

// withoutAnswer is what becomes of a write by the variant CommitWithoutAnswer.
func (p *ProctorU) withoutAnswer() Fault {
	var fault Fault
	switch p.playing[CommitWithoutAnswer] {
	case "answer-lost":
		fault = Fault{Kind: FaultLoseAnswer}
	case "late":
		fault = Fault{Kind: FaultLate, Delay: lateCommit}
	default:
		return fault
	}
	p.faults.played[fault.Kind]++
	return fault
}

// CheckFault returns an error that says what is wrong with a fault which could
// never be played: an unknown kind, a misspelled endpoint, or one that can't have it.
func (p *ProctorU) CheckFault(f Fault) error {
	if !slices.Contains(ProctorUFaults(), f.Kind) {
		return fmt.Errorf("testserver: there is no fault %q for ProctorU, only %q", f.Kind, ProctorUFaults())
	}
	if f.Endpoint == "" {
		return nil
	}
	e := endpoints[f.Endpoint]
	if e == nil {
		return fmt.Errorf("testserver: ProctorU has no endpoint %q, only %q", f.Endpoint, slices.Sorted(maps.Keys(endpoints)))
	}
	if !e.canHave(f.Kind) {
		return fmt.Errorf("testserver: endpoint %q can't have the fault %q", f.Endpoint, f.Kind)
	}
	return nil
}

// ProctorUFaults returns the kinds that [ProctorU.Fault] takes.
func ProctorUFaults() []FaultKind {
	return []FaultKind{
		FaultRefuse, FaultLoseRequest, FaultLoseAnswer, FaultLate, FaultDuplicateNow, FaultDuplicateLater, FaultStatus500,
		FaultStatus500After, FaultStatus502After, FaultStatus503, FaultStatus429, FaultCutBody, FaultHTML200, FaultHTML200After,
		FaultDown, FaultHang, FaultRedirect, FaultUnauthorized, FaultEndlessBody, FaultOversizeBody, FaultGzipBomb, FaultNoNumber,
		FaultDataNull, FaultUnknownText, FaultUnknownTextAfter, FaultStaleRequest, FaultReadNull, FaultReadEmpty, FaultReadError,
	}
}

// playOwn plays the faults that only this service can have.
func (p *ProctorU) playOwn(f Fault, c call) (reply, bool) {
	switch f.Kind {
	case FaultUnauthorized:
		return p.badKey(c), true
	case FaultStaleRequest:
		return p.failure(c, textStale), true
	case FaultUnknownText:
		return p.failure(c, textUnknown), true
	case FaultUnknownTextAfter:
		p.deliver(c)
		return p.failure(c, textUnknown), true
	case FaultReadError:
		return statusPage(http.StatusInternalServerError), true
	case FaultReadNull:
		return p.envelope(object{{"time_sent", p.stamp()}, {"response_code", 1}, {"message", ""}, {"data", nil}}), true
	case FaultReadEmpty:
		return p.envelope(object{{"time_sent", p.stamp()}, {"response_code", 1}, {"message", ""}, {"data", []object{}}}), true
	case FaultDataNull:
		return p.playData(c, nil), true
	case FaultNoNumber:
		return p.playData(c, object{{"balance", decimal("0.0")}, {"reservation_id", c.params["reservation_id"]}}), true
	}
	return reply{}, false
}

// playData lets the service act, and answers with other data if it succeeded.
func (p *ProctorU) playData(c call, data any) reply {
	if answer := p.deliver(c); !answer.succeeded {
		return answer
	}
	return p.success(c, data)
}
