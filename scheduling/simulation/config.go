package simulation

import (
	"testing"

	"github.com/proctorbook/proctorbook/scheduling"
)

// Config is what a run simulates.
type Config struct {
	// Store names the store in the summary, such as "memory".
	Store string

	// Open returns a new, empty store. It is called for each schedule, by several
	// goroutines at once. The same seed must give the same namespace if the store
	// is to take part in restores of a backup; otherwise those are left out.
	Open func(t testing.TB, seed uint64) scheduling.Store

	// Reopen returns the store as a new process finds it after the death of one
	// that used it. Nil means that the store itself goes on.
	Reopen func(t testing.TB, s scheduling.Store) scheduling.Store

	// Close is called when the schedule that uses the store is over, or when a
	// restored backup takes its place. Nil means that there is nothing to do.
	Close func(s scheduling.Store)

	// Seeds is how many schedules are run. If the environment has
	// PROCTORBOOK_SEEDS, that counts instead.
	Seeds int

	// From is the seed of the first schedule. If the environment has
	// PROCTORBOOK_SEED_FROM, that counts instead.
	From uint64

	// SeedsEnv is the name of another variable to read instead of
	// PROCTORBOOK_SEEDS, so that a slow store can play fewer schedules.
	SeedsEnv string

	stop   bool // at the first violation
	campus bool // only schedules with platforms
	forced forced
}

// seedsEnv returns the name of the variable with the number of schedules.
func (c *Config) seedsEnv() string {
	if c.SeedsEnv != "" {
		return c.SeedsEnv
	}
	return "PROCTORBOOK_SEEDS"
}

// close gives the store back.
func (c *Config) close(s scheduling.Store) {
	if c.Close != nil {
		c.Close(s)
	}
}
