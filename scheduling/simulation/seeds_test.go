//go:build !race

package simulation_test

// defaultSeeds is how many schedules a plain `go test` plays.
const (
	defaultSeeds = 12000
	raceEnabled  = false
)
