package openedx

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/proctorbook/proctorbook/edx"
	"github.com/proctorbook/proctorbook/edx/backend"
	"github.com/proctorbook/proctorbook/internal/shown"
	"github.com/proctorbook/proctorbook/scheduling"
)

// Store keeps what a [Provider] must not forget: the exams of the platforms, who their
// learners are, and the attempts with the callbacks that were made about them. Its
// methods are safe for use by many goroutines, and by many processes if they share the
// database. [Memory] is one for tests, scheduling/sqlstore has one for production, and
// package storetest beside this one checks an implementation.
//
// What a store returns shares no memory with what it keeps. Instants come back in UTC,
// cut to whole microseconds. Each Put replaces the record of which it has the Version,
// 0 for a new one, and returns it with the next Version; if the stored Version differs
// it changes nothing and returns [scheduling.ErrConflict]. A read of one record returns
// [scheduling.ErrNotFound] if there is none. Any method may also return the context's
// error, or one of the database, after which a write may or may not have happened; if
// the context had ended before the call, nothing is written.
type Store interface {
	// Exam returns an exam by the id that backend.NewExamID makes of its platform,
	// course and content: one id is one exam.
	Exam(ctx context.Context, id backend.ExamID) (Exam, error)
	// PutExam stores an exam.
	PutExam(ctx context.Context, e Exam) (Exam, error)
	// Exams returns the platform's first exams after an id, in the order of their ids.
	Exams(ctx context.Context, platform backend.PlatformID, after backend.ExamID, limit int) ([]Exam, error)

	// Person returns a learner of a platform.
	Person(ctx context.Context, platform backend.PlatformID, user backend.UserID) (Person, error)
	// PersonNamed returns the learner of a platform with that Username, to the letter. It
	// returns ErrNotFound for none, and for several.
	PersonNamed(ctx context.Context, platform backend.PlatformID, username string) (Person, error)
	// PutPerson stores a learner of a platform.
	PutPerson(ctx context.Context, p Person) (Person, error)

	// Attempt returns an attempt.
	Attempt(ctx context.Context, id backend.AttemptID) (Attempt, error)
	// PutAttempt stores an attempt. If it is [Attempt.Open], and another one of the same
	// exam and user is, it changes nothing and returns [ErrOpenAttempt], also when both
	// are written at the same time.
	PutAttempt(ctx context.Context, a Attempt) (Attempt, error)
	// Attempts returns the first attempts that the query chooses, in the order of their
	// ids, or with DueBy the longest due first.
	Attempts(ctx context.Context, q AttemptQuery) ([]Attempt, error)

	// Erase removes what is personal of a learner: of the Person the name, the address,
	// the user name and TiedBy, and of the attempts the ReviewException and the Browsers.
	// Each record that it changes gets the next Version, so that nobody writes the erased
	// data back. To erase an unknown learner is no error.
	Erase(ctx context.Context, platform backend.PlatformID, user backend.UserID) error
}

// ErrOpenAttempt means that the learner has an attempt at the exam that is [Attempt.Open]:
// there is one of these at a time.
var ErrOpenAttempt = errors.New("openedx: the learner has an unstarted attempt at the exam: read it")

// Exam is an exam as its platform saved it last.
type Exam struct {
	backend.Exam           // as the platform described it
	Version      int64     `json:"version"`    // set by the store
	UpdatedAt    time.Time `json:"updated_at"` // when the platform changed it last; UTC
}

// Person is a learner of one platform, and the tie to the learner who books. It prints
// without personal data.
type Person struct {
	Platform backend.PlatformID `json:"platform"` // whose learner it is
	User     backend.UserID     `json:"user"`     // the platform's obscured id; two platforms may have the same
	Version  int64              `json:"version"`  // set by the store

	FullName string `json:"full_name,omitempty"` // as the platform registered it last; can be ""
	Email    string `json:"email,omitempty"`     // likewise
	Username string `json:"username,omitempty"`  // the platform's own; "" until the learner is identified

	Learner scheduling.LearnerID `json:"learner,omitempty"` // who that is; "" until the learner is identified
	TiedAt  time.Time            `json:"tied_at,omitzero"`  // when the learner was identified; UTC
	TiedBy  string               `json:"tied_by,omitempty"` // which of the staff did it; "" if the platform's list of attempts told

	Retired time.Time `json:"retired,omitzero"` // when the platform asked to forget the learner; UTC, zero if it has not
	Erased  time.Time `json:"erased,omitzero"`  // when nothing personal was left; UTC, zero if something is, also of one who came back
}

