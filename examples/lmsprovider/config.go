package main

import (
	"flag"
	"io"
	"slices"
	"strings"

	"github.com/proctorbook/proctorbook/examples/internal/command"
)

// config is what flags and environment say.
type config struct {
	format string
	fault  string
}

const usage = `usage: lmsprovider
`

func configure(args []string, getenv func(string) string, stderr io.Writer) (*config, error) {
	c := &config{}
	flags := flag.NewFlagSet("lmsprovider", flag.ContinueOnError)
	flags.StringVar(&c.format, "format", "text", "text, or json for one object a line")
	flags.StringVar(&c.fault, "fault", "", "offline, what goes wrong: "+strings.Join(allFaults, ", "))
	if err := command.Parse(flags, args, usage, stderr); err != nil {
		return nil, err
	}
	switch {
	case c.fault != "" && !slices.Contains(allFaults, c.fault):
		return nil, command.Wrong("-fault must be one of %s", strings.Join(allFaults, ", "))
	}
	return c, nil
}
