package proctorbook_test

import (
	"context"
	"testing"

	"github.com/proctorbook/proctorbook"
)

func TestRoutine(t *testing.T) {
	t.Parallel()
	plain := t.Context()
	routine := proctorbook.Routine(plain)
	child, cancel := context.WithCancel(routine)
	defer cancel()
	if proctorbook.IsRoutine(plain) || !proctorbook.IsRoutine(routine) || !proctorbook.IsRoutine(child) {
		t.Error("want the context and its children routine, and no other one")
	}
	if proctorbook.Routine(child) != child {
		t.Error("a routine context is wrapped once more")
	}
}
