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
// Another measurement is a function like [createReservation], in a file of its own,
// and a line in the list of subjects.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"regexp"
)

// subjects are what is measured, in this order.
var subjects = []subject{
	{"create", createReservation},
	{"enrollment", readEnrollment},
	{"enroll", enrollLearner},
	{"pages", readPages},
	{"report", readReport},
}

// A subject is one thing that costs something. Its function builds what the code
// that is measured needs.
type subject struct {
	name  string
	build func() (comparison, error)
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
		if err := s.measure(p, quick); err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
	}
	return nil
}

func (s subject) measure(p *printer, quick bool) error {
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
