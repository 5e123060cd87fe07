package scheduling_test

import (
	"errors"
	"testing"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/scheduling"
)

// What staff may not say.
func TestStaffRequestsAreChecked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.settled(nine)
	for name, f := range map[string]func(scheduling.Request) error{
		"SetAttendance": func(r scheduling.Request) error {
			_, err := w.Staff.SetAttendance(t.Context(), id, scheduling.PresenceEnded, r)
			return err
		},
		"OverrideOutcome": func(r scheduling.Request) error {
			_, err := w.Staff.OverrideOutcome(t.Context(), id, scheduling.VerdictPassed, r)
			return err
		},
		"WithdrawOverride": func(r scheduling.Request) error { _, err := w.Staff.WithdrawOverride(t.Context(), id, r); return err },
		"Reopen":           func(r scheduling.Request) error { _, err := w.Staff.Reopen(t.Context(), id, r); return err },
		"UndoNoShow":       func(r scheduling.Request) error { _, err := w.Staff.UndoNoShow(t.Context(), id, r); return err },
	} {
		for _, r := range []scheduling.Request{{}, {Reason: "why"}, {By: "who"}} {
			if bad, ok := errors.AsType[*proctorbook.ValidationError](f(r)); !ok || bad.Op != "scheduling: "+name {
				t.Errorf("%s by %+v: %v, want a ValidationError that names the method", name, r, bad)
			}
		}
	}
	_, err := w.Staff.SetAttendance(t.Context(), id, scheduling.PresenceMoved, byStaff)
	if _, ok := errors.AsType[*proctorbook.ValidationError](err); !ok {
		t.Errorf("SetAttendance(moved) = %v, want ValidationError: only the provider moves", err)
	}
	_, err = w.Staff.OverrideOutcome(t.Context(), id, scheduling.VerdictPending, byStaff)
	if _, ok := errors.AsType[*proctorbook.ValidationError](err); !ok {
		t.Errorf("OverrideOutcome(pending) = %v, want ValidationError", err)
	}
}
