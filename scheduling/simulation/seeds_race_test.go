//go:build race

package simulation

// DefaultSeeds is how many schedules are played under the race detector, which makes
// them ten times slower, and finds in each of them the same. Outages is how many outages
// TestRecovery has of each kind.
const (
	DefaultSeeds = 100
	Outages      = 1
	RaceEnabled  = true
)
