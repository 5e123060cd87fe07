package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/mod/modfile"
)

// A check does with the coming release what its users will do.
type check struct {
	repo     *repo
	program  string    // main.go of a program that uses the packages; it prints storeOpened
	examples []example // how each program among the examples is run
	keep     bool
	out      io.Writer
}

// An example is a program that a user runs by one command, without a checkout.
type example struct {
	path   string // below the root module's path
	args   []string
	needs  string // the environment variable without which it can't run
	status int    // its exit code when all is well
}

func (c *check) run(ctx context.Context) error {
	if err := c.repo.agree(); err != nil {
		return fmt.Errorf("the files don't agree about the release:\n%w", err)
	}
	dir, err := os.MkdirTemp("", "release")
	if err != nil {
		return err
	}
	if c.keep {
		fmt.Fprintf(c.out, "the work is in %s\n", dir)
	} else {
		defer os.RemoveAll(dir)
	}
	if len(c.repo.changed) > 0 {
		fmt.Fprintf(c.out, "note: not committed, but taken as it stands: %s\n", few(c.repo.changed))
	}
	place, err := newOutside(ctx, c.repo, dir)
	if err != nil {
		return err
	}
	var failed []error
	left := 0
	for _, s := range c.steps() {
		start := time.Now()
		err := place.forget(c.repo)
		if err == nil {
			err = s.do(ctx, place)
		}
		result := "ok  "
		if skip, ok := errors.AsType[*skipped](err); ok {
			result, left = "SKIP", left+1
			s.name += ": " + skip.why
		} else if err != nil {
			result = "FAIL"
			failed = append(failed, fmt.Errorf("%s:\n%w", s.name, err))
		}
		fmt.Fprintf(c.out, "%s %5.1fs  %s\n", result, time.Since(start).Seconds(), s.name)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
	}
	if len(failed) > 0 {
		return fmt.Errorf("%s can't be released (try one again by hand with: release proxy DIR):\n%w", c.repo.version, errors.Join(failed...))
	}
	if left > 0 {
		fmt.Fprintf(c.out, "\nNOT EVERYTHING WAS TRIED: %d of the steps above say SKIP, and why. Try them before you tag.\n\n", left)
	}
	return c.verdict(ctx)
}

// verdict says whether the last commit can be tagged now that all steps passed.
func (c *check) verdict(ctx context.Context) error {
	r, tags := c.repo, c.repo.tags()
	tagged, err := r.having(ctx, "tags", tags)
	if err != nil {
		return err
	}
	missing := slices.DeleteFunc(slices.Clone(tags), func(tag string) bool { return slices.Contains(tagged, tag) })
	branches, err := r.having(ctx, "heads", missing)
	if err != nil {
		return err
	}
	var problems []error
	if len(r.changed) > 0 {
		// The steps had these files as they are now, a tag would have them as they were.
		problems = append(problems, fmt.Errorf("commit what is changed, and check again: %s", few(r.changed)))
	}
	if len(branches) > 0 {
		problems = append(problems, fmt.Errorf("a branch is named as a tag is to be, so git can't tell which one is meant; rename it with git branch -m: %s", strings.Join(branches, " ")))
	}
	if len(problems) > 0 {
		return fmt.Errorf("%s can't be tagged yet, though all steps passed:\n%w", r.version, errors.Join(problems...))
	}
	// That a version is out already is no fault: the checks run for its tag, too, and
	// for what comes before the version is raised.
	switch {
	case len(missing) == 0:
		fmt.Fprintf(c.out, "%s is tagged already, the next release needs a new version: release bump VERSION\n", r.version)
	case len(tagged) > 0:
		fmt.Fprintf(c.out, "%s is tagged in part: %s are missing. Tag with these the commit that has %s, or raise the version: release bump VERSION\n",
			r.version, strings.Join(missing, " "), strings.Join(tagged, " "))
	default:
		fmt.Fprintf(c.out, "%s can be tagged: %s\n", r.version, strings.Join(tags, " "))
	}
	return nil
}

// tags returns the tags of the release, in the order in which they are to be
// pushed: a module after those that it requires.
func (r *repo) tags() []string {
	var tags []string
	done := map[string]bool{}
	var visit func(m *module)
	visit = func(m *module) {
		if done[m.path] {
			return
		}
		done[m.path] = true
		for _, other := range r.tagged() {
			if slices.ContainsFunc(m.mod.Require, func(req *modfile.Require) bool { return req.Mod.Path == other.path }) {
				visit(other)
			}
		}
		tags = append(tags, path.Join(m.dir, r.version))
	}
	for _, m := range r.tagged() {
		visit(m)
	}
	return tags
}

// skipped is the error of a step that can't be done on this machine.
type skipped struct{ why string }

func (s *skipped) Error() string { return s.why }

// A step is one thing that a user does.
type step struct {
	name string
	do   func(ctx context.Context, o *outside) error
}

