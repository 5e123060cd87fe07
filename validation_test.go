package proctorbook_test

import (
	"errors"
	"testing"

	"github.com/proctorbook/proctorbook"
)

func TestValidationError(t *testing.T) {
	errZone, errPast := errors.New("zone"), errors.New("past")
	fields := []proctorbook.FieldError{
		{Field: "Student.Email", Problem: "is required"},
		{Field: "Duration", Problem: "must be whole minutes, 1 to 1440"},
	}
	tests := map[string]struct {
		err  *proctorbook.ValidationError
		text string
		is   []error
	}{
		"one field": {
			&proctorbook.ValidationError{Op: "proctoru: Students.Save", Fields: fields[:1]},
			"proctoru: Students.Save: Student.Email is required", nil,
		},
		"two fields, two causes": {
			&proctorbook.ValidationError{Op: "proctoru: Reservations.Create", Fields: fields, Cause: errors.Join(errZone, errPast)},
			"proctoru: Reservations.Create: Student.Email is required; Duration must be whole minutes, 1 to 1440",
			[]error{errZone, errPast},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := tt.err.Error(); got != tt.text {
				t.Errorf("Error = %q, want %q", got, tt.text)
			}
			for _, target := range append(tt.is, proctorbook.ErrNotDone) {
				if !errors.Is(tt.err, target) {
					t.Errorf("errors.Is(%v) = false", target)
				}
			}
			if errors.Is(tt.err, proctorbook.ErrOutcomeUnknown) {
				t.Error("the error is ErrOutcomeUnknown")
			}
			if got := errors.Is(tt.err, errZone); got != (len(tt.is) > 0) {
				t.Errorf("errors.Is(errZone) = %t", got)
			}
		})
	}
}
