package main

import (
	"context"
	"fmt"
	"io"
	"iter"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/schollz/progressbar/v3"
	_ "modernc.org/sqlite"

	"github.com/proctorbook/proctorbook/edx"
	"github.com/proctorbook/proctorbook/examples/internal/command"
	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/cohort"
	"github.com/proctorbook/proctorbook/scheduling/platform"
	"github.com/proctorbook/proctorbook/scheduling/provider"
	"github.com/proctorbook/proctorbook/scheduling/sqlstore"
)

// job is one run over the learners' file.
type job struct {
	s              *scheduling.Scheduler
	exam           scheduling.Exam
	rows           []*row
	options        cohort.Options
	stdout, stderr io.Writer
}

// book does the whole job on the services that c names.
func book(ctx context.Context, c *config, stdout, stderr io.Writer) error {
	exam, err := readExam(c.exam)
	if err != nil {
		return err
	}
	file, err := os.Open(c.learners)
	if err != nil {
		return &command.InputError{Err: err}
	}
	defer file.Close()
	rows, err := readRows(file)
	if err != nil {
		return err
	}
	store, err := sqlstore.OpenSQLite(ctx, c.db)
	if err != nil {
		return err
	}
	defer store.Close()
	s, err := newScheduler(c.services, c.fakes, store)
	if err != nil {
		return err
	}
	defer s.Close() // before the store: calls that are under way are stored
	j := &job{s: s, exam: exam, rows: rows, options: cohort.Options{Parallel: c.parallel}, stdout: stdout, stderr: stderr}
	defer func() {
		if err := writeResults(c.results, rows); err != nil {
			fmt.Fprintln(stderr, "cohort:", err)
		}
	}()
	return j.run(ctx, c.dryRun)
}

func (j *job) run(ctx context.Context, dryRun bool) error {
	if err := j.learners(ctx); err != nil {
		return err
	}
	dry := j.options
	dry.DryRun = true
	j.over("checking", func(rows []cohort.Row) iter.Seq[cohort.Result] {
		return cohort.Book(ctx, j.s, j.exam, rows, dry)
	}, "")
	if !dryRun {
		j.over("booking", func(rows []cohort.Row) iter.Seq[cohort.Result] {
			return cohort.Book(ctx, j.s, j.exam, rows, j.options)
		}, cohort.CodeReady)
		if err := j.settle(ctx); err != nil {
			return err
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	for _, r := range j.rows {
		if r.result.Code != cohort.CodeDone && !(dryRun && r.result.Code == cohort.CodeReady) {
			return errRest
		}
	}
	return nil
}

// learners reads the accounts from the platform, and keeps the profiles.
func (j *job) learners(ctx context.Context) error {
	bar := j.bar("learners", len(j.rows))
	defer bar.Close()
	for _, r := range j.rows {
		l, err := j.s.Learner(ctx, r.username)
		if err == nil && r.profile != nil {
			err = j.s.SaveProfile(ctx, l.ID, *r.profile)
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		r.result = cohort.Result{Row: cohort.Row{Learner: l.ID, Start: r.start}, Err: err}
		if err != nil {
			r.result.Code = cohort.CodeFailed // the platform does not know them, or the profile is wrong
			fmt.Fprintf(j.stderr, "line %d: %v\n", r.line, err)
		}
		_ = bar.Add(1)
	}
	return nil
}

// over works on the rows whose learner is known and whose result is of the code,
// or on all if that is "".
func (j *job) over(what string, work func([]cohort.Row) iter.Seq[cohort.Result], only cohort.Code) {
	var rows []*row
	var lines []cohort.Row
	for _, r := range j.rows {
		if r.result.Code == only {
			rows, lines = append(rows, r), append(lines, r.result.Row)
		}
	}
	bar := j.bar(what, len(rows))
	for result := range work(lines) {
		rows[result.Index].result = result
		_ = bar.Add(1)
	}
	_ = bar.Close()
	j.summary(what)
}

// settle finds out what became of the rows whose outcome is open: those that
// a killed run left half-done are, until its leases have run out.
func (j *job) settle(ctx context.Context) error {
	pending := func() bool {
		return slices.ContainsFunc(j.rows, func(r *row) bool { return r.result.Code == cohort.CodePending })
	}
	until := time.Now().Add(settleTime)
	for pending() && time.Now().Before(until) {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Second):
		}
		if _, err := j.s.Reconcile(ctx); err != nil {
			fmt.Fprintln(j.stderr, "cohort:", err)
		}
		j.over("settling", func(rows []cohort.Row) iter.Seq[cohort.Result] {
			return cohort.Book(ctx, j.s, j.exam, rows, j.options)
		}, cohort.CodePending)
	}
	return nil
}

// settleTime is how long the program waits for open outcomes; a service leaves
// them to Run.
const settleTime = 5 * time.Minute

// summary returns how many rows ended with which result.
func (j *job) summary(what string) {
	counts := map[string]int{}
	for _, r := range j.rows {
		counts[strings.TrimSpace(string(r.result.Code)+" "+string(r.result.Reason))]++
	}
	var parts []string
	for _, code := range slices.Sorted(maps.Keys(counts)) {
		parts = append(parts, fmt.Sprintf("%d %s", counts[code], code))
	}
	fmt.Fprintf(j.stdout, "%s: %s\n", what, strings.Join(parts, ", "))
}

func (j *job) bar(what string, n int) *progressbar.ProgressBar {
	file, ok := j.stderr.(*os.File)
	return progressbar.NewOptions(n, progressbar.OptionSetWriter(j.stderr), progressbar.OptionSetDescription(what),
		progressbar.OptionShowCount(), progressbar.OptionShowIts(), progressbar.OptionClearOnFinish(),
		progressbar.OptionSetVisibility(ok && isTerminal(file)))
}

func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

func newScheduler(services map[string]string, fakes bool, store scheduling.Store) (*scheduling.Scheduler, error) {
	var providerOptions []proctoru.Option
	var platformOptions = []edx.Option{edx.WithClientCredentials(services["EDX_CLIENT_ID"], services["EDX_CLIENT_SECRET"])}
	options := []scheduling.Option{scheduling.WithUnlockKeys(scheduling.UnlockKey{ID: "1", Secret: []byte(services["UNLOCK_KEY"])})}
	if fakes { // fakes need no pause
		providerOptions = append(providerOptions, proctoru.WithLimiter(freely{}))
		platformOptions = append(platformOptions, edx.WithLimiter(freely{}))
		options = append(options, scheduling.WithTuning(scheduling.Tuning{
			ListLag: time.Second, EvidenceLag: time.Second, InFlight: 2 * time.Second, Lease: 3 * time.Second,
		}))
	}
	proctor, err := proctoru.NewClient(services["PROCTORU_URL"], services["PROCTORU_TOKEN"], providerOptions...)
	if err != nil {
		return nil, &command.InputError{Err: err}
	}
	lms, err := edx.NewClient(services["EDX_URL"], platformOptions...)
	if err != nil {
		return nil, &command.InputError{Err: err}
	}
	return scheduling.New(provider.ProctorU{Client: proctor}, platform.OpenEdX{Client: lms}, store, options...)
}

// freely lets every request pass at once.
type freely struct{}

func (freely) Wait(ctx context.Context) error { return ctx.Err() }
