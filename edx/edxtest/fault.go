package edxtest

import (
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/proctorbook/proctorbook/internal/testserver"
	"github.com/proctorbook/proctorbook/proctorbooktest"
)

// The kinds of faults that only this service can have.
const (
	// Slow acts, and Delay passes on the server's clock before the answer comes.
	Slow proctorbooktest.FaultKind = "slow"
	// NegativeExpiry is of the token endpoint alone: a token with a negative
	// expires_in, which no API accepts.
	NegativeExpiry proctorbooktest.FaultKind = "negative-expiry"
)

var faultKinds = testserver.FaultKinds(Slow, NegativeExpiry)

// FaultKinds returns the kinds that [Server.Fault] takes.
func FaultKinds() []proctorbooktest.FaultKind { return slices.Clone(faultKinds) }

// Fault scripts a disturbance. Its Endpoint is a route such as
// "POST /api/enrollment/v1/enrollment", or one of the short names access_token,
// courses, enrollment, accounts, preferences and me. It panics where
// [Server.CheckFault] has an error: a fault that never comes would let a test
// pass for the wrong reason.
func (s *Server) Fault(f proctorbooktest.Fault) {
	if err := s.CheckFault(f); err != nil {
		panic(err.Error())
	}
	f.Endpoint = endpointNamed(f.Endpoint)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults.Add(f)
}

// CheckFault returns an error for a fault that can't come, since its kind or its
// endpoint is misspelled, or since they don't fit each other.
func (s *Server) CheckFault(f proctorbooktest.Fault) error {
	name := endpointNamed(f.Endpoint)
	switch {
	case !slices.Contains(faultKinds, f.Kind):
		return fmt.Errorf("edxtest: Open edX has no fault %q, only %q", f.Kind, faultKinds)
	case f.Endpoint != "" && name == "":
		return fmt.Errorf("edxtest: there is no endpoint %q: EdXRoutes lists them all, as %q", f.Endpoint, platformRoutes[0].endpoint())
	case f.Kind == NegativeExpiry && name != "" && name != tokenRoutes[0].endpoint():
		return fmt.Errorf("edxtest: endpoint %q can't have the fault %q", f.Endpoint, f.Kind)
	}
	return nil
}

// canHave reports whether a fault makes sense for the route.
func canHave(r *route, kind proctorbooktest.FaultKind) bool {
	return slices.Contains(faultKinds, kind) && (kind != NegativeExpiry || r.short == "access_token")
}

// playOwn plays the faults that have a form of their own here.
func (s *Server) playOwn(c call, f proctorbooktest.Fault) (reply, bool) {
	switch {
	case f.Kind == proctorbooktest.Unauthorized && c.route.short == "access_token":
		return jsonReply(http.StatusUnauthorized, object{{"error", "invalid_client"}}), true
	case f.Kind == proctorbooktest.Unauthorized:
		return s.unauthorized(c, "Token has expired."), true
	case f.Kind == NegativeExpiry:
		return s.issue(c, -time.Second), true
	case f.Kind == proctorbooktest.Status429:
		return s.throttled(c, f.Delay), true
	case f.Kind == Slow:
		answer := s.act(c)
		answer.Wait = f.Delay
		return answer, true
	}
	return reply{}, false
}
