package scheduling

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/internal/shown"
	"github.com/proctorbook/proctorbook/scheduling/internal/inflight"
	"github.com/proctorbook/proctorbook/scheduling/metrics"
	"github.com/proctorbook/proctorbook/scheduling/platform"
	"github.com/proctorbook/proctorbook/scheduling/provider"
)

// Scheduler books proctored exams. It is safe for use by many goroutines, and
// any number of Schedulers, in one process or many, may share a store.
//
// Its methods, by who calls them:
//
//   - about a learner: Learner, SaveProfile, SyncProfile
//   - before a booking: Status, Slots
//   - a booking: Book, BookSlot, Reschedule, Cancel, Booking, Latest
//   - exam day: Begin, Unlock, Finish, Outcome
//   - in the background: Serve; Delivered for webhooks, Wake for other hints; Consume to mail people from, Events to read what happened
//   - consumers of events: HeldEvents, SkipEvent, RetryHeld, ResetConsumer, RemoveConsumer
//   - the same by loops and timers of your own: Run, or Reconcile; RoutineSweep every hour;
//     ReadReport or ReadExamReport every night; Close at the end
//   - before all that: Preflight
//   - dry runs: TryBook, TryReschedule, TryCancel
//
// What only staff may do is in Staff.
type Scheduler struct {
	// Staff is the desk of the exam office.
	Staff *StaffService

	*parts
}

// parts is what a Scheduler works with. It is behind a pointer, so that a copy of a
// Scheduler, which nobody should make, is printed as the Scheduler is.
type parts struct {
	provider counted
	platform platform.Platform
	store    Store

	clock      proctorbook.Clock
	log        *slog.Logger
	observer   metrics.Observer // nil = nobody
	random     io.Reader
	randomMu   sync.Mutex
	unlockKeys []UnlockKey
	tuning     Tuning
	sweepMode  SweepMode

	slots    *slotCache   // nil: none
	granted  *grantsCache // extra time, as the platform granted it last
	enrolled *enrollments // for page views

	coverage  coverage        // whether a bulk reading stands for routine watches
	delivered deliveriesKnown // whether deliveries are shown

	strain  strain        // how many answers of the provider are missing
	crew    inflight.Crew // the calls that are under way
	owner   string        // begins the lease name of each worker
	workers atomic.Int64
}

// New returns a Scheduler that books at the provider for learners of the platform, and
// keeps everything in the store. It sends nothing and starts no goroutine: call
// [Scheduler.Serve] for the work in the background, and [Scheduler.Preflight] to check
// that everything is ready.
//
//	s, err := scheduling.New(provider.ProctorU{Client: proctor}, platform.OpenEdX{Client: lms}, store,
//		scheduling.WithUnlockKeys(key))
func New(p provider.Provider, l platform.Platform, store Store, opts ...Option) (*Scheduler, error) {
	if err := checkParts(p, l, store); err != nil {
		return nil, err
	}
	s := &Scheduler{parts: &parts{
		platform: l, store: store,
		clock: proctorbook.SystemClock{}, log: slog.New(slog.DiscardHandler), random: systemRandom,
		tuning: DefaultTuning(), sweepMode: SweepReport,
	}}
	s.provider = counted{p: p, s: s}
	s.Staff = &StaffService{s: s}
	for _, opt := range opts {
		if opt == nil {
			return nil, errors.New("scheduling: New: an option is nil")
		}
		if err := opt(s); err != nil {
			return nil, err
		}
	}
	if traits := p.Traits(); traits.CanceledListed && traits.NoEvidence {
		return nil, errors.New("scheduling: New: a provider whose list shows canceled reservations needs evidence")
	}
	if s.tuning.SlotCache > 0 {
		s.slots = &slotCache{ttl: s.tuning.SlotCache, days: map[slotKey]slotDay{}}
	}
	s.granted = newGrantsCache(l, s.now)
	s.enrolled = newEnrollments(l, s.tuning.EnrollmentCache, s.now)
	s.strain.budget = s.tuning.RetryBudget
	s.owner = randomText(s.random, idRandomLength)
	return s, nil
}

// Format prints no key and nothing of anybody, for every verb.
func (s Scheduler) Format(f fmt.State, _ rune) { fmt.Fprint(f, "scheduling.Scheduler") }

