package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"strings"
	"sync"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
	_ "modernc.org/sqlite"             // the driver "sqlite"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/edx"
	"github.com/proctorbook/proctorbook/examples/internal/command"
	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/openedx"
	"github.com/proctorbook/proctorbook/scheduling/platform"
	"github.com/proctorbook/proctorbook/scheduling/provider"
	"github.com/proctorbook/proctorbook/scheduling/sqlstore"
)

// order is all that the portal needs to know. The demonstration sends it on the
// standard input: secrets don't belong on command lines.
type order struct {
	DB                             string
	Provider, Token                string
	Platform, ClientID, ClientPass string
	Public                         string // the portal's address, if it serves the platform; else ""
	CallerID, CallerSecret         string // with which the platform signs in here
	LinkKey                        string // signs the learners' links
	UnlockKey, SessionKey          []byte
	Exams                          []offered
	People                         []person
	Demo                           bool
	Tuning                         scheduling.Tuning // real services keep the defaults
	Interval                       time.Duration     // how often the work in the background looks around
	Offset                         time.Duration     // of the demonstration's clock from the machine's
	Limit                          float64           // requests a second of each visitor
}

// offered is an exam, and its name in addresses.
type offered struct {
	Slug string
	Exam scheduling.Exam
}

// person is somebody who may sign in.
type person struct {
	Username string `json:"username"`
	Name     string `json:"name,omitempty"` // shown to choose from; the username if empty
	Note     string `json:"note,omitempty"` // what to see as this person
	Staff    bool   `json:"staff,omitempty"`
}

// engine is the scheduler over both services.
type engine struct {
	s         *scheduling.Scheduler
	provider  provider.ProctorU
	platform  platform.Platform
	platforms *openedx.Platforms // the platform once more, if the portal serves it; else nil
}

// newEngine makes the engine, as real services and the demonstration have it.
func newEngine(o order, store *sqlstore.Store, clock proctorbook.Clock, log *slog.Logger) (*engine, error) {
	proctorOptions, platformOptions := []proctoru.Option{proctoru.WithClock(clock)}, []edx.Option{edx.WithClock(clock), edx.WithClientCredentials(o.ClientID, o.ClientPass)}
	options := []scheduling.Option{scheduling.WithClock(clock), scheduling.WithLogger(log), scheduling.WithTuning(o.Tuning), scheduling.WithUnlockKeys(scheduling.UnlockKey{ID: "1", Secret: o.UnlockKey})}
	if o.Demo {
		proctorOptions, platformOptions = append(proctorOptions, demoProctor()...), append(platformOptions, demoPlatform())
	}
	proctor, err := proctoru.NewClient(o.Provider, o.Token, proctorOptions...)
	if err != nil {
		return nil, err
	}
	client, err := edx.NewClient(o.Platform, platformOptions...)
	if err != nil {
		return nil, err
	}
	e := &engine{provider: provider.ProctorU{Client: proctor}, platform: platform.OpenEdX{Client: client}}
	if o.Public != "" { // with bare ids who comes by a link is who signs in
		if e.platforms, err = openedx.NewPlatforms(store.OpenEdX(), log, openedx.LMS{ID: platformID, Client: client, BareIDs: true}); err != nil {
			return nil, err
		}
		e.platform = e.platforms
	}
	e.s, err = scheduling.New(e.provider, e.platform, store, options...)
	return e, err
}

// isPostgreSQL reports whether the database is a server.
func isPostgreSQL(db string) bool {
	return strings.HasPrefix(db, "postgres://") || strings.HasPrefix(db, "postgresql://")
}

// openStore opens an SQLite file, or a database of PostgreSQL, and makes the tables that are missing.
func openStore(ctx context.Context, db string) (store *sqlstore.Store, closeStore func() error, err error) {
	if !isPostgreSQL(db) {
		store, err = sqlstore.OpenSQLite(ctx, db)
		return store, store.Close, err
	}
	pool, err := sql.Open("pgx", db)
	if err != nil {
		return nil, nil, command.Wrong("-db: the URL must be like postgres://user@host:5432/name") // not err: the URL may hold a password
	}
	pool.SetMaxOpenConns(8)
	if err = sqlstore.Migrate(ctx, pool, sqlstore.PostgreSQL); err == nil {
		store, err = sqlstore.Open(pool, sqlstore.PostgreSQL)
	}
	if err != nil {
		return nil, nil, errors.Join(err, pool.Close())
	}
	return store, pool.Close, nil
}

