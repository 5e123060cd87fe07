package lists

import (
	"errors"

	"github.com/proctorbook/proctorbook/scheduling"
)

// goesOn reports whether the error is about a single record that can't be read, so that
// a list goes on behind it.
func goesOn(err error) bool {
	_, ok := errors.AsType[*scheduling.UnreadableError](err)
	return ok
}

// joined returns a single error as it is, and joins several.
func joined(errs []error) error {
	if len(errs) == 1 {
		return errs[0]
	}
	return errors.Join(errs...)
}
