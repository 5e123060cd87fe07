package scheduling_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/scheduling"
)

// tooLong is longer than any text may be.
var tooLong = strings.Repeat("é", 501)

var badInputs = map[string]struct {
	do   func(w *world) error
	want []string // parts of the text: fields and limits
}{
	"exam": {func(w *world) error {
		_, err := w.Book(w.t.Context(), scheduling.Exam{}, w.learner, nine)
		return err
	}, []string{"scheduling: Book: Exam.Course is missing", "Exam.Name is empty"}},
	"exam for Status": {func(w *world) error {
		_, err := w.Status(w.t.Context(), scheduling.Exam{}, w.learner)
		return err
	}, []string{"scheduling: Status: Exam.Course is missing"}},
	"exam for Slots": {func(w *world) error {
		for _, err := range w.Slots(w.t.Context(), scheduling.Exam{}, w.learner, scheduling.SlotQuery{}) {
			return err
		}
		return nil
	}, []string{"scheduling: Slots: Exam.Course is missing"}},
	"unknown learner": {func(w *world) error {
		_, err := w.Book(w.t.Context(), w.exam, "4999", nine)
		return err
	}, []string{"profile_incomplete (learner)"}},
	"cancel reason": {func(w *world) error {
		_, err := w.Cancel(w.t.Context(), "pb-x", scheduling.Request{Reason: tooLong})
		return err
	}, []string{"scheduling: Cancel: Request.Reason", "500"}},
	"cancel by": {func(w *world) error {
		_, err := w.Cancel(w.t.Context(), "pb-x", scheduling.Request{By: tooLong[:202]})
		return err
	}, []string{"Request.By", "100"}},
	"reset without reason": {func(w *world) error {
		_, err := w.Staff.ResetCode(w.t.Context(), "pb-x", scheduling.Request{})
		return err
	}, []string{"scheduling: ResetCode: Request.Reason is empty", "Request.By is empty"}},
	"reset with a long reason": {func(w *world) error {
		_, err := w.Staff.ResetCode(w.t.Context(), "pb-x", scheduling.Request{Reason: tooLong, By: tooLong[:202]})
		return err
	}, []string{"Request.Reason", "500", "Request.By", "100"}},
	"profile": {func(w *world) error {
		return w.SaveProfile(w.t.Context(), w.learner, scheduling.Profile{})
	}, []string{"scheduling: SaveProfile: Profile.GivenName is empty", "Profile.Phone must be", "Profile.Country must be"}},
	"interval": {func(w *world) error { return w.Run(w.t.Context(), 0) }, []string{"scheduling: Run: interval must be positive"}},
}

func TestBadInputNamesItsField(t *testing.T) {
	t.Parallel()
	for name, tt := range badInputs {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			err := tt.do(w)
			if err == nil || !errors.Is(err, proctorbook.ErrNotDone) {
				t.Fatalf("error = %v, want one that is ErrNotDone", err)
			}
			for _, part := range tt.want {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("error = %q, want it to say %q", err, part)
				}
			}
			if n := w.providerRequests(); n != 0 {
				t.Errorf("sent %d requests, want 0", n)
			}
		})
	}
}
