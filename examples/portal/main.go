// Command portal is a web application for learners and the exam office, over the
// whole of this module, and a panel that breaks things while people look on.
//
//	go run ./examples/portal
//
// It opens on http://127.0.0.1:8080, needs no account and no network, and keeps its
// bookings in an SQLite file: a temporary one, or that of -db. The pages work
// without JavaScript.
//
// Two processes run. The first one has the fakes of ProctorU and Open edX, which
// live on when anything of ours dies, the panel, and the front door. The second one
// is the portal. The panel kills it (SIGKILL); the first one starts it again, on the
// same file.
//
// With the variables that -h names the portal alone runs, on the real services, without
// fakes and panel, and if wanted as the proctoring provider of the Open edX, too.
//
// Signing in is a demonstration: one chooses who to be. Put your own in front of it.
//
// Exit codes: 0 ended by Ctrl-C, 1 failed, 2 wrong input.
package main

import (
	"context"
	"flag"
	"io"
	"os"
	"os/signal"
	"syscall"

	_ "time/tzdata" // zone names are known on any machine

	"github.com/proctorbook/proctorbook/examples/internal/command"
)

func main() {
	if os.Getenv(workerEnv) != "" {
		os.Exit(work(os.Stdin, os.Stdout, os.Stderr))
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run is main without the process around it.
func run(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) int {
	c, err := configure(args, getenv, stderr)
	if err == nil && c.services != nil {
		err = serveReal(ctx, c, stdout, stderr)
	} else if err == nil {
		err = demonstrate(ctx, c, stdout, stderr)
	}
	return command.End("portal", err, nil, stderr)
}

const usage = `Usage of portal: open the address that it prints.

On real services the environment names them: PROCTORU_URL, PROCTORU_TOKEN, EDX_URL,
EDX_CLIENT_ID, EDX_CLIENT_SECRET, UNLOCK_KEY and SESSION_KEY, the keys with 32 characters
or more, and always the same. If the portal is also to be the proctoring provider of that
Open edX: PROVIDER_CLIENT_ID and PROVIDER_CLIENT_SECRET are what the Open edX signs in
with, PUBLIC_URL is the portal's address for browsers, LINK_KEY signs the learners' links.

`

// config is what the user asked for.
type config struct {
	listen   string
	db       string // "" is a temporary file
	learners int    // how many learners the sample has beside those to sign in as
	exam     string // file, on real services
	people   string // file, on real services
	services map[string]string
	lms      map[string]string // with which the platform calls, on real services
}

// configure reads flags and environment.
func configure(args []string, getenv func(string) string, stderr io.Writer) (*config, error) {
	c := &config{}
	flags := flag.NewFlagSet("portal", flag.ContinueOnError)
	flags.StringVar(&c.listen, "listen", "127.0.0.1:8080", "`address` to listen on; port 0 lets the system choose")
	flags.StringVar(&c.db, "db", "", "SQLite `file` to keep the bookings in, or on real services the URL of a PostgreSQL database, postgres://user@host:5432/name; a temporary file if not given")
	flags.IntVar(&c.learners, "learners", 24, "how many learners have booked before, for the staff's lists")
	flags.StringVar(&c.exam, "exam", "", "on real services, `file` with the exam as JSON")
	flags.StringVar(&c.people, "people", "", "on real services, `file` with a JSON list of who may sign in: [{\"username\": \"ada_l\"}, {\"username\": \"office\", \"staff\": true}]")
	err := command.Parse(flags, args, usage, stderr)
	if err != nil {
		return nil, err
	}
	if c.services, err = command.Environment(getenv, "PROCTORU_URL", "PROCTORU_TOKEN", "EDX_URL", "EDX_CLIENT_ID", "EDX_CLIENT_SECRET", "UNLOCK_KEY", "SESSION_KEY"); err == nil {
		c.lms, err = command.Environment(getenv, "PROVIDER_CLIENT_ID", "PROVIDER_CLIENT_SECRET", "PUBLIC_URL", "LINK_KEY")
	}
	switch {
	case err != nil:
		return nil, err
	case c.learners < 0 || c.learners > 500:
		return nil, command.Wrong("-learners must be 0 to 500")
	case c.services == nil && (c.exam != "" || c.people != "" || c.lms != nil || isPostgreSQL(c.db)):
		return nil, command.Wrong("-exam, -people, a PostgreSQL database and LINK_KEY are for real services, and none of their variables is set: see -h")
	case c.services != nil && (c.exam == "" || c.people == "" || c.db == ""):
		return nil, command.Wrong("real services need -exam FILE, -people FILE and -db FILE")
	}
	return c, nil
}
