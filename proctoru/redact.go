package proctoru

import (
	"fmt"
	"io"
	"log/slog"
	"time"
)

// What the request types print by any verb of fmt, and in slog: nothing personal.

// Format prints nothing personal.
func (s Student) Format(f fmt.State, _ rune) {
	_, _ = io.WriteString(f, "proctoru.Student{"+redacted+"}")
}

// LogValue returns nothing personal.
func (s Student) LogValue() slog.Value { return slog.StringValue(redacted) }

// Format prints nothing personal.
func (p SaveStudentParams) Format(f fmt.State, _ rune) {
	_, _ = io.WriteString(f, "proctoru.SaveStudentParams{"+redacted+"}")
}

// LogValue returns nothing personal.
func (p SaveStudentParams) LogValue() slog.Value { return slog.StringValue(redacted) }

// Format prints the id, the start and the duration alone.
func (p CreateReservationParams) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, p.summary()) }

// LogValue returns the id, the start and the duration alone.
func (p CreateReservationParams) LogValue() slog.Value { return slog.StringValue(p.summary()) }

func (p CreateReservationParams) summary() string {
	return fmt.Sprintf("reservation %q at %s for %s", p.ID, p.Start.UTC().Format(time.RFC3339), p.Duration)
}
