package simulation

import (
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// noting is a task that pauses twice, and notes where it is.
func noting(notes *[]string, end func()) func(yield func(struct{}) bool) {
	return func(yield func(struct{}) bool) {
		defer func() {
			more := yield(struct{}{})
			*notes = append(*notes, "left", strconv.FormatBool(more))
		}()
		for _, at := range []string{"first", "second"} {
			*notes = append(*notes, at)
			if !yield(struct{}{}) {
				return
			}
		}
		end()
	}
}

// A task runs in its turns only, whether there is a race detector or not.
func TestPull(t *testing.T) {
	var notes []string
	next, stop := pull(noting(&notes, func() { notes = append(notes, "end") }))
	for i, want := range []bool{true, true, true, false, false} {
		notes = append(notes, strconv.Itoa(i))
		if _, more := next(); more != want {
			t.Errorf("next %d = %t, want %t", i, more, want)
		}
	}
	stop()
	if want := strings.Fields("0 first 1 second 2 end 3 left true 4"); !slices.Equal(notes, want) {
		t.Errorf("the task ran as %q, want %q", notes, want)
	}
}

// A task that is stopped pauses no more, and one that never began never does.
func TestPullStopped(t *testing.T) {
	var notes []string
	next, stop := pull(noting(&notes, func() {}))
	next()
	stop()
	stop()
	if _, more := next(); more || !slices.Equal(notes, []string{"first", "left", "false"}) {
		t.Errorf("the task ran as %q, and goes on: %t; want that it was left at its first pause", notes, more)
	}
	next, stop = pull(noting(&notes, func() { t.Error("it ran") }))
	stop()
	if _, more := next(); more || len(notes) != 3 {
		t.Errorf("what was stopped before it began ran as %q", notes[3:])
	}
}

// The panic of a task, and its end in a failed test, are those of who let it run.
func TestPullFailures(t *testing.T) {
	got := make(chan any)
	go func() {
		defer func() { got <- recover() }()
		next, _ := pull(func(func(struct{}) bool) { panic("lost") })
		next()
	}()
	if v := <-got; v != "lost" {
		t.Errorf("the panic is %v, want that of the task", v)
	}
	went := make(chan bool)
	go func() {
		after := false
		defer func() { went <- after }()
		next, _ := pull(func(func(struct{}) bool) { runtime.Goexit() })
		next()
		after = true
	}()
	if <-went {
		t.Error("who let a task run that ended its goroutine goes on")
	}
}

// resident is the memory of this process without garbage, in MiB; 0 where the system does
// not say.
func resident(t *testing.T) int {
	t.Helper()
	debug.FreeOSMemory()
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0
	}
	pages, err := strconv.Atoi(strings.Fields(string(text))[1])
	if err != nil {
		t.Fatal(err)
	}
	return pages * os.Getpagesize() >> 20
}

// What has ended leaves no memory behind, also under the race detector.
func TestPullLeavesNothing(t *testing.T) {
	before := resident(t)
	for range 10000 {
		next, stop := pull(noting(new([]string), func() {}))
		next()
		stop()
	}
	if grown := resident(t) - before; grown > 40 {
		t.Errorf("10,000 tasks leave %d MiB, want next to nothing", grown)
	}
}
