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
	DataMissing      proctorbooktest.FaultKind = "data-missing"       // after; success without the member data
	OtherID          proctorbooktest.FaultKind = "other-id"           // after; success that repeats another reservation_id than was sent
	ReadNull         proctorbooktest.FaultKind = "read-null"          // a list read answers null
	ReadEmpty        proctorbooktest.FaultKind = "read-empty"         // a list read is falsely empty
	ReadError        proctorbooktest.FaultKind = "read-error"         // a list read answers an HTML page with status 500
)

// lateCommit is how late a write acts under the alternative "late" of
// [VariantCommitWithoutAnswer]: after the client has given up.
const lateCommit = 90 * time.Second

// withoutAnswer returns the fault of a write under [VariantCommitWithoutAnswer].
func (s *Server) withoutAnswer() proctorbooktest.Fault {
	var fault proctorbooktest.Fault
	switch s.playing[VariantCommitWithoutAnswer] {
	case "answer-lost":
		fault = proctorbooktest.Fault{Kind: proctorbooktest.LoseAnswer}
	case "late":
		fault = proctorbooktest.Fault{Kind: proctorbooktest.Late, Delay: lateCommit}
	default:
		return fault
	}
	s.faults.Count(fault.Kind)
	return fault
}

// CheckFault returns an error for a fault that could never be played: one of an unknown
// kind, or of a misspelled endpoint, or of an endpoint that can't have it.
func (s *Server) CheckFault(f proctorbooktest.Fault) error {
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

var faultKinds = testserver.FaultKinds(
	NoNumber, DataNull, DataMissing, OtherID, UnknownText, UnknownTextAfter, StaleRequest, ReadNull, ReadEmpty, ReadError,
)

// FaultKinds returns the kinds that [Server.Fault] takes.
func FaultKinds() []proctorbooktest.FaultKind { return slices.Clone(faultKinds) }

// playOwn plays the faults that only this service can have.
func (s *Server) playOwn(f proctorbooktest.Fault, c call) (reply, bool) {
	switch f.Kind {
	case proctorbooktest.Unauthorized:
		return s.badKey(c), true
	case StaleRequest:
		return s.failure(c, textStale), true
	case UnknownText:
		return s.failure(c, textUnknown), true
	case UnknownTextAfter:
		s.deliver(c)
		return s.failure(c, textUnknown), true
	case ReadError:
		return testserver.StatusPage(http.StatusInternalServerError), true
	case ReadNull:
		return s.envelope(object{{"time_sent", s.stamp()}, {"response_code", 1}, {"message", ""}, {"data", nil}}), true
	case ReadEmpty:
		return s.envelope(object{{"time_sent", s.stamp()}, {"response_code", 1}, {"message", ""}, {"data", []object{}}}), true
	case DataNull:
		return s.playData(c, nil), true
	case DataMissing:
		if answer := s.deliver(c); !answer.Succeeded {
			return answer, true
		}
		return s.envelope(object{{"time_sent", s.stamp()}, {"response_code", 1}, {"message", ""}}), true
	case OtherID:
		s.otherID = true
		defer func() { s.otherID = false }()
		return s.deliver(c), true
	case NoNumber:
		return s.playData(c, object{{"balance", decimal("0.0")}, {"reservation_id", c.params["reservation_id"]}}), true
	}
	return reply{}, false
}

// playData lets the service act, and answers with other data if it succeeded.
func (s *Server) playData(c call, data any) reply {
	if answer := s.deliver(c); !answer.Succeeded {
		return answer
	}
	return s.success(c, data)
}
