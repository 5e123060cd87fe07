// Command cohort books an exam for many learners at once, from a CSV file, and
// keeps the bookings in an SQLite file.
//
//	go run ./examples/cohort
//
// It checks every row first, then books, and shows how far it is. It may be
// killed at any moment: run it again with the same file, and it goes on where it
// stopped. Nobody is booked twice.
//
// Without the environment variables of real services it plays on fakes, in a
// process of their own, with a made-up cohort; -kill kills it half-way there:
//
//	go run ./examples/cohort -n 200 -kill
//
// With PROCTORU_URL, PROCTORU_TOKEN, EDX_URL, EDX_CLIENT_ID, EDX_CLIENT_SECRET
// and UNLOCK_KEY (32 characters or more, always the same) it books really:
//
//	go run ./examples/cohort -exam exam.json -learners learners.csv -db bookings.db
//
// Exit codes: 0 each row is booked, 1 failed, 2 wrong input, 3 some rows are not
// booked: the result file says why, and whether another run helps.
package main

import (
	"context"
	"errors"
	"io"
	"os"
	"os/signal"

	_ "time/tzdata" // zone names are known on any machine

	"github.com/proctorbook/proctorbook/examples/internal/command"
)

// errRest means that some rows are not booked.
var errRest = errors.New("some rows are not booked: see the result file")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	code := run(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run is main without the process around it.
func run(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) int {
	c, err := configure(args, getenv, stderr)
	if err == nil && c.services == nil {
		err = playOffline(ctx, c, stdout, stderr)
	} else if err == nil {
		err = book(ctx, c, stdout, stderr)
	}
	return command.End("cohort", err, errRest, stderr)
}
