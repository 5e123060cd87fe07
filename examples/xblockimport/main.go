// Command xblockimport takes over the bookings of the ProctorU extension (XBlock)
// for Open edX: its two tables, one of profiles and one of exams.
//
//	go run ./examples/xblockimport
//
// Without PROCTORU_URL it plays on a fake provider, with a handful of rows as
// odd as those tables have them. It prints one line for each row: what is
// imported, what is not, and which values of the row are not taken, since the
// provider has others or they can't be checked. It writes only with -write, and
// may be run again: what is imported already is left as it stands.
//
//	go run ./examples/xblockimport -old dump.sqlite3 -map exams.json -db bookings.db
//	go run ./examples/xblockimport -old dump.sqlite3 -map exams.json -db bookings.db -write
//
// It needs PROCTORU_URL, PROCTORU_TOKEN and UNLOCK_KEY (32 characters or more, the
// one of your service) then. No reservation is made or changed.
//
// Exit codes: 0 done, 1 failed, 2 wrong input, 3 some rows can't be imported.
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

// errRest means that some rows can't be imported.
var errRest = errors.New("some rows were not imported: the lines say why")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	code := run(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run is main without the process around it.
func run(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) int {
	c, err := configure(args, getenv, stderr)
	if err == nil {
		err = c.play(ctx, stdout)
	}
	return command.End("xblockimport", err, errRest, stderr)
}
