package sqlstore_test

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	_ "modernc.org/sqlite"

	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/sqlstore"
)

// A store in a file. For PostgreSQL and MariaDB only the driver, the DSN and the
// dialect are others.
func Example() {
	dir, err := os.MkdirTemp("", "bookings")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	ctx := context.Background()
	dsn := strings.Replace(sqlstore.DSN(sqlstore.SQLite), "bookings.db", filepath.Join(dir, "bookings.db"), 1)

	db, err := sql.Open("sqlite", dsn)
	if err != nil {
		panic(err)
	}
	defer db.Close()
	if err := sqlstore.Migrate(ctx, db, sqlstore.SQLite); err != nil {
		panic(err)
	}
	store, err := sqlstore.Open(db, sqlstore.SQLite, sqlstore.WithNamespace("exam2027"))
	if err != nil {
		panic(err)
	}

	learner, err := store.PutLearner(ctx, scheduling.Learner{ID: "4711", Name: "Ada Example"})
	if err != nil {
		panic(err)
	}
	fmt.Println(store, "keeps", learner)
	// Output: sqlstore sqlite exam2027 keeps learner 4711 version 1
}

// A store in a file, on one machine. The program imports the driver modernc.org/sqlite.
func ExampleOpenSQLite() {
	dir, err := os.MkdirTemp("", "bookings")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)

	store, err := sqlstore.OpenSQLite(context.Background(), filepath.Join(dir, "bookings.db"), sqlstore.WithNamespace("exam2027"))
	if err != nil {
		panic(err)
	}
	defer store.Close()
	fmt.Println(store)
	// Output: sqlstore sqlite exam2027
}
