// Command book takes a learner through the whole life of a proctored exam: may
// I book, which slots are free, reserve, move, begin, unlock, finish, and what
// did the proctor report. Another learner books and cancels. See book.go for the
// whole flow.
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
	"context"
	"io"
	"os"
	"os/signal"
	"time"

	_ "time/tzdata" // zone names are known on any machine

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/edx"
	"github.com/proctorbook/proctorbook/examples/internal/command"
	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/platform"
	"github.com/proctorbook/proctorbook/scheduling/provider"
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
	if err == nil && c.services != nil {
		err = runReal(ctx, c, stdin, stdout, stderr)
	} else if err == nil {
		err = runOffline(ctx, c, stdout)
	}
	return command.End("book", err, proctorbook.ErrOutcomeUnknown, stderr)
}

// newScheduler is all that a service does when it starts.
func newScheduler(proctor *proctoru.Client, lms *edx.Client, store scheduling.Store, secret []byte, patience time.Duration, clock proctorbook.Clock) (*scheduling.Scheduler, error) {
	return scheduling.New(provider.ProctorU{Client: proctor}, platform.OpenEdX{Client: lms}, store, scheduling.WithClock(clock),
		scheduling.WithUnlockKeys(scheduling.UnlockKey{ID: "2027", Secret: secret}), scheduling.WithTuning(scheduling.Tuning{Patience: patience}))
}
