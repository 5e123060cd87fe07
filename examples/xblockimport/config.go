package main

import (
	"context"
	"errors"
	"flag"
	"io"
	"iter"

	_ "modernc.org/sqlite"

	"github.com/proctorbook/proctorbook/edx"
	"github.com/proctorbook/proctorbook/examples/internal/command"
	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/platform"
	"github.com/proctorbook/proctorbook/scheduling/provider"
	"github.com/proctorbook/proctorbook/scheduling/sqlstore"
)

// config is what flags and environment say.
type config struct {
	old                string // an SQLite file
	examsCSV           string
	usersCSV           string
	examTable          string
	userTable          string
	exams              string // the map
	db                 string
	write, live        bool
	url, token, secret string
	fake               bool // the provider answers at once, without a limit
}

const usage = `usage: xblockimport [-write] [-live]
       xblockimport -old FILE -map FILE [-db FILE] [-write] [-live]
       xblockimport -exams FILE -users FILE -map FILE [-db FILE] [-write] [-live]

The first form plays on a fake. The others read the old tables from an SQLite file,
or from two CSV files with the columns' names in the first line, and ask the
provider that PROCTORU_URL, PROCTORU_TOKEN and UNLOCK_KEY name.

The map is a JSON object: for each block_id of the old table a list of exams, one
for each run of the course, since runs share the block's name. The exam whose
window holds the start is taken.

`

func configure(args []string, getenv func(string) string, stderr io.Writer) (*config, error) {
	c := &config{url: getenv("PROCTORU_URL"), token: getenv("PROCTORU_TOKEN"), secret: getenv("UNLOCK_KEY"), fake: getenv("PROCTORU_FAKE") != ""}
	flags := flag.NewFlagSet("xblockimport", flag.ContinueOnError)
	flags.StringVar(&c.old, "old", "", "SQLite `file` with the two old tables")
	flags.StringVar(&c.examTable, "exams-table", "edx_proctoru_proctoruexam", "`name` of the table of exams in it")
	flags.StringVar(&c.userTable, "users-table", "edx_proctoru_proctoruuser", "`name` of the table of profiles in it")
	flags.StringVar(&c.examsCSV, "exams", "", "the old table of exams as a CSV `file`")
	flags.StringVar(&c.usersCSV, "users", "", "the old table of profiles as a CSV `file`")
	flags.StringVar(&c.exams, "map", "", "JSON `file` that says which exams a block_id stands for")
	flags.StringVar(&c.db, "db", "bookings.db", "SQLite `file` to import into; it is made if it is not there")
	flags.BoolVar(&c.write, "write", false, "import; else only say what would be")
	flags.BoolVar(&c.live, "live", false, "also import reservations that are ahead; their proctors must be told the new codes")
	if err := command.Parse(flags, args, usage, stderr); err != nil {
		return nil, err
	}
	fromFiles := c.old != "" || c.examsCSV != "" || c.usersCSV != "" || c.exams != ""
	switch {
	case !fromFiles && c.url == "":
		return c, nil
	case c.url == "" || c.token == "" || c.secret == "":
		return nil, command.Wrong("PROCTORU_URL, PROCTORU_TOKEN and UNLOCK_KEY are required, see -h")
	case c.exams == "":
		return nil, command.Wrong("-map is required: block_id does not name the course")
	case (c.old == "") == (c.examsCSV == "" || c.usersCSV == ""):
		return nil, command.Wrong("either -old, or -exams and -users, see -h")
	}
	return c, nil
}

// play runs the program on files, or on the sample.
func (c *config) play(ctx context.Context, stdout io.Writer) error {
	if c.exams == "" {
		s, err := newSample()
		if err != nil {
			return err
		}
		defer s.close()
		return s.play(ctx, c, stdout)
	}
	dump, err := c.readDump(ctx)
	if err != nil {
		return err
	}
	exams, err := readMap(c.exams)
	if err != nil {
		return err
	}
	store, err := sqlstore.OpenSQLite(ctx, c.db)
	if err != nil {
		return err
	}
	defer store.Close()
	return c.importInto(ctx, store, dump, exams, stdout)
}

func (c *config) importInto(ctx context.Context, store scheduling.Store, d dump, exams map[string][]scheduling.Exam, stdout io.Writer) error {
	i, err := c.newImporter(store, exams, stdout)
	if err != nil {
		return &command.InputError{Err: err}
	}
	return i.run(ctx, d)
}

func (c *config) newImporter(store scheduling.Store, exams map[string][]scheduling.Exam, out io.Writer) (*importer, error) {
	var opts []proctoru.Option
	if c.fake {
		opts = append(opts, proctoru.WithLimiter(freely{}))
	}
	client, err := proctoru.NewClient(c.url, c.token, opts...)
	if err != nil {
		return nil, err
	}
	s, err := scheduling.New(provider.ProctorU{Client: client}, noPlatform{}, store,
		scheduling.WithUnlockKeys(scheduling.UnlockKey{ID: "1", Secret: []byte(c.secret)}))
	return &importer{s: s, store: store, exams: exams, write: c.write, live: c.live, out: out}, err
}

func readMap(path string) (map[string][]scheduling.Exam, error) {
	var exams map[string][]scheduling.Exam
	if err := command.ReadJSON("-map", path, &exams); err != nil {
		return nil, err
	}
	for block, runs := range exams {
		for _, exam := range runs {
			if err := exam.Validate(); err != nil {
				return nil, command.Wrong("-map: %s: %w", block, err)
			}
		}
	}
	return exams, nil
}

// freely lets every request pass at once: fakes need no pace.
type freely struct{}

func (freely) Wait(ctx context.Context) error { return ctx.Err() }

// noPlatform stands where the platform would: an import does not ask it.
type noPlatform struct{}

var errNoPlatform = errors.New("an import does not ask the platform")

func (noPlatform) Account(context.Context, string) (platform.Account, error) {
	return platform.Account{}, errNoPlatform
}

func (noPlatform) Enrollment(context.Context, string, edx.CourseKey) (platform.Enrollment, error) {
	return platform.Enrollment{}, errNoPlatform
}

func (noPlatform) Enrolled(context.Context, edx.CourseKey) iter.Seq2[platform.Enrollment, error] {
	return func(yield func(platform.Enrollment, error) bool) { yield(platform.Enrollment{}, errNoPlatform) }
}