// left reports whether the learner was identified, and erased since: who it is has to be
// found out anew.
func (p Person) left() bool { return p.Learner != "" && p.Username == "" }

// isBack reports whether a learner who left has come back, and is not retired.
func (p Person) isBack() bool { return p.left() && p.Erased.IsZero() && p.Retired.IsZero() }

// String hides everything but the ids.
func (p Person) String() string {
	return fmt.Sprintf("learner %s of %s", shown.ID(p.User), shown.ID(p.Platform))
}

// Format hides everything but the ids, for every verb.
func (p Person) Format(f fmt.State, _ rune) { fmt.Fprint(f, p.String()) }

// LogValue hides everything but the ids.
func (p Person) LogValue() slog.Value { return slog.StringValue(p.String()) }

// WithoutWords returns the person without what [Store].Erase removes.
func (p Person) WithoutWords() Person {
	p.FullName, p.Email, p.Username, p.TiedBy = "", "", "", ""
	return p
}

// Attempt is one attempt of a learner at an exam, as it was registered and as far as it
// has come. Instants are UTC, and zero for what has not happened.
type Attempt struct {
	ID       backend.AttemptID  `json:"id"`       // what the platform calls the external id
	Platform backend.PlatformID `json:"platform"` // whose attempt it is
	Exam     backend.ExamID     `json:"exam"`     // the exam that is sat
	User     backend.UserID     `json:"user"`     // who sits it
	Number   int                `json:"number"`   // how many attempts of the learner at the exam there were before
	Version  int64              `json:"version"`  // set by the store

	Registered      time.Time     `json:"registered"`                 // when the platform asked for it first
	Sample          bool          `json:"sample,omitempty"`           // the platform calls it a practice attempt
	Extra           time.Duration `json:"extra,omitempty"`            // the learner's extra time, as it was when it was registered last; nanoseconds
	ReviewException string        `json:"review_exception,omitempty"` // what the learner may do besides; emptied by Erase

	Learner scheduling.LearnerID `json:"learner,omitempty"` // who books; "" until the learner is identified
	Booking scheduling.BookingID `json:"booking,omitempty"` // the learner's booking for this attempt; "" if there is none yet

	Asked     time.Time `json:"asked,omitzero"`     // when Book was called first
	Started   time.Time `json:"started,omitzero"`   // when the platform said so
	Submitted time.Time `json:"submitted,omitzero"` // when the platform said so
	Removed   time.Time `json:"removed,omitzero"`   // when the platform took it away
	Errors    int       `json:"errors,omitempty"`   // how often the platform reported one
	Again     time.Time `json:"again,omitzero"`     // when the platform asked for the id once more; zero once it is known that it has the id once
	Twice     bool      `json:"twice,omitempty"`    // the platform has two attempts of this id

	Ready  Callback `json:"ready,omitzero"`  // that the learner may start
	Review Callback `json:"review,omitzero"` // the verdict

	Browsers []Browser `json:"browsers,omitempty"` // that are let in, the oldest first; emptied by Erase
	Guesses  Guesses   `json:"guesses,omitzero"`   // wrong answers to who the learner is

	DueAt   time.Time `json:"due_at,omitzero"`   // when somebody has to work on it; zero if nothing is to be done
	Busy    time.Time `json:"busy,omitzero"`     // until then somebody does
	Tries   int       `json:"tries,omitempty"`   // how often in a row the work on it failed
	Trouble Trouble   `json:"trouble,omitempty"` // why a person should look; "" if nobody needs to
}

// Callback is what a platform was told of an attempt.
type Callback struct {
	Verdict edx.Verdict       `json:"verdict,omitempty"` // of a review: the one that was sent last
	Earlier bool              `json:"earlier,omitempty"` // of a review: another verdict was sent before
	Sent    time.Time         `json:"sent,omitzero"`     // when it was sent last; stored before it is
	Done    time.Time         `json:"done,omitzero"`     // when it was known that it had arrived; zero if nobody knows
	Found   edx.AttemptStatus `json:"found,omitempty"`   // the platform's status of the attempt, as it was read back
}

