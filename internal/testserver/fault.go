package testserver

import (
	"math/rand/v2"
	"slices"
	"time"
)

// FaultKind names what goes wrong with one request or its answer.
type FaultKind string

// Faults of the network and of machines on the way. "Before" means that the
// service never acted, "after" that it did.
const (
	FaultRefuse         FaultKind = "refuse"            // no connection (before); over sockets the same as lose-request
	FaultLoseRequest    FaultKind = "lose-request"      // connection closed before the service acted
	FaultLoseAnswer     FaultKind = "lose-answer"       // acts, then the connection is closed without a byte
	FaultLate           FaultKind = "late"              // acts Delay later; the connection is closed now
	FaultDuplicateNow   FaultKind = "duplicate-now"     // delivered twice; the answer is the second one's
	FaultDuplicateLater FaultKind = "duplicate-later"   // acts and answers, and is delivered again Delay later
	FaultStatus500      FaultKind = "status-500-before" // HTML page
	FaultStatus500After FaultKind = "status-500-after"  // acts, then an HTML page
	FaultStatus502After FaultKind = "status-502-after"  // acts, then an HTML page
	FaultStatus503      FaultKind = "status-503"        // before; HTML page; Delay becomes Retry-After
	FaultStatus429      FaultKind = "status-429"        // before; HTML page; Delay becomes Retry-After, 0 leaves it out
	FaultCutBody        FaultKind = "cut-body"          // acts, then the connection is closed half-way through the body
	FaultHTML200        FaultKind = "html-200"          // before; a maintenance page with status 200
	FaultHTML200After   FaultKind = "html-200-after"    // acts, then a maintenance page with status 200
	FaultDown           FaultKind = "down"              // every connection is closed until ClearFaults
	FaultHang           FaultKind = "hang"              // before; no answer until the request's context ends
	FaultRedirect       FaultKind = "redirect"          // before; 307 to another host
	FaultUnauthorized   FaultKind = "unauthorized"      // before; the service's answer to a bad key or token
	FaultEndlessBody    FaultKind = "endless-body"      // acts; the answer is followed by blanks until the client gives up
	FaultOversizeBody   FaultKind = "oversize-body"     // acts; the answer is followed by 17 MiB of blanks
	FaultGzipBomb       FaultKind = "gzip-bomb"         // acts; the answer is small, and 256 MiB of blanks when unpacked
)

// Faults in the meaning of an answer, of ProctorU alone.
const (
	FaultNoNumber         FaultKind = "no-number"          // acts; success without reservation_no
	FaultDataNull         FaultKind = "data-null"          // acts; success with data null
	FaultUnknownText      FaultKind = "unknown-text"       // before; an error in words that nobody knows
	FaultUnknownTextAfter FaultKind = "unknown-text-after" // acts; then such an error
	FaultStaleRequest     FaultKind = "stale-request"      // before; "stale request"
	FaultReadNull         FaultKind = "read-null"          // a list read answers null
	FaultReadEmpty        FaultKind = "read-empty"         // a list read is falsely empty
	FaultReadError        FaultKind = "read-error"         // a list read answers an HTML 500
)

// FaultNegativeExpiry is a fault of Open edX's token endpoint alone: a token with
// a negative expires_in, which no API accepts.
const FaultNegativeExpiry FaultKind = "negative-expiry"

// Fault is one disturbance, scripted with the Fault method of a fake.
type Fault struct {
	Kind     FaultKind
	Endpoint string        // wire name such as "addAdHocProcess"; "" is any that can have this fault
	Nth      int           // 1 (or 0) is the next such request, 2 the one after it
	Times    int           // how many requests in a row; 0 is one, below 0 until ClearFaults
	Delay    time.Duration // see the kinds
}

// FaultPlan decides for each request, by the wire name of its endpoint, what goes
// wrong with it; a zero Kind is nothing. It is asked where no scripted fault applies.
type FaultPlan func(endpoint string) Fault

// RandomFaults returns a plan that disturbs the given share of requests (0 to 1)
// with one of the kinds, delayed by up to maxDelay in whole seconds. The same
// seed and the same requests give the same faults.
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

// faultBook holds the faults that are still to be played, and counts those that were.
type faultBook struct {
	script []*Fault
	plan   FaultPlan
	played map[FaultKind]int
}

func (b *faultBook) add(f Fault) {
	if f.Kind == FaultDown {
		f.Times = -1
	}
	if f.Times == 0 {
		f.Times = 1
	}
	b.script = append(b.script, &f)
}

// next returns the fault for a request to the endpoint, and counts it. A fault
// that the endpoint can't have waits for a request that can.
func (b *faultBook) next(endpoint string, canHave func(FaultKind) bool) Fault {
	chosen := b.fromScript(endpoint, canHave)
	if chosen.Kind == "" && b.plan != nil {
		if chosen = b.plan(endpoint); !canHave(chosen.Kind) {
			return Fault{}
		}
	}
	if chosen.Kind != "" {
		b.played[chosen.Kind]++
	}
	return chosen
}

func (b *faultBook) fromScript(endpoint string, canHave func(FaultKind) bool) Fault {
	var chosen *Fault
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
		return Fault{}
	}
	if chosen.Times > 0 {
		chosen.Times--
	}
	played := *chosen
	b.script = slices.DeleteFunc(b.script, func(f *Fault) bool { return f.Times == 0 })
	return played
}
