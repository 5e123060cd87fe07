package scheduling

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/proctorbook/proctorbook/edx"
)

// SessionQuery chooses and orders the rows of [Scheduler.Sessions].
type SessionQuery struct {
	Filter

	// NewestFirst orders by reservation number, the highest first, those without a
	// number last. It reads all that match before the first row comes; otherwise rows
	// come as the store has them, by booking id, and none is kept.
	NewestFirst bool

	// Grade returns what the course gave, in words of yours, for a column of its own;
	// it is called once a row. Nil leaves the grades out.
	Grade func(context.Context, Booking) (string, error)
}

// SessionRow is a booking and its outcome, as far as the store knows it.
type SessionRow struct {
	Booking Booking
	Outcome Outcome
	Grade   string
}

// Sessions lists bookings with what is known of their sessions, from the store
// alone: ended and canceled ones too, each with its state. It asks no provider;
// Outcome.ReadAt says how old the facts are, and [Scheduler.ReadReport] refreshes them.
// It shows what may be shown to staff of the exam: the caller checks their right.
//
// An error is the last thing that it yields.
func (s *Scheduler) Sessions(ctx context.Context, q SessionQuery) iter.Seq2[SessionRow, error] {
	return func(yield func(SessionRow, error) bool) {
		bookings := s.store.List(ctx, q.Filter)
		if q.NewestFirst {
			all, err := collect(bookings)
			if err != nil {
				yield(SessionRow{}, fmt.Errorf("scheduling: Sessions: %w", err))
				return
			}
			slices.SortStableFunc(all, func(a, b Booking) int { return b.Number.Compare(a.Number) })
			bookings = each(all)
		}
		for b, err := range bookings {
			row := SessionRow{Booking: b, Outcome: b.Outcome()}
			if err == nil && q.Grade != nil {
				row.Grade, err = q.Grade(ctx, b)
			}
			if err != nil {
				yield(SessionRow{}, fmt.Errorf("scheduling: Sessions: %w", err))
				return
			}
			if !yield(row, nil) {
				return
			}
		}
	}
}

func collect[T any](seq iter.Seq2[T, error]) ([]T, error) {
	var all []T
	for v, err := range seq {
		if err != nil {
			return nil, err
		}
		all = append(all, v)
	}
	return all, nil
}

func each[T any](all []T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for _, v := range all {
			if !yield(v, nil) {
				return
			}
		}
	}
}

// WhyNotBooked says why a learner who may book has nothing booked.
type WhyNotBooked string

// The reasons.
const (
	NotBookedNever    WhyNotBooked = "never"    // no booking was ever made, or each of them failed
	NotBookedCanceled WhyNotBooked = "canceled" // the newest one was canceled, by whomever
	NotBookedMissed   WhyNotBooked = "missed"   // the newest one is a no-show
)

// NotBooked is a learner who may book an exam and has not. It is personal data.
type NotBooked struct {
	Account
	Mode edx.Mode // of the enrollment
	Why  WhyNotBooked
	Last BookingID // the newest booking; "" if there never was one
}

// NotBooked lists the learners who are actively enrolled in one of the exam's
// modes and have neither an active booking of it nor have sat it: those to
// remind. The platform tells who is enrolled, and gives the name and address of
// each one listed, one call each; the bookings are read first, and of each
// learner the newest one is kept. The list is about people: the caller checks the
// right to see it.
//
// An error is the last thing that it yields: of the store, or of the platform.
func (s *Scheduler) NotBooked(ctx context.Context, exam Exam) iter.Seq2[NotBooked, error] {
	return func(yield func(NotBooked, error) bool) {
		if err := s.notBooked(ctx, exam, yield); err != nil {
			yield(NotBooked{}, fmt.Errorf("scheduling: NotBooked: %w", err))
		}
	}
}

