package storetest

import (
	"context"
	"errors"
	"testing"

	"github.com/proctorbook/proctorbook/scheduling"
)

var contextPromises = []promise{
	{"no method acts in a canceled context", nothingWhenCanceled},
	{"List in a context that is canceled meanwhile is complete, or ends with the error", listCanceledMeanwhile},
}

func nothingWhenCanceled(t *testing.T, open opener) {
	s := open(t)
	b := create(t, s, dueAt("pb-1", day(1)), event(dueAt("pb-1", day(1)), scheduling.EventRequested))
	l := putLearner(t, s, scheduling.Learner{ID: b.Learner, Name: "Ada"})
	before := contentOf(t, s)
	canceled, cancel := context.WithCancel(t.Context())
	cancel()

	fresh := booking("pb-2", "bob", finalExam("2027"))
	calls := map[string]func() error{
		"Create": func() error { _, err := s.Create(canceled, fresh, event(fresh, scheduling.EventSent)); return err },
		"Update": func() error { _, err := s.Update(canceled, b, event(b, scheduling.EventSent)); return err },
		"Get":    func() error { _, err := s.Get(canceled, b.ID); return err },
		"Active": func() error { _, err := s.Active(canceled, b.Learner, b.Exam.Key()); return err },
		"Claim": func() error {
			_, err := s.Claim(canceled, scheduling.ClaimQuery{Owner: "worker-1", Now: day(11), Until: day(12), Limit: 1})
			return err
		},
		"List":       func() error { return lastError(canceled, s, func(scheduling.Booking) {}) },
		"Events":     func() error { _, err := s.Events(canceled, scheduling.EventQuery{Limit: 10}); return err },
		"PutLearner": func() error { _, err := s.PutLearner(canceled, l); return err },
		"Learner":    func() error { _, err := s.Learner(canceled, l.ID, 0); return err },
		"Erase":      func() error { return s.Erase(canceled, l.ID) },
	}
	for name, call := range calls {
		wantError(t, name+" in a canceled context", call(), context.Canceled)
	}

	wantSame(t, "the store afterwards", contentOf(t, s), before)
	wantLearner(t, s, 0, l)
}

// errNotLast means that a List went on after an error.
var errNotLast = errors.New("List yielded something after an error, which must be the last thing")

// lastError ranges over the whole list, and returns the error that ends it, if one does.
func lastError(ctx context.Context, s scheduling.Store, visit func(scheduling.Booking)) error {
	var last error
	for b, err := range s.List(ctx, scheduling.Filter{}) {
		if last != nil {
			return errNotLast
		}
		if last = err; err == nil {
			visit(b)
		}
	}
	return last
}

// listCanceledMeanwhile guards those who take the end of a List for the end of
// the bookings. A store may have read ahead: then the list is complete.
func listCanceledMeanwhile(t *testing.T, open opener) {
	s := open(t)
	want := numbered(t, s, 250)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	seen := 0

	err := lastError(ctx, s, func(scheduling.Booking) {
		if seen++; seen == 2 {
			cancel()
		}
	})

	switch {
	case err == nil && seen != len(want):
		t.Errorf("List ended without an error after %d of %d bookings when its context was canceled", seen, len(want))
	case err != nil:
		wantError(t, "List in a context canceled meanwhile", err, context.Canceled)
	}
}
