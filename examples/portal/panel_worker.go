package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"time"

	"golang.org/x/time/rate"

	"github.com/proctorbook/proctorbook/edx"
	"github.com/proctorbook/proctorbook/examples/internal/command"
	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/scheduling"
)

// This file is the portal as the second process of the demonstration, and what makes it
// quick enough to look on.

// workerEnv is set for the process that is the portal.
const workerEnv = "PROCTORBOOK_PORTAL_WORKER"

// demoBounds are the protocol's, made small: the fakes show a write within two
// seconds, and a late request arrives within three. Real services keep the defaults.
var demoBounds = scheduling.Tuning{
	ListLag: 2 * time.Second, EvidenceLag: 3 * time.Second, InFlight: 4 * time.Second, Lease: 4 * time.Second, Deadline: 2 * time.Minute,
	Patience: 1500 * time.Millisecond, SlotCache: 10 * time.Second,
}

// demoInterval is how often the work in the background looks around.
const demoInterval = 500 * time.Millisecond

// demoProctor and demoPlatform let the clients be as quick as fakes can bear.
func demoProctor() []proctoru.Option {
	return []proctoru.Option{
		proctoru.WithLimiter(rate.NewLimiter(500, 50)), proctoru.WithTimeout(2*time.Second, 4*time.Second), proctoru.WithRetries(2, 50*time.Millisecond, 400*time.Millisecond),
	}
}

func demoPlatform() edx.Option { return edx.WithLimiter(rate.NewLimiter(500, 50)) }

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

// readReports reads every few seconds what the proctors report of sessions that are over,
// for which a real service waits for the night. It returns when ctx ends.
func (p *portal) readReports(ctx context.Context) error {
	for {
		for b, err := range p.store.List(ctx, scheduling.Filter{States: []scheduling.State{scheduling.StateFinished}}) {
			if err == nil && b.Outcome().Verdict == scheduling.VerdictPending {
				_, _ = p.s.Outcome(ctx, b.ID) // if the provider is down: the next time
			}
		}
		if err := p.clock.Sleep(ctx, 2*time.Second); err != nil {
			return err
		}
	}
}

// temporary makes a folder for the database of a demonstration that keeps nothing.
func temporary() (file string, remove func(), err error) {
	dir, err := os.MkdirTemp("", "proctorbook-portal-")
	if err != nil {
		return "", nil, err
	}
	return dir + "/bookings.db", func() { _ = os.RemoveAll(dir) }, nil
}
