package edxtest

import (
	"time"

	"github.com/proctorbook/proctorbook/internal/testserver"
)

type (
	// Clock is a clock that moves only when told to, by Set, Advance and Sleep. It
	// serves as the clock of a client as well.
	Clock = testserver.Clock
	// User is an account on the platform.
	User = testserver.User
	// Course is a course run.
	Course = testserver.Course
	// Mode is a way in which a course can be taken.
	Mode = testserver.Mode
	// Fault is one disturbance: its Kind, its Endpoint ("access_token", "courses",
	// "enrollment", "accounts", "preferences", "me"; "" is any), Nth (1 is the next
	// such request), Times (0 is once, -1 until ClearFaults) and a Delay.
	Fault = testserver.Fault
	// FaultKind names what goes wrong.
	FaultKind = testserver.FaultKind
	// Counts tells what a server has seen.
	Counts = testserver.EdXCounts
)

// The kinds of faults.
const (
	LoseRequest    = testserver.FaultLoseRequest    // connection closed before the service acted
	LoseAnswer     = testserver.FaultLoseAnswer     // connection closed without a byte
	Status500      = testserver.FaultStatus500      // HTML page
	Status503      = testserver.FaultStatus503      // HTML page; Delay becomes Retry-After
	Status429      = testserver.FaultStatus429      // throttled; Delay becomes Retry-After, 0 leaves it out
	CutBody        = testserver.FaultCutBody        // half of the answer
	HTML200        = testserver.FaultHTML200        // a maintenance page
	Down           = testserver.FaultDown           // no answer to anything until ClearFaults
	Hang           = testserver.FaultHang           // no answer until the client gives up
	Redirect       = testserver.FaultRedirect       // 307 to another host
	Unauthorized   = testserver.FaultUnauthorized   // as if token or client were unknown
	NegativeExpiry = testserver.FaultNegativeExpiry // a token that no API accepts
)

// NewClock returns a clock that stands at start.
func NewClock(start time.Time) *Clock { return testserver.NewClock(start) }
