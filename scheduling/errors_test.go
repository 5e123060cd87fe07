package scheduling_test

import (
	"bytes"
	"encoding/gob"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

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

// An id may come out of a request: in the text of an error it can neither begin a line
// of a log nor turn the rest of one around.
func TestErrorsQuoteOddIDs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const odd = "x\nlevel=ERROR\x1b[2J\u202e"
	_, notFound := w.Booking(t.Context(), odd)
	_, notMoved := w.Reschedule(t.Context(), odd, nine)
	_, notBegun := w.Begin(t.Context(), odd)
	_, notCanceled := w.Cancel(t.Context(), odd, scheduling.Request{Reason: "ill"})
	for _, err := range []error{
		notFound, notMoved, notBegun, notCanceled,
		&scheduling.PendingError{BookingID: odd}, &scheduling.AlreadyBookedError{BookingID: odd}, &scheduling.LearnerBusyError{BookingID: odd},
		&scheduling.SlotTakenError{BookingID: odd}, &scheduling.RefusedError{BookingID: odd}, &scheduling.UnsyncedError{Learner: odd},
		errors.New(fmt.Sprint(scheduling.Learner{ID: odd})), errors.New(fmt.Sprint(scheduling.UnlockKey{ID: odd})),
	} {
		if err == nil || strings.ContainsAny(err.Error(), "\n\x1b\u202e") || !strings.Contains(err.Error(), `"x\nlevel=ERROR\x1b[2J\u202e"`) {
			t.Errorf("%q does not quote the id", err)
		}
	}
}

// What a panic or a record's error holds may be anybody's: no form of it is shown, also
// not where it is one of many.
func TestErrorsOfOneOfManyShowNothingOfIt(t *testing.T) {
	t.Parallel()
	quoting := &time.ParseError{Layout: time.RFC3339, Value: "Ada Example", Message: ": Ada Example"}
	errs := []error{
		&scheduling.PanicError{Booking: "pb-1", Value: "Ada Example", Stack: "main"}, &scheduling.PanicError{Value: quoting},
		&scheduling.UnreadableError{Booking: "pb-1", Err: quoting},
	}
	for _, v := range []any{errs, map[string]error{"a": errs[0], "b": errs[2]}, errs[0], errs[2], *errs[2].(*scheduling.UnreadableError), scheduling.PanicError{Value: "Ada Example"}} {
		var log, binary bytes.Buffer
		slog.New(slog.NewJSONHandler(&log, nil)).Info("m", "errors", v)
		raw, err := json.Marshal(v)
		_ = gob.NewEncoder(&binary).Encode(v)
		if text := fmt.Sprintf("%s %s %s %+v", log.String(), raw, binary.String(), v); err != nil || strings.Contains(text, "Ada") {
			t.Errorf("%T shows %s, %v", v, text, err)
		}
	}
}
