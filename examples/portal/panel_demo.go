package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"

	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/sqlstore"
)

// demo is the first process: the world, the front door and the panel. It keeps the
// portal alive, which is the second process.
type demo struct {
	world  *world
	order  order
	store  *sqlstore.Store // to show what we knew; only the portal writes
	began  time.Time       // stories are told from then on
	stderr io.Writer
	log    *slog.Logger
	pages  *pages

	mu         sync.Mutex
	worker     *worker
	kills      []time.Time
	played     string // the fault that is on
	lostBefore int    // the answers that were lost when it was set
	ended      bool
}

// worker is the portal as the first process sees it.
type worker struct {
	cmd    *exec.Cmd
	orders *json.Encoder
	stdin  io.Closer
	url    *url.URL
	gone   chan struct{} // closed when it has ended
}

// demonstrate runs the demonstration until ctx ends.
func demonstrate(ctx context.Context, c *config, stdout, stderr io.Writer) error {
	listener, err := net.Listen("tcp", c.listen)
	if err != nil {
		return err
	}
	d, closeAll, err := newDemo(ctx, c, frontDoor(listener), stderr)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	defer closeAll()
	if err := d.startWorker(); err != nil {
		return errors.Join(err, listener.Close())
	}
	address := "http://" + listener.Addr().String()
	fmt.Fprintf(stdout, "The portal is on %s - open it in a browser.\nWhat can go wrong is on %s/panel: lose an answer, stop the provider, kill the process.\n", address, address)
	if c.db != "" {
		fmt.Fprintf(stdout, "Bookings are kept in %s, and what the fake of the provider knows of them in %s.provider.\n", c.db, c.db)
	}
	fmt.Fprintln(stdout, "Ctrl-C ends it.")
	err = serveHTTP(ctx, listener, d.handler(), d.log)
	return errors.Join(err, d.endWorker())
}

// newDemo starts the services, makes the database, and fills it with a sample. public is
// where the LMS reaches the portal; with "" the portal serves none.
func newDemo(ctx context.Context, c *config, public string, stderr io.Writer) (d *demo, closeAll func(), err error) {
	file, remove := c.db, func() {}
	if file == "" {
		if file, remove, err = temporary(); err != nil {
			return nil, nil, err
		}
	}
	w := newWorld(newShiftedClock(0), c.learners)
	d = &demo{world: w, stderr: stderr, pages: loadPages(), log: slog.New(slog.NewTextHandler(stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))}
	d.order = order{
		DB: file, Provider: w.providerAt.URL + "/api", Token: w.provider.Token, Platform: w.platform.URL, ClientID: w.platform.ClientID,
		ClientPass: w.platform.ClientSecret, Exams: w.exams, Demo: true, UnlockKey: []byte(rand.Text() + rand.Text()), SessionKey: []byte(rand.Text() + rand.Text()), Limit: 20,
		Tuning: demoBounds, Interval: demoInterval,
		Public: public, CallerID: "lms", CallerSecret: rand.Text(), LinkKey: rand.Text() + rand.Text(),
	}
	w.provides(d.order)
	for _, who := range samplePeople {
		d.order.People = append(d.order.People, who.person)
	}
	closeAll = func() {
		if d.store != nil {
			_ = d.store.Close()
		}
		w.close()
		remove()
	}
	if c.db != "" {
		err = w.journal.open(c.db + ".provider")
	}
	if err == nil {
		err = d.prepare(ctx, c.learners)
	}
	if err != nil {
		closeAll()
		return nil, nil, err
	}
	return d, closeAll, nil
}

// prepare opens the database, and fills it if it is new.
func (d *demo) prepare(ctx context.Context, learners int) (err error) {
	if d.store, err = sqlstore.OpenSQLite(ctx, d.order.DB); err != nil {
		return err
	}
	e, err := newEngine(d.order, d.store, d.world.clock, d.log)
	if err != nil {
		return err
	}
	if err := d.world.fill(ctx, e.s, d.store, learners); err != nil {
		return fmt.Errorf("fill the sample: %w", err)
	}
	d.began = d.world.clock.Now()
	return e.s.Close()
}

