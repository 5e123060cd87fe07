//go:build !race

package simulation

import "iter"

// pull makes a coroutine of a task.
func pull(task iter.Seq[struct{}]) (next func() (struct{}, bool), stop func()) {
	return iter.Pull(task)
}
