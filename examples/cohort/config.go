package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/proctorbook/proctorbook/scheduling"
)

// config is what flags and environment say.
type config struct {
	exam     string // a file, as are the next three
	learners string
	db       string
	results  string
	dryRun   bool
	parallel int

	services *services // nil plays on fakes
	n        int       // size of the made-up cohort
	kill     bool
}

// services are where to book.
type services struct {
	proctorU, token     string
	edX, client, secret string
	unlockKey           string
	fakes               bool // they answer at once, without a limit and without lag
}

const usage = `usage: cohort [-n 200] [-kill]
       cohort -exam FILE -learners FILE [-db FILE] [-results FILE] [-dry-run]

Books an exam for many learners, and goes on where an earlier run stopped. The
first form plays on fakes. The second one books on the services that PROCTORU_URL,
PROCTORU_TOKEN, EDX_URL, EDX_CLIENT_ID, EDX_CLIENT_SECRET and UNLOCK_KEY name.

The learners' file is a CSV with a head: username and start (such as
2027-01-11T09:00:00+01:00), and if the store does not have the profiles yet
given_name, family_name, phone and country; also address, city, state,
postal_code and zone.

`

func configure(args []string, getenv func(string) string, stderr io.Writer) (*config, error) {
	c := &config{}
	flags := flag.NewFlagSet("cohort", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() { fmt.Fprint(stderr, usage); flags.PrintDefaults() }
	flags.StringVar(&c.exam, "exam", "", "the exam, a JSON `file`")
	flags.StringVar(&c.learners, "learners", "", "who sits it when, a CSV `file`")
	flags.StringVar(&c.db, "db", "bookings.db", "SQLite `file` that keeps the bookings; it is made if it is not there")
	flags.StringVar(&c.results, "results", "results.csv", "`file` for what became of each row")
	flags.BoolVar(&c.dryRun, "dry-run", false, "only check the rows")
	flags.IntVar(&c.parallel, "parallel", 0, "rows that are worked on at a time; 0 is the library's default")
	flags.IntVar(&c.n, "n", 200, "offline: `learners` in the cohort")
	flags.BoolVar(&c.kill, "kill", false, "offline: kill the run half-way, and start it again")
	if err := flags.Parse(args); err != nil {
		return nil, asInput(err)
	}
	if flags.NArg() > 0 {
		return nil, wrongInput("too many arguments: cohort takes flags only, see -h")
	}
	var err error
	c.services, err = fromEnvironment(getenv)
	switch {
	case err != nil:
		return nil, err
	case c.services == nil && (c.exam != "" || c.learners != ""):
		return nil, wrongInput("-exam and -learners need real services: set PROCTORU_URL and the others, see -h")
	case c.services != nil && (c.exam == "" || c.learners == ""):
		return nil, wrongInput("-exam and -learners are required, see -h")
	case c.n < 1 || c.n > 100_000:
		return nil, wrongInput("-n must be 1 to 100000")
	}
	return c, nil
}

// asInput marks what the flag package refused; -h is not refused.
func asInput(err error) error {
	if err == flag.ErrHelp {
		return err
	}
	return inputError{err}
}

// fromEnvironment returns nil if no service is named.
func fromEnvironment(getenv func(string) string) (*services, error) {
	s := &services{fakes: getenv("COHORT_FAKES") != ""}
	named, missing := 0, ""
	for _, v := range []struct {
		name string
		to   *string
	}{
		{"PROCTORU_URL", &s.proctorU}, {"PROCTORU_TOKEN", &s.token}, {"EDX_URL", &s.edX},
		{"EDX_CLIENT_ID", &s.client}, {"EDX_CLIENT_SECRET", &s.secret}, {"UNLOCK_KEY", &s.unlockKey},
	} {
		if *v.to = getenv(v.name); *v.to != "" {
			named++
		} else {
			missing = v.name
		}
	}
	switch {
	case named == 0:
		return nil, nil
	case missing != "":
		return nil, wrongInput("%s is not set, but others are: real services need all six", missing)
	}
	return s, nil
}

func readExam(path string) (scheduling.Exam, error) {
	var exam scheduling.Exam
	text, err := os.ReadFile(path)
	if err != nil {
		return exam, inputError{err}
	}
	if err := json.Unmarshal(text, &exam); err != nil {
		return exam, wrongInput("%s: %w", filepath.Base(path), err)
	}
	if err := exam.Validate(); err != nil {
		return exam, wrongInput("%s: %w", filepath.Base(path), err)
	}
	return exam, nil
}
