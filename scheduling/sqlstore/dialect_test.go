package sqlstore

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5/pgconn"
)

// liteError is an error of SQLite's driver.
type liteError struct {
	code int
	text string
}

func (e liteError) Error() string { return e.text }
func (e liteError) Code() int     { return e.code }

// What an error means decides whether a transaction is tried again.
func TestKindsOfErrors(t *testing.T) {
	t.Parallel()
	pg := func(state string) error { return &pgconn.PgError{Code: state} }
	my := func(number uint16) error { return &mysql.MySQLError{Number: number} }
	lite := func(code int, text string) error { return liteError{code, text} }
	for name, tt := range map[string]struct {
		err  error
		kind trouble
		code string
	}{
		"PostgreSQL, unique":          {pg("23505"), repeated, "23505"},
		"PostgreSQL, serialization":   {pg("40001"), refused, "40001"},
		"PostgreSQL, deadlock":        {pg("40P01"), refused, "40P01"},
		"PostgreSQL, no lock":         {pg("55P03"), refused, "55P03"},
		"PostgreSQL, shut down":       {pg("57P01"), lost, "57P01"},
		"PostgreSQL, connection":      {pg("08006"), lost, "08006"},
		"PostgreSQL, no table":        {pg("42P01"), noTable, "42P01"},
		"PostgreSQL, disk full":       {pg("53100"), other, "53100"},
		"MariaDB, unique":             {my(1062), repeated, "1062"},
		"MariaDB, deadlock":           {my(1213), refused, "1213"},
		"MariaDB, lock wait":          {my(1205), refused, "1205"},
		"MariaDB, killed":             {my(1927), lost, "1927"},
		"MariaDB, no table":           {my(1146), noTable, "1146"},
		"MariaDB, too long":           {my(1406), other, "1406"},
		"SQLite, unique":              {lite(2067, ""), repeated, "2067"},
		"SQLite, primary key":         {lite(1555, ""), repeated, "1555"},
		"SQLite, busy":                {lite(5, ""), refused, "5"},
		"SQLite, busy since snapshot": {lite(517, ""), refused, "517"},
		"SQLite, no table":            {lite(1, "SQL logic error: no such table: x (1)"), noTable, "1"},
		"SQLite, disk full":           {lite(13, ""), other, "13"},
		"the connection":              {io.ErrUnexpectedEOF, lost, ""},
		"the pool":                    {driver.ErrBadConn, lost, ""},
		"the caller":                  {context.Canceled, other, ""},
	} {
		for _, err := range []error{tt.err, fmt.Errorf("wrapped: %w", tt.err)} {
			if got := kind(err); got != tt.kind {
				t.Errorf("%s: kind = %d, want %d", name, got, tt.kind)
			}
			if got := code(err); got != tt.code {
				t.Errorf("%s: code = %q, want %q", name, got, tt.code)
			}
		}
	}
}

// A transaction that is refused is tried often, one whose connection is lost a few
// times, and nothing else is tried again.
func TestTries(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		err  error
		want int
	}{
		"refused":     {liteError{code: 5}, mostRefused},
		"lost":        {io.EOF, mostLost},
		"overwritten": {errOverwritten, 1},
		"disk full":   {liteError{code: 13}, 1},
		"no error":    {nil, 1},
		"a decision":  {errors.Join(ErrCursor), 1},
	} {
		n, tries := 1, tries{}
		for tries.again(tt.err) && n < 1000 {
			n++
		}
		if n != tt.want {
			t.Errorf("%s is tried %d times, want %d", name, n, tt.want)
		}
	}
}
