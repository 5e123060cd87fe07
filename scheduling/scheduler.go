package scheduling

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/edx"
	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/scheduling/metrics"
)

// Scheduler books proctored exams. It is safe for use by many goroutines, and
// any number of Schedulers, in one process or many, may share a store.
type Scheduler struct {
	provider Provider
	platform Platform
	store    Store

	clock      proctorbook.Clock
	log        *slog.Logger
	observer   metrics.Observer // nil = nobody
	random     io.Reader
	randomMu   sync.Mutex
	unlockKeys []UnlockKey
	bounds     Bounds
	patience   time.Duration
	watch      time.Duration
	evidence   Evidence // "" = the provider's default
	sweepMode  SweepMode
	moveCall   bool
	listsDead  bool

	slots        *slotCache // nil: none
	noAllowances bool
	granted      grantsCache // what the platform said last

	strain  strain // how well the provider answers
	owner   string // begins the lease owner's name of each piece of work
	workers atomic.Int64
}

// Bounds are the time bounds under which the booking protocol was checked. Too
// small a bound makes a conclusion come too early; too large a one makes it late.
// Each includes the difference between the clocks of the machines that share the
// store: keep them within a few seconds, by NTP.
type Bounds struct {
	ListLag     time.Duration // L: longest time until a write shows up in the provider's list; default 60 s
	EvidenceLag time.Duration // E: the same for the activity report; default 240 s, at least L
	InFlight    time.Duration // H: longest time after sending that a request can still act; default 600 s, at least E
	Lease       time.Duration // how long a worker owns a booking; default 120 s
	Deadline    time.Duration // an open operation is flagged after this; default 900 s
}

// DefaultBounds are the bounds that hold unless [WithBounds] sets others.
var DefaultBounds = Bounds{
	ListLag: time.Minute, EvidenceLag: 4 * time.Minute, InFlight: 10 * time.Minute,
	Lease: 2 * time.Minute, Deadline: 15 * time.Minute,
}

// Evidence is a second source, beside the list of active reservations, that
// tells canceled reservations from active ones.
type Evidence string

// The kinds of evidence.
const (
	EvidenceReport       Evidence = "report"        // the activity report; the default
	EvidenceCanceledList Evidence = "canceled_list" // the list with status=cancelled
	// EvidenceNone leaves a reservation that the provider canceled merely absent:
	// the booking is flagged, never ended.
	EvidenceNone Evidence = "none"
)

// Option sets a property of a [Scheduler]; New reports one that it refuses.
type Option func(*Scheduler) error

// WithClock sets the clock; the default is the system's. Give both clients the same.
func WithClock(c proctorbook.Clock) Option {
	return func(s *Scheduler) error {
		if c == nil {
			return errors.New("scheduling: WithClock: nil clock")
		}
		s.clock = c
		return nil
	}
}

// WithLogger sets the logger; the default is silent. Records hold booking ids,
// states and codes, and no personal data or secrets.
func WithLogger(l *slog.Logger) Option {
	return func(s *Scheduler) error {
		if l == nil {
			return errors.New("scheduling: WithLogger: nil logger")
		}
		s.log = l
		return nil
	}
}

// WithRandom sets the source of randomness for booking ids, lease names and
// jitter; the default is the system's. A source that fails panics.
func WithRandom(r io.Reader) Option {
	return func(s *Scheduler) error {
		if r == nil {
			return errors.New("scheduling: WithRandom: nil reader")
		}
		s.random = r
		return nil
	}
}

// WithUnlockKeys sets the keys from which unlock codes are derived. The first
// makes new codes; the others are older ones, for bookings made with them.
// Without keys no exam can be booked.
func WithUnlockKeys(keys ...UnlockKey) Option {
	return func(s *Scheduler) error {
		seen := map[string]bool{}
		for _, k := range keys {
			if k.ID == "" || len(k.Secret) < 32 || seen[k.ID] {
				return errors.New("scheduling: WithUnlockKeys: each key needs its own ID and a secret of at least 32 bytes")
			}
			seen[k.ID] = true
		}
		s.unlockKeys = keys
		return nil
	}
}

// WithBounds sets the protocol's time bounds; a zero field keeps its default.
func WithBounds(b Bounds) Option {
	return func(s *Scheduler) error {
		d := DefaultBounds
		b.ListLag, b.EvidenceLag = orDefault(b.ListLag, d.ListLag), orDefault(b.EvidenceLag, d.EvidenceLag)
		b.InFlight, b.Lease = orDefault(b.InFlight, d.InFlight), orDefault(b.Lease, d.Lease)
		b.Deadline = orDefault(b.Deadline, d.Deadline)
		if b.ListLag <= 0 || b.ListLag > b.EvidenceLag || b.EvidenceLag > b.InFlight || b.Lease <= 0 || b.Deadline <= 0 {
			return errors.New("scheduling: WithBounds: want 0 < ListLag <= EvidenceLag <= InFlight, and a positive Lease and Deadline")
		}
		s.bounds = b
		return nil
	}
}

