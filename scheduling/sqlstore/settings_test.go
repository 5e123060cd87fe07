package sqlstore_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/go-sql-driver/mysql"

	"github.com/proctorbook/proctorbook/scheduling/sqlstore"
)

// wantSetting fails if Open and Migrate do not refuse the connections for this setting alone.
func wantSetting(t *testing.T, m medium, dsn, name string, opts ...sqlstore.Option) {
	t.Helper()
	db := m.connect(t, dsn)
	_, err := sqlstore.Open(db, m.dialect, opts...)
	for what, err := range map[string]error{"Open": err, "Migrate": sqlstore.Migrate(t.Context(), db, m.dialect, opts...)} {
		e, ok := errors.AsType[*sqlstore.SettingsError](err)
		if !ok {
			t.Errorf("%s with a wrong %s error = %v, want *SettingsError", what, name, err)
			continue
		}
		var names []string
		for _, p := range e.Problems {
			names = append(names, p.Name)
		}
		if !slices.Equal(names, []string{name}) || e.DSN != sqlstore.DSN(m.dialect) || !strings.Contains(err.Error(), e.DSN) {
			t.Errorf("%s refused %v, want %s alone, and a DSN in %q", what, names, name, err)
		}
	}
}

// A database that Open would refuse stays without tables.
func TestMigrateRefusesWhatOpenWould(t *testing.T) {
	t.Parallel()
	db := media[0].connect(t, strings.Replace(media[0].untouched(t), "foreign_keys(1)", "foreign_keys(0)", 1))
	err := sqlstore.Migrate(t.Context(), db, sqlstore.SQLite, sqlstore.WithVolatile())
	if _, ok := errors.AsType[*sqlstore.SettingsError](err); !ok {
		t.Errorf("Migrate = %v, want *SettingsError", err)
	}
	var tables int
	if err := db.QueryRow(`SELECT COUNT(*) FROM sqlite_schema`).Scan(&tables); err != nil || tables != 0 {
		t.Errorf("%d tables, error = %v; want none", tables, err)
	}
	if err := sqlstore.Migrate(t.Context(), db, sqlstore.SQLite, nil); err == nil {
		t.Error("Migrate takes an option that is nil")
	}
}

func TestSettingsOfSQLite(t *testing.T) {
	t.Parallel()
	m := media[0]
	good := strings.Replace(sqlstore.DSN(m.dialect), "bookings.db", filepath.Join(t.TempDir(), "bookings.db"), 1)
	if err := sqlstore.Migrate(t.Context(), m.connect(t, good), m.dialect); err != nil {
		t.Fatal(err)
	}
	if _, err := sqlstore.Open(m.connect(t, good), m.dialect); err != nil {
		t.Errorf("Open with the recommended DSN error = %v, want none", err)
	}
	for name, change := range map[string][2]string{
		"busy_timeout":  {"busy_timeout(10000)", "busy_timeout(0)"},
		"synchronous":   {"synchronous(FULL)", "synchronous(NORMAL)"},
		"foreign_keys":  {"foreign_keys(1)", "foreign_keys(0)"},
		"secure_delete": {"secure_delete(1)", "secure_delete(0)"},
		"query_only":    {"foreign_keys(1)", "foreign_keys(1)&_pragma=query_only(1)"},
	} {
		wantSetting(t, m, strings.Replace(good, change[0], change[1], 1), name)
	}
	rollback := strings.Replace(strings.Replace(good, "bookings.db", "other.db", 1), "journal_mode(WAL)", "journal_mode(DELETE)", 1)
	wantSetting(t, m, rollback, "journal_mode")
	wantSetting(t, m, strings.Replace(rollback, "synchronous(FULL)", "synchronous(OFF)", 1), "journal_mode", sqlstore.WithVolatile())

	// What is set by hand on one connection is not set on the next one.
	for most, wantErr := range map[int]bool{1: false, 10: true} {
		byHand := m.connect(t, strings.Replace(good, "&_pragma=foreign_keys(1)", "", 1))
		byHand.SetMaxOpenConns(most)
		if _, err := byHand.Exec(`PRAGMA foreign_keys = 1`); err != nil {
			t.Fatal(err)
		}
		if _, err := sqlstore.Open(byHand, m.dialect); (err != nil) != wantErr {
			t.Errorf("Open of a pool of %d connections, one of them well set, error = %v", most, err)
		}
	}
}

