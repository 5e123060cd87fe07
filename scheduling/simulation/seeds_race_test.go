//go:build race

package simulation

import "os"

// DefaultSeeds is how many schedules are played under the race detector, which makes
// them ten times slower, and finds in each of them the same. PROCTORBOOK_SEEDS says another
// number.
const (
	DefaultSeeds = 100
	RaceEnabled  = true
)

// Few is whether the exhaustive tests play a few of their schedules: not with PROCTORBOOK_FULL.
var Few = os.Getenv("PROCTORBOOK_FULL") == ""