func (c *check) steps() []step {
	var steps []step
	for _, m := range c.repo.tagged() {
		steps = append(steps, step{"get first and alone: " + m.path, func(ctx context.Context, o *outside) error { return c.alone(ctx, o, m) }})
	}
	steps = append(steps, step{"a program that imports every package", c.everything})
	for _, m := range c.repo.modules {
		steps = append(steps, step{"tidy and vet: " + m.dir, func(ctx context.Context, o *outside) error { return c.vet(ctx, o, m) }})
	}
	return append(steps, c.exampleSteps()...)
}

// alone gets one module in an empty one, and builds what imports it.
func (c *check) alone(ctx context.Context, o *outside, m *module) error {
	libraries, programs, err := m.packages(c.repo.root)
	if err != nil {
		return err
	}
	dir, err := o.empty(ctx)
	if err != nil {
		return err
	}
	if _, err := o.run(ctx, dir, "go", "get", m.path+"@"+c.repo.version); err != nil {
		return err
	}
	rest := []string{"get"} // what these need besides is no part of the module's own package
	for _, p := range append(slices.Clone(libraries), programs...) {
		if p != m.path {
			rest = append(rest, p+"@"+c.repo.version)
		}
	}
	if len(rest) > 1 {
		if _, err := o.run(ctx, dir, "go", rest...); err != nil {
			return err
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "main.go"), []byte(importing(libraries)+"\nfunc main() {}\n"), 0o644); err != nil {
		return err
	}
	_, err = o.run(ctx, dir, "go", append([]string{"build", "-o", "bin" + string(filepath.Separator), "."}, programs...)...)
	return err
}

// everything builds and runs one program with all packages of all modules.
func (c *check) everything(ctx context.Context, o *outside) error {
	dir, err := o.empty(ctx)
	if err != nil {
		return err
	}
	var libraries, gets []string
	for _, m := range c.repo.tagged() {
		some, _, err := m.packages(c.repo.root)
		if err != nil {
			return err
		}
		if len(some) > 0 {
			libraries = append(libraries, some...)
			gets = append(gets, m.path+"@"+c.repo.version)
		}
	}
	for name, text := range map[string]string{"imports.go": importing(libraries), "main.go": c.program} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			return err
		}
	}
	if _, err := o.run(ctx, dir, "go", append([]string{"get"}, gets...)...); err != nil {
		return err
	}
	if _, err := o.run(ctx, dir, "go", "mod", "tidy"); err != nil {
		return err
	}
	if _, err := o.run(ctx, dir, "go", "build", "-o", "everything", "."); err != nil {
		return err
	}
	printed, err := o.run(ctx, dir, filepath.Join(dir, "everything"))
	if err == nil && !strings.Contains(printed, storeOpened) {
		return fmt.Errorf("the program didn't print %q, but: %s", storeOpened, printed)
	}
	return err
}

// empty makes a module that knows nothing of ours.
func (o *outside) empty(ctx context.Context) (string, error) {
	dir, err := o.folder()
	if err != nil {
		return "", err
	}
	_, err = o.run(ctx, dir, "go", "mod", "init", "example.test/user")
	return dir, err
}

// importing returns the start of a program that imports packages without using them.
func importing(packages []string) string {
	var text strings.Builder
	text.WriteString("package main\n\n")
	for _, p := range packages {
		fmt.Fprintf(&text, "import _ %q\n", p)
	}
	return text.String()
}

// exampleSteps runs each program as a user without a checkout runs it.
func (c *check) exampleSteps() []step {
	known := map[string]example{}
	for _, e := range c.examples {
		known[c.repo.modules[0].path+"/"+e.path] = e
	}
	var steps []step
	for _, m := range c.repo.tagged() {
		_, programs, err := m.packages(c.repo.root)
		if err != nil {
			return append(steps, step{m.path, func(context.Context, *outside) error { return err }})
		}
		for _, program := range programs {
			e, ok := known[program]
			command := strings.TrimSpace(program + "@" + c.repo.version + " " + strings.Join(e.args, " "))
			steps = append(steps, step{"go run " + command, func(ctx context.Context, o *outside) error {
				if !ok {
					return fmt.Errorf("nothing says how %s is run: add a line to examples in internal/tools/release/house.go", program)
				}
				return c.runExample(ctx, o, program, e)
			}})
		}
	}
	return steps
}

func (c *check) runExample(ctx context.Context, o *outside, program string, e example) error {
	if e.needs != "" && os.Getenv(e.needs) == "" {
		return &skipped{why: "NOT RUN, since " + e.needs + " is not set"}
	}
	dir, err := o.folder()
	if err != nil {
		return err
	}
	printed, err := o.run(ctx, dir, "go", append([]string{"run", program + "@" + c.repo.version}, e.args...)...)
	if e.status == 0 {
		return err
	}
	// go run itself exits with 1, and prints the program's exit code last.
	want := fmt.Sprintf("exit status %d", e.status)
	if err == nil {
		return fmt.Errorf("it ended well, and not with %s", want)
	} else if strings.HasSuffix(strings.TrimSpace(printed), want) {
		return nil
	}
	return err
}
