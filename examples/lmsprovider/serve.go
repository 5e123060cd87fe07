package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"

	_ "modernc.org/sqlite"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/edx"
	"github.com/proctorbook/proctorbook/edx/backend"
	"github.com/proctorbook/proctorbook/examples/internal/command"
	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/scheduling/memstore"
	"github.com/proctorbook/proctorbook/scheduling/openedx"
	"github.com/proctorbook/proctorbook/scheduling/sqlstore"
)

// hello is the first line of a service.
type hello struct {
	BaseURL      string `json:"base_url"`
	ClientID     string `json:"client_id"`
	ClientSecret string `json:"client_secret,omitempty"` // of the service between fakes: a real one is nobody's to print
}

// serveFakes serves between fakes by the machine's clock, for a program that plays the LMS.
func serveFakes(ctx context.Context, c *config, stdout io.Writer) error {
	clock := proctorbook.SystemClock{}
	f := newFakes(clock, clock.Now().UTC().Truncate(24*time.Hour))
	defer f.close()
	o, err := f.outfit(memstore.New(), openedx.NewMemory(), http.DefaultTransport, http.DefaultTransport)
	if err != nil {
		return err
	}
	listener, err := listen(ctx, c.addr)
	if err != nil {
		return err
	}
	o.public = "http://" + listener.Addr().String()
	s, err := newService(o)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	return s.serve(ctx, listener, stdout, hello{ClientID: clientID, ClientSecret: secret.Reveal()})
}

// runReal is the real service, or what staff do about it.
func runReal(ctx context.Context, c *config, stdout, stderr io.Writer) error {
	store, err := sqlstore.OpenSQLite(ctx, c.db)
	if err != nil {
		return err
	}
	defer store.Close()
	s, err := realService(c, store, stderr)
	if err != nil {
		return err
	}
	if act := c.staff.chosen(s); act != nil {
		return act(ctx, stdout)
	}
	listener, err := listen(ctx, c.addr)
	if err != nil {
		return err
	}
	return s.serve(ctx, listener, stdout, hello{ClientID: c.services["PROVIDER_CLIENT_ID"]})
}

// realService is the service on what the environment names.
func realService(c *config, store *sqlstore.Store, stderr io.Writer) (*service, error) {
	log := slog.New(slog.NewTextHandler(stderr, nil))
	o := outfit{
		bookings: store, attempts: store.OpenEdX(), exams: c.exams, key: []byte(c.services["UNLOCK_KEY"]),
		clientID: c.services["PROVIDER_CLIENT_ID"], secret: backend.Secret(c.services["PROVIDER_CLIENT_SECRET"]),
		public: strings.TrimSuffix(c.services["PUBLIC_URL"], "/"), linkKey: backend.Secret(c.services["LINK_KEY"]),
		clock: proctorbook.SystemClock{}, log: log,
	}
	var err error
	if o.proctor, err = proctoru.NewClient(c.services["PROCTORU_URL"], c.services["PROCTORU_TOKEN"], proctoru.WithLogger(log)); err != nil {
		return nil, &command.InputError{Err: err}
	}
	o.lms, err = edx.NewClient(c.services["EDX_URL"], edx.WithClientCredentials(c.services["EDX_CLIENT_ID"], c.services["EDX_CLIENT_SECRET"]), edx.WithLogger(log))
	if err != nil {
		return nil, &command.InputError{Err: err}
	}
	s, err := newService(o)
	if err != nil {
		return nil, &command.InputError{Err: err}
	}
	return s, nil
}

func listen(ctx context.Context, addr string) (net.Listener, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("listen: %w", err)
	}
	return listener, nil
}

// serve answers at the address and works in the background until ctx ends. A proxy in
// front of it speaks TLS to the world.
func (s *service) serve(ctx context.Context, listener net.Listener, stdout io.Writer, h hello) error {
	h.BaseURL = "http://" + listener.Addr().String()
	if err := json.NewEncoder(stdout).Encode(h); err != nil {
		return errors.Join(fmt.Errorf("write the first line: %w", err), listener.Close())
	}
	server := &http.Server{Handler: s, ReadHeaderTimeout: 5 * time.Second}
	work, end := context.WithCancelCause(ctx)
	defer end(nil)
	served := make(chan error, 1)
	go func() {
		err := server.Serve(listener)
		end(err)
		served <- err
	}()
	err := s.run(work)
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	if server.Shutdown(last) != nil {
		_ = server.Close() // who still hangs is cut off
	}
	if broken := <-served; !errors.Is(broken, http.ErrServerClosed) {
		err = errors.Join(err, broken)
	}
	return errors.Join(err, s.scheduler.Close()) // requests may have begun calls until now
}
