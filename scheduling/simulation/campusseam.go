package simulation

import (
	"context"

	"github.com/proctorbook/proctorbook/edx/backend"
	"github.com/proctorbook/proctorbook/scheduling/openedx"
)

// bridgeSeam stands between a process and what it keeps for the platforms. It pauses
// before and after each write, and plays the store's faults. Reads are made at once: the
// product makes some of them on goroutines of its own.
type bridgeSeam struct {
	*seam
	openedx.Store
}

var _ openedx.Store = (*bridgeSeam)(nil)

// put makes a write.
func put[R any](ctx context.Context, s *bridgeSeam, what string, write func() (R, error)) (R, error) {
	var none R
	f, err := s.enter(ctx, what, true)
	if err != nil {
		return none, err
	}
	got, err := write()
	if err != nil {
		return got, err
	}
	s.w.trace.add(s.w.elapsed(), s.process.name, what)
	if err := s.leave(what, f); err != nil {
		return none, err
	}
	return got, nil
}

// PutExam implements openedx.Store.
func (s *bridgeSeam) PutExam(ctx context.Context, e openedx.Exam) (openedx.Exam, error) {
	return put(ctx, s, "PutExam", func() (openedx.Exam, error) { return s.Store.PutExam(ctx, e) })
}

// PutPerson implements openedx.Store.
func (s *bridgeSeam) PutPerson(ctx context.Context, p openedx.Person) (openedx.Person, error) {
	return put(ctx, s, "PutPerson", func() (openedx.Person, error) { return s.Store.PutPerson(ctx, p) })
}

// PutAttempt implements openedx.Store.
func (s *bridgeSeam) PutAttempt(ctx context.Context, a openedx.Attempt) (openedx.Attempt, error) {
	return put(ctx, s, "PutAttempt", func() (openedx.Attempt, error) { return s.Store.PutAttempt(ctx, a) })
}

// Erase implements openedx.Store.
func (s *bridgeSeam) Erase(ctx context.Context, platform backend.PlatformID, user backend.UserID) error {
	_, err := put(ctx, s, "Erase", func() (struct{}, error) { return struct{}{}, s.Store.Erase(ctx, platform, user) })
	return err
}
