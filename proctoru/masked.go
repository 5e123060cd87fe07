package proctoru

import (
	"fmt"
	"io"
	"log/slog"
)

// The types of this file hold names, words of people or texts that may be secret.
// Printed or logged, they show what they are, and nothing else. Their fields are there
// for whoever reads them, and so they are in JSON.

func maskType(f fmt.State, name string) { _, _ = io.WriteString(f, maskedText(name)) }

func masked(name string) slog.Value { return slog.StringValue(maskedText(name)) }

func maskedText(name string) string { return "proctoru." + name + "{" + redacted + "}" }

// Format prints nothing of anybody, whatever the verb.
func (ActivityRow) Format(f fmt.State, _ rune) { maskType(f, "ActivityRow") }

// LogValue returns nothing of anybody.
func (ActivityRow) LogValue() slog.Value { return masked("ActivityRow") }

// Format prints nothing of anybody, whatever the verb.
func (CancelReservationParams) Format(f fmt.State, _ rune) { maskType(f, "CancelReservationParams") }

// LogValue returns nothing of anybody.
func (CancelReservationParams) LogValue() slog.Value { return masked("CancelReservationParams") }

// Format prints nothing of anybody, whatever the verb.
func (CreateForExamParams) Format(f fmt.State, _ rune) { maskType(f, "CreateForExamParams") }

// LogValue returns nothing of anybody.
func (CreateForExamParams) LogValue() slog.Value { return masked("CreateForExamParams") }

// Format prints nothing of anybody, whatever the verb.
func (CreateRecordPlusParams) Format(f fmt.State, _ rune) { maskType(f, "CreateRecordPlusParams") }

// Format prints nothing of anybody, whatever the verb.
func (LaunchExamParams) Format(f fmt.State, _ rune) { maskType(f, "LaunchExamParams") }

// Format prints nothing of anybody, whatever the verb.
func (ListedReservation) Format(f fmt.State, _ rune) { maskType(f, "ListedReservation") }

// LogValue returns nothing of anybody.
func (ListedReservation) LogValue() slog.Value { return masked("ListedReservation") }

// Format prints nothing of anybody, whatever the verb.
func (Operation) Format(f fmt.State, _ rune) { maskType(f, "Operation") }

// LogValue returns nothing of anybody.
func (Operation) LogValue() slog.Value { return masked("Operation") }

// Format prints nothing of anybody, whatever the verb.
func (PendingExam) Format(f fmt.State, _ rune) { maskType(f, "PendingExam") }

// LogValue returns nothing of anybody.
func (PendingExam) LogValue() slog.Value { return masked("PendingExam") }

// Format prints nothing of anybody, whatever the verb.
func (SaveExamParams) Format(f fmt.State, _ rune) { maskType(f, "SaveExamParams") }
