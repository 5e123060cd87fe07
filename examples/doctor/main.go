// Command doctor checks whether a service could book: are the credentials
// accepted, the clocks right, the zones known, the rights there, the exam
// valid?
//
//	go run ./examples/doctor
//
// Without a network it examines fakes of both services. With PROCTORU_URL,
// PROCTORU_TOKEN, EDX_URL, EDX_CLIENT_ID and EDX_CLIENT_SECRET set it examines the
// real ones, and only reads:
//
//	go run ./examples/doctor -exam exam.json
//
// It also reads the report by dates of the last days and of the next ones, and says
// whether sessions that are still to come are listed, with number and start of one.
//
// Some things about the provider are not documented, and can only be tried: does
// it refuse a reservation id that is used twice, does a move keep the number, how
// long until a write shows in its lists? -write tries them, prints what it found,
// and which options of package scheduling follow. It makes a few reservations for
// a learner of its own, and cancels them, also when it is interrupted. It refuses
// to do so anywhere but on a sandbox:
//
//	go run ./examples/doctor -write
//
// Offline, -play makes the fake behave otherwise, to see what would be found:
//
//	go run ./examples/doctor -write -play edit=refused -play list-lag=time
//
// Exit codes: 0 all is well, 1 something is not, 2 wrong input.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"

	_ "time/tzdata" // zone names are known on any machine

	"github.com/proctorbook/proctorbook/examples/internal/command"
	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/scheduling/preflight"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	context.AfterFunc(ctx, stop) // a second Ctrl-C also ends the cleaning up
	code := run(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr)
	os.Exit(code)
}

// run is main without the process around it.
func run(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) int {
	c, err := configure(args, getenv, stderr)
	if err == nil {
		err = c.examine(ctx, stdout)
	}
	return command.End("doctor", err, nil, stderr)
}

// errUnwell means that a check has failed; the table shows which.
var errUnwell = errors.New("not everything is in its place")

// examine makes the checks, and then, if asked, the trial.
func (c *config) examine(ctx context.Context, stdout io.Writer) error {
	p, err := c.patient()
	if err != nil {
		return err
	}
	defer p.close()
	if c.write && !mayWrite(p.provider) {
		return command.Wrong("-write makes reservations: it works on a sandbox, and PROCTORU_URL leads to %s", p.provider.Environment())
	}
	checks := p.scheduler.Preflight(ctx, p.exams...)
	printChecks(stdout, checks)
	if slices.ContainsFunc(checks, preflight.Check.Failed) {
		return errUnwell // a trial would only find the same
	}
	if !c.write {
		return p.lookAhead(ctx, stdout)
	}
	return c.try(ctx, p, stdout)
}

// lookAhead prints whether the report lists sessions that are still to come.
func (p *patient) lookAhead(ctx context.Context, stdout io.Writer) error {
	f, err := lookAhead(ctx, p.provider, p.clock.Now())
	if err != nil {
		return fmt.Errorf("the report by dates can't be read: %w", err)
	}
	printFinding(stdout, f)
	return ctx.Err()
}

// mayWrite allows a trial only where sessions cost nothing.
func mayWrite(client *proctoru.Client) bool {
	return client.Environment() == proctoru.EnvironmentSandbox || client.Environment() == proctoru.EnvironmentLoopback
}

// try tries what is not documented, always cleans up, and prints which settings
// follow.
func (c *config) try(ctx context.Context, p *patient, stdout io.Writer) error {
	t := newTrial(p.provider, p.clock, c.wait, func(f finding) { printFinding(stdout, f) })
	printTrial(stdout, t.person.ID)
	err := t.run(ctx, c.begin)
	fmt.Fprintln(stdout, "\nCleaning up.")
	left, cleanErr := t.cleanUp(ctx)
	if cleanErr == nil {
		printLeft(stdout, left)
	}
	if err == nil {
		printAdvice(stdout, t.advise())
	}
	return errors.Join(err, cleanErr)
}
