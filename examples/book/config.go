package main

import (
	_ "embed"
	"flag"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/proctorbook/proctorbook/edx"
	"github.com/proctorbook/proctorbook/edx/edxtest"
	"github.com/proctorbook/proctorbook/examples/internal/command"
	"github.com/proctorbook/proctorbook/examples/internal/offline"
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
	services map[string]string // the environment's variables that say where they are; nil = offline
}

const usage = `usage: book [-fault KIND] [-format json]
       book -exam FILE -learner NAME [-profile FILE] [-then cancel] [-yes]

Takes a learner through the whole life of a proctored exam. The first form plays on
fakes, with a clock that is put forward to the day of the exam. The second one books on
the services that PROCTORU_URL, PROCTORU_TOKEN, EDX_URL, EDX_CLIENT_ID and
EDX_CLIENT_SECRET name, and asks before it writes.

`

// configure reads flags, environment and files.
func configure(args []string, getenv func(string) string, stderr io.Writer) (*config, error) {
	c := &config{}
	flags := flag.NewFlagSet("book", flag.ContinueOnError)
	exam := flags.String("exam", "", "`file` with the exam as JSON; offline, a sample if not given")
	flags.StringVar(&c.learner, "learner", "", "`username` on the platform; offline, one of the samples")
	profile := flags.String("profile", "", "`file` with the learner's profile as JSON: given_name, family_name, country, phone, ...")
	flags.StringVar(&c.format, "format", "text", "text, or json for one object a line")
	flags.StringVar(&c.fault, "fault", "", "offline, what goes wrong: "+strings.Join(offline.Faults, ", "))
	flags.StringVar(&c.then, "then", "", "on real services, what to do after the booking: cancel")
	flags.BoolVar(&c.yes, "yes", false, "on real services, book and cancel without asking")
	flags.DurationVar(&c.patience, "patience", 30*time.Second, "on real services, how long to wait for an outcome")
	err := command.Parse(flags, args, usage, stderr)
	if err != nil {
		return nil, err
	}
	if c.services, err = command.Environment(getenv, "PROCTORU_URL", "PROCTORU_TOKEN", "EDX_URL", "EDX_CLIENT_ID", "EDX_CLIENT_SECRET"); err != nil {
		return nil, err
	}
	if err := c.check(*exam); err != nil {
		return nil, err
	}
	return c, c.read(*exam, *profile)
}

// check refuses flags that make no sense together.
func (c *config) check(examFile string) error {
	switch {
	case c.format != "text" && c.format != "json":
		return command.Wrong("-format must be text or json")
	case c.fault != "" && !slices.Contains(offline.Faults, c.fault):
		return command.Wrong("-fault must be one of %s", strings.Join(offline.Faults, ", "))
	case c.then != "" && c.then != "cancel":
		return command.Wrong("-then must be cancel: the other steps run offline only")
	case c.patience <= 0:
		return command.Wrong("-patience must be positive")
	case c.services == nil && (c.then != "" || c.yes):
		return command.Wrong("-then and -yes are for real services, and none of their variables is set")
	case c.services != nil && c.fault != "":
		return command.Wrong("-fault is for the offline run: unset the variables of the real services")
	case c.services != nil && (examFile == "" || c.learner == ""):
		return command.Wrong("real services need -exam FILE and -learner USERNAME")
	}
	return nil
}

//go:embed sample_exam.json
var sampleExam []byte

// read reads the profile, and the exam in the JSON form that scheduling.Exam documents.
func (c *config) read(examFile, profileFile string) error {
	if profileFile != "" {
		c.profile = &scheduling.Profile{}
		if err := command.ReadJSON("-profile", profileFile, c.profile); err != nil {
			return err
		}
		if err := c.profile.Validate(); err != nil {
			return command.Wrong("-profile: %w", err)
		}
	}
	if examFile == "" {
		return command.Decode(sampleExam, &c.exam)
	}
	if err := command.ReadJSON("-exam", examFile, &c.exam); err != nil {
		return err
	}
	if err := c.exam.Validate(); err != nil {
		return command.Wrong("-exam: %w", err)
	}
	return nil
}

//go:embed sample_learners.json
var sampleLearners []byte

// sample is a learner of the offline run: the account and the enrollment on the
// platform, and the profile that the learner will fill in.
type sample struct {
	edxtest.User
	Mode    edx.Mode
	Profile scheduling.Profile
}

// readSamples returns the sample learners. The first two may book.
func readSamples() (all []sample, err error) {
	return all, command.Decode(sampleLearners, &all)
}
