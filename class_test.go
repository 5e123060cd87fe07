package proctorbook_test

import (
	"testing"

	"github.com/proctorbook/proctorbook"
)

func TestClassString(t *testing.T) {
	for class, want := range map[proctorbook.Class]string{
		proctorbook.Read: "read", proctorbook.IdempotentWrite: "idempotent_write", proctorbook.Write: "write",
		proctorbook.Write + 1: "invalid", proctorbook.Read - 1: "invalid",
	} {
		if got := class.String(); got != want {
			t.Errorf("Class(%d) = %q, want %q", int(class), got, want)
		}
	}
}