// serve runs the portal and the work in the background until ctx ends.
func serve(ctx context.Context, o order, clock proctorbook.Clock, listener net.Listener, stderr io.Writer) error {
	log := slog.New(slog.NewTextHandler(stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	store, closeStore, err := openStore(ctx, o.DB)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	p, err := newPortal(o, store, clock, log)
	if err != nil {
		return errors.Join(&command.InputError{Err: err}, listener.Close(), closeStore())
	}
	return errors.Join(p.run(ctx, listener), p.s.Close(), closeStore()) // calls that are under way are stored
}

// run serves, and does the work without which no booking settles, until ctx ends.
func (p *portal) run(ctx context.Context, listener net.Listener) error {
	inner, end := context.WithCancelCause(ctx)
	defer end(nil)
	loops := []func(context.Context) error{
		func(ctx context.Context) error { return serveHTTP(ctx, listener, p.handler(), p.log) },
		func(ctx context.Context) error { return p.s.Serve(ctx, scheduling.ServeOptions{Reconcile: p.Interval}) },
	}
	if p.Demo {
		loops = append(loops, p.readReports)
	}
	if p.lms != nil {
		loops = append(loops, func(ctx context.Context) error { return p.bridge.Serve(ctx, p.Interval) }, func(ctx context.Context) error {
			return p.s.Consume(ctx, "openedx", p.bridge.Handle, scheduling.ConsumeOptions{Poll: p.Interval})
		})
	}
	var all sync.WaitGroup
	for _, loop := range loops {
		all.Go(func() { end(loop(inner)) }) // none works well without the others
	}
	all.Wait()
	if ctx.Err() != nil {
		return nil
	}
	return context.Cause(inner)
}

// newPortal makes the web application over a store.
func newPortal(o order, store *sqlstore.Store, clock proctorbook.Clock, log *slog.Logger) (*portal, error) {
	e, err := newEngine(o, store, clock, log)
	if err != nil {
		return nil, err
	}
	p := &portal{order: o, engine: e, store: store, clock: clock, log: log, pages: loadPages()}
	if o.Public != "" {
		err = p.serveLMS()
	}
	return p, err
}

// serveReal runs the portal alone, on the services that the environment names.
func serveReal(ctx context.Context, c *config, stdout, stderr io.Writer) error {
	o := order{
		DB: c.db, Provider: c.services["PROCTORU_URL"], Token: c.services["PROCTORU_TOKEN"], Platform: c.services["EDX_URL"],
		ClientID: c.services["EDX_CLIENT_ID"], ClientPass: c.services["EDX_CLIENT_SECRET"], Exams: []offered{{Slug: "exam"}},
		UnlockKey: []byte(c.services["UNLOCK_KEY"]), SessionKey: []byte(c.services["SESSION_KEY"]), Limit: 10, Interval: 10 * time.Second,
		Public: strings.TrimSuffix(c.lms["PUBLIC_URL"], "/"), LinkKey: c.lms["LINK_KEY"], CallerID: c.lms["PROVIDER_CLIENT_ID"], CallerSecret: c.lms["PROVIDER_CLIENT_SECRET"],
	}
	if err := command.ReadJSON("-exam", c.exam, &o.Exams[0].Exam); err != nil {
		return err
	}
	if err := command.ReadJSON("-people", c.people, &o.People); err != nil {
		return err
	}
	if err := o.Exams[0].Exam.Validate(); err != nil {
		return command.Wrong("-exam: %w", err)
	}
	if len(o.SessionKey) < 32 || len(o.UnlockKey) < 32 {
		return command.Wrong("SESSION_KEY and UNLOCK_KEY must have 32 characters or more")
	}
	listener, err := net.Listen("tcp", c.listen)
	if err != nil {
		return err
	}
	fmt.Fprintf(stdout, "The portal is on http://%s, on the real services. Signing in is a demonstration: put your own in front.\nCtrl-C ends it.\n", listener.Addr())
	return serve(ctx, o, proctorbook.SystemClock{}, listener, stderr)
}