// WithPatience bounds how long Book, Reschedule and Cancel work on their
// operation before they return a [*PendingError]; the default is 30 s. They
// return earlier when their context ends.
func WithPatience(d time.Duration) Option {
	return func(s *Scheduler) error {
		if d <= 0 {
			return errors.New("scheduling: WithPatience: must be positive")
		}
		s.patience = d
		return nil
	}
}

// WithWatchInterval sets how often Reconcile compares a scheduled booking with
// the provider; the default is one hour.
func WithWatchInterval(d time.Duration) Option {
	return func(s *Scheduler) error {
		if d <= 0 {
			return errors.New("scheduling: WithWatchInterval: must be positive")
		}
		s.watch = d
		return nil
	}
}

// WithEvidence chooses the second source of proof. With EvidenceNone the
// provider is never asked for any.
func WithEvidence(e Evidence) Option {
	return func(s *Scheduler) error {
		if e != EvidenceReport && e != EvidenceCanceledList && e != EvidenceNone {
			return fmt.Errorf("scheduling: WithEvidence: unknown kind %q", string(e))
		}
		s.evidence = e
		return nil
	}
}

// WithCanceledListed says that the provider's list shows canceled reservations
// among the active ones, without a mark. A listed reservation then counts only
// together with evidence.
func WithCanceledListed() Option {
	return func(s *Scheduler) error { s.listsDead = true; return nil }
}

// WithMoveCall makes Reschedule use ProctorU's moveReservation instead of the
// ad-hoc edit.
func WithMoveCall() Option {
	return func(s *Scheduler) error { s.moveCall = true; return nil }
}

// New returns a Scheduler over the two clients and the store. It sends nothing
// and starts no goroutine: call [Scheduler.Run] for the work in the background,
// and [Scheduler.Preflight] to hear whether everything is in its place.
func New(provider *proctoru.Client, platform *edx.Client, store Store, opts ...Option) (*Scheduler, error) {
	if provider == nil || platform == nil || store == nil {
		return nil, errors.New("scheduling: New: nil provider, platform or store")
	}
	s, err := newScheduler(store, opts)
	if err != nil {
		return nil, err
	}
	s.provider = ProctorU{Client: provider, Source: s.evidence, MoveCall: s.moveCall}
	s.platform = OpenEdX{Client: platform}
	return s, nil
}

// NewWith is New for any provider and platform: others than ProctorU and Open
// edX, or a [ProctorU] and an [OpenEdX] that are wrapped. It refuses WithMoveCall
// and every WithEvidence but EvidenceNone: a provider made by the caller knows
// for itself how it moves and what it proves by.
func NewWith(provider Provider, platform Platform, store Store, opts ...Option) (*Scheduler, error) {
	if provider == nil || platform == nil || store == nil {
		return nil, errors.New("scheduling: NewWith: nil provider, platform or store")
	}
	s, err := newScheduler(store, opts)
	if err != nil {
		return nil, err
	}
	if s.moveCall || s.evidence != "" && s.evidence != EvidenceNone {
		return nil, errors.New("scheduling: NewWith: WithMoveCall and WithEvidence are for New; set the fields of ProctorU instead")
	}
	s.provider, s.platform = provider, platform
	return s, nil
}

func newScheduler(store Store, opts []Option) (*Scheduler, error) {
	s := &Scheduler{
		store: store,
		clock: proctorbook.SystemClock{}, log: slog.New(slog.DiscardHandler), random: systemRandom,
		bounds: DefaultBounds, patience: 30 * time.Second, watch: time.Hour, sweepMode: SweepReport,
		strain: strain{budget: defaultRetryBudget},
	}
	for _, opt := range opts {
		if err := opt(s); err != nil {
			return nil, err
		}
	}
	if s.listsDead && s.evidence == EvidenceNone {
		return nil, errors.New("scheduling: New: WithCanceledListed needs evidence")
	}
	s.owner = randomText(s.random, idRandomLength)
	return s, nil
}

// now returns the time as stores keep it.
func (s *Scheduler) now() time.Time { return micro(s.clock.Now()) }

// Booking returns the booking as the store has it, or ErrNotFound.
func (s *Scheduler) Booking(ctx context.Context, id BookingID) (Booking, error) {
	b, err := s.store.Get(ctx, id)
	if err != nil {
		return Booking{}, fmt.Errorf("scheduling: booking %s: %w", id, err)
	}
	return b, nil
}
