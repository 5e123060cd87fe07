package openedx

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/edx/backend"
	"github.com/proctorbook/proctorbook/scheduling"
	"github.com/proctorbook/proctorbook/scheduling/platform"
)

// Provider makes a Scheduler the proctoring provider of the platforms. It is the
// [backend.Provider] behind their calls, it books for their learners, and it calls them
// back. It is safe for use by many goroutines, and any number of Providers, in one process
// or many, may share their stores.
//
// Its methods, by who calls them:
//
//   - backend.NewHandler: SaveExam, Register, SetUp, Report, Remove, Retire
//   - the learner's link: Gate, and Identify if there is no gate
//   - the learner's pages: Sitting, Book, Begin; for the rest the Scheduler itself
//   - the background: Serve, or Work; Handle for the Scheduler's events
//   - staff: Attempts, Person, Tie, ForgetBrowsers, ExamOf; StaffService.Erase of the
//     Scheduler erases a learner here, too, and Retire one who was never identified
//   - before all that: Preflight
type Provider struct{ *parts }

// parts is what a Provider works with. It is behind a pointer, so that a copy of a
// Provider, which nobody should make, is printed as the Provider is.
type parts struct {
	scheduler *scheduling.Scheduler
	platforms *Platforms
	store     Store
	exams     ExamFunc

	clock  proctorbook.Clock
	log    *slog.Logger
	review ReviewFunc
	link   LinkFunc
	walks  *walks
	lanes  int
	wake   chan struct{} // has an entry while somebody should look for work

	strangers *strangers
	measuring *measuring
}

var (
	_ backend.Provider       = (*Provider)(nil)
	_ backend.PlatformServer = (*Provider)(nil)
)

// Option sets a property of a [Provider]. New fails with an invalid one.
type Option func(*parts) error

// WithClock sets the clock. Give the scheduler and the clients the same. Default:
// [proctorbook.SystemClock].
func WithClock(c proctorbook.Clock) Option {
	return func(p *parts) error {
		if c == nil {
			return errors.New("openedx: WithClock: nil clock")
		}
		p.clock = c
		return nil
	}
}

// WithLogger sets the logger. Records hold ids, codes and errors, but nothing personal
// and no link. Default: no log.
func WithLogger(l *slog.Logger) Option {
	return func(p *parts) error {
		if l == nil {
			return errors.New("openedx: WithLogger: nil logger")
		}
		p.log = l
		return nil
	}
}

// LinkFunc returns the URL on which the learner of an attempt goes on, for
// backend.SetUp. It is called at each view of the platform's page, by many goroutines.
// [Links.URL] is one.
type LinkFunc func(ref backend.AttemptRef) string

// WithLink sets where the platform's set-up page sends learners. Default: nowhere, for
// installations in which learners come to the booking pages by themselves. The platform's
// page says all the same that the proctoring page opens from there: give backend.NewHandler
// other texts, by its WithInstructions.
func WithLink(f LinkFunc) Option {
	return func(p *parts) error {
		if f == nil {
			return errors.New("openedx: WithLink: nil function")
		}
		p.link = f
		return nil
	}
}

// WithLanes sets how many attempts of each platform are worked on at once, 1 to 100. With
// 1, Work does all in its caller's goroutine, one platform after the other. Default: 8.
func WithLanes(n int) Option {
	return func(p *parts) error {
		if n < 1 || n > 100 {
			return errors.New("openedx: WithLanes: must be 1 to 100")
		}
		p.lanes = n
		return nil
	}
}

// WithReview sets what the platforms are told of a sitting. Default: [DefaultReview].
func WithReview(f ReviewFunc) Option {
	return func(p *parts) error {
		if f == nil {
			return errors.New("openedx: WithReview: nil function")
		}
		p.review = f
		return nil
	}
}

// New returns the provider that books by the scheduler, which must have been made with
// the platforms: New fails if it can tell that it was not. It sends nothing and starts no
// goroutine.
func New(s *scheduling.Scheduler, platforms *Platforms, exams ExamFunc, opts ...Option) (*Provider, error) {
	if s == nil || platforms == nil || exams == nil {
		return nil, errors.New("openedx: New: nil scheduler, platforms or ExamFunc")
	}
	mine, some := s.Platform().(interface{ self() *Platforms })
	_, alone := s.Platform().(platform.OpenEdX)
	if some && mine.self() != platforms || alone {
		return nil, errors.New("openedx: New: the Scheduler was made with another platform: give scheduling.New the Platforms")
	}
	p := &parts{
		scheduler: s, platforms: platforms, store: platforms.store, exams: exams,
		clock: proctorbook.SystemClock{}, log: slog.New(slog.DiscardHandler), review: DefaultReview,
		link: func(backend.AttemptRef) string { return "" }, walks: &walks{courses: map[walkKey]*walk{}}, lanes: workLanes, wake: make(chan struct{}, 1),
		strangers: &strangers{called: map[backend.PlatformID]bool{}}, measuring: &measuring{},
	}
	for _, opt := range opts {
		if opt == nil {
			return nil, errors.New("openedx: New: an option is nil")
		}
		if err := opt(p); err != nil {
			return nil, err
		}
	}
	return &Provider{p}, nil
}

// Format prints no more than the type, for every verb.
func (p Provider) Format(f fmt.State, _ rune) { fmt.Fprint(f, "openedx.Provider") }

// now returns the clock's time, as precise as stores keep it.
func (p *parts) now() time.Time { return p.clock.Now().UTC().Truncate(time.Microsecond) }

// mostSwaps is how often a record that others keep changing is written anew.
const mostSwaps = 20

// errNoChange ends a change without a write.
var errNoChange = errors.New("openedx: nothing to change")

// change applies do to the attempt as it is stored now, and stores it. It returns the
// attempt as it then is, also after errNoChange.
func (p *parts) change(ctx context.Context, id backend.AttemptID, do func(a *Attempt) error) (Attempt, error) {
	for try := 1; ; try++ {
		a, err := p.store.Attempt(ctx, id)
		if err != nil {
			return Attempt{}, err
		}
		switch err := do(&a); {
		case errors.Is(err, errNoChange):
			return a, nil
		case err != nil:
			return a, err
		}
		stored, err := p.store.PutAttempt(ctx, a)
		if !errors.Is(err, scheduling.ErrConflict) || try == mostSwaps {
			return stored, err
		}
	}
}

// changePerson applies do to the person as it is stored now, or to a new one, and stores
// it. It returns the person as it then is, also after errNoChange.
func (p *parts) changePerson(ctx context.Context, platform backend.PlatformID, user backend.UserID, do func(x *Person) error) (Person, error) {
	return changePerson(ctx, p.store, platform, user, do)
}

func changePerson(ctx context.Context, store Store, platform backend.PlatformID, user backend.UserID, do func(x *Person) error) (Person, error) {
	for try := 1; ; try++ {
		x, err := store.Person(ctx, platform, user)
		if errors.Is(err, scheduling.ErrNotFound) {
			x, err = Person{Platform: platform, User: user}, nil
		}
		if err != nil {
			return Person{}, err
		}
		switch err := do(&x); {
		case errors.Is(err, errNoChange):
			return x, nil
		case err != nil:
			return x, err
		}
		stored, err := store.PutPerson(ctx, x)
		if !errors.Is(err, scheduling.ErrConflict) || try == mostSwaps {
			return stored, err
		}
	}
}

// look reports that there may be work to do now.
func (p *parts) look() {
	select {
	case p.wake <- struct{}{}:
	default:
	}
}
