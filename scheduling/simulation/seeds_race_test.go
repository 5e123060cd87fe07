//go:build race

package simulation_test

// defaultSeeds is how many schedules are played under the race detector, which
// makes them ten times slower.
const (
	defaultSeeds = 300
	raceEnabled  = true
)