// checkParts refuses a part that is missing, and an adapter without its client, here and
// not at the first call.
func checkParts(p provider.Provider, l platform.Platform, store Store) error {
	proctorU, isProctorU := p.(provider.ProctorU)
	openEdX, isOpenEdX := l.(platform.OpenEdX)
	switch {
	case p == nil || l == nil || store == nil:
		return errors.New("scheduling: New: nil provider, platform or store")
	case isProctorU && proctorU.Client == nil:
		return errors.New("scheduling: New: provider.ProctorU without a Client")
	case isOpenEdX && openEdX.Client == nil:
		return errors.New("scheduling: New: platform.OpenEdX without a Client")
	}
	return nil
}

// Platform returns the platform with which the Scheduler was made, for packages that have
// to be given the same.
func (s *Scheduler) Platform() platform.Platform { return s.platform }

// now returns the clock's time, as precise as stores keep it.
func (s *Scheduler) now() time.Time { return micro(s.clock.Now()) }

// Booking returns the booking as the store has it, or ErrNotFound.
func (s *Scheduler) Booking(ctx context.Context, id BookingID) (Booking, error) {
	b, err := s.store.Get(ctx, id)
	if err != nil {
		return Booking{}, fmt.Errorf("scheduling: booking %s: %w", shown.ID(id), err)
	}
	return b, nil
}

// Latest returns the learner's active booking of the exam, or else the newest one that
// has ended. It returns ErrNotFound if there never was one.
func (s *Scheduler) Latest(ctx context.Context, exam ExamKey, learner LearnerID) (Booking, error) {
	b, err := s.store.Active(ctx, learner, exam)
	if err == nil {
		return b, nil
	}
	if !errors.Is(err, ErrNotFound) {
		return Booking{}, fmt.Errorf("scheduling: Latest: %w", err)
	}
	var last Booking
	if learner == "" || exam == (ExamKey{}) { // in a Filter these would choose all
		return last, fmt.Errorf("scheduling: Latest: %w", ErrNotFound)
	}
	for b, err := range s.store.List(ctx, Filter{Learner: learner, Exam: exam}) {
		if err != nil {
			return Booking{}, fmt.Errorf("scheduling: Latest: %w", err)
		}
		if last.ID == "" || b.CreatedAt.After(last.CreatedAt) {
			last = b
		}
	}
	if last.ID == "" {
		return Booking{}, fmt.Errorf("scheduling: Latest: %w", ErrNotFound)
	}
	return last, nil
}

// StaffService is what the exam office does with bookings. It is in [Scheduler].Staff.
// It checks nobody's permission: the caller does. All methods that change something,
// except Import and Erase, take a [Request] with a reason and a name. Both are kept in
// the history until the learner is erased.
//
// Its methods, by occasion:
//
//   - a booking that needs attention: Explain, Resolve, Annotate
//   - exam day: UnlockCode, ResetCode, Reopen, Void
//   - afterwards: UndoNoShow, SetAttendance, OverrideOutcome, WithdrawOverride
//   - changed settings: SetAccommodation, Affected, ApplyExam
//   - other systems' reservations: Import
//   - the end: Erase
type StaffService struct {
	s *Scheduler
}

// Events yields the events that the query chooses, in the order in which they
// happened, and ends after the newest. EventQuery.Booking chooses one's history.
//
// To mail people, call [Scheduler.Consume]. In a loop of your own, store the cursor of the
// last event that you handled, and start after it. After a crash, events that you handled but whose cursor you did not store come
// again.
//
// An event that can't be read comes as its Cursor, Booking and Learner with an
// [*UnreadableError]: go on. A cursor of another store is [ErrUnknownCursor]. Another error is the last thing it yields.
func (s *Scheduler) Events(ctx context.Context, q EventQuery) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		q := q // each range begins anew
		for left := q.Limit; ; {
			q.Limit = eventsPage
			if left > 0 {
				q.Limit = min(left, eventsPage)
			}
			page, err := s.store.Events(ctx, q)
			if !s.goesOn(ctx, err) {
				yield(Event{}, fmt.Errorf("scheduling: Events: %w", err))
				return
			}
			for _, e := range page {
				if !yield(e, whyUnread(e.Cursor, err)) {
					return
				}
				q.After = e.Cursor
			}
			if left -= len(page); len(page) < q.Limit || left == 0 {
				return
			}
		}
	}
}

