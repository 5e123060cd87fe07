package sqlstore

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"github.com/go-sql-driver/mysql"
)

// Dialect is the kind of database.
type Dialect string

// The dialects. The drivers are the caller's; those named here are tested.
const (
	SQLite     Dialect = "sqlite"   // a file, by modernc.org/sqlite; 3.37 or later
	PostgreSQL Dialect = "postgres" // 12 or later, by github.com/jackc/pgx/v5/stdlib
	MariaDB    Dialect = "mariadb"  // 10.6 or later, by github.com/go-sql-driver/mysql; MySQL 8.0 should work, and is not tested
)

// query translates a query into the dialect: $1 for ?, and no locks in SQLite.
func (d Dialect) query(q string) string {
	if d == SQLite {
		return strings.NewReplacer(" FOR UPDATE SKIP LOCKED", "", " FOR UPDATE", "").Replace(q)
	}
	if d != PostgreSQL {
		return q
	}
	var b strings.Builder
	n := 0
	for _, r := range q {
		if r == '?' {
			n++
			b.WriteString("$" + strconv.Itoa(n))
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

// marks returns n placeholders.
func marks(n int) string { return strings.TrimSuffix(strings.Repeat("?, ", n), ", ") }

// trouble is the kind of an error that a database returned.
type trouble int

const (
	other    trouble = iota
	repeated         // a unique key is taken
	refused          // busy, deadlock, failed serialization: rolled back, may be tried again
	lost             // the connection
	noTable
)

// state is what the errors of PostgreSQL's drivers have.
type state interface {
	error
	SQLState() string
}

// resultCode is what the errors of SQLite's driver have.
type resultCode interface {
	error
	Code() int
}

// code is the database's own code, or "".
func code(err error) string {
	if pg, ok := errors.AsType[state](err); ok {
		return pg.SQLState()
	}
	if my, ok := errors.AsType[*mysql.MySQLError](err); ok {
		return strconv.Itoa(int(my.Number))
	}
	if lite, ok := errors.AsType[resultCode](err); ok {
		return strconv.Itoa(lite.Code())
	}
	return ""
}

func kind(err error) trouble {
	if pg, ok := errors.AsType[state](err); ok {
		return kindOfPostgreSQL(pg.SQLState())
	}
	if my, ok := errors.AsType[*mysql.MySQLError](err); ok {
		return kindOfMariaDB(my.Number)
	}
	if lite, ok := errors.AsType[resultCode](err); ok {
		return kindOfSQLite(lite.Code(), err)
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return other
	}
	return lost // all that is left comes from the driver or the network
}

func kindOfPostgreSQL(state string) trouble {
	switch {
	case state == "23505":
		return repeated
	case strings.HasPrefix(state, "40"), state == "55P03":
		return refused
	case strings.HasPrefix(state, "08"), strings.HasPrefix(state, "57P"), state == "53300":
		return lost // also: shut down, starting up, too many connections
	case state == "42P01":
		return noTable
	}
	return other
}

func kindOfMariaDB(number uint16) trouble {
	switch number {
	case 1062:
		return repeated
	case 1205, 1213, 1020: // lock wait, deadlock, changed since the snapshot
		return refused
	case 1053, 1927, 1040, 1317: // shutting down, killed, too many connections, interrupted
		return lost
	case 1146:
		return noTable
	}
	return other
}

func kindOfSQLite(code int, err error) trouble {
	const busy, locked, unique, primaryKey, generic = 5, 6, 2067, 1555, 1
	switch {
	case code == unique, code == primaryKey:
		return repeated
	case code&0xff == busy, code&0xff == locked:
		return refused
	case code == generic && strings.Contains(err.Error(), "no such table"):
		return noTable
	}
	return other
}
