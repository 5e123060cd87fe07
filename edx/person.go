package edx

import (
	"fmt"
	"io"
	"log/slog"
)

// Person is a user in few words: who an attempt or an allowance belongs to. It is personal data:
// printed or logged it shows nothing but its id.
type Person struct {
	ID       int64
	Username string
	Email    string
}

// String leaves out everything personal.
func (p Person) String() string { return fmt.Sprintf("edx.Person{ID: %d, %s}", p.ID, redacted) }

// Format leaves out everything personal, whatever the verb.
func (p Person) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, p.String()) }

// LogValue leaves out everything personal.
func (p Person) LogValue() slog.Value { return slog.StringValue(p.String()) }

type personWire struct {
	ID       intValue  `json:"id"`
	Username textValue `json:"username"`
	Email    textValue `json:"email"`
}

func (w personWire) missing() string {
	if w.Username == "" {
		return "username"
	}
	return ""
}

func (w personWire) person() Person {
	return Person{ID: int64(w.ID), Username: string(w.Username), Email: string(w.Email)}
}
