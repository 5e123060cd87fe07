//go:build !race

package simulation

// DefaultSeeds is how many schedules a plain `go test` plays.
const (
	DefaultSeeds = 12000
	RaceEnabled  = false
)

// Few is whether the exhaustive tests play a few of their schedules, as under the race
// detector.
const Few = false
