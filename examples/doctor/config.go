package main

import (
	"errors"
	"flag"
	"io"
	"strings"
	"time"

	"github.com/proctorbook/proctorbook/examples/internal/command"
	"github.com/proctorbook/proctorbook/scheduling"
)

// config is what the user asked for.
type config struct {
	exam     *scheduling.Exam // nil = none given
	write    bool
	begin    bool
	wait     time.Duration
	plays    [][2]string       // offline, variants of the fake provider
	services map[string]string // the environment's variables that say where they are; nil = offline
}

// configure reads flags, environment and files.
func configure(args []string, getenv func(string) string, stderr io.Writer) (*config, error) {
	c := &config{}
	flags := flag.NewFlagSet("doctor", flag.ContinueOnError)
	examFile := flags.String("exam", "", "`file` with the exam to check, as JSON; offline, a sample if not given")
	flags.BoolVar(&c.write, "write", false, "also try what is not documented, on a sandbox: makes reservations and cancels them (minutes)")
	flags.BoolVar(&c.begin, "begin", false, "with -write, also try how early a session may begin: it begins one (up to two hours; offline always)")
	flags.DurationVar(&c.wait, "wait", 10*time.Minute, "with -write, how long to wait for a write to show in a list or report")
	flags.Func("play", "offline, `variant=alternative` of the fake provider, such as move=same-number; may come again", c.addPlay)
	err := command.Parse(flags, args, usage, stderr)
	if err != nil {
		return nil, err
	}
	c.services, err = command.Environment(getenv, "PROCTORU_URL", "PROCTORU_TOKEN", "EDX_URL", "EDX_CLIENT_ID", "EDX_CLIENT_SECRET")
	if err != nil {
		return nil, err
	}
	if err := c.check(); err != nil {
		return nil, err
	}
	return c, c.readExam(*examFile)
}

const usage = `doctor looks whether a service could book: credentials, clocks, zones, rights, the exam.

It examines fakes, or the real services that PROCTORU_URL, PROCTORU_TOKEN, EDX_URL,
EDX_CLIENT_ID and EDX_CLIENT_SECRET name. It only reads, but for -write.

`

// addPlay takes an alternative name for one variant: edit, the plain word for
// create-with-number.
func (c *config) addPlay(text string) error {
	variant, alternative, ok := strings.Cut(text, "=")
	if !ok {
		return errors.New("want variant=alternative")
	}
	if variant == "edit" {
		variant = "create-with-number"
	}
	c.plays = append(c.plays, [2]string{variant, alternative})
	return nil
}

// check refuses flags that make no sense together.
func (c *config) check() error {
	switch {
	case c.begin && !c.write:
		return command.Wrong("-begin needs -write")
	case c.wait < time.Minute:
		return command.Wrong("-wait must be a minute at least")
	case c.services != nil && len(c.plays) > 0:
		return command.Wrong("-play is for the fake: unset the variables of the real services")
	}
	return nil
}

func (c *config) readExam(file string) error {
	if file == "" {
		return nil
	}
	c.exam = &scheduling.Exam{}
	return command.ReadJSON("-exam", file, c.exam)
}