// Open reports whether the attempt is neither started nor submitted nor removed, nor was
// ever in error: with that the platform has ended it, and registers another one.
func (a Attempt) Open() bool {
	return a.Started.IsZero() && a.Submitted.IsZero() && a.Removed.IsZero() && a.Errors == 0
}

// WithoutWords returns the attempt without what [Store].Erase removes, and reports whether
// there was any of that.
func (a Attempt) WithoutWords() (rest Attempt, had bool) {
	had = a.ReviewException != "" || len(a.Browsers) > 0
	a.ReviewException, a.Browsers = "", nil
	return a, had
}

// WorkAt returns when the attempt is due for work by a process that does none on it yet:
// DueAt, but not before Busy. It is zero if nothing is to be done.
func (a Attempt) WorkAt() time.Time {
	if !a.DueAt.IsZero() && a.Busy.After(a.DueAt) {
		return a.Busy
	}
	return a.DueAt
}

// Ref names the attempt as its platform does.
func (a Attempt) Ref() backend.AttemptRef {
	return backend.AttemptRef{Platform: a.Platform, Exam: a.Exam, Attempt: a.ID}
}

// Format hides ReviewException and the Browsers, for every verb.
func (a Attempt) Format(f fmt.State, _ rune) {
	type plain Attempt
	a, _ = a.WithoutWords()
	fmt.Fprintf(f, "%+v", plain(a))
}

// LogValue hides ReviewException and the Browsers.
func (a Attempt) LogValue() slog.Value { return slog.StringValue(fmt.Sprint(a)) }

// AttemptQuery chooses attempts that every field lets pass. A zero field passes all.
type AttemptQuery struct {
	Platform     backend.PlatformID   // only this platform's
	Exam         backend.ExamID       // only at this exam
	User         backend.UserID       // only of this user; set Platform or Exam, too
	Learner      scheduling.LearnerID // only of this learner
	Unidentified bool                 // only of learners who are not identified, and not removed
	Extended     bool                 // only with Extra
	Troubled     bool                 // only with a Trouble
	DueBy        time.Time            // only with a WorkAt, and not after this instant
	After        backend.AttemptID    // only with a greater id, to continue an earlier list; not with DueBy
	Limit        int                  // at most so many; 0 is none
}

// Matches reports whether the attempt passes the query. Stores without a query language
// use it; other stores must choose the same attempts.
func (q AttemptQuery) Matches(a Attempt) bool {
	switch {
	case q.Platform != "" && a.Platform != q.Platform,
		q.Exam != "" && a.Exam != q.Exam,
		q.User != "" && a.User != q.User,
		q.Learner != "" && a.Learner != q.Learner,
		q.Unidentified && (a.Learner != "" || !a.Removed.IsZero()),
		q.Extended && a.Extra == 0,
		q.Troubled && a.Trouble == "",
		!q.DueBy.IsZero() && (a.WorkAt().IsZero() || a.WorkAt().After(q.DueBy)),
		q.After != "" && a.ID <= q.After:
		return false
	}
	return true
}

// Stored returns the record as a store keeps it: with instants in UTC, cut to whole
// microseconds.
func (e Exam) Stored() Exam {
	toMicro(&e.UpdatedAt, &e.Due)
	return e
}

// Stored returns the record as a store keeps it: with instants in UTC, cut to whole
// microseconds.
func (p Person) Stored() Person {
	toMicro(&p.TiedAt, &p.Retired, &p.Erased)
	return p
}

// Stored returns the record as a store keeps it: with instants in UTC, cut to whole
// microseconds. It shares no memory with a.
func (a Attempt) Stored() Attempt {
	toMicro(&a.Registered, &a.Asked, &a.Started, &a.Submitted, &a.Removed, &a.Ready.Sent, &a.Ready.Done, &a.Review.Sent, &a.Review.Done, &a.DueAt, &a.Busy, &a.Guesses.Last)
	a.Browsers = slices.Clone(a.Browsers)
	for i := range a.Browsers {
		toMicro(&a.Browsers[i].Since)
	}
	return a
}

func toMicro(instants ...*time.Time) {
	for _, t := range instants {
		*t = t.UTC().Truncate(time.Microsecond)
	}
}
