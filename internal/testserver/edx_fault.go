package testserver

import (
	"fmt"
	"net/http"
	"slices"
	"time"
)

// FaultSlow is a fault of Open edX alone: it acts, and Delay passes on its clock
// before the answer comes.
const FaultSlow FaultKind = "slow"

// edxKinds are the faults that Open edX can have.
var edxKinds = []FaultKind{
	FaultRefuse, FaultLoseRequest, FaultLoseAnswer, FaultLate, FaultDuplicateNow, FaultDuplicateLater, FaultStatus500, FaultStatus500After,
	FaultStatus502After, FaultStatus503, FaultStatus429, FaultCutBody, FaultHTML200, FaultHTML200After, FaultDown, FaultHang, FaultSlow,
	FaultRedirect, FaultUnauthorized, FaultNegativeExpiry, FaultEndlessBody, FaultOversizeBody, FaultGzipBomb,
}

// Fault scripts a disturbance. Its Endpoint is a route such as
// "POST /api/enrollment/v1/enrollment", or one of the short names access_token,
// courses, enrollment, accounts, preferences and me. It panics where
// [OpenEdX.CheckFault] has an error: a fault that never comes would let a test
// pass for the wrong reason.
func (o *OpenEdX) Fault(f Fault) {
	if err := o.CheckFault(f); err != nil {
		panic(err.Error())
	}
	f.Endpoint = endpointNamed(f.Endpoint)
	o.mu.Lock()
	defer o.mu.Unlock()
	o.faults.add(f)
}

// CheckFault returns an error for a fault that can't come, since its kind or its
// endpoint is misspelled, or since they don't fit each other.
func (o *OpenEdX) CheckFault(f Fault) error {
	name := endpointNamed(f.Endpoint)
	switch {
	case !slices.Contains(edxKinds, f.Kind):
		return fmt.Errorf("testserver: Open edX has no fault %q, only %q", f.Kind, edxKinds)
	case f.Endpoint != "" && name == "":
		return fmt.Errorf("testserver: there is no endpoint %q: EdXRoutes lists them all, as %q", f.Endpoint, platformRoutes[0].endpoint())
	case f.Kind == FaultNegativeExpiry && name != "" && name != tokenRoutes[0].endpoint():
		return fmt.Errorf("testserver: endpoint %q can't have the fault %q", f.Endpoint, f.Kind)
	}
	return nil
}

// edxCanHave reports whether a fault makes sense for the route.
func edxCanHave(r *edxRoute, kind FaultKind) bool {
	return slices.Contains(edxKinds, kind) && (kind != FaultNegativeExpiry || r.short == "access_token")
}

// playOwn plays the faults that have a form of their own here.
func (o *OpenEdX) playOwn(c edxCall, f Fault) (reply, bool) {
	switch {
	case f.Kind == FaultUnauthorized && c.route.short == "access_token":
		return edxJSON(http.StatusUnauthorized, object{{"error", "invalid_client"}}), true
	case f.Kind == FaultUnauthorized:
		return o.unauthorized(c, "Token has expired."), true
	case f.Kind == FaultNegativeExpiry:
		return o.issue(c, -time.Second), true
	case f.Kind == FaultStatus429:
		return o.throttled(c, f.Delay), true
	case f.Kind == FaultSlow:
		answer := o.act(c)
		answer.wait = f.Delay
		return answer, true
	}
	return reply{}, false
}
