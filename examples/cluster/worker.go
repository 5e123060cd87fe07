package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/proctorbook/proctorbook/edx"
	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/cohort"
	"github.com/proctorbook/proctorbook/scheduling/metrics"
	"github.com/proctorbook/proctorbook/scheduling/platform"
	"github.com/proctorbook/proctorbook/scheduling/provider"
	"github.com/proctorbook/proctorbook/scheduling/sqlstore"
)

// order is what a process gets to know, on its standard input: secrets don't
// belong on command lines.
type order struct {
	Name                           string // of the process, such as "process 1"
	DSN                            string
	Provider, Token                string
	Platform, ClientID, ClientPass string
	Pace                           float64
	Exam                           scheduling.Exam
	Rows                           []cohort.Row
}

// note is a line that a process prints: what it has done so far.
type note struct {
	Settled int // reserves that it proved, by Book or by Serve
	Done    bool
}

// bounds are the protocol's, made small: the fakes show a write at once, and a
// late request arrives after a second. Production keeps DefaultTuning.
var bounds = scheduling.Tuning{
	ListLag: time.Second, EvidenceLag: 2 * time.Second, InFlight: 3 * time.Second, Lease: 4 * time.Second, Deadline: time.Minute,
}

// newScheduler makes what each process of a service has.
func newScheduler(o order, store scheduling.Store, observer metrics.Observer) (*scheduling.Scheduler, error) {
	limit := func() *rate.Limiter { return rate.NewLimiter(rate.Limit(o.Pace), 5) }
	proctor, err := proctoru.NewClient(o.Provider, o.Token, proctoru.WithUserAgent(o.Name), proctoru.WithLimiter(limit()),
		proctoru.WithTimeout(2*time.Second, 6*time.Second), proctoru.WithRetries(3, 50*time.Millisecond, 400*time.Millisecond))
	if err != nil {
		return nil, err
	}
	lms, err := edx.NewClient(o.Platform, edx.WithClientCredentials(o.ClientID, o.ClientPass), edx.WithLimiter(limit()),
		edx.WithTimeout(2*time.Second, 6*time.Second), edx.WithRetries(3, 50*time.Millisecond, 400*time.Millisecond))
	if err != nil {
		return nil, err
	}
	key := scheduling.UnlockKey{ID: "2027", Secret: []byte("a key of the demonstration: no secret")}
	return scheduling.New(provider.ProctorU{Client: proctor}, platform.OpenEdX{Client: lms}, store, scheduling.WithUnlockKeys(key), scheduling.WithTuning(bounds),
		scheduling.WithTuning(scheduling.Tuning{Patience: time.Second}), scheduling.WithObserver(observer))
}

// work is a process of the cluster: it books the cohort and runs Scheduler.Serve,
// until its standard input ends.
func work(stdin io.Reader, stdout, stderr io.Writer) int {
	if err := workOn(stdin, stdout); err != nil {
		fmt.Fprintln(stderr, "cluster: worker:", err)
		return exitFailed
	}
	return exitDone
}

func workOn(stdin io.Reader, stdout io.Writer) error {
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	in := json.NewDecoder(stdin)
	var o order
	if err := in.Decode(&o); err != nil {
		return fmt.Errorf("the order: %w", err)
	}
	go func() { // the input ends when the first process closes it, or is gone
		_ = in.Decode(&struct{}{})
		stop()
	}()
	db, err := open(o.DSN)
	if err != nil {
		return err
	}
	defer db.Close()
	store, err := sqlstore.Open(db, sqlstore.PostgreSQL)
	if err != nil {
		return err
	}
	teller := &teller{out: json.NewEncoder(stdout)}
	s, err := newScheduler(o, store, teller)
	if err != nil {
		return err
	}
	var running sync.WaitGroup
	var served error
	running.Go(func() { served = s.Serve(ctx, scheduling.ServeOptions{Reconcile: 500 * time.Millisecond}) })
	for !bookAll(ctx, s, o) && ctx.Err() == nil {
		// Rows are open, or the platform failed: ask again for the same rows.
		select {
		case <-time.After(500 * time.Millisecond):
		case <-ctx.Done():
		}
	}
	teller.done()
	running.Wait()                        // before the database is closed: calls that are under way are stored
	return errors.Join(served, s.Close()) // bookAll may have left some, too
}

// bookAll asks once for every row, and reports whether all are done.
func bookAll(ctx context.Context, s *scheduling.Scheduler, o order) bool {
	all := true
	for result := range cohort.Book(ctx, s, o.Exam, o.Rows, cohort.Options{Parallel: 4, MaxFailures: len(o.Rows)}) {
		all = all && result.Code == cohort.CodeDone
	}
	return all
}

// teller prints a note for each reserve that this process has proved.
type teller struct {
	mu   sync.Mutex
	out  *json.Encoder
	note note
}

// Observe implements [metrics.Observer].
func (t *teller) Observe(_ context.Context, m metrics.Measurement) {
	if m.Name == metrics.Operations {
		t.tell(func(n *note) { n.Settled += int(m.Value) })
	}
}

func (t *teller) done() { t.tell(func(n *note) { n.Done = true }) }

func (t *teller) tell(change func(*note)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	change(&t.note)
	_ = t.out.Encode(t.note) // on an error nobody reads any more, and the input ends as well
}