// whyUnread returns what err says about the event with that cursor, or nil.
func whyUnread(c Cursor, err error) error {
	bad, _ := unreadable(err)
	for _, e := range bad {
		if e.Cursor == c {
			return fmt.Errorf("scheduling: Events: %w", e)
		}
	}
	return nil
}

// Option sets a property of a [Scheduler]. New fails with an invalid one.
type Option func(*Scheduler) error

// WithClock sets the clock. Give both clients the same. Default: the system's.
func WithClock(c proctorbook.Clock) Option {
	return func(s *Scheduler) error {
		if c == nil {
			return errors.New("scheduling: WithClock: nil clock")
		}
		s.clock = c
		return nil
	}
}

// WithLogger sets the logger. Records hold booking ids, states and codes, but no
// personal data and no secrets. Default: no log.
func WithLogger(l *slog.Logger) Option {
	return func(s *Scheduler) error {
		if l == nil {
			return errors.New("scheduling: WithLogger: nil logger")
		}
		s.log = l
		return nil
	}
}

// WithRandom sets the source of randomness for booking ids, lease names and jitter. If
// it fails, the Scheduler panics. Default: the system's.
func WithRandom(r io.Reader) Option {
	return func(s *Scheduler) error {
		if r == nil {
			return errors.New("scheduling: WithRandom: nil reader")
		}
		s.random = r
		return nil
	}
}

// WithUnlockKeys sets the keys from which unlock codes are derived, and copies them.
// The first one makes new codes. The others are older keys, kept for bookings that
// were made with them. Default: none, and no exam can be booked.
func WithUnlockKeys(keys ...UnlockKey) Option {
	own := make([]UnlockKey, len(keys))
	for i, k := range keys {
		own[i] = UnlockKey{ID: k.ID, Secret: bytes.Clone(k.Secret)}
	}
	return func(s *Scheduler) error {
		seen := map[string]bool{}
		for _, k := range own {
			if k.ID == "" || seen[k.ID] {
				return errors.New("scheduling: WithUnlockKeys: each key needs an ID of its own")
			}
			seen[k.ID] = true
			if problem := k.weakness(); problem != "" {
				return fmt.Errorf("scheduling: WithUnlockKeys: the secret of key %q %s", k.ID, problem)
			}
		}
		s.unlockKeys = own
		return nil
	}
}

// WithObserver sets the observer that gets all measurements. With one, each pass of
// Reconcile also counts what is open. Default: none.
func WithObserver(o metrics.Observer) Option {
	return func(s *Scheduler) error {
		if o == nil {
			return errors.New("scheduling: WithObserver: nil observer")
		}
		s.observer = o
		return nil
	}
}

// WithTuning sets the tuning. A zero field stays as it was.
func WithTuning(t Tuning) Option {
	return func(s *Scheduler) error {
		old := s.tuning
		s.tuning = Tuning{
			ListLag: orDefault(t.ListLag, old.ListLag), EvidenceLag: orDefault(t.EvidenceLag, old.EvidenceLag),
			InFlight: orDefault(t.InFlight, old.InFlight), Lease: orDefault(t.Lease, old.Lease),
			Deadline: orDefault(t.Deadline, old.Deadline), Patience: orDefault(t.Patience, old.Patience),
			WatchInterval: orDefault(t.WatchInterval, old.WatchInterval), BulkFrom: orDefault(t.BulkFrom, old.BulkFrom), RetryBudget: orDefault(t.RetryBudget, old.RetryBudget),
			WatchWithDeliveries: orDefault(t.WatchWithDeliveries, old.WatchWithDeliveries),
			SlotCache:           orDefault(t.SlotCache, old.SlotCache), EnrollmentCache: orDefault(t.EnrollmentCache, old.EnrollmentCache),
		}
		return s.tuning.validate()
	}
}

// WithSweep sets what Sweep may do.
func WithSweep(mode SweepMode) Option {
	return func(s *Scheduler) error {
		if mode != SweepReport && mode != SweepRemove {
			return fmt.Errorf("scheduling: WithSweep: unknown mode %q", string(mode))
		}
		s.sweepMode = mode
		return nil
	}
}
