package scheduling

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"time"
)

// Affected is a booking that does not agree with its exam as it is now.
type Affected struct {
	Booking  Booking       // as the store has it
	Window   Window        // the learner's window now, accommodation included
	Duration time.Duration // the learner's duration now, accommodation included
	Changed  []Setting     // what differs from the booking's copy of the exam
	Outdated []Setting     // what the provider has, or would then have, in an older form
	Misfits  []ReasonCode  // why the booking can't stay as it is; only outside_window so far
	Open     bool          // an operation is open, and ApplyExam changes nothing until it has settled
}

// NeedsMove reports whether only a Reschedule to another start makes the booking
// agree with the exam everywhere.
func (a Affected) NeedsMove() bool { return len(a.Outdated) > 0 || len(a.Misfits) > 0 }

// affected compares the booking with the exam, and with the window and duration
// that hold for its learner. It returns nil if they agree.
func (b *Booking) affected(exam Exam, w Window, d time.Duration, now time.Time) *Affected {
	a := &Affected{Booking: b.clone(), Window: w, Duration: d, Outdated: slices.Clone(b.Outdated), Open: b.Intent != nil}
	old := b.Exam
	for _, x := range []struct {
		setting Setting
		differs bool
		sent    bool // the provider keeps it
	}{
		{SettingTitle, old.providerDescription() != exam.providerDescription(), true},
		{SettingNotes, old.notes() != exam.notes(), true},
		{SettingDuration, b.Duration != d, true},
		{SettingWindow, !b.Window.equal(w), false},
		{SettingZone, old.Zone.String() != exam.Zone.String(), false},
		{SettingModes, !slices.Equal(old.Modes, exam.Modes), false},
		{SettingPolicy, old.Policy != exam.Policy, false},
		{SettingCode, old.Code != exam.Code || old.CodeVia != exam.CodeVia, false},
	} {
		if x.differs {
			a.Changed = append(a.Changed, x.setting)
		}
		if x.differs && x.sent && !slices.Contains(a.Outdated, x.setting) {
			a.Outdated = append(a.Outdated, x.setting)
		}
	}
	if start := b.expected(); b.UnlockedAt.IsZero() && start.After(now) && !w.Contains(start, d) {
		a.Misfits = []ReasonCode{ReasonOutsideWindow}
	}
	if len(a.Changed) == 0 && len(a.Outdated) == 0 && len(a.Misfits) == 0 {
		return nil
	}
	return a
}

func (w Window) equal(o Window) bool { return w.Start.Equal(o.Start) && w.End.Equal(o.End) }

// Affected yields the active bookings of the exam that no longer agree with its
// settings, or with their learner's accommodation: what differs, and what no longer
// fits. It changes nothing. For an erased learner, the window and duration that the
// booking had of its own still count.
//
// Bookings and learners that can't be read come as an [*UnreadableError] each, and whose
// extra time can't, as [*NotAllowedError]. Other errors end it: [*proctorbook.ValidationError];
// [*NotAllowedError] with platform_unavailable if the platform can't be asked for extra
// time; errors of the store.
func (d *StaffService) Affected(ctx context.Context, exam Exam) iter.Seq2[Affected, error] {
	return func(yield func(Affected, error) bool) {
		grants, err := d.s.grantsOf(ctx, exam)
		if err != nil {
			yield(Affected{}, inMethod("Affected", err))
			return
		}
		for b, err := range d.s.store.List(ctx, Filter{Exam: exam.Key(), States: activeStates}) {
			var a *Affected
			if err == nil {
				a, err = d.s.compare(ctx, &b, exam, grants)
			}
			if err != nil {
				_, alone := errors.AsType[*NotAllowedError](err) // it is about the learner's extra time
				if !yield(Affected{}, fmt.Errorf("scheduling: Affected: booking %s: %w", b.ID, err)) || !alone && !d.s.goesOn(ctx, err) {
					return
				}
				continue
			}
			if a != nil && !yield(*a, nil) {
				return
			}
		}
	}
}

// grantsOf checks the exam, and asks the platform once what it grants.
func (s *Scheduler) grantsOf(ctx context.Context, exam Exam) (grants, error) {
	if err := s.checkExam(exam); err != nil {
		return nil, err
	}
	g, err := s.platformGrants(ctx, exam.Key())
	if err != nil {
		return nil, &NotAllowedError{Action: ActionApplyExam, Reasons: []Reason{{Code: ReasonPlatformUnavailable}}, cause: err}
	}
	return g, nil
}

