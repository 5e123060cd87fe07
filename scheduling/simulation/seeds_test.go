//go:build !race

package simulation_test

// defaultSeeds is how many schedules a plain `go test` plays.
const (
	defaultSeeds = 20000
	raceEnabled  = false
)
