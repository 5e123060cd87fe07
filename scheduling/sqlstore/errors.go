package sqlstore

import (
	"context"
	"crypto/tls"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"syscall"

	"github.com/go-sql-driver/mysql"

	"github.com/proctorbook/proctorbook/internal/shown"
	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/openedx"
)

// ErrCursor means that the store never gave out the cursor: it is of another
// store, or of this one from before a backup was restored. Find another place by
// Scheduler.Events; from the first one on, all events come again. It is
// [scheduling.ErrUnknownCursor].
var ErrCursor = fmt.Errorf("sqlstore: %w", scheduling.ErrUnknownCursor)

// errNoDatabase means that the *sql.DB is nil.
var errNoDatabase = errors.New("sqlstore: the *sql.DB is nil")

// Error is an error of the database. Its text holds the operation and the
// database's own code, or what kind of trouble there was; never a value, and nothing
// that the driver has written. errors.Is and errors.As find the driver's error.
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
		text += "the database answered " + e.Code + fileWords(e.Code)
	} else {
		text += "no answer from the database: " + inWords(e.cause)
	}
	if e.Code == "08P01" || e.Code == "42P05" || e.Code == "26000" {
		text += "; through a pooler such as PgBouncer the DSN must hold default_query_exec_mode=exec and no options: " + PgBouncerDSN
	}
	if e.Unclear {
		text += "; it may have been written: read before you write again"
	}
	return text
}

// filed are the words for what is wrong with SQLite's file, by its primary result code.
var filed = map[int]string{
	8: "the file can't be written: may this user write it, and its folder?", 10: "the file can't be read or written: see the disk",
	11: "the file is damaged", 13: "the disk is full",
	14: "can't open the file: does its folder exist, is it a file, and may this user write there?", 26: "the file is no SQLite database",
}

// fileWords says what an SQLite code means, if it is about the file. The low byte is the
// primary code. From 1000 on numbers may be MariaDB's, and SQLSTATEs have five characters.
func fileWords(code string) string {
	n, err := strconv.Atoi(code)
	if err != nil || n >= 1000 || len(code) == 5 || filed[n&0xff] == "" {
		return ""
	}
	return ": " + filed[n&0xff]
}

// Format prints the text of Error for every verb.
func (e Error) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, e.Error()) }

// Is reports whether the driver's error is target. There is no Unwrap: who prints
// what an error wraps would print the driver's text, which may hold a value, a user
// or a host.
func (e *Error) Is(target error) bool { return errors.Is(e.cause, target) }

// As finds target in the driver's error.
func (e *Error) As(target any) bool { return errors.As(e.cause, target) }

// plainWords are the texts of errors that hold no value.
var plainWords = []struct {
	err  error
	text string
}{
	{errOverwritten, errOverwritten.Error()},
	{errRandom, errRandom.Error()},
	{context.DeadlineExceeded, "timed out"},
	{os.ErrDeadlineExceeded, "timed out"},
	{context.Canceled, "canceled"},
	{driver.ErrBadConn, "the connection is closed"},
	{mysql.ErrInvalidConn, "the connection is closed"},
	{sql.ErrConnDone, "the connection is closed"},
	{io.EOF, "the connection was closed"},
	{io.ErrUnexpectedEOF, "the connection was closed"},
	{sql.ErrNoRows, "a row is missing"},
}

// inWords puts an error without a code into words. It quotes nothing from it but texts
// of the operating system.
func inWords(err error) string {
	for _, known := range plainWords {
		if errors.Is(err, known.err) {
			return known.text
		}
	}
	if _, ok := errors.AsType[*net.DNSError](err); ok {
		return "the host name could not be looked up"
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return "TLS: the certificate was not accepted"
	}
	if errno, ok := errors.AsType[syscall.Errno](err); ok {
		return errno.Error()
	}
	for errors.Unwrap(err) != nil {
		err = errors.Unwrap(err)
	}
	return fmt.Sprintf("an error of type %T", err)
}

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

// Is reports whether the decoder's error is target. It is not unwrapped: it may quote
// the document.
func (e *documentError) Is(target error) bool { return errors.Is(e.cause, target) }

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
		errors.Is(err, scheduling.ErrLearnerBusy) || errors.Is(err, openedx.ErrOpenAttempt) || errors.Is(err, ErrCursor) || errors.As(err, &newer) || errors.As(err, &unreadable) ||
		errors.As(err, &unwritable)
}