func TestSettingsOfPostgreSQL(t *testing.T) {
	t.Parallel()
	m := media[1]
	if missing := m.missing(); missing != "" {
		t.Skip(missing)
	}
	dsn, db := m.migrated(t)
	m.on(t, db)
	safe := strings.Replace(dsn, "synchronous_commit%3Doff", "synchronous_commit%3Don", 1)
	if _, err := sqlstore.Open(m.connect(t, safe), m.dialect); err != nil {
		t.Errorf("Open with the recommended DSN error = %v, want none", err)
	}
	wantSetting(t, m, dsn, "synchronous_commit")
	wantSetting(t, m, dsn+"&default_transaction_read_only=on", "transaction_read_only", sqlstore.WithVolatile())
}

func TestSettingsOfMariaDB(t *testing.T) {
	t.Parallel()
	m := media[2]
	if missing := m.missing(); missing != "" {
		t.Skip(missing)
	}
	dsn, db := m.migrated(t)
	m.on(t, db)
	config, err := mysql.ParseDSN(dsn)
	if err != nil {
		t.Fatal(err)
	}
	recommended, err := mysql.ParseDSN(sqlstore.DSN(m.dialect))
	if err != nil {
		t.Fatalf("the recommended DSN: %v", err)
	}
	recommended.User, recommended.Passwd, recommended.Addr, recommended.DBName = config.User, config.Passwd, config.Addr, config.DBName
	if _, err := sqlstore.Open(m.connect(t, recommended.FormatDSN()), m.dialect, sqlstore.WithVolatile()); err != nil {
		t.Errorf("Open with the recommended DSN error = %v, want none", err)
	}
	for name, value := range map[string]string{
		"sql_mode": "''", "autocommit": "0", "tx_isolation": "'READ-UNCOMMITTED'", "foreign_key_checks": "0", "unique_checks": "0",
	} {
		wrong := config.Clone()
		wrong.Params = map[string]string{name: value}
		wantSetting(t, m, wrong.FormatDSN(), name, sqlstore.WithVolatile())
	}
}

func TestOpenWithoutADatabase(t *testing.T) {
	t.Parallel()
	m := media[0]
	_, err := sqlstore.Open(m.connect(t, fileDSN(filepath.Join(t.TempDir(), "no", "such", "folder", "x.db"))), m.dialect)
	if e, ok := errors.AsType[*sqlstore.Error](err); !ok || e.Op != "Open" {
		t.Errorf("Open of no file error = %v, want *Error of Open", err)
	}
	db := m.connect(t, fileDSN(filepath.Join(t.TempDir(), "x.db")))
	_ = db.Close()
	if _, err := sqlstore.Open(db, m.dialect); err == nil {
		t.Error("Open of a closed pool returned no error")
	}
	if os.Getenv(mariadbEnv) == "" {
		return
	}
	config, err := mysql.ParseDSN(os.Getenv(mariadbEnv))
	if err != nil {
		t.Fatal(err)
	}
	config.Addr = "127.0.0.1:1"
	if _, err := sqlstore.Open(media[2].connect(t, config.FormatDSN()), sqlstore.MariaDB); err == nil {
		t.Error("Open of a server that is not there returned no error")
	}
}

func TestVersions(t *testing.T) {
	t.Parallel()
	for version, want := range map[string]bool{
		"10.11.19-mariadb-0+deb12u1": true, "10.6.1-mariadb": true, "10.5.9-mariadb": false, "11.4.2-mariadb": true,
		"8.0.39": true, "8.4.0": true, "5.7.44": false, "unknown": false, "": false,
	} {
		if got := sqlstore.MariaVersion(version); got != want {
			t.Errorf("mariaVersion(%q) = %v, want %v", version, got, want)
		}
	}
}