// startWorker starts the portal, and waits until it listens.
func (d *demo) startWorker() error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	w := &worker{cmd: exec.Command(self), gone: make(chan struct{})}
	w.cmd.Env = append(os.Environ(), workerEnv+"=1")
	w.cmd.Stderr = d.stderr
	stdout, err := w.cmd.StdoutPipe()
	if err != nil {
		return err
	}
	stdin, err := w.cmd.StdinPipe()
	if err != nil {
		return err
	}
	w.stdin, w.orders = stdin, json.NewEncoder(stdin)
	ownGroup(w.cmd) // Ctrl-C is for the first process, which ends the portal in order
	if err := w.cmd.Start(); err != nil {
		return err
	}
	go func() {
		_ = w.cmd.Wait() // a portal that was killed is what was asked for
		close(w.gone)
		d.startAgain(w)
	}()
	d.order.Offset = time.Duration(d.world.clock.offset.Load())
	var said hello
	if err := errors.Join(w.orders.Encode(d.order), json.NewDecoder(stdout).Decode(&said)); err != nil {
		return fmt.Errorf("the portal did not start: %w", err)
	}
	if w.url, err = url.Parse(said.URL); err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.worker = w
	return nil
}

// startAgain starts the portal anew when it has died.
func (d *demo) startAgain(died *worker) {
	d.mu.Lock()
	again := !d.ended && d.worker == died
	if again {
		d.worker = nil
	}
	d.mu.Unlock()
	if !again {
		return
	}
	if err := d.startWorker(); err != nil {
		d.log.Error("the portal does not come back", "error", err)
	}
}

// kill ends the portal at once: it gets no chance to tidy up (SIGKILL).
func (d *demo) kill() {
	d.mu.Lock()
	w := d.worker
	d.kills = append(d.kills, d.world.clock.Now())
	d.mu.Unlock()
	if w != nil {
		_ = w.cmd.Process.Kill()
		<-w.gone
	}
}

// endWorker lets the portal shut down.
func (d *demo) endWorker() error {
	d.mu.Lock()
	w := d.worker
	d.ended = true
	d.mu.Unlock()
	if w == nil {
		return nil
	}
	err := w.stdin.Close()
	<-w.gone
	return err
}

// shift sets all clocks forward.
func (d *demo) shift(by time.Duration) error {
	offset := time.Duration(d.world.clock.offset.Load()) + by
	d.world.clock.shift(offset)
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.worker == nil {
		return nil // it gets the new time when it starts
	}
	o := d.order
	o.Offset = offset
	return d.worker.orders.Encode(o)
}

// handler is the front door: the panel is here, and all else is the portal's.
func (d *demo) handler() http.Handler {
	front := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			d.mu.Lock()
			defer d.mu.Unlock()
			target := &url.URL{Scheme: "http", Host: "127.0.0.1:1"} // nobody is there while the portal starts
			if d.worker != nil {
				target = d.worker.url
			}
			r.SetURL(target)
			r.Out.Host = r.In.Host // as the browser has it: the check for other sites needs it
			r.SetXForwarded()
		},
		Transport:    &http.Transport{DisableKeepAlives: true}, // a connection to a portal that died is never tried again
		ErrorHandler: d.away,
		ErrorLog:     slog.NewLogLogger(d.log.Handler(), slog.LevelDebug),
	}
	panel := guard(d.panel(), newLimits(d.order.Limit), machineOf, d.log)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { // no ServeMux: it would rewrite paths of the LMS
		if r.URL.Path == "/panel" || strings.HasPrefix(r.URL.Path, "/panel/") {
			panel.ServeHTTP(w, r)
			return
		}
		front.ServeHTTP(w, r)
	})
}

// away tells that the portal is dead, and comes back to where the visitor was.
func (d *demo) away(w http.ResponseWriter, r *http.Request, _ error) {
	setHeaders(w.Header())
	back := "/" + strings.TrimLeft(r.URL.RequestURI(), "/") // two slashes would lead to another site
	if r.Method != http.MethodGet && back != "/profile" && !strings.HasPrefix(back, "/sit/") && !strings.HasPrefix(back, "/staff/learners/") {
		back = back[:max(1, strings.LastIndexByte(back, '/'))] // from the form's address to its exam or booking
	}
	v := d.pages.newVisit(w, r, d.world.clock.Now())
	v.Demo = true
	w.Header().Set("Refresh", "1; url="+back)
	if err := v.show(http.StatusServiceUnavailable, "away", "The portal was killed", back); err != nil {
		d.log.Error("the page of a dead portal failed", "error", err)
	}
}

// known returns the newest bookings of visitors.
func (d *demo) known(ctx context.Context, most int) ([]scheduling.Booking, error) {
	var all []scheduling.Booking
	for b, err := range readable(d.store.List(ctx, scheduling.Filter{})) {
		if err != nil {
			return nil, err
		}
		if b.CreatedAt.After(d.began) {
			all = append(all, b)
		}
	}
	return newest(all, most), nil
}
