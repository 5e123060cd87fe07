package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/proctorbook/proctorbook/scheduling"
)

// config is what the user asked for.
type config struct {
	exam     scheduling.Exam
	learner  string              // user name on the platform
	profile  *scheduling.Profile // from -profile; nil = none given
	format   string
	fault    string
	then     string
	yes      bool
	patience time.Duration
	services *services // nil = offline
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
	flags := flag.NewFlagSet("book", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // run prints errors, once
	examFile := flags.String("exam", "", "`file` with the exam as JSON; offline, a sample if not given")
	flags.StringVar(&c.learner, "learner", "", "`username` on the platform; offline, one of the samples")
	profileFile := flags.String("profile", "", "`file` with the learner's profile as JSON: given_name, family_name, country, phone, ...")
	flags.StringVar(&c.format, "format", "text", "text, or json for one object a line")
	flags.StringVar(&c.fault, "fault", "", "offline, what goes wrong: "+strings.Join(faultNames, ", "))
	flags.StringVar(&c.then, "then", "", "on real services, what to do after the booking: cancel")
	flags.BoolVar(&c.yes, "yes", false, "on real services, book and cancel without asking")
	flags.DurationVar(&c.patience, "patience", 30*time.Second, "on real services, how long to wait for an outcome")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			flags.SetOutput(stderr)
			flags.Usage()
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
	if err := c.check(*examFile); err != nil {
		return nil, err
	}
	if err := c.readProfile(*profileFile); err != nil {
		return nil, err
	}
	return c, c.readExam(*examFile)
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
	return nil, wrongInput("to work on real services set %s too; to work offline unset the others", strings.Join(missing, ", "))
}

// check refuses flags that make no sense together.
func (c *config) check(examFile string) error {
	switch {
	case c.format != "text" && c.format != "json":
		return wrongInput("-format must be text or json")
	case c.fault != "" && !slices.Contains(faultNames, c.fault):
		return wrongInput("-fault must be one of %s", strings.Join(faultNames, ", "))
	case c.then != "" && c.then != "cancel":
		return wrongInput("-then must be cancel: the other steps run offline only")
	case c.patience <= 0:
		return wrongInput("-patience must be positive")
	case c.services == nil && (c.then != "" || c.yes):
		return wrongInput("-then and -yes are for real services, and none of their variables is set")
	case c.services != nil && c.fault != "":
		return wrongInput("-fault is for the offline run: unset the variables of the real services")
	case c.services != nil && (examFile == "" || c.learner == ""):
		return wrongInput("real services need -exam FILE and -learner USERNAME")
	}
	return nil
}
