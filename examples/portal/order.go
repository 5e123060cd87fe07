package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/edx"
	"github.com/proctorbook/proctorbook/examples/internal/command"
	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/scheduling"
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
	UnlockKey, SessionKey          []byte
	Exams                          []offered
	People                         []person
	Demo                           bool
	Offset                         time.Duration // of the demonstration's clock from the machine's
	Limit                          float64       // requests a second of each visitor
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

// demoBounds are the protocol's, made small: the fakes show a write within two
// seconds, and a late request arrives within three. Real services keep the defaults.
var demoBounds = scheduling.Tuning{
	ListLag: 2 * time.Second, EvidenceLag: 3 * time.Second, InFlight: 4 * time.Second, Lease: 4 * time.Second, Deadline: 2 * time.Minute,
	Patience: 1500 * time.Millisecond, SlotCache: 10 * time.Second,
}

// newScheduler makes the scheduler over both services, as real services and the
// demonstration have it.
func newScheduler(o order, store scheduling.Store, clock proctorbook.Clock, log *slog.Logger) (*scheduling.Scheduler, provider.ProctorU, platform.OpenEdX, error) {
	proctorOptions, platformOptions := []proctoru.Option{proctoru.WithClock(clock)}, []edx.Option{edx.WithClock(clock), edx.WithClientCredentials(o.ClientID, o.ClientPass)}
	options := []scheduling.Option{scheduling.WithClock(clock), scheduling.WithLogger(log), scheduling.WithUnlockKeys(scheduling.UnlockKey{ID: "1", Secret: o.UnlockKey})}
	if o.Demo {
		limit := func() *rate.Limiter { return rate.NewLimiter(500, 50) }
		proctorOptions = append(proctorOptions, proctoru.WithLimiter(limit()), proctoru.WithTimeout(2*time.Second, 4*time.Second), proctoru.WithRetries(2, 50*time.Millisecond, 400*time.Millisecond))
		platformOptions = append(platformOptions, edx.WithLimiter(limit()))
		options = append(options, scheduling.WithTuning(demoBounds))
	}
	proctor, err := proctoru.NewClient(o.Provider, o.Token, proctorOptions...)
	if err != nil {
		return nil, provider.ProctorU{}, platform.OpenEdX{}, err
	}
	lms, err := edx.NewClient(o.Platform, platformOptions...)
	if err != nil {
		return nil, provider.ProctorU{}, platform.OpenEdX{}, err
	}
	there, campus := provider.ProctorU{Client: proctor}, platform.OpenEdX{Client: lms}
	s, err := scheduling.New(there, campus, store, options...)
	return s, there, campus, err
}

// work is the portal as a process of the demonstration: it serves until its standard
// input ends.
func work(stdin io.Reader, stdout, stderr io.Writer) int {
	if err := workOn(stdin, stdout, stderr); err != nil {
		fmt.Fprintln(stderr, "portal: worker:", err)
		return command.Failed
	}
	return command.Done
}

func workOn(stdin io.Reader, stdout, stderr io.Writer) error {
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	in := json.NewDecoder(stdin)
	var o order
	if err := in.Decode(&o); err != nil {
		return fmt.Errorf("the order: %w", err)
	}
	clock := newShiftedClock(o.Offset)
	go func() { // the input ends when the first process closes it, or is gone
		defer stop()
		for in.Decode(&o) == nil {
			clock.shift(o.Offset)
		}
	}()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	if err := json.NewEncoder(stdout).Encode(hello{URL: "http://" + listener.Addr().String()}); err != nil {
		return err
	}
	err = serve(ctx, o, clock, listener, stderr)
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		return nil // it was ended before it had begun
	}
	return err
}

// hello is the line with which the portal says where it is.
type hello struct{ URL string }

// serve runs the portal and the engine's work until ctx ends.
func serve(ctx context.Context, o order, clock proctorbook.Clock, listener net.Listener, stderr io.Writer) error {
	log := slog.New(slog.NewTextHandler(stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	store, err := sqlstore.OpenSQLite(ctx, o.DB)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	p, err := newPortal(o, store, clock, log)
	if err != nil {
		return errors.Join(err, listener.Close(), store.Close())
	}
	options := scheduling.ServeOptions{}
	if o.Demo {
		options.Reconcile = 500 * time.Millisecond
	}
	var running sync.WaitGroup
	var served error
	running.Go(func() { served = p.s.Serve(ctx, options) })
	err = serveHTTP(ctx, listener, p.handler(), log)
	running.Wait() // before the store is closed: calls that are under way are stored
	return errors.Join(err, served, p.s.Close(), store.Close())
}

// newPortal makes the web application over a store.
func newPortal(o order, store scheduling.Store, clock proctorbook.Clock, log *slog.Logger) (*portal, error) {
	s, there, campus, err := newScheduler(o, store, clock, log)
	if err != nil {
		return nil, err
	}
	return &portal{order: o, s: s, store: store, provider: there, platform: campus, clock: clock, log: log, pages: loadPages()}, nil
}

// serveReal runs the portal alone, on the services that the environment names.
func serveReal(ctx context.Context, c *config, stdout, stderr io.Writer) error {
	o := order{
		DB: c.db, Provider: c.services["PROCTORU_URL"], Token: c.services["PROCTORU_TOKEN"], Platform: c.services["EDX_URL"],
		ClientID: c.services["EDX_CLIENT_ID"], ClientPass: c.services["EDX_CLIENT_SECRET"], Exams: []offered{{Slug: "exam"}},
		UnlockKey: []byte(c.services["UNLOCK_KEY"]), SessionKey: []byte(c.services["SESSION_KEY"]), Limit: 10,
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

// temporary makes a folder for the database of a demonstration that keeps nothing.
func temporary() (file string, remove func(), err error) {
	dir, err := os.MkdirTemp("", "proctorbook-portal-")
	if err != nil {
		return "", nil, err
	}
	return dir + "/bookings.db", func() { _ = os.RemoveAll(dir) }, nil
}
