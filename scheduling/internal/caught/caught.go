// Package caught keeps a panic in the work on one booking from ending the work on the
// others.
package caught

import (
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
)

// Panic is a panic that was caught.
type Panic struct {
	Value any    // what was passed to panic; it may hold anything
	Stack string // functions and lines, the innermost first, without arguments
}

// Do calls work and returns its error, or the panic with which it ended. A value with a
// method EndsProcess stands for the end of a whole process, as a simulation plays it:
// that one goes on, as does runtime.Goexit.
func Do(work func() error) (p *Panic, err error) {
	defer func() {
		v := recover()
		if v == nil {
			return
		}
		if _, ends := v.(interface{ EndsProcess() }); ends {
			panic(v)
		}
		var before bool
		if p, before = v.(*Panic); !before { // a Panic was caught in another goroutine
			p = &Panic{Value: v, Stack: stack()}
		}
		err = nil
	}()
	return nil, work()
}

// Text says what went wrong, without what may be personal: of a value it gives the type,
// of an error of the Go runtime the text.
func Text(value any) string {
	if e, ok := value.(runtime.Error); ok {
		return e.Error()
	}
	return fmt.Sprintf("%T", value)
}

// mostFrames is how deep a stack is told.
const mostFrames = 32

// stack returns the functions that were running when the panic was caught.
func stack() string {
	callers := make([]uintptr, mostFrames)
	frames := runtime.CallersFrames(callers[:runtime.Callers(4, callers)]) // less this, the deferred function, and the panic itself
	var lines []string
	for {
		f, more := frames.Next()
		lines = append(lines, fmt.Sprintf("%s (%s:%d)", f.Function, filepath.Base(f.File), f.Line))
		if !more {
			return strings.Join(lines, "\n")
		}
	}
}
