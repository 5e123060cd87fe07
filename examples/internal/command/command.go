// Package command has what the example programs share and what is not their
// subject: flags, the environment, input files, and how a program ends.
package command

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
)

// The exit codes of the examples.
const (
	Done       = 0
	Failed     = 1
	WrongInput = 2
	Unfinished = 3 // something is left open; the program's own comment explains what
)

// InputError is input that a program can't use. The program ends with WrongInput.
type InputError struct{ Err error }

func (e *InputError) Error() string { return e.Err.Error() }
func (e *InputError) Unwrap() error { return e.Err }

// Wrong returns an *InputError with the text that fmt.Errorf makes.
func Wrong(format string, args ...any) error {
	return &InputError{fmt.Errorf(format, args...)}
}

// Parse reads args into the flags. -h prints the usage and the flags to stderr and
// returns flag.ErrHelp; whatever else is wrong is an *InputError, printed by End.
func Parse(flags *flag.FlagSet, args []string, usage string, stderr io.Writer) error {
	flags.SetOutput(io.Discard)
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		flags.SetOutput(stderr)
		fmt.Fprint(stderr, usage)
		flags.PrintDefaults()
		return err
	case err != nil:
		return &InputError{err}
	case flags.NArg() > 0:
		return Wrong("unexpected argument: everything is a flag")
	}
	return nil
}

// Environment returns the values of the named variables. It returns nil if none of
// them is set, and an *InputError that names the missing ones if only some are.
func Environment(getenv func(string) string, names ...string) (map[string]string, error) {
	values := map[string]string{}
	var missing []string
	for _, name := range names {
		if values[name] = getenv(name); values[name] == "" {
			missing = append(missing, name)
		}
	}
	switch len(missing) {
	case 0:
		return values, nil
	case len(names):
		return nil, nil
	}
	return nil, Wrong("to work on real services set %s too; to work offline unset the others", strings.Join(missing, ", "))
}

// ReadJSON reads the file that the named flag gives into v. Unknown members are
// refused: a typo must not drop data in silence. The errors are *InputError, name
// the flag and the member, and never show a value.
func ReadJSON(name, file string, v any) error {
	data, err := os.ReadFile(file)
	if err == nil {
		err = Decode(data, v)
	}
	if err != nil {
		return Wrong("%s: %w", name, err)
	}
	return nil
}

// Decode reads one JSON value into v, and refuses unknown members.
func Decode(data []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	err := d.Decode(v)
	if _, ok := errors.AsType[*json.SyntaxError](err); ok || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return errors.New("the file is not JSON")
	}
	if other, ok := errors.AsType[*json.UnmarshalTypeError](err); ok { // its text names types of this program
		return fmt.Errorf("the member %q must not be a %s", other.Field, other.Value)
	}
	if err == nil && d.More() {
		return errors.New("the file holds more than one JSON value")
	}
	return err
}

// End prints err after the program's name, and returns the exit code. It returns
// Unfinished if errors.Is(err, unfinished); pass nil if the program has no such end.
func End(name string, err, unfinished error, stderr io.Writer) int {
	if err == nil || errors.Is(err, flag.ErrHelp) {
		return Done
	}
	fmt.Fprintf(stderr, "%s: %v\n", name, err)
	switch _, wrong := errors.AsType[*InputError](err); {
	case wrong:
		return WrongInput
	case errors.Is(err, unfinished):
		return Unfinished
	}
	return Failed
}
