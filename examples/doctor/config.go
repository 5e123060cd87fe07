package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/proctorbook/proctorbook/scheduling"
)

// config is what the user asked for.
type config struct {
	exam     *scheduling.Exam // nil = none given
	write    bool
	begin    bool
	wait     time.Duration
	plays    [][2]string // offline, variants of the fake provider
	services *services   // nil = offline
}

// services says where the real services are.
type services struct {
	providerURL, providerToken           string
	platformURL, platformID, platformKey string
}

// inputError means that the user gave something wrong.
type inputError struct{ err error }

func (e *inputError) Error() string { return e.err.Error() }
func (e *inputError) Unwrap() error { return e.err }

func wrongInput(format string, args ...any) error {
	return &inputError{fmt.Errorf(format, args...)}
}

// configure reads flags, environment and files.
func configure(args []string, getenv func(string) string, stderr io.Writer) (*config, error) {
	c := &config{}
	flags := flag.NewFlagSet("doctor", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // run prints errors, once
	examFile := flags.String("exam", "", "`file` with the exam to check, as JSON; offline, a sample if not given")
	flags.BoolVar(&c.write, "write", false, "also try what is not documented, on a sandbox: makes reservations and cancels them (minutes)")
	flags.BoolVar(&c.begin, "begin", false, "with -write, also try how early a session may begin: it begins one (up to two hours; offline always)")
	flags.DurationVar(&c.wait, "wait", 10*time.Minute, "with -write, how long to wait for a write to show in a list or report")
	flags.Func("play", "offline, `variant=alternative` of the fake provider, such as move=same-number; may come again", c.addPlay)
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			flags.SetOutput(stderr)
			fmt.Fprint(stderr, usage)
			flags.PrintDefaults()
		}
		return nil, &inputError{err}
	}
	if flags.NArg() > 0 {
		return nil, wrongInput("unexpected argument: everything is a flag")
	}
	var err error
	if c.services, err = readServices(getenv); err != nil {
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

// readServices returns nil if no variable is set; half of them is an error.
func readServices(getenv func(string) string) (*services, error) {
	s := &services{}
	var missing []string
	for _, v := range []struct {
		name string
		to   *string
	}{
		{"PROCTORU_URL", &s.providerURL}, {"PROCTORU_TOKEN", &s.providerToken},
		{"EDX_URL", &s.platformURL}, {"EDX_CLIENT_ID", &s.platformID}, {"EDX_CLIENT_SECRET", &s.platformKey},
	} {
		if *v.to = getenv(v.name); *v.to == "" {
			missing = append(missing, v.name)
		}
	}
	switch len(missing) {
	case 0:
		return s, nil
	case 5:
		return nil, nil
	}
	return nil, wrongInput("to examine real services set %s too; to examine fakes unset the others", strings.Join(missing, ", "))
}

// check refuses flags that make no sense together.
func (c *config) check() error {
	switch {
	case c.begin && !c.write:
		return wrongInput("-begin needs -write")
	case c.wait < time.Minute:
		return wrongInput("-wait must be a minute at least")
	case c.services != nil && len(c.plays) > 0:
		return wrongInput("-play is for the fake: unset the variables of the real services")
	}
	return nil
}

func (c *config) readExam(file string) error {
	if file == "" {
		return nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return wrongInput("-exam: %w", err)
	}
	c.exam = &scheduling.Exam{}
	if err := json.Unmarshal(text, c.exam); err != nil {
		return wrongInput("-exam %s: %w", file, err)
	}
	return nil
}
