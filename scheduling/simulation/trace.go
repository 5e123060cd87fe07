package simulation

import (
	"strconv"
	"strings"
	"time"
)

// trace is what happened, as a hash and, if asked for, as text.
type trace struct {
	hash uint64
	keep bool
	text strings.Builder
	line []byte
}

const (
	fnvOffset = 14695981039346656037
	fnvPrime  = 1099511628211
)

// add appends one line: the time since the beginning, and the words.
func (t *trace) add(at time.Duration, words ...string) {
	t.step(at, words...)
	if t.keep {
		t.text.Write(t.line)
	}
}

// step adds a line to the hash alone: who goes on, and from where.
func (t *trace) step(at time.Duration, words ...string) {
	t.line = strconv.AppendInt(t.line[:0], int64(at/time.Second), 10)
	for _, w := range words {
		t.line = append(append(t.line, ' '), w...)
	}
	t.line = append(t.line, '\n')
	if t.hash == 0 {
		t.hash = fnvOffset
	}
	for _, b := range t.line {
		t.hash = (t.hash ^ uint64(b)) * fnvPrime
	}
}
