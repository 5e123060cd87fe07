package proctorutest

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/proctorbook/proctorbook/internal/testserver"
	"github.com/proctorbook/proctorbook/proctorbooktest"
)

// The kinds of faults that only this service can have, in the meaning of an answer.
// "Before" means that the service never acted, "after" that it did.
const (
	NoNumber         proctorbooktest.FaultKind = "no-number"          // after; success without reservation_no
	DataNull         proctorbooktest.FaultKind = "data-null"          // after; success with data null
	UnknownText      proctorbooktest.FaultKind = "unknown-text"       // before; an error in words that nobody knows
	UnknownTextAfter proctorbooktest.FaultKind = "unknown-text-after" // after; such an error
	StaleRequest     proctorbooktest.FaultKind = "stale-request"      // before; "stale request"
	ReadNull         proctorbooktest.FaultKind = "read-null"          // a list read answers null
	ReadEmpty        proctorbooktest.FaultKind = "read-empty"         // a list read is falsely empty
	ReadError        proctorbooktest.FaultKind = "read-error"         // a list read answers an HTML page with status 500
)

// lateCommit is when a write acts where the variant CommitWithoutAnswer says that
// it does so after the client has given up.
const lateCommit = 90 * time.Second

// withoutAnswer is what becomes of a write by the variant CommitWithoutAnswer.
func (p *Server) withoutAnswer() proctorbooktest.Fault {
	var fault proctorbooktest.Fault
	switch p.playing[VariantCommitWithoutAnswer] {
	case "answer-lost":
		fault = proctorbooktest.Fault{Kind: proctorbooktest.LoseAnswer}
	case "late":
		fault = proctorbooktest.Fault{Kind: proctorbooktest.Late, Delay: lateCommit}
	default:
		return fault
	}
	p.faults.Count(fault.Kind)
	return fault
}

// CheckFault returns an error that says what is wrong with a fault which could
// never be played: an unknown kind, a misspelled endpoint, or one that can't have it.
func (p *Server) CheckFault(f proctorbooktest.Fault) error {
	if !slices.Contains(faultKinds, f.Kind) {
		return fmt.Errorf("proctorutest: there is no fault %q for ProctorU, only %q", f.Kind, faultKinds)
	}
	if f.Endpoint == "" {
		return nil
	}
	e := endpoints[f.Endpoint]
	if e == nil {
		return fmt.Errorf("proctorutest: ProctorU has no endpoint %q, only %q", f.Endpoint, slices.Sorted(maps.Keys(endpoints)))
	}
	if !e.canHave(f.Kind) {
		return fmt.Errorf("proctorutest: endpoint %q can't have the fault %q", f.Endpoint, f.Kind)
	}
	return nil
}

var faultKinds = []proctorbooktest.FaultKind{
	proctorbooktest.Refuse, proctorbooktest.LoseRequest, proctorbooktest.LoseAnswer, proctorbooktest.Late, proctorbooktest.DuplicateNow, proctorbooktest.DuplicateLater, proctorbooktest.Status500,
	proctorbooktest.Status500After, proctorbooktest.Status502After, proctorbooktest.Status503, proctorbooktest.Status429, proctorbooktest.CutBody, proctorbooktest.HTML200, proctorbooktest.HTML200After,
	proctorbooktest.Down, proctorbooktest.Hang, proctorbooktest.Redirect, proctorbooktest.Unauthorized, proctorbooktest.EndlessBody, proctorbooktest.OversizeBody, proctorbooktest.GzipBomb, NoNumber,
	DataNull, UnknownText, UnknownTextAfter, StaleRequest, ReadNull, ReadEmpty, ReadError,
}

// FaultKinds returns the kinds that [Server.Fault] takes.
func FaultKinds() []proctorbooktest.FaultKind { return slices.Clone(faultKinds) }

// playOwn plays the faults that only this service can have.
func (p *Server) playOwn(f proctorbooktest.Fault, c call) (reply, bool) {
	switch f.Kind {
	case proctorbooktest.Unauthorized:
		return p.badKey(c), true
	case StaleRequest:
		return p.failure(c, textStale), true
	case UnknownText:
		return p.failure(c, textUnknown), true
	case UnknownTextAfter:
		p.deliver(c)
		return p.failure(c, textUnknown), true
	case ReadError:
		return testserver.StatusPage(http.StatusInternalServerError), true
	case ReadNull:
		return p.envelope(object{{"time_sent", p.stamp()}, {"response_code", 1}, {"message", ""}, {"data", nil}}), true
	case ReadEmpty:
		return p.envelope(object{{"time_sent", p.stamp()}, {"response_code", 1}, {"message", ""}, {"data", []object{}}}), true
	case DataNull:
		return p.playData(c, nil), true
	case NoNumber:
		return p.playData(c, object{{"balance", decimal("0.0")}, {"reservation_id", c.params["reservation_id"]}}), true
	}
	return reply{}, false
}

// playData lets the service act, and answers with other data if it succeeded.
func (p *Server) playData(c call, data any) reply {
	if answer := p.deliver(c); !answer.Succeeded {
		return answer
	}
	return p.success(c, data)
}
