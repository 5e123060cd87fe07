// Command book takes a learner through the whole life of a proctored exam: may
// I book, which slots are free, reserve, move, begin, unlock, finish, and what
// did the proctor report. Another learner books and cancels.
//
//	go run ./examples/book
//
// It needs no network: it brings fakes of both services, and a clock that it
// puts forward to the day of the exam. -fault shows what happens when an answer
// is lost, the provider is down, or the program itself dies in the middle:
//
//	go run ./examples/book -fault lose-answer
//
// With PROCTORU_URL, PROCTORU_TOKEN, EDX_URL, EDX_CLIENT_ID and
// EDX_CLIENT_SECRET set it works on the real services instead: it books, asking
// before it writes, and with -then cancel it cancels again:
//
//	go run ./examples/book -exam exam.json -learner ada_l -profile ada.json -then cancel
//
// Exit codes: 0 done, 1 failed, 2 wrong input, 3 the outcome of a write is open.
package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"

	_ "time/tzdata" // zone names are known on any machine

	"github.com/proctorbook/proctorbook/scheduling"
)

const (
	exitDone   = 0
	exitFailed = 1
	exitInput  = 2
	exitOpen   = 3
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	code := run(ctx, os.Args[1:], os.Getenv, os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run is main without the process around it.
func run(ctx context.Context, args []string, getenv func(string) string, stdin io.Reader, stdout, stderr io.Writer) int {
	c, err := configure(args, getenv, stderr)
	if err == nil {
		err = c.play(ctx, stdin, stdout, stderr)
	}
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(stderr, "book:", err)
	}
	return exitCode(err)
}

// play runs the program on the fakes, or on the real services.
func (c *config) play(ctx context.Context, stdin io.Reader, stdout, stderr io.Writer) error {
	out := &printer{out: stdout, json: c.format == "json"}
	if c.services != nil {
		return runReal(ctx, c, out, &asker{in: bufio.NewReader(stdin), out: stderr, yes: c.yes})
	}
	return runOffline(ctx, c, out)
}

func exitCode(err error) int {
	var input *inputError
	var pending *scheduling.PendingError
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
		return exitDone
	case errors.As(err, &input):
		return exitInput
	case errors.As(err, &pending):
		return exitOpen
	}
	return exitFailed
}
