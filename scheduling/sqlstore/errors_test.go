package sqlstore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
)

func TestErrorsSayWhatToDo(t *testing.T) {
	t.Parallel()
	for want, err := range map[string]error{
		"sqlstore: the tables have version 0, and not 1: call Migrate":                                                    &SchemaError{Have: 0, Want: 1},
		"sqlstore: the tables have version 2, newer than 1, which this program knows: start the newer program":            &SchemaError{Have: 2, Want: 1},
		"sqlstore: the store's namespace is aaaaaaaa, not bbbbbbbb: this is another database than you think":              &NamespaceError{Have: "aaaaaaaa", Want: "bbbbbbbb"},
		"sqlstore: Update: the database answered 40001":                                                                   &Error{Op: "Update", Code: "40001"},
		"sqlstore: Update: no answer from the database: timed out; it may have been written: read before you write again": &Error{Op: "Update", Unclear: true, cause: context.DeadlineExceeded},
		`sqlstore: sqlite would lose or mix up bookings: foreign_keys is "0", must be 1; use a DSN like ` + DSN(SQLite):   &SettingsError{Dialect: SQLite, Problems: []Setting{{"foreign_keys", "0", "1"}}, DSN: DSN(SQLite)},
		"sqlstore: the document of learner 7 can't be written":                                                            &documentError{what: "learner 7"},
	} {
		if err.Error() != want {
			t.Errorf("got  %s\nwant %s", err, want)
		}
	}
}

// An error without a code shows what kind of trouble there was, and nothing that the
// driver has written: that may be a value, a user or a host. Nor does what it wraps.
func TestErrorsShowNothingOfTheDriver(t *testing.T) {
	t.Parallel()
	const canary = "canary@example.org"
	for want, cause := range map[string]error{
		"an error of type *errors.errorString": fmt.Errorf("Scan: converting %q: %w", canary, errors.New(canary)),
		"the connection is closed":             fmt.Errorf("%s: %w", canary, driver.ErrBadConn),
		"the connection was closed":            fmt.Errorf("failed to connect to `user=%s`: %w", canary, io.ErrUnexpectedEOF),
		"a row is missing":                     fmt.Errorf("%s: %w", canary, sql.ErrNoRows),
		"connection refused":                   fmt.Errorf("%s: %w", canary, &net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}),
		"the host name could not be looked up": &net.DNSError{Name: canary, IsNotFound: true},
		errRandom.Error():                      fmt.Errorf("%w: %w", errRandom, errors.New(canary)),
		"an error of type *json.SyntaxError":   fmt.Errorf("%s: %w", canary, json.Unmarshal([]byte("{"), new(any))),
	} {
		err := failed(t.Context(), "Get", cause, false)
		if got := err.Error(); got != "sqlstore: Get: no answer from the database: "+want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
		if !errors.Is(err, cause) {
			t.Errorf("errors.Is does not find %v", cause)
		}
		own, _ := errors.AsType[*Error](err)
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d"} {
			if text := fmt.Sprintf(verb, err) + fmt.Sprintf(verb, *own) + fmt.Sprintf(verb, errors.Unwrap(err)); strings.Contains(text, "canary") {
				t.Errorf("%s prints %s", verb, text)
			}
		}
	}
	if err := (&documentError{what: "booking x\n\u202e", cause: errors.New(canary)}); strings.ContainsAny(err.Error(), "\n\u202e") || errors.Unwrap(err) != nil {
		t.Errorf("%q", err)
	}
}

// Open and Migrate refuse what is nil.
func TestOpenRefusesNil(t *testing.T) {
	t.Parallel()
	for name, err := range map[string]error{
		"database":   second(Open(nil, SQLite)),
		"to migrate": Migrate(t.Context(), nil, SQLite),
		"option":     second(Open(new(sql.DB), SQLite, nil)),
		"random":     second(Open(new(sql.DB), SQLite, WithRandom(nil))),
	} {
		if err == nil || !strings.HasPrefix(err.Error(), "sqlstore: ") {
			t.Errorf("%s: %v, want an error", name, err)
		}
	}
}

func second[T any](_ T, err error) error { return err }
