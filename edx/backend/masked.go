package backend

import (
	"fmt"
	"io"
	"log/slog"
)

// The types of this file hold names, addresses, or links of learners and staff.
// Printed or logged, they show what they are. Their fields are there for whoever
// reads them, and so they are in JSON.

func mask(f fmt.State, name string) { _, _ = io.WriteString(f, maskedText(name)) }

func masked(name string) slog.Value { return slog.StringValue(maskedText(name)) }

func maskedText(name string) string { return "backend." + name + "{" + redacted + "}" }

// Format prints the id alone, whatever the verb.
func (p Person) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "person "+string(p.ID)) }

// LogValue returns the id alone.
func (p Person) LogValue() slog.Value { return slog.StringValue("person " + string(p.ID)) }

// Format prints nothing of anybody, whatever the verb.
func (Registration) Format(f fmt.State, _ rune) { mask(f, "Registration") }

// LogValue returns nothing of anybody.
func (Registration) LogValue() slog.Value { return masked("Registration") }

// Format prints nothing of anybody, whatever the verb.
func (Dashboard) Format(f fmt.State, _ rune) { mask(f, "Dashboard") }

// LogValue returns nothing of anybody.
func (Dashboard) LogValue() slog.Value { return masked("Dashboard") }

// Format prints no link, whatever the verb.
func (SetUp) Format(f fmt.State, _ rune) { mask(f, "SetUp") }

// LogValue returns no link.
func (SetUp) LogValue() slog.Value { return masked("SetUp") }

// Format prints nothing of anybody, whatever the verb.
func (MemoryAttempt) Format(f fmt.State, _ rune) { mask(f, "MemoryAttempt") }

// LogValue returns nothing of anybody.
func (MemoryAttempt) LogValue() slog.Value { return masked("MemoryAttempt") }

// Format prints nothing of anybody, whatever the verb.
func (Memory) Format(f fmt.State, _ rune) { mask(f, "Memory") }

// LogValue returns nothing of anybody.
func (Memory) LogValue() slog.Value { return masked("Memory") }
