package lists

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"time"

	"github.com/proctorbook/proctorbook/edx"
	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/platform"
)

// WhyNotBooked is why a learner who may book has nothing booked.
type WhyNotBooked string

// The reasons.
const (
	NotBookedNever    WhyNotBooked = "never"    // no booking was ever made, or each of them failed
	NotBookedCanceled WhyNotBooked = "canceled" // the newest one was canceled, by whomever
	NotBookedMissed   WhyNotBooked = "missed"   // the newest one is a no-show
	NotBookedVoid     WhyNotBooked = "void"     // the newest one was made void by staff
)

// NotBookedRow is a learner who may book an exam and has not. It is personal data,
// and prints without it.
type NotBookedRow struct {
	platform.Account                      // on the platform, with name and mail address
	Mode             edx.Mode             // of the enrollment
	Why              WhyNotBooked         // what became of earlier bookings
	Last             scheduling.BookingID // the newest booking; "" if there never was one
}

// NotBooked lists the learners who are actively enrolled in one of the exam's modes
// and have neither an active booking of it nor have sat it: those to remind. The
// bookings are read first, and of each learner the newest one is kept. Then the
// platform tells who is enrolled, and gives the name and address of each one listed,
// with one call each.
//
// An error is the last thing that it yields: [*proctorbook.ValidationError] for an
// exam that is not valid, errors of the store, and those of the platform.
func NotBooked(ctx context.Context, store scheduling.Store, p platform.Platform, exam scheduling.Exam) iter.Seq2[NotBookedRow, error] {
	return func(yield func(NotBookedRow, error) bool) {
		if err := notBooked(ctx, store, p, exam, yield); err != nil {
			yield(NotBookedRow{}, fmt.Errorf("lists: NotBooked: %w", err))
		}
	}
}

func notBooked(ctx context.Context, store scheduling.Store, p platform.Platform, exam scheduling.Exam, yield func(NotBookedRow, error) bool) error {
	if err := exam.Validate(); err != nil {
		return err
	}
	held, booked, err := holders(ctx, store, exam.Key())
	if err != nil {
		return err
	}
	for e, err := range p.Enrolled(ctx, exam.Course) {
		if err != nil {
			return err
		}
		if !e.Active || !exam.Allows(e.Mode) || booked[e.Username] {
			continue
		}
		account, err := p.Account(ctx, e.Username)
		if errors.Is(err, edx.ErrNotFound) {
			continue // the account was deleted meanwhile
		}
		if err != nil {
			return err
		}
		last := held[scheduling.LearnerID(account.ID)]
		if why := last.why(); why != "" && !yield(NotBookedRow{Account: account, Mode: e.Mode, Why: why, Last: last.id}, nil) {
			return nil
		}
	}
	return nil
}

// held is the booking of an exam that counts for a learner.
type held struct {
	id    scheduling.BookingID
	state scheduling.State
	made  time.Time
}

// why is "" for a learner who has booked, or sat the exam.
func (h held) why() WhyNotBooked {
	switch {
	case h.settled():
		return ""
	case h.state == scheduling.StateCanceled:
		return NotBookedCanceled
	case h.state == scheduling.StateNoShow:
		return NotBookedMissed
	case h.state == scheduling.StateVoid:
		return NotBookedVoid
	}
	return NotBookedNever
}

// beats reports whether h counts rather than the other one: an active or finished
// booking tells most, a failed one least, and of two equals the newer one counts.
func (h held) beats(other held) bool {
	rank := func(h held) int {
		switch {
		case h.settled():
			return 2
		case h.state == scheduling.StateFailed:
			return 0
		}
		return 1
	}
	if a, b := rank(h), rank(other); a != b {
		return a > b
	}
	return h.made.After(other.made)
}

func (h held) settled() bool { return h.state.Active() || h.state == scheduling.StateFinished }

// holders reads the exam's bookings: what each learner holds, and the user names
// of those who need no reminder. An erased learner has no name here: the
// platform is asked for the id.
func holders(ctx context.Context, store scheduling.Store, exam scheduling.ExamKey) (map[scheduling.LearnerID]held, map[string]bool, error) {
	all, booked := map[scheduling.LearnerID]held{}, map[string]bool{}
	for b, err := range store.List(ctx, scheduling.Filter{Exam: exam}) {
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
		learner, err := store.Learner(ctx, b.Learner, 0)
		if err != nil && !errors.Is(err, scheduling.ErrNotFound) {
			return nil, nil, err
		}
		if err == nil {
			booked[learner.Username] = true
		}
	}
	return all, booked, nil
}

var notBookedColumns = []column[NotBookedRow]{
	{"name", func(r NotBookedRow) string { return r.Name }},
	{"username", func(r NotBookedRow) string { return r.Username }},
	{"email", func(r NotBookedRow) string { return r.Email }},
	{"mode", func(r NotBookedRow) string { return string(r.Mode) }},
	{"why", func(r NotBookedRow) string { return string(r.Why) }},
	{"last_booking", func(r NotBookedRow) string { return string(r.Last) }},
}

// WriteNotBookedCSV writes the rows of [NotBooked] as they come. This file is about
// people: it holds names and mail addresses. Errors are those of [WriteSessionsCSV].
func WriteNotBookedCSV(w io.Writer, rows iter.Seq2[NotBookedRow, error]) error {
	return writeCSV(w, notBookedColumns, rows)
}
