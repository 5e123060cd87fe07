package scheduling

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/scheduling/provider"
)

// ActionImport is [StaffService.Import], in a [*NotAllowedError].
const ActionImport Action = "import"

// Import is a reservation that another system made at the provider. Its start, state
// and reservation id are read from the provider.
type Import struct {
	Learner   LearnerID              // the student_id with which it was made, less the StudentPrefix; required
	Number    proctoru.ReservationNo // the provider's number; required
	Completed time.Time              // when the learner ended the exam, by the other system, in any zone; zero if unknown

	// Live also imports a reservation that is still to come. The proctor then has the
	// password of the other system: give them the code of [StaffService.UnlockCode],
	// or let staff make a new booking instead.
	Live   bool
	DryRun bool // only return what would be imported; that a live one needs a learner's record is not checked
}

func (i Import) validate(now time.Time) error {
	var v problems
	v.check(i.Learner != "", "Import.Learner", "is missing")
	v.check(readable(i.Number), "Import.Number", "must be decimal digits without leading zeros")
	v.check(!i.Completed.After(now), "Import.Completed", "lies ahead")
	return v.err()
}

// Import stores a reservation that another system made as a booking of the exam, with
// the event imported. It asks the provider what became of the number, and changes
// nothing there. If the store has the number already it returns that booking. Call it
// while nobody sits the exam.
//
// A reservation that is past becomes a booking that is canceled, finished or no_show;
// its id is made from the number, since reports don't show the reservation id. One
// that is still to come becomes a scheduled booking, under the reservation id of the
// provider's list, so that moves, cancels and Sweep find it.
//
// Errors: [*proctorbook.ValidationError]; [*AlreadyBookedError]; [*NotAllowedError] with
// reservation_missing (the provider does not show the number for this learner), live (it
// is still to come, and Live is not set), outside_window, unsettled (its session runs or
// has just ended, or list and evidence disagree), profile_incomplete (a live one needs
// [Scheduler.Learner] first); errors of the provider and the store.
func (d *StaffService) Import(ctx context.Context, exam Exam, i Import) (Booking, error) {
	if err := d.s.checkExam(exam); err != nil {
		return Booking{}, inMethod("Import", err)
	}
	if err := i.validate(d.s.now()); err != nil {
		return Booking{}, inMethod("Import", err)
	}
	if known, err := d.s.imported(ctx, i); err != nil || known.ID != "" {
		return known, err
	}
	f, err := d.s.findImport(ctx, i)
	if err != nil {
		return Booking{}, fmt.Errorf("scheduling: Import: %w", err)
	}
	b := d.s.newImport(exam, i)
	var reason ReasonCode
	if f.listed != nil {
		reason, err = d.s.importLive(ctx, &b, i, f)
	} else {
		reason = b.importPast(i, f, d.s.now())
	}
	if err != nil {
		return Booking{}, fmt.Errorf("scheduling: Import: %w", err)
	}
	if reason != "" {
		return Booking{}, notAllowed(ActionImport, reason)
	}
	return d.s.keepImport(ctx, b, i.DryRun)
}

// imported returns the learner's booking that has the number, or had it once.
func (s *Scheduler) imported(ctx context.Context, i Import) (Booking, error) {
	for b, err := range s.store.List(ctx, Filter{Learner: i.Learner}) {
		if err != nil {
			return Booking{}, fmt.Errorf("scheduling: Import: %w", err)
		}
		if b.Number == i.Number || b.dead(i.Number) || b.condemned(i.Number) {
			return b, nil
		}
	}
	return Booking{}, nil
}

// importFacts is what the provider shows of a number.
type importFacts struct {
	listed *provider.Listed
	proof  *provider.Proof
	ended  bool
}

func (s *Scheduler) findImport(ctx context.Context, i Import) (importFacts, error) {
	var f importFacts
	rows, err := s.list(ctx, i.Learner)
	if err != nil && !errors.Is(err, provider.ErrEmptyByEvidence) { // the evidence is asked below
		return f, err
	}
	proofs, err := s.provider.Evidence(ctx, string(i.Learner), string(importID(i.Number)), i.Number)
	if err != nil && !errors.Is(err, provider.ErrNoEvidence) {
		return f, err
	}
	if at := slices.IndexFunc(rows, func(r provider.Listed) bool { return r.Number == i.Number }); at >= 0 {
		f.listed = &rows[at]
	}
	if at := slices.IndexFunc(proofs, func(p provider.Proof) bool { return p.Number == i.Number }); at >= 0 {
		f.proof = &proofs[at]
	}
	if f.proof == nil || !f.proof.Started {
		return f, nil
	}
	sessions, err := s.provider.Activity(ctx, string(i.Learner))
	if err != nil {
		return f, err
	}
	f.ended = slices.ContainsFunc(sessions, func(a provider.Activity) bool { return a.Number == i.Number && a.Ended })
	return f, nil
}

