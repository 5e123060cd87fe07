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
func (p LoginURLParams) Format(f fmt.State, _ rune) {
	_, _ = io.WriteString(f, "proctoru.LoginURLParams{"+redacted+"}")
}

// LogValue returns nothing personal.
func (p LoginURLParams) LogValue() slog.Value { return slog.StringValue(redacted) }

// Format prints nothing personal.
func (i Instructor) Format(f fmt.State, _ rune) {
	_, _ = io.WriteString(f, "proctoru.Instructor{"+redacted+"}")
}

// LogValue returns nothing personal.
func (i Instructor) LogValue() slog.Value { return slog.StringValue(redacted) }

// Format prints nothing personal.
func (p StudentProfile) Format(f fmt.State, _ rune) {
	_, _ = io.WriteString(f, "proctoru.StudentProfile{"+redacted+"}")
}

// LogValue returns nothing personal.
func (p StudentProfile) LogValue() slog.Value { return slog.StringValue(redacted) }

// Format prints the type of the picture alone.
func (i StudentImage) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, i.ContentType) }

// LogValue returns the type of the picture alone.
func (i StudentImage) LogValue() slog.Value { return slog.StringValue(i.ContentType) }

// What holds a learner, or a secret, logs it by the rules of its own fields: slog
// would otherwise print a struct's fields as JSON.

// LogValue returns the exam's id alone.
func (p LaunchExamParams) LogValue() slog.Value { return slog.StringValue("exam " + p.ExamID) }

// LogValue returns the exam's id alone.
func (p CreateRecordPlusParams) LogValue() slog.Value { return slog.StringValue("exam " + p.ExamID) }

// LogValue returns the exam's id alone.
func (p SaveExamParams) LogValue() slog.Value { return slog.StringValue("exam " + p.ID) }

// Format prints the id, the start and the duration alone.
func (p CreateReservationParams) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, p.summary()) }

// LogValue returns the id, the start and the duration alone.
func (p CreateReservationParams) LogValue() slog.Value { return slog.StringValue(p.summary()) }

func (p CreateReservationParams) summary() string {
	return fmt.Sprintf("reservation %q at %s for %s", p.ID, p.Start.UTC().Format(time.RFC3339), p.Duration)
}
