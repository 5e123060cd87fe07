// Bench measures what one call of each client costs beside the code that a careful
// person would write by hand for the same call, and prints the ratios.
//
//	go run ./internal/bench
//	go run ./internal/bench -quick -only create
//	go run ./internal/bench -format json
//
// All sides run in this process, in turn, round by round, against a server that
// allocates nothing, and the medians of the rounds count: so what else the machine
// does weighs on all alike. The code by hand stands in the same file as the call that
// is measured beside it.
//
// The rows of staff's lists, of writers side by side and of a booking need no code by
// hand: they compare a large fleet with a small one, many writers with few, a booking with
// the calls that it makes. Where no database is named (see .ci/databases) its rows are left
// out. 100,000 bookings and more are not for -quick: to write them takes minutes.
//
// Watching bookings is measured on a clock on which nobody waits, at the provider's pace:
// calls an hour beside those allowed, the calls of a reading beside a list of each learner,
// and the time that a reading takes here, without the provider's; with -quick up to 10,000
// bookings. The first page of examples/portal stands beside a
// bare server of as many bytes, and its size beside what comes at once.
//
// Another measurement is a function like [createReservation], in a file of its own,
// and a line in the list of subjects.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"regexp"

	"github.com/proctorbook/proctorbook/scheduling/sqlstore"
)

// subjects are what is measured, in this order.
var subjects = []subject{
	{name: "create", build: createReservation},
	{name: "enrollment", build: readEnrollment},
	{name: "enroll", build: enrollLearner},
	{name: "pages", build: readPages},
	{name: "report", build: readReport},
	{name: "report-raw", build: keepReport},
	{name: "staff-sqlite", find: staffPages(sqlstore.SQLite, 1000, 10_000, 100_000)},
	{name: "staff-postgres", find: staffPages(sqlstore.PostgreSQL, 1000, 10_000, 100_000, 1_000_000)},
	{name: "workers-postgres", find: workersSideBySide},
	{name: "watching", find: watching},
	{name: "portal-first-page", find: portalFirstPage},
	{name: "book-memory", build: bookOn("")},
	{name: "book-sqlite", build: bookOn(sqlstore.SQLite)},
	{name: "book-postgres", build: bookOn(sqlstore.PostgreSQL)},
	{name: "book-mariadb", build: bookOn(sqlstore.MariaDB)},
}

// A subject is one thing that costs something. It has one of the functions: build makes
// what the code that is measured beside another needs; find measures by itself.
type subject struct {
	name  string
	build func() (comparison, error)
	find  func(quick bool) ([]finding, error)
}

func main() {
	format := flag.String("format", "text", "text, or json: one object a line")
	quick := flag.Bool("quick", false, "fewer rounds: ends within three minutes, and is less exact")
	only := flag.String("only", "", "measure those whose name this regular expression matches")
	flag.Parse()
	if err := run(os.Stdout, *format, *only, *quick); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(out io.Writer, format, only string, quick bool) error {
	chosen, err := regexp.Compile(only)
	if err != nil {
		return fmt.Errorf("-only: %w", err)
	}
	p, err := newPrinter(out, format)
	if err != nil {
		return err
	}
	for _, s := range subjects {
		if !chosen.MatchString(s.name) {
			continue
		}
		err := s.measure(p, quick)
		if left, ok := errors.AsType[leftOut](err); ok {
			fmt.Fprintf(os.Stderr, "bench: %s: %v\n", s.name, left)
			continue
		}
		if err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
	}
	return nil
}

func (s subject) measure(p *printer, quick bool) error {
	if s.find != nil {
		found, err := s.find(quick)
		if err != nil {
			return err
		}
		return p.print(s.name, found)
	}
	c, err := s.build()
	if err != nil {
		return err
	}
	defer c.close()
	found, err := c.measure(quick)
	if err != nil {
		return err
	}
	return p.print(s.name, found)
}
