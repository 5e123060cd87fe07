package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/proctorbook/proctorbook/scheduling/preflight"
)

// This file keeps others from reading what the store keeps: SQLite's file is its
// owner's, and what goes to a server goes encrypted.

var (
	errReadable = errors.New("sqlstore: others on this machine can read the database: chmod 600 the file and those beside it, see the page on operating")
	errPlain    = errors.New("sqlstore: what goes to the database is not encrypted: ask for TLS in the DSN, see the page on operating")
)

var _ preflight.Checker = (*Store)(nil)

// Preflight implements [preflight.Checker]. [preflight.CodeStoreAccess] warns of an SQLite
// file, or one beside it, that others than its owner can read, and of a connection without
// TLS to a server on another machine. On PostgreSQL there is [preflight.CodeStoreStatistics],
// too, which warns if the database has no statistics of the bookings.
func (s *Store) Preflight(ctx context.Context) []preflight.Check {
	c := preflight.Check{Code: preflight.CodeStoreAccess, Verdict: preflight.VerdictOK}
	var err error
	if s.dialect == SQLite {
		c.Data, err = checkFiles(ctx, s.db)
	} else {
		err = checkEncryption(ctx, s.db, s.dialect)
	}
	if err != nil {
		c.Verdict, c.Err = preflight.VerdictWarning, err
	}
	if s.dialect != PostgreSQL {
		return []preflight.Check{c}
	}
	return []preflight.Check{c, s.checkStatistics(ctx)}
}

// sideFiles are what SQLite keeps beside the file, with the same mode.
var sideFiles = []string{"", "-wal", "-shm", "-journal"}

// ownNewFile makes the file of a database without tables readable for its owner alone.
// SQLite gives the files beside it the same mode. It lets a database alone that has
// tables: whoever made it chose its mode, and Preflight tells if others can read it.
func ownNewFile(ctx context.Context, db *sql.DB) error {
	var tables int
	if err := db.QueryRowContext(ctx, `SELECT COUNT(*) FROM sqlite_schema`).Scan(&tables); err != nil || tables > 0 {
		return err
	}
	path, err := fileOf(ctx, db)
	if err != nil || path == "" || runtime.GOOS == "windows" {
		return err
	}
	for _, suffix := range sideFiles {
		err := os.Chmod(path+suffix, 0o600)
		if err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, fs.ErrPermission) { // another's file: Preflight tells
			return err
		}
	}
	return nil
}

// checkFiles returns the name and the mode of the first file that others can read.
func checkFiles(ctx context.Context, db *sql.DB) (map[string]string, error) {
	path, err := fileOf(ctx, db)
	if err != nil {
		return nil, failed(ctx, "Preflight", err, false)
	}
	if path == "" || runtime.GOOS == "windows" {
		return nil, nil
	}
	for _, suffix := range sideFiles {
		info, err := os.Stat(path + suffix)
		if err != nil {
			continue // there is none, or nobody can look at it
		}
		if info.Mode().Perm()&0o077 != 0 {
			return map[string]string{"file": filepath.Base(path + suffix), "mode": info.Mode().Perm().String()}, errReadable
		}
	}
	return nil, nil
}

// fileOf returns the path of SQLite's file, "" if the database is in memory.
func fileOf(ctx context.Context, db *sql.DB) (path string, err error) {
	err = db.QueryRowContext(ctx, `SELECT file FROM pragma_database_list WHERE name = 'main'`).Scan(&path)
	return path, err
}

// encryption are queries for whether the connection is encrypted, and where it comes
// from: "" for a socket of this machine.
var encryption = map[Dialect]string{
	PostgreSQL: `SELECT CASE WHEN EXISTS (SELECT 1 FROM pg_stat_ssl WHERE pid = pg_backend_pid() AND ssl) THEN 'yes' ELSE '' END,
		CASE WHEN inet_client_addr() = inet_server_addr() THEN '' ELSE COALESCE(host(inet_client_addr()), '') END`,
	MariaDB: `SELECT variable_value, SUBSTRING_INDEX(USER(), '@', -1) FROM information_schema.session_status WHERE variable_name = 'SSL_CIPHER'`,
}

func checkEncryption(ctx context.Context, db *sql.DB, d Dialect) error {
	var cipher, from string
	err := db.QueryRowContext(ctx, encryption[d]).Scan(&cipher, &from)
	if err != nil && d == MariaDB { // MySQL has no such table
		err = mysqlEncryption(ctx, db, &cipher, &from)
	}
	if err != nil {
		return failed(ctx, "Preflight", err, false)
	}
	if cipher == "" && !isHere(from) {
		return errPlain
	}
	return nil
}

func mysqlEncryption(ctx context.Context, db *sql.DB, cipher, from *string) error {
	var ignored string
	if err := db.QueryRowContext(ctx, `SHOW SESSION STATUS LIKE 'Ssl_cipher'`).Scan(&ignored, cipher); err != nil {
		return err
	}
	return db.QueryRowContext(ctx, `SELECT SUBSTRING_INDEX(USER(), '@', -1)`).Scan(from)
}

// isHere reports whether a connection comes from the machine of the server itself.
func isHere(from string) bool {
	address, err := netip.ParseAddr(from)
	return from == "" || strings.EqualFold(from, "localhost") || err == nil && address.Unmap().IsLoopback()
}