func (s *Scheduler) compare(ctx context.Context, b *Booking, exam Exam, g grants) (*Affected, error) {
	w, d, err := s.holdsFor(ctx, b, exam, g)
	if err != nil {
		return nil, err
	}
	return b.affected(exam, w, d, s.now()), nil
}

// holdsFor returns the window and duration that hold for the booking's learner.
func (s *Scheduler) holdsFor(ctx context.Context, b *Booking, exam Exam, g grants) (Window, time.Duration, error) {
	record, err := s.store.Learner(ctx, b.Learner, 0)
	if errors.Is(err, ErrNotFound) { // erased
		w, d := b.keeps(exam)
		return w, d, nil
	}
	if err != nil {
		return Window{}, 0, err
	}
	extra, err := g.of(record)
	if err != nil {
		return Window{}, 0, &NotAllowedError{Action: ActionApplyExam, Reasons: []Reason{{Code: whyNoTime(err)}}, cause: err}
	}
	w, d := exam.effective(record.Accommodation(exam.Key()), extra)
	return w, d, nil
}

// keeps returns the window and duration of a booking whose learner is erased: the
// exam's, except where the booking's own already differed from its exam's.
func (b *Booking) keeps(exam Exam) (Window, time.Duration) {
	w, d := b.Window, b.Duration
	if w.equal(b.Exam.Window) {
		w = exam.Window
	}
	if d == b.Exam.Duration {
		d = exam.Duration
	}
	return w.stretched(d), d
}

// ApplyExam puts the exam's present settings and each learner's accommodation on the
// exam's active bookings. It returns the bookings that still don't agree: an
// operation is open (apply again later), they no longer fit the window, or the
// provider has them in an older form, which only a Reschedule to another start
// changes. Code and CodeVia stay: the proctor has the code.
//
// An error of one booking does not stop the others; the errors are joined.
// Errors: as [StaffService.Affected].
func (d *StaffService) ApplyExam(ctx context.Context, exam Exam, r Request) ([]Affected, error) {
	if err := r.validateStaff(); err != nil {
		return nil, inMethod("ApplyExam", err)
	}
	g, err := d.s.grantsOf(ctx, exam)
	if err != nil {
		return nil, inMethod("ApplyExam", err)
	}
	var left []Affected
	var errs []error
	for b, err := range d.s.store.List(ctx, Filter{Exam: exam.Key(), States: activeStates}) {
		if err != nil {
			errs = append(errs, fmt.Errorf("scheduling: ApplyExam: %w", err))
			if !d.s.goesOn(ctx, err) {
				return left, errors.Join(errs...)
			}
			continue
		}
		var a *Affected
		err = d.s.guarded(ctx, nil, b.ID, func() (err error) {
			a, err = d.s.applyExam(ctx, b.ID, exam, g, r)
			return err
		})
		if err != nil {
			errs = append(errs, err)
		}
		if a != nil {
			left = append(left, *a)
		}
	}
	return left, errors.Join(errs...)
}

// applyExam puts the settings on one booking, and returns what still differs.
func (s *Scheduler) applyExam(ctx context.Context, id BookingID, exam Exam, g grants, r Request) (*Affected, error) {
	row, err := s.change(ctx, id, func(b *Booking, now time.Time) ([]Event, error) {
		w, d, err := s.holdsFor(ctx, b, exam, g)
		if err != nil {
			return nil, err
		}
		a := b.affected(exam, w, d, now)
		if a == nil || a.Open || !b.State.Active() || !a.applies() {
			return nil, errNoChange
		}
		b.apply(exam, *a)
		if b.started() {
			b.DueAt = b.watchStartedAt(now, s.tuning.WatchInterval)
		}
		e := b.event(EventExamApplied, now)
		e.Reason, e.By = r.Reason, r.By
		if len(a.Misfits) > 0 {
			e.Code = a.Misfits[0]
		}
		return []Event{e}, nil
	})
	if err != nil || !row.State.Active() {
		return nil, err
	}
	return s.compare(ctx, &row, exam, g)
}

// applies reports whether ApplyExam has something to change.
func (a Affected) applies() bool {
	return slices.ContainsFunc(a.Changed, func(x Setting) bool { return x != SettingCode })
}

func (b *Booking) apply(exam Exam, a Affected) {
	code, via := b.Exam.Code, b.Exam.CodeVia
	b.Exam = exam
	b.Exam.Modes = slices.Clone(exam.Modes)
	b.Exam.Code, b.Exam.CodeVia = code, via
	b.Window, b.Duration, b.Outdated = a.Window, a.Duration, a.Outdated
}
