package proctorbooktest

import (
	"math/rand/v2"
	"time"
)

// Fault is one disturbance of a request or of its answer, scripted with the method
// Fault of a fake.
type Fault struct {
	// Kind is what goes wrong: a constant of this package, or of the fake's own.
	Kind FaultKind
	// Endpoint is the fake's name of the endpoint that is disturbed; "" is any that
	// can have this fault.
	Endpoint string
	// Nth is which of the coming requests is disturbed: 1 (or 0) is the next one that
	// fits, 2 the one after it.
	Nth int
	// Times is how many requests in a row are disturbed; 0 is one, and below 0 are all
	// until ClearFaults.
	Times int
	// Delay is how late the request acts, or how long the answer takes, on the fake's
	// clock; see the kinds.
	Delay time.Duration
}

// FaultKind is what goes wrong with one request or its answer. `go doc Refuse` lists them all.
type FaultKind string

// The kinds that both fakes know: faults of the network, and of machines on the
// way. "Before" means that the service never acted, "after" that it did.
//
// A client of this module repeats a write that may not come twice only if it can tell that
// nothing was sent. Of Refuse it can't: over a socket it looks like LoseRequest, and in
// process the fake has read the write's body by then. To see what becomes of a write when
// a dial is refused, give the client an address at which a listener was closed.
const (
	Refuse         FaultKind = "refuse"            // before; no connection
	LoseRequest    FaultKind = "lose-request"      // before; the connection is closed
	LoseAnswer     FaultKind = "lose-answer"       // after; the connection is closed without a byte
	Late           FaultKind = "late"              // the connection is closed now; the service acts Delay later
	DuplicateNow   FaultKind = "duplicate-now"     // delivered twice; the answer is the second one's
	DuplicateLater FaultKind = "duplicate-later"   // acts and answers, and is delivered again Delay later
	Status500      FaultKind = "status-500-before" // before; an HTML page
	Status500After FaultKind = "status-500-after"  // after; an HTML page
	Status502After FaultKind = "status-502-after"  // after; an HTML page
	Status503      FaultKind = "status-503"        // before; an HTML page; Delay becomes Retry-After
	Status429      FaultKind = "status-429"        // before; Delay becomes Retry-After, 0 leaves it out
	CutBody        FaultKind = "cut-body"          // after; the connection is closed half-way through the body
	HTML200        FaultKind = "html-200"          // before; a maintenance page with status 200
	HTML200After   FaultKind = "html-200-after"    // after; a maintenance page with status 200
	Down           FaultKind = "down"              // before; every connection is closed until ClearFaults
	Hang           FaultKind = "hang"              // before; no answer until the request's context ends. That goes by real time: use the system's clock, in a synctest bubble, to see patience end
	Redirect       FaultKind = "redirect"          // before; 307 to another host
	Unauthorized   FaultKind = "unauthorized"      // before; the service's answer to a bad key or token
	EndlessBody    FaultKind = "endless-body"      // after; blanks follow the answer until the client gives up
	OversizeBody   FaultKind = "oversize-body"     // after; 17 MiB of blanks follow the answer
	GzipBomb       FaultKind = "gzip-bomb"         // after; a small answer that unpacks to 256 MiB of blanks
)

// FaultPlan decides for each request, by the name of its endpoint, what goes wrong
// with it; a zero Kind is nothing. A fake asks its plan where no scripted fault
// applies. It is called with the fake's lock held, and must not call the fake.
type FaultPlan func(endpoint string) Fault

// RandomFaults returns a plan that disturbs the given share of requests (0 to 1)
// with one of the kinds, delayed by up to maxDelay in whole seconds. The same seed
// and the same requests give the same faults.
func RandomFaults(seed uint64, share float64, maxDelay time.Duration, kinds ...FaultKind) FaultPlan {
	random := rand.New(rand.NewPCG(seed, 0x70726f63746f72))
	return func(string) Fault {
		if len(kinds) == 0 || random.Float64() >= share {
			return Fault{}
		}
		kind := kinds[random.IntN(len(kinds))]
		seconds := 1 + random.Int64N(max(1, int64(maxDelay/time.Second)))
		return Fault{Kind: kind, Delay: time.Duration(seconds) * time.Second}
	}
}
