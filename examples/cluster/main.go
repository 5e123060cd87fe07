// Command cluster books a cohort of learners from three processes at once, on one
// PostgreSQL, while the network loses, repeats and delays requests. One process is
// killed half-way, and one starts late. At the end each learner must have exactly
// one reservation.
//
//	PROCTORBOOK_POSTGRES_DSN=postgres://postgres@127.0.0.1:5432/postgres go run ./examples/cluster
//
// The processes are this program again. Each books the whole cohort, in an
// order of its own, and runs Scheduler.Serve at the same time. No process knows
// of the others; what they share is the database. The services are fakes in the
// first process.
//
// The tables are in a schema of their own, which is dropped at the end. Time bounds
// are some seconds instead of minutes, and the pace is ten times that of the
// provider's client, so that a run takes seconds: production keeps the defaults.
//
// Exit codes: 0 each learner has one reservation, 1 not so, or the run failed,
// 2 wrong input.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/signal"
	"strings"
	"time"

	_ "time/tzdata" // zone names are known on any machine

	"github.com/proctorbook/proctorbook/proctoru/proctorutest"
)

const (
	exitDone   = 0
	exitFailed = 1
	exitInput  = 2
)

// dsnEnv names the database if -dsn does not.
const dsnEnv = "PROCTORBOOK_POSTGRES_DSN"

// workerEnv is set for the processes that the first one starts.
const workerEnv = "PROCTORBOOK_CLUSTER_WORKER"

func main() {
	if os.Getenv(workerEnv) != "" {
		os.Exit(work(os.Stdin, os.Stdout, os.Stderr))
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	code := run(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// settings are what the user may choose.
type settings struct {
	dsn      string
	learners int
	faults   float64
	seed     uint64
	pace     float64
	timeout  time.Duration
	variants [][2]string // open questions about the provider, each with an answer; without any, the best guesses
}

// run is main without the process around it.
func run(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) int {
	c, err := configure(args, getenv, stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return exitDone
	case err != nil:
		fmt.Fprintln(stderr, "cluster:", err)
		return exitInput
	}
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	summary, err := play(ctx, c, stderr)
	if err != nil {
		fmt.Fprintln(stderr, "cluster:", err)
		return exitFailed
	}
	summary.print(stdout)
	if len(summary.wrong) > 0 {
		return exitFailed
	}
	return exitDone
}

func configure(args []string, getenv func(string) string, stderr io.Writer) (settings, error) {
	var c settings
	flags := flag.NewFlagSet("cluster", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // run prints errors, once
	flags.StringVar(&c.dsn, "dsn", getenv(dsnEnv), "`URL` of a PostgreSQL in which a schema may be made; default $"+dsnEnv)
	flags.IntVar(&c.learners, "learners", 200, "how many learners are to be booked")
	flags.Float64Var(&c.faults, "faults", 0.25, "share of the provider's answers that go wrong, 0 to 0.5")
	flags.Uint64Var(&c.seed, "seed", 0, "chooses the faults; 0 draws one, which is printed")
	flags.Float64Var(&c.pace, "pace", 20, "requests a second of each process to each service")
	flags.DurationVar(&c.timeout, "timeout", 3*time.Minute, "give up after this long")
	flags.Func("variant", "`name=alternative` of the fake provider's behavior; may be given several times. With\n"+
		"repeated-id=creates and overlap-rule=none a request that comes twice makes two\nreservations; only a sweep removes one, so this run fails", c.readVariant)
	err := flags.Parse(args)
	if errors.Is(err, flag.ErrHelp) {
		flags.SetOutput(stderr)
		flags.Usage()
	}
	if err != nil {
		return c, err
	}
	if c.seed == 0 {
		c.seed = rand.Uint64N(1_000_000) + 1
	}
	switch {
	case flags.NArg() > 0:
		return c, errors.New("unexpected argument: everything is a flag")
	case c.dsn == "":
		return c, errors.New("no database: `docker run -d -p 5432:5432 -e POSTGRES_HOST_AUTH_METHOD=trust postgres:15` starts one; then give -dsn postgres://postgres@127.0.0.1:5432/postgres, or set " + dsnEnv)
	case c.learners < 4 || c.learners > 10_000:
		return c, errors.New("-learners must be 4 to 10000")
	case !(c.faults >= 0 && c.faults <= 0.5):
		return c, errors.New("-faults must be 0 to 0.5")
	case !(c.pace >= 1 && c.pace <= 1000):
		return c, errors.New("-pace must be 1 to 1000")
	case c.timeout <= 0:
		return c, errors.New("-timeout must be positive")
	}
	return c, nil
}

// readVariant takes a name and an alternative that the fake has.
func (c *settings) readVariant(text string) error {
	name, alternative, _ := strings.Cut(text, "=")
	c.variants = append(c.variants, [2]string{name, alternative})
	return proctorutest.NewUnstartedServer().Play(name, alternative)
}
