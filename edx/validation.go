package edx

import (
	"slices"

	"github.com/proctorbook/proctorbook"
)

// faults are the wrong fields of an input, nil if there are none.
type faults []proctorbook.FieldError

// invalid returns the fault of one field.
func invalid(field, problem string) faults { return faults{{Field: field, Problem: problem}} }

// all joins the faults that single checks found.
func all(checks ...faults) faults { return slices.Concat(checks...) }

// refuse returns the error of a method whose input has faults, nil if it has none.
func (f faults) refuse(method string) error {
	if len(f) == 0 {
		return nil
	}
	return &proctorbook.ValidationError{Op: "edx: " + method, Fields: f}
}
