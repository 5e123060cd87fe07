package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"

	"github.com/proctorbook/proctorbook/scheduling/sqlstore"
)

// database is a schema of this run's own.
type database struct {
	server *sql.DB
	schema string
	dsn    string // leads into the schema
	db     *sql.DB
}

// newDatabase makes the schema and the tables in it.
func newDatabase(ctx context.Context, dsn string) (*database, error) {
	u, err := url.Parse(dsn)
	if err != nil || u.Scheme != "postgres" && u.Scheme != "postgresql" {
		return nil, errors.New("the DSN must be a URL such as postgres://user@host:5432/name") // without it: it may hold a password
	}
	d := &database{schema: fmt.Sprintf("proctorbook_cluster_%d_%d", os.Getpid(), time.Now().Unix())}
	q := u.Query()
	q.Set("options", strings.TrimSpace(q.Get("options")+" -c search_path="+d.schema+" -c client_min_messages=warning"))
	u.RawQuery = strings.ReplaceAll(q.Encode(), "+", "%20")
	d.dsn = u.String()
	if d.server, err = sql.Open("pgx", dsn); err != nil {
		return nil, err
	}
	if _, err := d.server.ExecContext(ctx, "CREATE SCHEMA "+d.schema); err != nil {
		return nil, errors.Join(fmt.Errorf("make a schema: %w", err), d.server.Close())
	}
	if d.db, err = open(d.dsn); err == nil {
		err = sqlstore.Migrate(ctx, d.db, sqlstore.PostgreSQL)
	}
	if err != nil {
		return nil, errors.Join(err, d.drop())
	}
	return d, nil
}

// open returns a pool on the schema, as each process has one.
func open(dsn string) (*sql.DB, error) {
	db, err := sql.Open("pgx", dsn)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(8)
	db.SetMaxIdleConns(8)
	return db, nil
}

// drop removes the schema, also when the user has interrupted the run.
func (d *database) drop() error {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if d.db != nil {
		_ = d.db.Close()
	}
	_, err := d.server.ExecContext(ctx, "DROP SCHEMA "+d.schema+" CASCADE")
	return errors.Join(err, d.server.Close())
}
