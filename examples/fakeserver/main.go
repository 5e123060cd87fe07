// Command fakeserver serves the fakes of ProctorU and Open edX over HTTP, for
// people who test a client that is not written in Go.
//
//	go run ./examples/fakeserver -proctoru 127.0.0.1:8081 -edx 127.0.0.1:8082
//
// -edx-exams also serves edx-exams, which has a host of its own.
//
// The first line that it prints is a JSON object with all that a client needs: the
// addresses, the key or the client's secret, and the ids of some sample data.
// SIGINT (Ctrl-C) or SIGTERM ends it, with exit code 0; 1 is a failure, 2 wrong input.
//
// Faults and dialects are chosen at the start,
//
//	-fault lose-answer:addAdHocProcess -variant move=same-number
//
// (-edx-fault and -edx-variant for Open edX), or while it runs, below /_control/ at the address of each fake. What is posted
// may be a form, JSON, or stand in the query:
//
//	GET  /_control/                the list of what there is
//	GET  /_control/counts          what the fake has seen and done
//	GET  /_control/faults          kinds of faults, and the endpoints to name
//	POST /_control/fault           kind, endpoint, nth, times, delay (such as 90s)
//	POST /_control/clear           forget the faults
//	GET  /_control/variants        open questions, and how they may be played
//	POST /_control/variant         name, alternative
//	GET  /_control/clock           the fake's time
//	POST /_control/clock           by (such as 24h) or to (RFC 3339); both fakes follow
//
// and for ProctorU alone
//
//	GET  /_control/reservations    all that were ever made
//	GET  /_control/learner         student_id: the profile that the provider holds
//	POST /_control/provider        act (cancel, move, start, end, schedule) and reservation_no; see below
//	POST /_control/slot            start, free (Y or N): take a slot away, or give it back
//	POST /_control/reset-errors    set the error counter back to 0
//	GET  /_control/webhooks        notifications since the last look; kind may be given several times
//
// and for Open edX alone
//
//	POST /_control/revoke-tokens   make every token issued so far invalid
//
// The provider's move takes start; its end takes authenticated, submitted,
// escalated and incident (Y or N); schedule stands for a learner who chooses a time
// for a BlueBird exam, and takes student_id, exam_id and start.
//
// The clock is the system's, until the control moves it. Clients may keep going by
// the system's clock: a time_sent that fits either is fresh.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	_ "time/tzdata" // zone names are known on any machine
)

const (
	exitDone   = 0
	exitFailed = 1
	exitInput  = 2
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run is main without the process around it: it serves until ctx ends.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	c, err := configure(args, stderr)
	if errors.Is(err, flag.ErrHelp) {
		return exitDone
	}
	if err != nil {
		fmt.Fprintln(stderr, "fakeserver:", err)
		return exitInput
	}
	if err := serve(ctx, c, stdout); err != nil {
		fmt.Fprintln(stderr, "fakeserver:", err)
		if errors.As(err, new(inputError)) {
			return exitInput
		}
		return exitFailed
	}
	return exitDone
}

// serve starts the services, says where they are, and waits for the end.
func serve(ctx context.Context, c *config, stdout io.Writer) error {
	s, err := start(c)
	if err != nil {
		return err
	}
	defer s.stop()
	if err := json.NewEncoder(stdout).Encode(s.hello); err != nil {
		return fmt.Errorf("write the first line: %w", err)
	}
	select {
	case <-ctx.Done():
		return nil
	case err := <-s.failed:
		return err
	}
}
