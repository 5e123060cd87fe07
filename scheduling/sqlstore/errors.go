package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/proctorbook/proctorbook/internal/shown"
	"github.com/proctorbook/proctorbook/scheduling"
)

// ErrCursor means that the store never gave out the cursor: it is of another
// store, or of this one from before a backup was restored. Read again from the
// first event, and expect to see events twice.
var ErrCursor = errors.New("sqlstore: unknown event cursor: read again from the first event")

// Error is an error of the database. Its text holds the operation and the
// database's own code, never a value; it wraps the driver's error.
type Error struct {
	Op      string // the method, such as "Update"
	Code    string // SQLSTATE, MariaDB's error number or SQLite's result code; "" of the connection
	Unclear bool   // the answer to a commit was lost, and could not be found out: it may have been written
	cause   error
}

// Error implements error.
func (e *Error) Error() string {
	text := "sqlstore: " + e.Op + ": "
	if e.Code != "" {
		text += "the database answered " + e.Code
	} else {
		text += "no answer from the database: " + e.cause.Error()
	}
	if e.Unclear {
		text += "; it may have been written: read before you write again"
	}
	return text
}

// Unwrap returns the driver's error.
func (e *Error) Unwrap() error { return e.cause }

// SchemaError means that the tables are not those that this program knows.
type SchemaError struct {
	Have int // version of the tables; 0 = there are none
	Want int // version that this program knows
}

// Error implements error.
func (e *SchemaError) Error() string {
	if e.Have > e.Want {
		return fmt.Sprintf("sqlstore: the tables have version %d, newer than %d, which this program knows: start the newer program", e.Have, e.Want)
	}
	return fmt.Sprintf("sqlstore: the tables have version %d, and not %d: call Migrate", e.Have, e.Want)
}

// SettingsError means that bookings would be lost or mixed up with the settings
// of this database or connection.
type SettingsError struct {
	Dialect  Dialect   // the kind of database
	Problems []Setting // each setting that is wrong
	DSN      string    // a data source name that sets what a connection can set
}

// Setting is one setting that is wrong.
type Setting struct {
	Name string // as the database names it
	Have string // its value, in lower case; "" if the database has no such setting
	Want string // what it must be, in words
}

// Error implements error.
func (e *SettingsError) Error() string {
	var all []string
	for _, p := range e.Problems {
		all = append(all, fmt.Sprintf("%s is %q, must be %s", p.Name, p.Have, p.Want))
	}
	return fmt.Sprintf("sqlstore: %s would lose or mix up bookings: %s; use a DSN like %s", e.Dialect, strings.Join(all, "; "), e.DSN)
}

// NamespaceError means that the store has another namespace than [WithNamespace] asks for.
type NamespaceError struct {
	Have string // the store's own
	Want string // the one asked for
}

// Error implements error.
func (e *NamespaceError) Error() string {
	return fmt.Sprintf("sqlstore: the store's namespace is %s, not %s: this is another database than you think", shown.ID(e.Have), shown.ID(e.Want))
}

// documentError is a document that can't be written.
type documentError struct {
	what  string
	cause error
}

func (e *documentError) Error() string {
	return "sqlstore: the document of " + shown.ID(e.what) + " can't be written"
}

func (e *documentError) Unwrap() error { return e.cause }

// failed returns the error as callers get it.
func failed(ctx context.Context, op string, err error, unclear bool) error {
	switch {
	case err == nil || decided(err):
		return err
	case ctx.Err() != nil && !errors.Is(err, errOverwritten):
		return fmt.Errorf("sqlstore: %s: %w", op, ctx.Err())
	}
	return &Error{Op: op, Code: code(err), Unclear: unclear || errors.Is(err, errOverwritten), cause: err}
}

// decided reports whether the error is an answer of this package, and not a
// failure of the database.
func decided(err error) bool {
	var newer *scheduling.NewerDocumentError
	var unreadable *scheduling.UnreadableError
	var unwritable *documentError
	return errors.Is(err, scheduling.ErrConflict) || errors.Is(err, scheduling.ErrNotFound) || errors.Is(err, scheduling.ErrAlreadyBooked) ||
		errors.Is(err, scheduling.ErrLearnerBusy) || errors.Is(err, ErrCursor) || errors.As(err, &newer) || errors.As(err, &unreadable) ||
		errors.As(err, &unwritable)
}
