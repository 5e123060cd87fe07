package scheduling

import (
	"context"
	"errors"
	"time"

	"github.com/proctorbook/proctorbook/edx"
	"github.com/proctorbook/proctorbook/scheduling/platform"
)

// eligibility is what decides whether a learner without an active booking may book
// the exam, and for which window and duration.
type eligibility struct {
	learner  Learner
	window   Window        // the learner's window
	duration time.Duration // the learner's duration
	last     *Booking      // the newest booking of the exam, or nil
	used     int           // bookings that count for Policy.MaxBookings
	finished int           // sittings of the exam that count
	others   []Booking     // the learner's active bookings of other exams
	reasons  []Reason      // what forbids booking; empty if the learner may book
	cause    error         // why the platform could not be asked
}

// askEnrollment is how an enrollment is asked for: for a page, or for a decision.
type askEnrollment func(ctx context.Context, exam Exam, username string) (platform.Enrollment, error)

// eligibility collects every reason at once: the window, earlier bookings, the
// profile, the enrollment. If the platform can't be asked, that is a reason too. record is
// the learner's newest record, or nil to read it.
func (s *Scheduler) eligibility(ctx context.Context, exam Exam, id LearnerID, record *Learner, enrollment askEnrollment) (*eligibility, error) {
	e := &eligibility{}
	if err := e.readHistory(ctx, s.store, exam, id); err != nil {
		return nil, err
	}
	known := record != nil
	if known {
		e.learner = *record
	} else {
		var err error
		if e.learner, err = s.store.Learner(ctx, id, 0); err != nil && !errors.Is(err, ErrNotFound) {
			return nil, err
		}
		known = err == nil
	}
	var down error
	if e.window, e.duration, down = s.effective(ctx, exam, e.learner); down != nil {
		e.window, e.duration = exam.effective(e.learner.Accommodation(exam.Key()), 0)
	}
	now := s.now()
	if now.Add(exam.Policy.Notice).After(e.window.End.Add(-e.duration)) {
		e.add(ReasonWindowOver)
	}
	e.addHistory(exam)
	if s.refused(ctx, e, now) {
		e.add(ReasonProviderRefuses)
	}
	if !known {
		e.add(ReasonProfileIncomplete, "learner")
		return e, nil
	}
	if fields := e.learner.incomplete(); len(fields) > 0 {
		e.add(ReasonProfileIncomplete, fields...)
	}
	code := whyNoTime(down)
	if down == nil {
		code, down = enrollmentReason(ctx, exam, e.learner.Username, enrollment)
	}
	if code != "" {
		e.add(code)
	}
	e.cause = down
	return e, nil
}

func (e *eligibility) add(code ReasonCode, fields ...string) {
	e.reasons = append(e.reasons, Reason{Code: code, Fields: fields})
}

// readHistory reads the learner's bookings of the exam, and the active ones of others.
func (e *eligibility) readHistory(ctx context.Context, store Store, exam Exam, id LearnerID) error {
	for b, err := range store.List(ctx, Filter{Learner: id}) {
		if err != nil {
			return err
		}
		if b.Exam.Key() != exam.Key() {
			if b.State.Active() {
				e.others = append(e.others, b)
			}
			continue
		}
		if e.last == nil || b.CreatedAt.After(e.last.CreatedAt) {
			e.last = &b
		}
		if b.counts() {
			e.used++
		}
		if b.State == StateFinished {
			e.finished++
		}
	}
	return nil
}

// refusalHolds is how long a learner whose data the provider refused can't book with
// the same data: each refusal brings the institution nearer to being locked out.
const refusalHolds = 24 * time.Hour

// refused reports whether the provider refused the learner's data within refusalHolds,
// and they are still the same.
func (s *Scheduler) refused(ctx context.Context, e *eligibility, now time.Time) bool {
	b := e.last
	return b != nil && b.State == StateFailed && b.EndReason == ReasonProviderRefuses &&
		now.Before(b.Memory.ProvenAt.Add(refusalHolds)) && s.sameData(ctx, e.learner, b.Profile)
}

// addHistory adds the reasons that come from earlier bookings.
func (e *eligibility) addHistory(exam Exam) {
	if e.finished >= exam.Policy.sittings() {
		e.add(ReasonAttemptFinished)
	}
	if most := exam.Policy.MaxBookings; most > 0 && e.used >= most {
		e.add(ReasonBookingsUsedUp)
	}
}

// enrollmentReason asks the platform whether the learner is enrolled in a mode
// that may book.
func enrollmentReason(ctx context.Context, exam Exam, username string, ask askEnrollment) (ReasonCode, error) {
	e, err := ask(ctx, exam, username)
	switch {
	case errors.Is(err, edx.ErrNotEnrolled):
		return ReasonNotEnrolled, nil
	case err != nil:
		return ReasonPlatformUnavailable, err
	case !e.Active:
		return ReasonEnrollmentInactive, nil
	case !exam.Allows(e.Mode):
		return ReasonModeNotAllowed, nil
	}
	return "", nil
}

// terms returns the terms of ActionBook for a learner without an active booking.
func (e *eligibility) terms(exam Exam, latest time.Time) map[Action]Terms {
	t := Terms{Until: latest.Add(-exam.Policy.Notice)}
	if most := exam.Policy.MaxBookings; most > 0 {
		t.Limited, t.Left = true, max(most-e.used, 0)
	}
	return map[Action]Terms{ActionBook: t}
}

// whyNoTime returns the reason of an error of effective.
func whyNoTime(err error) ReasonCode {
	if errors.Is(err, platform.ErrUnreadableTime) {
		return ReasonExtraTimeUnreadable
	}
	return ReasonPlatformUnavailable
}

// platformGrants asks the platform for the extra time that it grants in the exam.
// An answer holds for half a minute, and callers who ask at once share a call.
func (s *Scheduler) platformGrants(ctx context.Context, exam ExamKey) (grants, error) {
	if _, ok := s.platform.(platform.AllowanceKeeper); !ok {
		return nil, nil
	}
	if granted, fresh := s.granted.load(exam, s.now()); fresh {
		return granted, nil
	}
	return s.granted.asking.Get(ctx, exam)
}

// effective returns the window and the duration that hold for the learner. If the
// platform can't be asked for the extra time that it grants, or the learner's can't
// be read, it returns an error: nothing may be booked by a guess.
func (s *Scheduler) effective(ctx context.Context, exam Exam, record Learner) (Window, time.Duration, error) {
	var extra time.Duration
	if record.ID != "" {
		granted, err := s.platformGrants(ctx, exam.Key())
		if err == nil {
			extra, err = granted.of(record)
		}
		if err != nil {
			return Window{}, 0, err
		}
	}
	w, d := exam.effective(record.Accommodation(exam.Key()), extra)
	return w, d, nil
}
