package sqlstore_test

import (
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/sqlstore"
	"github.com/proctorbook/proctorbook/scheduling/storetest"
)

// pgbouncerEnv names a PgBouncer in transaction mode, before the server of postgresEnv.
const pgbouncerEnv = "PROCTORBOOK_PGBOUNCER_DSN" // such as postgres://postgres@127.0.0.1:6432/test

const noPgBouncer = `NOT TESTED THROUGH PGBOUNCER: run eval "$(.ci/databases)", or set ` + pgbouncerEnv

// throughPgBouncer makes a database with tables, and returns the DSN by which the pooler
// leads to it.
func throughPgBouncer(t *testing.T) string {
	t.Helper()
	server, pooler := os.Getenv(postgresEnv), os.Getenv(pgbouncerEnv)
	if server == "" || pooler == "" {
		t.Skip(noPgBouncer)
	}
	name := fmt.Sprintf("%s_pooled_%d", run, databases.Add(1))
	t.Cleanup(admin(t, "pgx", server, `CREATE DATABASE `+name, `DROP DATABASE `+name+` WITH (FORCE)`))
	to := func(dsn string) string {
		u, err := url.Parse(dsn)
		if err != nil {
			t.Fatal("the DSN must be a URL")
		}
		u.Path = "/" + name
		return u.String()
	}
	if err := sqlstore.Migrate(t.Context(), media[1].connect(t, to(server)), sqlstore.PostgreSQL, sqlstore.WithVolatile()); err != nil {
		t.Fatal(err)
	}
	return to(pooler)
}

// Behind PgBouncer in transaction mode the store works with the DSN that is documented.
func TestStoreThroughPgBouncer(t *testing.T) {
	t.Parallel()
	_, query, _ := strings.Cut(sqlstore.PgBouncerDSN, "?")
	free := make(chan *sql.DB, 3) // the tests of the suite run side by side
	for range cap(free) {
		free <- media[1].connect(t, throughPgBouncer(t)+"?"+query)
	}
	storetest.Run(t, func(t *testing.T) scheduling.Store {
		db := <-free
		t.Cleanup(func() { free <- db })
		empty(t, db)
		return media[1].on(t, db)
	})
}

// With another DSN the error says which one to use.
func TestPgBouncerWithAnotherDSN(t *testing.T) {
	t.Parallel()
	dsn := throughPgBouncer(t)
	for query, code := range map[string]string{
		"": "42P05", "?options=-c%20synchronous_commit%3Don": "08P01", "?default_query_exec_mode=exec&options=-c%20synchronous_commit%3Don": "08P01",
	} {
		var err error
		for range 20 { // until the pooler lends a connection that another one has prepared on
			if _, err = sqlstore.Open(media[1].connect(t, dsn+query), sqlstore.PostgreSQL, sqlstore.WithVolatile()); err != nil {
				break
			}
		}
		if err == nil || !strings.Contains(err.Error(), code) || !strings.Contains(err.Error(), sqlstore.PgBouncerDSN) {
			t.Errorf("Open with %q error = %v, want %s, and the DSN to use", query, err, code)
		}
	}
}
