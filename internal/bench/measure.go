package main

import (
	"fmt"
	"runtime"
	"slices"
	"time"
)

// A comparison is one piece of work, done by the library and by others.
type comparison struct {
	ours    func() error
	others  []other
	repeat  int // how often each side does the work in a round
	rounds  int
	hurried int    // rounds of a quick run
	close   func() // ends what the work needed
}

// An other does the same work without the library.
type other struct {
	name  string
	work  func() error
	goals []goal
}

// A goal is the most that our side may cost beside the other. A quantity without one
// is not printed.
type goal struct {
	quantity quantity
	ratio    float64 // 0: none, the quantity is only shown
	more     float64 // allocations beyond those of the other, in place of a ratio
}

// A quantity is what a piece of work costs.
type quantity int

const (
	duration quantity = iota
	allocations
	allocated
	calls // requests to a service
)

func (q quantity) String() string { return [...]string{"time", "allocations", "bytes", "calls"}[q] }

// cost is what a piece of work costs, by quantity: nanoseconds, a number, bytes. Calls are
// counted elsewhere.
type cost [3]float64

// A finding is one quantity of our side beside the same of another.
type finding struct {
	other        string
	quantity     quantity
	ours, theirs float64 // medians
	ratio        float64 // for the time the median of the rounds' ratios
	goal         float64 // 0 if there is none
}

// measure runs all sides round by round, and returns what the rounds came to.
func (c comparison) measure(quick bool) ([]finding, error) {
	sides := []func() error{c.ours}
	for _, o := range c.others {
		sides = append(sides, o.work)
	}
	rounds := c.rounds
	if quick {
		rounds = c.hurried
	}
	costs := make([][]cost, len(sides)) // by side, then by round
	for round := range rounds + 1 {
		for i := range sides {
			// Each side comes first, second and last equally often.
			side := (i + round) % len(sides)
			spent, err := timed(sides[side], c.repeat)
			if err != nil {
				return nil, err
			}
			if round > 0 { // the first one warms up: connections, pools, the processor
				costs[side] = append(costs[side], spent)
			}
		}
	}
	var found []finding
	for i, o := range c.others {
		for _, g := range o.goals {
			found = append(found, compare(o.name, g, costs[0], costs[i+1]))
		}
	}
	return found, nil
}

// timed returns what the work costs once.
func timed(work func() error, repeat int) (cost, error) {
	runtime.GC() // what the side before has left behind is not this one's
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	begun := time.Now()
	for range repeat {
		if err := work(); err != nil {
			return cost{}, fmt.Errorf("the work that is measured failed: %w", err)
		}
	}
	spent := time.Since(begun)
	runtime.ReadMemStats(&after)
	n := float64(repeat)
	return cost{float64(spent) / n, float64(after.Mallocs-before.Mallocs) / n, float64(after.TotalAlloc-before.TotalAlloc) / n}, nil
}

// compare judges one quantity. Of the time it takes the ratio round by round: the two
// sides of a round ran at nearly the same moment.
func compare(name string, g goal, ours, theirs []cost) finding {
	var a, b, ratios []float64
	for round := range ours {
		a = append(a, ours[round][g.quantity])
		b = append(b, theirs[round][g.quantity])
		ratios = append(ratios, ours[round][g.quantity]/theirs[round][g.quantity])
	}
	f := finding{other: name, quantity: g.quantity, ours: median(a), theirs: median(b), ratio: median(ratios), goal: g.ratio}
	if g.more > 0 {
		f.goal = (f.theirs + g.more) / f.theirs
	}
	return f
}

func median(values []float64) float64 {
	slices.Sort(values)
	half := len(values) / 2
	if len(values)%2 == 1 {
		return values[half]
	}
	return (values[half-1] + values[half]) / 2
}
