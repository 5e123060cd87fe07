package sqlstore_test

import (
	"context"
	"crypto/rand"
	"database/sql"
	"flag"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/go-sql-driver/mysql"
	_ "github.com/jackc/pgx/v5/stdlib"
	_ "modernc.org/sqlite"

	"github.com/proctorbook/proctorbook/scheduling/sqlstore"
)

// The servers on which the tests run. Each run makes databases of its own there,
// and drops them.
const (
	postgresEnv = "PROCTORBOOK_POSTGRES_DSN" // such as postgres://postgres@127.0.0.1:5432/test
	mariadbEnv  = "PROCTORBOOK_MARIADB_DSN"  // such as root@tcp(127.0.0.1:3306)/test
)

// medium is a kind of database on which the tests run.
type medium struct {
	name    string
	dialect sqlstore.Dialect
	driver  string
	env     string // names the server
	// fresh makes a database without tables, and returns its DSN and how to drop it.
	fresh func(t testing.TB) (dsn string, drop func())
}

var media = []medium{
	{"sqlite", sqlstore.SQLite, "sqlite", "", freshSQLite},
	{"postgres", sqlstore.PostgreSQL, "pgx", postgresEnv, freshPostgreSQL},
	{"mariadb", sqlstore.MariaDB, "mysql", mariadbEnv, freshMariaDB},
}

// run is what names the databases of this run.
var run = fmt.Sprintf("proctorbook_test_%d_%s", os.Getpid(), strings.ToLower(rand.Text()[:6]))

func TestMain(m *testing.M) {
	flag.Parse()
	if flag.Lookup("test.parallel").Value.String() == strconv.Itoa(runtime.GOMAXPROCS(0)) {
		_ = flag.Set("test.parallel", "8") // they wait for disks more than they compute
	}
	result := m.Run()
	for _, drop := range shelf.drop {
		drop()
	}
	if os.Getenv(childEnv) == "" {
		for _, m := range media {
			if missing := m.missing(); missing != "" {
				fmt.Println("sqlstore: " + missing)
			}
		}
		if os.Getenv(pgbouncerEnv) == "" {
			fmt.Println("sqlstore: " + noPgBouncer)
		}
	}
	os.Exit(result)
}

// missing returns what has to be set for the tests to run on this kind of database.
func (m medium) missing() string {
	if m.env == "" || os.Getenv(m.env) != "" {
		return ""
	}
	return fmt.Sprintf("NOT TESTED ON %s: run eval \"$(.ci/databases)\", or set %s", strings.ToUpper(m.name), m.env)
}

// onEach runs the test on each kind of database that is there.
func onEach(t *testing.T, test func(t *testing.T, m medium)) {
	t.Helper()
	for _, m := range media {
		t.Run(m.name, func(t *testing.T) {
			if missing := m.missing(); missing != "" {
				t.Skip(missing)
			}
			t.Parallel()
			test(t, m)
		})
	}
}

