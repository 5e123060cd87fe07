package words

import (
	"iter"
	"maps"

	"github.com/proctorbook/proctorbook/scheduling"
)

// Reason says to the learner what forbids something, or why a booking ended.
func Reason(code scheduling.ReasonCode) string { return of(reasons, code) }

// Loss says to the learner what an action loses, as it stands behind "You lose".
func Loss(l scheduling.Loss) string { return of(losses, l) }

// State names the state of a booking in two words at most.
func State(s scheduling.State) string { return of(states, s) }

// Flag says to staff why a booking needs attention: the reason of a [scheduling.Attention].
func Flag(code scheduling.ReasonCode) string { return of(flags, code) }

// Advice says to staff what to do about it.
func Advice(a scheduling.Advice) string { return of(advices, a) }

// Decision says what staff's answer means: its word, a colon, and what it stands for.
func Decision(d scheduling.Decision) string { return of(decisions, d) }

// All yields all sentences, for whoever translates them. A sentence may come more than
// once, and the order is none.
func All() iter.Seq[string] {
	return func(yield func(string) bool) {
		_ = each(reasons, yield) && each(losses, yield) && each(states, yield) && each(flags, yield) && each(advices, yield) && each(decisions, yield)
	}
}

// of returns what is said of a code, or the code itself.
func of[K ~string](all map[K]string, code K) string {
	if text, known := all[code]; known {
		return text
	}
	return string(code)
}

// each yields a table's sentences, and reports whether to go on.
func each[K ~string](all map[K]string, yield func(string) bool) bool {
	for text := range maps.Values(all) {
		if !yield(text) {
			return false
		}
	}
	return true
}
