package sqlstore

import (
	"context"
	"database/sql"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// dsns are the data source names that set what a connection can set.
var dsns = map[Dialect]string{
	SQLite: "file:bookings.db?_txlock=immediate&_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)" +
		"&_pragma=synchronous(FULL)&_pragma=foreign_keys(1)&_pragma=secure_delete(1)",
	PostgreSQL: "postgres://user@host:5432/bookings?options=-c%20synchronous_commit%3Don",
	MariaDB:    "user@tcp(host:3306)/bookings?charset=utf8mb4&sql_mode=%27STRICT_ALL_TABLES%27&autocommit=1&interpolateParams=true",
}

// DSN returns an example of a data source name with all settings that [Open]
// wants of a connection. Put in your own host, user and database.
func DSN(d Dialect) string { return dsns[d] }

// PgBouncerDSN is an example for PostgreSQL behind a pooler such as PgBouncer, in
// transaction mode. The pooler refuses options in a DSN (SQLSTATE 08P01), and lends a
// connection on which others have prepared statements (42P05), so that none may be
// prepared. What options would set is set for the user, once:
//
//	ALTER ROLE bookings SET synchronous_commit = on;
//
// [Migrate] holds a lock of its session: connect it to the server itself.
const PgBouncerDSN = "postgres://user@host:6432/bookings?default_query_exec_mode=exec"

// rule is one setting, and what its value must be.
type rule struct {
	name     string
	want     string
	ok       func(value string) bool
	volatile bool // may be otherwise with WithVolatile
}

// checkSettings looks at two connections, if the pool may have two: a setting
// made by a statement on one connection is missing on the next one.
func checkSettings(ctx context.Context, db *sql.DB, d Dialect, volatile bool) error {
	rules, known := settings[d]
	if !known {
		return fmt.Errorf("sqlstore: unknown dialect %q: use SQLite, PostgreSQL or MariaDB", d)
	}
	connections := 2
	if db.Stats().MaxOpenConnections == 1 {
		connections = 1
	}
	for range connections {
		conn, err := connect(ctx, db)
		if err != nil {
			return failed(ctx, "Open", err, false)
		}
		defer conn.Close() // not before the last one: the pool would give the same one again
		var problems []Setting
		for _, r := range rules {
			value, err := readSetting(ctx, conn, d, r.name)
			if err != nil {
				return failed(ctx, "Open", err, false)
			}
			if !r.ok(value) && !(volatile && r.volatile) {
				problems = append(problems, Setting{Name: r.name, Have: value, Want: r.want})
			}
		}
		if len(problems) > 0 {
			return &SettingsError{Dialect: d, Problems: problems, DSN: DSN(d)}
		}
	}
	return nil
}

// readSetting returns a setting's value, in small letters; "" if this version of
// the database has none of that name.
func readSetting(ctx context.Context, conn *sql.Conn, d Dialect, name string) (value string, err error) {
	switch {
	case d == SQLite && name == "version":
		err = conn.QueryRowContext(ctx, `SELECT sqlite_version()`).Scan(&value)
	case d == SQLite:
		err = conn.QueryRowContext(ctx, `PRAGMA `+name).Scan(&value)
	case d == PostgreSQL:
		err = conn.QueryRowContext(ctx, `SELECT COALESCE(current_setting($1, true), '')`, name).Scan(&value)
	default:
		var ignored string
		err = conn.QueryRowContext(ctx, `SHOW VARIABLES WHERE Variable_name = '`+name+`'`).Scan(&ignored, &value)
		if err == sql.ErrNoRows {
			err = nil
		}
	}
	return strings.ToLower(value), err
}

func is(values ...string) func(string) bool {
	return func(value string) bool {
		for _, v := range values {
			if v == value {
				return true
			}
		}
		return false
	}
}

func not(values ...string) func(string) bool {
	allowed := is(values...)
	return func(value string) bool { return !allowed(value) }
}

func atLeast(least int) func(string) bool {
	return func(value string) bool {
		n, err := strconv.Atoi(value)
		return err == nil && n >= least
	}
}

// settings are what each database must be set to, and why.
var settings = map[Dialect][]rule{
	SQLite: {
		{"version", "3.37 or later", version(3, 37), false},          // STRICT tables, RETURNING
		{"journal_mode", "wal", is("wal"), false},                    // else readers and writers lock each other out
		{"busy_timeout", "1000 ms or more", atLeast(1000), false},    // else a second process is refused at once
		{"synchronous", "2 (FULL) or 3 (EXTRA)", is("2", "3"), true}, // else a crash of the machine loses commits
		{"foreign_keys", "1", is("1"), false},                        // no event without its booking
		{"secure_delete", "1", is("1"), false},                       // else Erase leaves words in free pages
		{"query_only", "0", is("0"), false},
		{"read_uncommitted", "0", is("0"), false}, // events must not be seen before they are committed
		{"ignore_check_constraints", "0", is("0"), false},
	},
	PostgreSQL: {
		{"server_version_num", "120000 or later", atLeast(120000), false},
		{"server_encoding", "UTF8", is("utf8"), false},
		{"client_encoding", "UTF8", is("utf8"), false},
		{"transaction_read_only", "off (this is a standby, or set to read only)", is("off"), false},
		{"synchronous_commit", "on, or stricter", not("off"), true}, // else a crash of the machine loses commits
		{"fsync", "on", is("on"), true},
		{"full_page_writes", "on", is("on"), true},
	},
	MariaDB: {
		{"version", "MariaDB 10.6 or MySQL 8.0, or later", mariaVersion, false},      // SKIP LOCKED
		{"sql_mode", "with STRICT_ALL_TABLES or STRICT_TRANS_TABLES", strict, false}, // else long values are cut in silence
		{"character_set_client", "utf8mb4", is("utf8mb4"), false},
		{"character_set_connection", "utf8mb4", is("utf8mb4"), false},
		{"character_set_results", "utf8mb4", is("utf8mb4", ""), false},
		{"autocommit", "ON", is("on"), false},                                    // else each read stays in the past
		{"tx_isolation", "not READ-UNCOMMITTED", not("read-uncommitted"), false}, // events must not be seen before they are committed
		{"transaction_isolation", "not READ-UNCOMMITTED", not("read-uncommitted"), false},
		{"binlog_format", "ROW or MIXED", not("statement"), false}, // READ COMMITTED needs it
		{"read_only", "OFF", is("off"), false},
		{"foreign_key_checks", "ON", is("on"), false},
		{"unique_checks", "ON", is("on"), false},
		{"innodb_flush_log_at_trx_commit", "1", is("1"), true}, // else a crash of the machine loses commits
	},
}

func strict(mode string) bool {
	return strings.Contains(mode, "strict_all_tables") || strings.Contains(mode, "strict_trans_tables")
}

var numbers = regexp.MustCompile(`^(\d+)\.(\d+)`)

func version(major, minor int) func(string) bool {
	return func(value string) bool {
		m := numbers.FindStringSubmatch(value)
		if m == nil {
			return false
		}
		have, _ := strconv.Atoi(m[1])
		sub, _ := strconv.Atoi(m[2])
		return have > major || have == major && sub >= minor
	}
}

// mariaVersion reads versions such as 10.11.19-MariaDB and 8.0.39.
func mariaVersion(value string) bool {
	if strings.Contains(value, "mariadb") {
		return version(10, 6)(value)
	}
	return version(8, 0)(value)
}
