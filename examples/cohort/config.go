package main

import (
	"flag"
	"io"
	"path/filepath"

	"github.com/proctorbook/proctorbook/examples/internal/command"
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

	services map[string]string // the environment's variables that say where to book; nil plays on fakes
	fakes    bool              // the services are fakes: they answer at once, without a limit and without lag
	n        int               // size of the made-up cohort
	kill     bool
}

const usage = `usage: cohort [-n 200] [-kill]
       cohort -exam FILE -learners FILE [-db FILE] [-results FILE] [-dry-run]

Books an exam for many learners, and goes on where an earlier run stopped. The
first form plays on fakes. The second one books on the services that PROCTORU_URL,
PROCTORU_TOKEN, EDX_URL, EDX_CLIENT_ID, EDX_CLIENT_SECRET and UNLOCK_KEY name.

The learners' file is a CSV with a head: username and start (such as
2027-01-11T09:00:00+01:00), and if the store does not have the profiles yet
given_name, family_name, phone and country; also address, city, state,
postal_code and zone. Commas, semicolons or tabs separate its columns.

`

func configure(args []string, getenv func(string) string, stderr io.Writer) (*config, error) {
	c := &config{fakes: getenv("COHORT_FAKES") != ""}
	flags := flag.NewFlagSet("cohort", flag.ContinueOnError)
	flags.StringVar(&c.exam, "exam", "", "the exam, a JSON `file`")
	flags.StringVar(&c.learners, "learners", "", "who sits it when, a CSV `file`")
	flags.StringVar(&c.db, "db", "bookings.db", "SQLite `file` that keeps the bookings; it is made if it is not there")
	flags.StringVar(&c.results, "results", "results.csv", "`file` for what became of each row")
	flags.BoolVar(&c.dryRun, "dry-run", false, "only check the rows")
	flags.IntVar(&c.parallel, "parallel", 0, "rows that are worked on at a time; 0 is the library's default")
	flags.IntVar(&c.n, "n", 200, "offline: `learners` in the cohort")
	flags.BoolVar(&c.kill, "kill", false, "offline: kill the run half-way, and start it again")
	err := command.Parse(flags, args, usage, stderr)
	if err != nil {
		return nil, err
	}
	c.services, err = command.Environment(getenv, "PROCTORU_URL", "PROCTORU_TOKEN", "EDX_URL", "EDX_CLIENT_ID", "EDX_CLIENT_SECRET", "UNLOCK_KEY")
	switch {
	case err != nil:
		return nil, err
	case c.services == nil && (c.exam != "" || c.learners != ""):
		return nil, command.Wrong("-exam and -learners need real services: set PROCTORU_URL and the others, see -h")
	case c.services != nil && (c.exam == "" || c.learners == ""):
		return nil, command.Wrong("-exam and -learners are required, see -h")
	case c.n < 1 || c.n > 100_000:
		return nil, command.Wrong("-n must be 1 to 100000")
	}
	return c, nil
}

func readExam(path string) (exam scheduling.Exam, err error) {
	if err := command.ReadJSON(filepath.Base(path), path, &exam); err != nil {
		return exam, err
	}
	if err := exam.Validate(); err != nil {
		return exam, command.Wrong("%s: %w", filepath.Base(path), err)
	}
	return exam, nil
}
