package backend

import (
	"context"
	"errors"
	"time"

	"github.com/proctorbook/proctorbook/edx"
)

// Provider is what a proctoring provider knows, and the part that you write. The
// handler has checked who asks and what the values are; every value names its
// platform, and a provider never shows or changes for one platform what is
// another's: it answers [ErrNotFound].
//
// Methods must be safe for use by many goroutines, and in a provider of several
// replicas by all of them on one store. The context ends after 4 seconds at the
// latest: a method that returns later is not heard, since the learner's page and
// a worker of the platform wait for it. A read ends with its request. A write does
// not: the platform never repeats it, so it goes on when the caller has hung up.
// Of a method that does not look at its context up to 256 calls of one platform may
// hang; those after them are refused until one returns.
//
// An error other than ErrNotFound and [ErrRefused] means that nobody knows whether
// it was done. The platform may or may not come again, so a method that is called
// twice with the same values does once what it does.
type Provider interface {
	// SaveExam keeps the exam under its ID, in place of what was kept there. The
	// platform calls at each save, twice at the first. Of an exam that is no longer
	// proctored it calls a last time, with Proctored and Active false. From then on
	// nothing is heard of the exam's attempts, not even a removal: free what you hold for
	// those that are open, such as booked times.
	SaveExam(ctx context.Context, exam Exam) error

	// Register returns the id of the learner's attempt at the exam that is still open,
	// or else of a new one: see [NewAttemptID]. An attempt is open until it is removed, or
	// Report is called for it, be it of an error: the platform has then ended it, or has
	// begun it, and what it registers after that needs an id of its own. There is one open
	// attempt for a learner and exam, also when two replicas are asked at the same time;
	// that takes a unique key, or a lock that all of them share. Practice exams and samples
	// are registered as all others are.
	//
	// Two attempts of the platform can have one id all the same: see "One exam, one
	// attempt" on the package's page.
	//
	// It fails with ErrNotFound if the platform has no such exam, and with
	// ErrRefused where the learner may not sit it, as one who is retired. An exam that is
	// not active, or no longer proctored, needs no refusal: the platform's pages offer
	// none, and a learner who has one still open is harmed by nothing.
	Register(ctx context.Context, r Registration) (AttemptID, error)

	// SetUp returns what the set-up page of an attempt needs. It is called at each
	// view of the page, so it must be cheap: answer from your store.
	//
	// It fails with ErrNotFound if there is no such attempt, or it was removed.
	SetUp(ctx context.Context, attempt AttemptRef) (SetUp, error)

	// Report keeps what the platform says of an attempt: [edx.AttemptStarted],
	// [edx.AttemptSubmitted] or [edx.AttemptError]. A report may come twice, late
	// or never, so an attempt never goes back from submitted to started. With an error
	// the platform has ended the attempt. The learner may go on with another one, once
	// staff allow it, which Register is asked for then.
	//
	// For an attempt that was removed it changes nothing, and may fail as for one that
	// never was: the platform looks at neither answer.
	//
	// It fails with ErrNotFound if there is no such attempt.
	Report(ctx context.Context, attempt AttemptRef, status edx.AttemptStatus) error

	// Remove takes an attempt away, so that the learner may register anew. For one
	// that was removed already it does nothing.
	//
	// It fails with ErrNotFound if there never was such an attempt.
	Remove(ctx context.Context, attempt AttemptRef) error

	// Retire keeps, before it returns, that everything personal of the learner must
	// go: name, address, what the learner may do besides, and whatever you keep with
	// them. It returns true only if nothing of it is left, also of a learner of whom
	// there never was any; else false, and the platform has to ask again.
	//
	// The UserID may stay, and so may the ids of attempts, which are made of it: only the
	// platform can tell whose they were, and Register needs the UserID to refuse who is
	// retired. Whether your law calls them personal too is for you to find out; who
	// deletes them returns true as well.
	Retire(ctx context.Context, platform PlatformID, user UserID) (gone bool, err error)
}

// PlatformServer is a [Provider] that serves certain platforms and no others. NewHandler
// refuses another one, for which nobody would work.
type PlatformServer interface {
	// ServesPlatform reports whether the provider serves the platform with that id.
	ServesPlatform(id PlatformID) bool
}

// The errors of a [Provider] that the platform is told of.
var (
	// ErrNotFound means that the platform that asks has no such exam or attempt here.
	ErrNotFound = errors.New("backend: no such exam or attempt of this platform")
	// ErrRefused means that the learner may not do that, and trying again won't help.
	ErrRefused = errors.New("backend: refused: the learner has to ask the exam office")
)

// Exam is an exam as its platform describes it.
type Exam struct {
	Platform     PlatformID      // whose exam it is
	ID           ExamID          // ours, as NewExamID makes it
	LMSID        int64           // the platform's own
	Course       edx.CourseKey   // the course that it is part of
	Content      edx.UsageKey    // the subsection that is the exam
	Name         string          // title of the subsection
	TimeLimit    time.Duration   // whole minutes, without a learner's extra time
	Due          time.Time       // UTC; zero if it has no end
	HideAfterDue bool            // its content is hidden once it is due
	Proctored    bool            // false once it is not proctored any more
	Practice     bool            // it only serves to practice, or to set a machine up (onboarding)
	Active       bool            // false for an exam that the course no longer has
	ReviewPolicy string          // rules for who reviews it; "" if there are none
	Rules        map[string]bool // the platform operator's default rules, by name; nil if there are none
	Backend      string          // what the platform calls this provider
}

// Registration asks for an attempt of a learner at an exam.
type Registration struct {
	Platform        PlatformID    // whose learner and exam they are
	Exam            ExamID        // ours
	Learner         Person        // who sits it
	TimeLimit       time.Duration // whole minutes, with the learner's extra time; can be 0
	Sample          bool          // it is a practice attempt
	ReviewPolicy    string        // the exam's rules for reviewers; "" if there are none
	ReviewException string        // what this learner may do besides, such as use a calculator; "" if nothing
	LMSHost         string        // URL of the site that the learner uses; not always where callbacks go
}

// Person is a learner or a member of the staff. Printed or logged, it shows no
// more than the id.
type Person struct {
	ID       UserID // the platform's
	FullName string // can be ""
	Email    string // can be ""
}

// AttemptRef names an attempt as its platform does.
type AttemptRef struct {
	Platform PlatformID // whose attempt it is
	Exam     ExamID     // the exam that is sat
	Attempt  AttemptID  // the sitting
}

// SetUp is what the set-up page of an attempt shows.
type SetUp struct {
	// Status is where the attempt stands here. The platform keeps its own.
	Status edx.AttemptStatus
	// Practice chooses the instructions for practice exams.
	Practice bool
	// URL is the page on which this learner goes on, such as the one to book a time; with
	// "" the platform's page leads to Config.URL.
	// The platform puts it into a script, so it has only characters of
	// [A-Za-z0-9:/?&=._~%-], and begins with https:// (http:// for this machine);
	// one that does not is left out, and the operator is told. It may hold a token: make
	// it anew each time, and let it end soon.
	URL string
}
