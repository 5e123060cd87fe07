package scheduling

import (
	"context"
	"slices"
	"time"
)

// ExtendTime reads the extra time that the platform grants now, and gives the booking the
// learner's present duration if that is longer than the one that was booked; it never makes
// it shorter. Where the sitting would end after the window, the
// window's end moves back. The provider keeps the
// duration that it has, which [StaffService.Affected] shows. Call it before
// [Scheduler.Begin] where the platform does not tell when it grants more.
//
// Errors: [*NotAllowedError] if the platform can't be asked, or has an extra time for the
// learner that can't be read; ErrNotFound; errors of the store. Then nothing is changed.
func (s *Scheduler) ExtendTime(ctx context.Context, id BookingID) (Booking, error) {
	b, err := s.Booking(ctx, id)
	if err != nil {
		return Booking{}, err
	}
	granted, err := s.platformGrants(ctx, b.Exam.Key())
	if err != nil {
		return b, &NotAllowedError{Action: ActionApplyExam, Reasons: []Reason{{Code: ReasonPlatformUnavailable}}, cause: err}
	}
	return s.change(ctx, id, func(b *Booking, now time.Time) ([]Event, error) {
		_, d, err := s.holdsFor(ctx, b, b.Exam, granted)
		if err != nil {
			return nil, err
		}
		if d <= b.Duration || !b.State.Active() || b.Intent != nil {
			return nil, errNoChange
		}
		b.Duration, b.Window = d, b.Window.stretched(d)
		if end := b.Start.Add(d); end.After(b.Window.End) {
			b.Window.End = end
		}
		if !slices.Contains(b.Outdated, SettingDuration) {
			b.Outdated = append(b.Outdated, SettingDuration)
		}
		if b.started() {
			b.DueAt = b.watchStartedAt(now, s.tuning.WatchInterval)
		}
		return []Event{b.event(EventExamApplied, now)}, nil
	})
}