func (s *Scheduler) notBooked(ctx context.Context, exam Exam, yield func(NotBooked, error) bool) error {
	if err := exam.Validate(); err != nil {
		return err
	}
	held, booked, err := s.holders(ctx, exam.Key())
	if err != nil {
		return err
	}
	for e, err := range s.platform.Enrolled(ctx, exam.Course) {
		if err != nil {
			return err
		}
		if !e.Active || !exam.allows(e.Mode) || booked[e.Username] {
			continue
		}
		account, err := s.platform.Account(ctx, e.Username)
		if errors.Is(err, edx.ErrNotFound) {
			continue // the account was deleted meanwhile
		}
		if err != nil {
			return err
		}
		last := held[account.ID]
		if why := last.why(); why != "" && !yield(NotBooked{Account: account, Mode: e.Mode, Why: why, Last: last.id}, nil) {
			return nil
		}
	}
	return nil
}

// held is the booking of an exam that counts for a learner.
type held struct {
	id    BookingID
	state State
	made  time.Time
}

// why is "" for a learner who has booked, or sat the exam.
func (h held) why() WhyNotBooked {
	switch {
	case h.settled():
		return ""
	case h.state == StateCanceled:
		return NotBookedCanceled
	case h.state == StateNoShow:
		return NotBookedMissed
	}
	return NotBookedNever
}

// beats says that h counts, and not the other one: a failed booking tells least,
// an active or finished one most, else the newest.
func (h held) beats(other held) bool {
	rank := func(h held) int {
		switch {
		case h.settled():
			return 2
		case h.state == StateFailed:
			return 0
		}
		return 1
	}
	if a, b := rank(h), rank(other); a != b {
		return a > b
	}
	return h.made.After(other.made)
}

func (h held) settled() bool { return h.state.Active() || h.state == StateFinished }

// holders reads the exam's bookings: what each learner holds, and the user names
// of those who need no reminder. An erased learner has no name here: the
// platform is asked for the id.
func (s *Scheduler) holders(ctx context.Context, exam ExamKey) (map[LearnerID]held, map[string]bool, error) {
	all, booked := map[LearnerID]held{}, map[string]bool{}
	for b, err := range s.store.List(ctx, Filter{Exam: exam}) {
		if err != nil {
			return nil, nil, err
		}
		h := held{id: b.ID, state: b.State, made: b.CreatedAt}
		if old, seen := all[b.Learner]; seen && !h.beats(old) {
			continue
		}
		all[b.Learner] = h
		if !h.settled() {
			continue
		}
		learner, err := s.store.Learner(ctx, b.Learner, 0)
		if err != nil && !errors.Is(err, ErrNotFound) {
			return nil, nil, err
		}
		if err == nil {
			booked[learner.Username] = true
		}
	}
	return all, booked, nil
}

// Counts is how the bookings of one exam stand.
type Counts struct {
	Exam           ExamKey
	Bookings       int
	States         map[State]int
	Verdicts       map[Verdict]int // of those with a reservation
	NeedsAttention int
	Open           int       // with an operation under way
	OldestOpen     time.Time // when the oldest of those was asked for, UTC; zero if there is none
}

// Counts counts the bookings that the filter chooses, by exam, in one pass over
// the store, ordered by exam. It is for dashboards.
func (s *Scheduler) Counts(ctx context.Context, f Filter) ([]Counts, error) {
	exams := map[ExamKey]*Counts{}
	for b, err := range s.store.List(ctx, f) {
		if err != nil {
			return nil, fmt.Errorf("scheduling: Counts: %w", err)
		}
		c := exams[b.Exam.Key()]
		if c == nil {
			c = &Counts{Exam: b.Exam.Key(), States: map[State]int{}, Verdicts: map[Verdict]int{}}
			exams[b.Exam.Key()] = c
		}
		c.add(b)
	}
	var all []Counts
	for _, c := range exams {
		all = append(all, *c)
	}
	slices.SortFunc(all, func(a, b Counts) int {
		if c := a.Exam.Course.Compare(b.Exam.Course); c != 0 {
			return c
		}
		return a.Exam.Usage.Compare(b.Exam.Usage)
	})
	return all, nil
}

func (c *Counts) add(b Booking) {
	c.Bookings++
	c.States[b.State]++
	if b.Number != "" {
		c.Verdicts[b.Outcome().Verdict]++
	}
	if b.NeedsAttention != nil {
		c.NeedsAttention++
	}
	if i := b.Intent; i != nil {
		c.Open++
		if c.OldestOpen.IsZero() || i.Requested.Before(c.OldestOpen) {
			c.OldestOpen = i.Requested
		}
	}
}
