package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/scheduling"
)

// receiver is what a service needs to hear of changes at once: an address for
// the provider's notifications. They only make a booking due: what is true is read anew.
type receiver struct {
	url    string
	server *http.Server
	woken  atomic.Int64 // notifications that were let in, and came for the first time
}

// listen serves the address on loopback, for notifications of one format.
// Production serves it by https, behind whatever ends TLS. With more than one
// replica, or to be sure of what was done before a crash, give it the memory that
// all share: proctoru.WithReplayMemory(store.ReplayMemory()) of package sqlstore.
func listen(s *scheduling.Scheduler, secret string, format proctoru.WebhookFormat) (*receiver, error) {
	r := &receiver{}
	hook, err := proctoru.NewWebhookHandler([]proctoru.Secret{proctoru.Secret(secret)},
		func(ctx context.Context, e proctoru.WebhookEvent) error {
			r.woken.Add(1)
			return s.Delivered(ctx, e.ReservationID) // an error is answered by 500: the provider sends it again
		}, proctoru.WithWebhookFormat(format))
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("POST /hooks/proctoru", hook)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	r.url = "http://" + listener.Addr().String() + "/hooks/proctoru"
	// The handler bounds the time for a body; what comes before it, and between two
	// requests of a connection, only the server can.
	r.server = &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 15 * time.Second, IdleTimeout: time.Minute}
	go func() { _ = r.server.Serve(listener) }() // ends with close
	return r, nil
}

func (r *receiver) close() { _ = r.server.Close() }

// feed prints what happened to bookings, in order. Its cursor is kept in a
// file, so that a new process goes on where the old one stopped.
type feed struct {
	s    *scheduling.Scheduler
	file string
	out  io.Writer
	zone *time.Location
}

// follow prints the events after the cursor, and returns how many there were.
// The cursor is kept after each one is done: after a crash an event may come
// twice, and none is left out.
func (f feed) follow(ctx context.Context) (int, error) {
	text, err := os.ReadFile(f.file)
	if err != nil && !os.IsNotExist(err) {
		return 0, err
	}
	n := 0
	for event, err := range f.s.Events(ctx, scheduling.EventQuery{After: scheduling.Cursor(strings.TrimSpace(string(text)))}) {
		if bad, ok := errors.AsType[*scheduling.UnreadableError](err); ok {
			fmt.Fprintln(f.out, "   passed over:", bad) // tell staff: the feed goes on
		} else if err != nil {
			return n, err
		} else {
			n++
			f.tell(event)
		}
		if err := f.keep(event.Cursor); err != nil {
			return n, err
		}
	}
	return n, nil
}

// keep replaces the file as a whole: half a cursor would be none.
func (f feed) keep(c scheduling.Cursor) error {
	next := filepath.Join(filepath.Dir(f.file), ".next-cursor")
	if err := os.WriteFile(next, []byte(string(c)+"\n"), 0o600); err != nil {
		return err
	}
	return os.Rename(next, f.file)
}

// tell is where a service would send mails. An event has codes for what
// happened and why: the sentences are the service's.
func (f feed) tell(e scheduling.Event) {
	fmt.Fprintf(f.out, "   event %s: learner %s, %s", e.Type, e.Learner, e.State)
	switch {
	case !e.OldStart.IsZero() && !e.OldStart.Equal(e.Start):
		fmt.Fprintf(f.out, ", %s instead of %s", f.when(e.Start), f.when(e.OldStart))
	case e.State == scheduling.StateScheduled && !e.Start.IsZero():
		fmt.Fprintf(f.out, ", %s", f.when(e.Start))
	}
	if code := string(e.Code) + string(e.Presence) + string(e.Verdict); code != "" {
		fmt.Fprintf(f.out, ", code %s", code)
	}
	fmt.Fprintln(f.out)
}

func (f feed) when(t time.Time) string { return t.In(f.zone).Format("Mon 2 Jan 15:04 MST") }
