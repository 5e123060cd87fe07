package proctorbook

import "strings"

// ValidationError means that the input of a call is wrong. Nothing was sent and
// nothing was stored, so it is an [ErrNotDone]; but the same input will fail again.
type ValidationError struct {
	// Op is the method that refused its input, with its package, such as
	// "proctoru: Reservations.Create".
	Op string
	// Fields lists what is wrong, in the order in which the fields were checked.
	Fields []FieldError
	// Cause is what else the error is for errors.Is and errors.As, such as
	// proctoru.ErrStartInPast. It may be nil, or several errors in one of errors.Join.
	Cause error
}

// FieldError is one wrong field of an input.
type FieldError struct {
	// Field names the field or argument, such as "Student.Email" or "username".
	Field string
	// Problem is what is wrong with it or what it must be, with the limit, such as
	// "must be whole minutes, 1 to 1440". It never quotes the value.
	Problem string
}

// Error names the method, each wrong field and its limit. It holds no value.
func (e *ValidationError) Error() string {
	var b strings.Builder
	b.WriteString(e.Op)
	for i, f := range e.Fields {
		b.WriteString([]string{": ", "; "}[min(i, 1)] + f.Field + " " + f.Problem)
	}
	return b.String()
}

// Unwrap returns [ErrNotDone], and Cause if there is one.
func (e *ValidationError) Unwrap() []error {
	if e.Cause == nil {
		return []error{ErrNotDone}
	}
	return []error{ErrNotDone, e.Cause}
}
