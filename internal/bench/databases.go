package main

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/go-sql-driver/mysql"
	_ "github.com/jackc/pgx/v5/stdlib"
	_ "modernc.org/sqlite"

	"github.com/proctorbook/proctorbook/scheduling/sqlstore"
)

// leftOut is why something is not measured here.
type leftOut string

func (e leftOut) Error() string { return "left out: " + string(e) }

// Where the databases are: see .ci/databases.
const (
	postgresEnv = "PROCTORBOOK_POSTGRES_DSN"
	mariadbEnv  = "PROCTORBOOK_MARIADB_DSN"
)

// A database is an empty store of its own, with the settings of production.
type database struct {
	*sqlstore.Store
	db      *sql.DB
	dialect sqlstore.Dialect
	drop    func() error
}

func (d *database) close() { _ = errors.Join(d.db.Close(), d.drop()) }

// openDatabase makes a database with tables. It is leftOut where none is named.
func openDatabase(d sqlstore.Dialect) (*database, error) {
	made := &database{dialect: d}
	var err error
	switch d {
	case sqlstore.SQLite:
		err = made.openFile()
	case sqlstore.PostgreSQL:
		err = made.openSchema()
	case sqlstore.MariaDB:
		err = made.openMariaDB()
	}
	if err != nil {
		return nil, err
	}
	made.db.SetMaxOpenConns(40)
	made.db.SetMaxIdleConns(40)
	err = sqlstore.Migrate(context.Background(), made.db, d)
	if err == nil {
		made.Store, err = sqlstore.Open(made.db, d)
	}
	if err != nil {
		made.close()
		return nil, err
	}
	return made, nil
}

func (d *database) openFile() error {
	dir, err := os.MkdirTemp("", "bench")
	if err != nil {
		return err
	}
	d.drop = func() error { return os.RemoveAll(dir) }
	d.db, err = sql.Open("sqlite", strings.Replace(sqlstore.DSN(sqlstore.SQLite), "bookings.db", filepath.Join(dir, "bookings.db"), 1))
	return err
}

func name() string { return "proctorbook_bench_" + strings.ToLower(rand.Text()[:8]) }

func (d *database) openSchema() error {
	server, schema := os.Getenv(postgresEnv), name()
	if server == "" {
		return leftOut("set " + postgresEnv)
	}
	u, err := url.Parse(server)
	if err != nil {
		return errors.New(postgresEnv + " must be a URL")
	}
	if err := execute("pgx", server, `CREATE SCHEMA `+schema); err != nil {
		return err
	}
	d.drop = func() error { return execute("pgx", server, `DROP SCHEMA `+schema+` CASCADE`) }
	q := u.Query()
	q.Set("options", "-c search_path="+schema+" -c client_min_messages=warning")
	u.RawQuery = strings.ReplaceAll(q.Encode(), "+", "%20")
	d.db, err = sql.Open("pgx", u.String())
	return err
}

func (d *database) openMariaDB() error {
	server := os.Getenv(mariadbEnv)
	if server == "" {
		return leftOut("set " + mariadbEnv)
	}
	config, err := mysql.ParseDSN(server)
	if err != nil {
		return errors.New(mariadbEnv + " is no DSN")
	}
	config.DBName, config.InterpolateParams = name(), true
	if err := execute("mysql", server, `CREATE DATABASE `+config.DBName); err != nil {
		return err
	}
	d.drop = func() error { return execute("mysql", server, `DROP DATABASE `+config.DBName) }
	d.db, err = sql.Open("mysql", config.FormatDSN())
	return err
}

func execute(driver, dsn, statement string) error {
	db, err := sql.Open(driver, dsn)
	if err != nil {
		return err
	}
	defer db.Close()
	if _, err = db.Exec(statement); err != nil {
		return fmt.Errorf("%s: %w", statement, err)
	}
	return nil
}
