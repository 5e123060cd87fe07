// Command api keeps the exported API of every package that users import in a text
// file beside it, api.txt, one line for each thing that a program can name. So a
// change of the API is seen in review, and none happens by accident.
//
//	go run ./internal/tools/api write
//
// Its other command, which a test of the root package runs, compares: the files
// with the code, and the code with three rules. No type of an internal package may be
// reached through an exported one, since its fields and methods would show on no
// page; everything exported has a comment; and a name that a comment puts in
// brackets, as a link, is there.
//
//	go run ./internal/tools/api check
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
)

const usage = `Usage: api COMMAND

Commands:

  write  writes the api.txt of every package that users import
  check  compares those files with the code, and looks for internal types that are
         reachable, for missing comments and for dead links in them

Examples, from anywhere in the checkout:

  go run ./internal/tools/api write && git diff --stat -- '*api.txt'
  go run ./internal/tools/api check

Exit codes: 0 all is well, 1 something is not, 2 wrong input.
`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	switch {
	case errors.Is(err, errUsage):
		fmt.Fprint(os.Stderr, usage)
		os.Exit(2)
	case err != nil:
		fmt.Fprintf(os.Stderr, "%v\n", err)
		os.Exit(1)
	}
}

// errUsage means that the command line is wrong.
var errUsage = errors.New("wrong usage")

func run(ctx context.Context, args []string, out io.Writer) error {
	if len(args) == 1 && slices.Contains([]string{"-h", "-help", "--help", "help"}, args[0]) {
		fmt.Fprint(out, usage)
		return nil
	}
	if len(args) != 1 || args[0] != "write" && args[0] != "check" {
		return errUsage
	}
	root, packages, err := load(ctx)
	if err != nil {
		return err
	}
	if args[0] == "write" {
		return writeFiles(packages)
	}
	return errors.Join(
		checkFiles(root, packages),
		checkRule("reaches internal types", packages, stillLeak, leaks),
		checkRule("has exported names without a comment", packages, stillSilent, silent),
		checkRule("has links in comments that lead to nothing", packages, stillDead, deadLinks),
	)
}

// checkRule applies a rule to each package. Packages of the list still break it:
// they say so, and leave the list when they don't any more.
func checkRule(breaks string, packages []*pkg, still []string, rule func(*pkg) []string) error {
	var failed []error
	for _, p := range packages {
		found := rule(p)
		listed := slices.Contains(still, p.name())
		switch {
		case len(found) > 0 && !listed:
			failed = append(failed, fmt.Errorf("%s %s (%d):\n\t%s", p.types.Path(), breaks, len(found), strings.Join(found, "\n\t")))
		case len(found) == 0 && listed:
			failed = append(failed, fmt.Errorf("no more %s %s: take %q off its list in internal/tools/api/still.go", p.types.Path(), breaks, p.name()))
		}
	}
	for _, name := range still {
		if !slices.ContainsFunc(packages, func(p *pkg) bool { return p.name() == name }) {
			failed = append(failed, fmt.Errorf("there is no package %q: take it off its list in internal/tools/api/still.go", name))
		}
	}
	return errors.Join(failed...)
}