// connect opens a pool on the database.
func (m medium) connect(t testing.TB, dsn string) *sql.DB {
	t.Helper()
	db, err := sql.Open(m.driver, dsn)
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(10)
	db.SetMaxIdleConns(10)
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// migrated returns the DSN of an empty database with tables, and a pool on it.
// Other tests of this run have used it before, or will: to make one takes long.
func (m medium) migrated(t testing.TB) (dsn string, db *sql.DB) {
	t.Helper()
	dsn = m.take(t)
	t.Cleanup(func() { m.giveBack(dsn) }) // runs after the pool is closed
	db = m.connect(t, dsn)
	empty(t, db)
	return dsn, db
}

// shelf holds the databases that no test uses just now.
var shelf = struct {
	sync.Mutex
	free map[string][]string // DSNs by medium
	drop []func()
}{free: map[string][]string{}}

func (m medium) take(t testing.TB) string {
	t.Helper()
	shelf.Lock()
	defer shelf.Unlock()
	if free := shelf.free[m.name]; len(free) > 0 {
		shelf.free[m.name] = free[1:]
		return free[0]
	}
	dsn, drop := m.fresh(t)
	shelf.drop = append(shelf.drop, drop)
	db, err := sql.Open(m.driver, dsn)
	if err == nil {
		err = sqlstore.Migrate(context.Background(), db, m.dialect, sqlstore.WithVolatile())
		_ = db.Close()
	}
	if err != nil {
		t.Fatalf("Migrate error = %v, want none", err)
	}
	return dsn
}

func (m medium) giveBack(dsn string) {
	shelf.Lock()
	defer shelf.Unlock()
	shelf.free[m.name] = append(shelf.free[m.name], dsn)
}

// untouched returns the DSN of a database without tables, for this test alone.
func (m medium) untouched(t testing.TB) string {
	t.Helper()
	dsn, drop := m.fresh(t)
	t.Cleanup(drop)
	return dsn
}

// empty makes the store as it was after Migrate.
func empty(t testing.TB, db *sql.DB) {
	t.Helper()
	for _, statement := range []string{
		`DELETE FROM proctorbook_events`, `DELETE FROM proctorbook_bookings`, `DELETE FROM proctorbook_learners`, `DELETE FROM proctorbook_usernames`, `DELETE FROM proctorbook_webhooks`,
		`DELETE FROM proctorbook_jobs`,
		`DELETE FROM proctorbook_held`,
		`DELETE FROM proctorbook_consumers`,
		`DELETE FROM proctorbook_lms_exams`, `DELETE FROM proctorbook_lms_persons`, `DELETE FROM proctorbook_lms_attempts`,
		`UPDATE proctorbook_store SET namespace = '', last_event = 0, numbering = 1`,
	} {
		if _, err := db.ExecContext(context.Background(), statement); err != nil {
			t.Fatal(err)
		}
	}
}

// open returns a store in a fresh database.
func (m medium) open(t testing.TB, opts ...sqlstore.Option) *sqlstore.Store {
	t.Helper()
	_, db := m.migrated(t)
	return m.on(t, db, opts...)
}

// on returns the store in the database. A test may be fast: it survives no crash of the machine.
func (m medium) on(t testing.TB, db *sql.DB, opts ...sqlstore.Option) *sqlstore.Store {
	t.Helper()
	store, err := sqlstore.Open(db, m.dialect, append(opts, sqlstore.WithVolatile())...)
	if err != nil {
		t.Fatalf("Open error = %v, want none", err)
	}
	return store
}

// freshSQLite names a new file. It waits for no disk.
func freshSQLite(t testing.TB) (dsn string, drop func()) {
	dir, err := os.MkdirTemp("", run)
	if err != nil {
		t.Fatal(err)
	}
	return fileDSN(filepath.Join(dir, "bookings.db")), func() { _ = os.RemoveAll(dir) }
}

func fileDSN(path string) string {
	return "file:" + path + "?_txlock=immediate&_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)" +
		"&_pragma=synchronous(OFF)&_pragma=foreign_keys(1)&_pragma=secure_delete(1)"
}

var databases atomic.Int64

// freshPostgreSQL makes a schema, and returns a DSN in which it is the only one.
func freshPostgreSQL(t testing.TB) (dsn string, drop func()) {
	t.Helper()
	server := os.Getenv(postgresEnv)
	schema := fmt.Sprintf("%s_%d", run, databases.Add(1))
	drop = admin(t, "pgx", server, `CREATE SCHEMA `+schema, `DROP SCHEMA `+schema+` CASCADE`)
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal(postgresEnv + " must be a URL")
	}
	q := u.Query()
	q.Set("options", "-c search_path="+schema+" -c synchronous_commit=off -c client_min_messages=warning")
	u.RawQuery = strings.ReplaceAll(q.Encode(), "+", "%20")
	return u.String(), drop
}

// freshMariaDB makes a database.
func freshMariaDB(t testing.TB) (dsn string, drop func()) {
	t.Helper()
	config, err := mysql.ParseDSN(os.Getenv(mariadbEnv))
	if err != nil {
		t.Fatal(mariadbEnv + " is no DSN")
	}
	config.DBName = fmt.Sprintf("%s_%d", run, databases.Add(1))
	config.InterpolateParams = true // as the DSN that is documented
	drop = admin(t, "mysql", os.Getenv(mariadbEnv), `CREATE DATABASE `+config.DBName, `DROP DATABASE `+config.DBName)
	return config.FormatDSN(), drop
}

// admin runs a statement now, and returns how to run another one later.
func admin(t testing.TB, driver, dsn, now, later string) func() {
	t.Helper()
	execute := func(statement string) error {
		db, err := sql.Open(driver, dsn)
		if err == nil {
			_, err = db.Exec(statement)
			_ = db.Close()
		}
		return err
	}
	if err := execute(now); err != nil {
		t.Fatalf("%s: %v", now, err)
	}
	return func() {
		if err := execute(later); err != nil {
			fmt.Println("sqlstore:", later, err)
		}
	}
}
