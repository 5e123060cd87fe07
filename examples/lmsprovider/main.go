// Command lmsprovider is the proctoring provider of an Open edX that needs no change, with
// ProctorU behind it: what scheduling/openedx is for, as a whole program.
//
//	go run ./examples/lmsprovider
//
// It needs no network: it starts a fake LMS, a fake ProctorU and the service between them,
// and walks one learner through a whole sitting, on a clock that it puts forward. It prints
// what the LMS asked, and what it was told. -fault shows what happens when answers are
// lost, a service is down, or the process is killed:
//
//	go run ./examples/lmsprovider -fault crash
//
// With -serve it stays up between the fakes, by the machine's clock, for a program that
// plays the LMS; the first line says where and with which secret:
//
//	go run ./examples/lmsprovider -serve -addr 127.0.0.1:0
//
// With the addresses of real services in the environment it is the real service, on an
// SQLite file; -h names the variables, and docs/openedx.md the way to the first sitting:
//
//	go run ./examples/lmsprovider -exams exams.json -addr 127.0.0.1:8080
//
// Exit codes: 0 done, 1 failed, 2 wrong input, 3 -check has found something.
package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"

	_ "time/tzdata" // zone names are known on any machine

	"github.com/proctorbook/proctorbook/examples/internal/command"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run is main without the process around it.
func run(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) int {
	c, err := configure(args, getenv, stderr)
	switch {
	case err != nil:
	case c.services != nil:
		err = runReal(ctx, c, stdout, stderr)
	case c.serve:
		err = serveFakes(ctx, c, stdout)
	default:
		err = runOffline(ctx, c, stdout)
	}
	return command.End("lmsprovider", err, errLooks, stderr)
}
