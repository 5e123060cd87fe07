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
	platform.Account                      // on the platform, with name and mail address; Open edX gives no Zone here
	Mode             edx.Mode             // of the enrollment
	Why              WhyNotBooked         // what became of earlier bookings
	Last             scheduling.BookingID // the newest booking; "" if there never was one
}

// NotBooked lists the learners who are actively enrolled in one of the exam's modes
// and have neither an active booking of it nor have sat it: those to remind. The
// bookings are read first, and of each learner the newest one is kept. Then the
// platform tells who is enrolled, and gives names and addresses, as [platform.Accounts]
// asks for them: with Open edX a call for each 100 learners, and without the Zone. Another
// call for each 100 tells who is enrolled, so that 2,000 learners take 40 calls, and 20
// seconds or so at the client's pace: make a file in the background, not for a page.
//
// Whose account the platform can't give comes as a row with the Username and Mode and an
// [*AccountError], and the others after it; ten of them in a row end the list, since
// then the platform is down. A booking or record that can't be read comes as a
// [*scheduling.UnreadableError]; the learner of such a booking, who may have booked, is
// not listed. Another error is the last thing that it yields:
// [*proctorbook.ValidationError] for an exam that is not valid, errors of the store, and
// those of the platform's list.
func NotBooked(ctx context.Context, store scheduling.Store, p platform.Platform, exam scheduling.Exam) iter.Seq2[NotBookedRow, error] {
	return func(yield func(NotBookedRow, error) bool) {
		if err := notBooked(ctx, store, p, exam, yield); err != nil {
			yield(NotBookedRow{}, fmt.Errorf("lists: NotBooked: %w", err))
		}
	}
}

// mostAccounts is how many accounts in a row may fail before the platform counts as down.
const mostAccounts = 10

// AccountError means that the platform did not give the account of one learner. Its text
// does not name them: the row has the user name.
type AccountError struct {
	Err error // the platform's
}

// Error gives the platform's error.
func (e *AccountError) Error() string {
	return fmt.Sprintf("the account of one learner could not be read: %v", e.Err)
}

// Unwrap returns the platform's error.
func (e *AccountError) Unwrap() error { return e.Err }

func notBooked(ctx context.Context, store scheduling.Store, p platform.Platform, exam scheduling.Exam, yield func(NotBookedRow, error) bool) error {
	if err := exam.Validate(); err != nil {
		return err
	}
	h, err := holders(ctx, store, exam.Key())
	if err != nil {
		return err
	}
	for _, err := range h.bad {
		if !yield(NotBookedRow{}, fmt.Errorf("lists: NotBooked: %w", err)) {
			return nil
		}
	}
	w := waiting{h: h, p: p, yield: yield}
	for e, err := range p.Enrolled(ctx, exam.Course) {
		if err != nil {
			if goOn, failed := w.tell(ctx); !goOn {
				return failed
			}
			return err
		}
		if !e.Active || !exam.Allows(e.Mode) || h.booked[e.Username] {
			continue
		}
		if w.names, w.modes = append(w.names, e.Username), append(w.modes, e.Mode); len(w.names) < platform.MostNames {
			continue
		}
		if goOn, err := w.tell(ctx); !goOn {
			return err
		}
	}
	_, err = w.tell(ctx)
	return err
}

// waiting are learners who are enrolled, and whose accounts were not asked for yet.
type waiting struct {
	h      holdings
	p      platform.Platform
	yield  func(NotBookedRow, error) bool
	names  []string
	modes  []edx.Mode // of each of them
	failed int        // accounts in a row
}

// tell asks for the accounts, and yields the rows of those who are to be listed. It
// reports whether the list goes on, and returns the error that ends it.
func (w *waiting) tell(ctx context.Context) (goOn bool, err error) {
	names, modes := w.names, w.modes
	w.names, w.modes = nil, nil
	i := -1
	for account, err := range platform.Accounts(ctx, w.p, names) {
		i++
		switch {
		case errors.Is(err, edx.ErrNotFound): // the account was deleted meanwhile: the platform answers
			w.failed = 0
			continue
		case err == nil:
			w.failed = 0
			if row := w.h.row(account, modes[i]); row.Why != "" && !w.yield(row, nil) {
				return false, nil
			}
			continue
		}
		err = &AccountError{Err: err}
		if w.failed++; ctx.Err() != nil || w.failed == mostAccounts {
			return false, err
		}
		if !w.yield(NotBookedRow{Account: account, Mode: modes[i]}, fmt.Errorf("lists: NotBooked: %w", err)) {
			return false, nil
		}
	}
	return true, nil
}

// row is what is known of a learner who is enrolled; without a Why, they are not listed.
func (h holdings) row(account platform.Account, mode edx.Mode) NotBookedRow {
	id := scheduling.LearnerID(account.ID)
	if h.unread[id] {
		return NotBookedRow{}
	}
	last := h.all[id]
	return NotBookedRow{Account: account, Mode: mode, Why: last.why(), Last: last.id}
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

// holdings is what the store knows of an exam's learners.
type holdings struct {
	all    map[scheduling.LearnerID]held // what each learner holds
	booked map[string]bool               // the user names of those who need no reminder
	unread map[scheduling.LearnerID]bool // those with a booking that can't be read
	bad    []error                       // what can't be read
}

// holders reads the exam's bookings. An erased learner has no name here: the
// platform is asked for the id.
func holders(ctx context.Context, store scheduling.Store, exam scheduling.ExamKey) (holdings, error) {
	h := holdings{all: map[scheduling.LearnerID]held{}, booked: map[string]bool{}, unread: map[scheduling.LearnerID]bool{}}
	for b, err := range store.List(ctx, scheduling.Filter{Exam: exam}) {
		if err != nil && !goesOn(err) {
			return h, err
		}
		if err != nil {
			h.unread[b.Learner], h.bad = true, append(h.bad, err)
			continue
		}
		if err := h.add(ctx, store, b); err != nil {
			return h, err
		}
	}
	return h, nil
}

// add notes a booking.
func (h *holdings) add(ctx context.Context, store scheduling.Store, b scheduling.Booking) error {
	x := held{id: b.ID, state: b.State, made: b.CreatedAt}
	if old, seen := h.all[b.Learner]; seen && !x.beats(old) {
		return nil
	}
	h.all[b.Learner] = x
	if !x.settled() {
		return nil
	}
	learner, err := store.Learner(ctx, b.Learner, 0)
	switch {
	case err == nil:
		h.booked[learner.Username] = true
	case errors.Is(err, scheduling.ErrNotFound):
	case goesOn(err):
		h.bad = append(h.bad, err)
	default:
		return err
	}
	return nil
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
// people: it holds names and mail addresses. A learner whose account the platform can't
// give is there with the user name alone. Errors are those of [WriteSessionsCSV]; after
// [*AccountError] alone the file is whole.
func WriteNotBookedCSV(w io.Writer, rows iter.Seq2[NotBookedRow, error], opts ...CSVOption) error {
	return writeCSV(w, notBookedColumns, rows, opts)
}
