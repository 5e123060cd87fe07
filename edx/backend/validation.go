package backend

import "github.com/proctorbook/proctorbook"

// validation collects what is wrong with the arguments of NewHandler and its options.
type validation struct{ fields []proctorbook.FieldError }

func (v *validation) add(field, problem string) {
	v.fields = append(v.fields, proctorbook.FieldError{Field: field, Problem: problem})
}

func (v *validation) check(field string, ok bool, problem string) {
	if !ok {
		v.add(field, problem)
	}
}

func (v *validation) err() error {
	if len(v.fields) == 0 {
		return nil
	}
	return &proctorbook.ValidationError{Op: "backend: NewHandler", Fields: v.fields}
}
