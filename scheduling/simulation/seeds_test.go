//go:build !race

package simulation

// DefaultSeeds is how many schedules a plain `go test` plays, and Outages how many outages
// TestRecovery has of each kind.
const (
	DefaultSeeds = 12000
	Outages      = 20
	RaceEnabled  = false
)