// importID is the id of a past booking: the same for every run.
func importID(n proctoru.ReservationNo) BookingID {
	sum := sha256.Sum256([]byte(n))
	return BookingID("import-" + hex.EncodeToString(sum[:10]))
}

func (s *Scheduler) newImport(exam Exam, i Import) Booking {
	now := s.now()
	return Booking{
		ID: importID(i.Number), Learner: i.Learner, CreatedAt: now, UpdatedAt: now,
		Exam: exam, Window: exam.Window, Duration: exam.Duration, Number: i.Number,
		Generation: 1, Memory: ProtocolMemory{ProvenAt: now}, Code: Code{KeyID: s.unlockKeys[0].ID, Generation: 1},
	}.clone()
}

// importLive makes b a scheduled booking, or returns the reason why it can't.
func (s *Scheduler) importLive(ctx context.Context, b *Booking, i Import, f importFacts) (ReasonCode, error) {
	now, start := s.now(), f.listed.Start.UTC()
	switch {
	case f.proof != nil && (f.proof.Canceled || f.proof.Started), !start.After(now), f.listed.ReservationID == "":
		return ReasonUnsettled, nil
	case !i.Live:
		return ReasonLive, nil
	case !b.Window.Contains(start, b.Duration):
		return ReasonOutsideWindow, nil
	}
	learner, err := s.store.Learner(ctx, i.Learner, 0)
	switch {
	case err != nil && !errors.Is(err, ErrNotFound):
		return "", err
	case err != nil && !i.DryRun:
		return ReasonProfileIncomplete, nil
	}
	b.ID, b.Profile, b.State = BookingID(f.listed.ReservationID), learner.Version, StateScheduled
	b.Start, b.Memory.StartsSent, b.SeenActive = start, []time.Time{start}, now
	b.DueAt = (&turn{b: b, now: now, tuning: s.tuning}).nextWatch()
	return "", nil
}

// importPast makes b a booking that has ended, or returns the reason why it can't. When
// it was booked is not known, so CreatedAt becomes its start.
func (b *Booking) importPast(i Import, f importFacts, now time.Time) ReasonCode {
	if f.proof == nil || f.proof.Start.IsZero() {
		return ReasonReservationMissing
	}
	b.Start = f.proof.Start.UTC()
	b.Memory.StartsSent = []time.Time{b.Start}
	if b.Start.Before(b.CreatedAt) {
		b.CreatedAt = b.Start
	}
	over := !now.Before(b.End().Add(b.Exam.Policy.noShowAfter()))
	switch {
	case f.proof.Canceled:
		b.State, b.EndReason = StateCanceled, ReasonCanceledByProvider
		b.Memory.Dead = []proctoru.ReservationNo{b.Number}
	case !b.Start.Before(now):
		return ReasonUnsettled // ahead, and not listed
	case !i.Completed.IsZero() || f.ended:
		b.State, b.FinishedAt = StateFinished, i.Completed.UTC()
	case !over:
		return ReasonUnsettled
	case f.proof.Started:
		b.State = StateFinished
	default:
		b.State = StateNoShow
	}
	return ""
}

func (s *Scheduler) keepImport(ctx context.Context, b Booking, dryRun bool) (Booking, error) {
	event := b.event(EventImported, s.now())
	if err := checkTransitions(nowhere, b.standing(), []Event{event}); err != nil {
		return Booking{}, err
	}
	if b.State.Active() {
		other, err := s.store.Active(ctx, b.Learner, b.Exam.Key())
		if err == nil {
			return other, &AlreadyBookedError{BookingID: other.ID, Start: other.wanted()}
		}
		if !errors.Is(err, ErrNotFound) {
			return Booking{}, fmt.Errorf("scheduling: Import: %w", err)
		}
	}
	if dryRun {
		return b, nil
	}
	stored, err := s.store.Create(ctx, b, event)
	if err != nil {
		return Booking{}, fmt.Errorf("scheduling: Import: %w", err)
	}
	s.measureChange(ctx, Booking{}, stored, []Event{event})
	return stored, nil
}
