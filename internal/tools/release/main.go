// Command release makes sure that a release can be used by others, before it is
// tagged.
//
//	go run ./internal/tools/release check
//
// It packs every module of the checkout as its tag would, puts the packs into a
// module proxy of files, and does outside of the checkout what a user does: gets
// each module, imports each package, runs each example. It says which of that
// fails, and what to do about it.
//
//	go run ./internal/tools/release tidy
//
// tidies every go.mod and go.sum. A plain go mod tidy can't: it looks for a version
// of our own modules that is not tagged yet.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"strings"
)

const usage = `Usage: release COMMAND [flags]

Commands:

  check [-keep]  does with the modules of this checkout what a user does with
                 tagged ones. -keep leaves the temporary folder, to look around.
  tidy           writes tidy go.mod and go.sum files for all modules
  agree          checks only that all files name the same version
  bump VERSION   makes all files name another version as the coming one
  proxy DIR      makes the module proxy in DIR, and prints the settings to use it

Examples, from anywhere in the checkout:

  go run ./internal/tools/release check
  go run ./internal/tools/release tidy
  go run ./internal/tools/release bump v0.2.0
  eval "$(go run ./internal/tools/release proxy /tmp/proxy)"

Files that git doesn't know are no part of a release: git add them first. What is
changed and not committed is taken as it stands; check then ends with 1, since a
tag would not have it.

Exit codes: 0 all is well, 1 something is not, 2 wrong input.
`

// errUsage means that the command line is wrong.
var errUsage = errors.New("wrong usage")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	switch {
	case errors.Is(err, flag.ErrHelp):
		fmt.Print(usage)
	case errors.Is(err, errUsage):
		fmt.Fprintf(os.Stderr, "release: %v\n\n%s", err, usage)
		os.Exit(2)
	case err != nil:
		fmt.Fprintf(os.Stderr, "release: %v\n", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out, notes io.Writer) error {
	flags := flag.NewFlagSet("release", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	keep := flags.Bool("keep", false, "")
	if len(args) == 0 {
		return fmt.Errorf("%w: no command", errUsage)
	}
	name := args[0]
	if name == "-h" || name == "-help" || name == "--help" || name == "help" {
		return flag.ErrHelp
	}
	if err := flags.Parse(args[1:]); errors.Is(err, flag.ErrHelp) {
		return err
	} else if err != nil {
		return fmt.Errorf("%w: %w", errUsage, err)
	}
	if want := map[string]int{"proxy": 1, "bump": 1}[name]; flags.NArg() != want {
		return fmt.Errorf("%w: %s takes %d arguments, got %q", errUsage, name, want, flags.Args())
	}

	root, err := topLevel(ctx)
	if err != nil {
		return err
	}
	r, err := readRepo(ctx, root)
	if err != nil {
		return err
	}
	if len(r.untracked) > 0 {
		fmt.Fprintf(notes, "note: git doesn't know %s: no part of the release\n", few(r.untracked))
	}
	switch name {
	case "check":
		return house(r, *keep, out).run(ctx)
	case "tidy":
		return tidy(ctx, r, out)
	case "agree":
		return r.agree()
	case "bump":
		return r.bump(flags.Arg(0))
	case "proxy":
		return proxyFor(ctx, r, flags.Arg(0), out)
	}
	return fmt.Errorf("%w: unknown command %q", errUsage, name)
}

// topLevel returns the folder of the checkout that the command is run in.
func topLevel(ctx context.Context) (string, error) {
	out, err := exec.CommandContext(ctx, "git", "rev-parse", "--show-toplevel").Output()
	if err != nil {
		return "", fmt.Errorf("this is no git checkout; run it in one: %w", err)
	}
	return strings.TrimSpace(string(out)), nil
}
