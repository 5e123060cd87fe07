package simulation

import (
	"testing"

	"github.com/proctorbook/proctorbook/scheduling"
)

// Config says what to simulate.
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

	// Close is told when the schedule is over that uses the store, or when a
	// restored backup takes its place. Nil means that there is nothing to do.
	Close func(s scheduling.Store)

	// Seeds is how many schedules are run, and From the first one's seed. The
	// environment's PROCTORBOOK_SEEDS and PROCTORBOOK_SEED_FROM go before them.
	Seeds int
	From  uint64

	// SeedsEnv is the name of the variable that goes before Seeds, if it is not
	// PROCTORBOOK_SEEDS: a slow store plays fewer.
	SeedsEnv string

	stop bool // at the first violation
}

// seedsEnv is the name of the variable that says how many schedules are run.
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
