package simulation

import (
	"maps"

	"github.com/proctorbook/proctorbook/proctorbooktest"
)

// ForceVariant lets every schedule play the alternative, whatever its seed drew.
func (c *Config) ForceVariant(variant, alternative string) {
	c.forced = forced{variant: variant, alternative: alternative}
}

// ForceFault lets the fault strike far more often than the seeds do.
func (c *Config) ForceFault(kind proctorbooktest.FaultKind) { c.forced = forced{fault: kind} }

// Happened is how often something happened, by kind and name.
func (r Result) Happened(kind, name string) int { return r.happened[counted{kind, name}] }

// SameAs reports whether the same things happened, as often.
func (r Result) SameAs(other Result) bool { return maps.Equal(r.happened, other.happened) }
