package scheduling

import (
	"slices"
	"time"

	"github.com/proctorbook/proctorbook/proctoru"
)

// BookingID identifies a booking. It is also the reservation_id under which the
// provider knows the booking's reservation: minted once, never used again.
// At most 50 characters of [a-z0-9-]; those of imported bookings are as the other
// system made them.
type BookingID string

// State is where a booking stands.
type State string

// The states. Pending, scheduled, begun and unlocked bookings are active: a
// learner has at most one active booking of an exam.
const (
	StatePending   State = "pending"   // asked for; no reservation is proven yet
	StateScheduled State = "scheduled" // the provider confirmed the reservation
	StateBegun     State = "begun"     // the learner has the launch URL
	StateUnlocked  State = "unlocked"  // the proctor typed the unlock code
	StateFinished  State = "finished"  // the learner, or the time, ended the exam
	StateCanceled  State = "canceled"  // the reservation is gone, with proof
	StateNoShow    State = "no_show"   // never begun, and the grace is over
	StateFailed    State = "failed"    // refused, or given up, with proof that nothing is left
)

// Active says whether a booking in this state keeps the learner from booking the exam again.
func (s State) Active() bool {
	return s == StatePending || s == StateScheduled || s == StateBegun || s == StateUnlocked
}

// Op is an operation at the provider.
type Op string

// The operations. An [Intent] works on the first three; a begin has none, since
// it may be sent again.
const (
	OpReserve Op = "reserve"
	OpMove    Op = "move"
	OpCancel  Op = "cancel"
	OpBegin   Op = "begin"
)

// Intent is an operation under way. It is stored before the first send, and
// stays until its outcome is proven.
type Intent struct {
	Op        Op        `json:"op"`
	Want      time.Time `json:"want,omitzero"` // the start asked for; zero for a cancel
	Requested time.Time `json:"requested"`
	Deadline  time.Time `json:"deadline"`         // then NeedsAttention is set; the intent stays
	Attempt   int       `json:"attempt"`          // sends so far, each counted before it is sent
	Reason    string    `json:"reason,omitempty"` // why, in the words of the caller
	By        string    `json:"by,omitempty"`     // who asked
	Late      bool      `json:"late,omitempty"`   // asked for within Policy.LateWithin of the start
	Flags     Flags     `json:"flags,omitzero"`
}

// Flags is what the answers to an open intent have told so far.
type Flags struct {
	Unknown          bool                   `json:"unknown,omitempty"`           // an earlier send has no kept definite answer
	Answered         bool                   `json:"answered,omitempty"`          // the last send has one
	Exists           bool                   `json:"exists,omitempty"`            // the provider said that the id exists: made once, by us
	NumberUnknown    bool                   `json:"number_unknown,omitempty"`    // a success came without a number
	Refused          bool                   `json:"refused,omitempty"`           // no more sends
	Refusal          ReasonCode             `json:"refusal,omitempty"`           // of Refused
	RemovalDone      bool                   `json:"removal_done,omitempty"`      // the removal of the booking's number was answered "done"
	RemovalNegative  proctoru.ReservationNo `json:"removal_negative,omitempty"`  // the number whose removal was answered "cancelled" or "not found"
	RemovalStillSeen time.Time              `json:"removal_still_seen,omitzero"` // the first read that showed that number all the same
}

func (i *Intent) lateCode() ReasonCode {
	if i.Late {
		return ReasonLate
	}
	return ""
}

// Wish is what the learner wants once the open intent has settled.
type Wish struct {
	Op        Op        `json:"op"` // OpMove or OpCancel
	Want      time.Time `json:"want,omitzero"`
	Requested time.Time `json:"requested"`
	Reason    string    `json:"reason,omitempty"`
	By        string    `json:"by,omitempty"`
	Late      bool      `json:"late,omitempty"` // asked for within Policy.LateWithin of the start
}

// Attention is why a person should look at a booking.
type Attention struct {
	Since  time.Time  `json:"since"`
	Reason ReasonCode `json:"reason"`
}

// Code is the state of a booking's unlock code; the code itself is never stored.
type Code struct {
	KeyID      string    `json:"key_id,omitempty"` // the unlock key that made it
	Generation int       `json:"generation"`       // grows with ResetCode
	Tries      int       `json:"tries,omitempty"`  // wrong ones since the last reset
	SpentAt    time.Time `json:"spent_at,omitzero"`
}

// Extra is a live reservation of the booking's id that is not the booking's own.
type Extra struct {
	Number proctoru.ReservationNo `json:"number"`
	Since  time.Time              `json:"since"` // first read that showed it
}

// Lease says who works on a booking, and until when. It saves calls; safety
// lies in generation, attempt and id.
type Lease struct {
	Owner string    `json:"owner,omitempty"`
	Until time.Time `json:"until,omitzero"`
}

// ProtocolMemory is what the booking engine remembers of settled operations, and of
// what the provider has shown since: later decisions need it. It is the engine's
// alone. [StaffService.Explain] says what follows from it.
type ProtocolMemory struct {
	LastSent   time.Time   `json:"last_sent,omitzero"`    // last request of any kind
	LastMade   time.Time   `json:"last_made,omitzero"`    // last create or move sent
	ProvenAt   time.Time   `json:"proven_at,omitzero"`    // last settlement
	DeadAt     time.Time   `json:"dead_at,omitzero"`      // when the newest entry of Dead was learned
	MoveNotYet time.Time   `json:"move_not_yet,omitzero"` // no move is sent before: an older request may still act
	StartsSent []time.Time `json:"starts_sent,omitempty"` // every start ever sent under the booking's id

	Dead      []proctoru.ReservationNo `json:"dead,omitempty"`      // numbers proven canceled
	Condemned []proctoru.ReservationNo `json:"condemned,omitempty"` // numbers replaced or chosen for removal; never adopted
	Stuck     []proctoru.ReservationNo `json:"stuck,omitempty"`     // condemned numbers whose removal was answered "not found"
	Extras    []Extra                  `json:"extras,omitempty"`    // live reservations of the id beside the booking's own

	NegativeAt  time.Time              `json:"negative_at,omitzero"`   // the first of the reads in a row that did not show the reservation
	OtherNumber proctoru.ReservationNo `json:"other_number,omitempty"` // the only number that reads show, in place of the booking's own
	OtherSince  time.Time              `json:"other_since,omitzero"`   // the first read that showed only OtherNumber
}

// Booking is one learner's attempt to sit one exam, with all that is known of it.
// All instants are UTC and whole microseconds. It holds no personal data but
// what callers put into the reasons and names of their requests.
type Booking struct {
	ID        BookingID `json:"id"`
	Version   int64     `json:"version"` // set by the store
	Learner   LearnerID `json:"learner"`
	Profile   int64     `json:"profile"` // version of the learner's record that is sent
	CreatedAt time.Time `json:"created_at"`
	UpdatedAt time.Time `json:"updated_at"`

	// Exam, Window and Duration are a snapshot: the exam as it was booked, and
	// the window and duration that hold for this learner.
	Exam     Exam          `json:"exam"`
	Window   Window        `json:"window"`
	Duration time.Duration `json:"duration"` // nanoseconds

	OnDemand bool `json:"on_demand,omitempty"` // asked for as a session on demand

	State     State      `json:"state"`
	EndReason ReasonCode `json:"end_reason,omitempty"` // why it is canceled or failed
	// MoveRefusal is why the last move left the booking at its old start.
	MoveRefusal ReasonCode `json:"move_refusal,omitempty"`
	Intent      *Intent    `json:"intent,omitempty"`
	Wish        *Wish      `json:"wish,omitempty"`

	Number proctoru.ReservationNo `json:"number,omitempty"` // the provider's; "" until proven
	Start  time.Time              `json:"start,omitzero"`   // proven at the provider

	// What Policy counts: moves of the learner that are proven, how many of them
	// were late, and whether the cancel was.
	Moves      int  `json:"moves,omitempty"`
	LateMoves  int  `json:"late_moves,omitempty"`
	LateCancel bool `json:"late_cancel,omitempty"`

	// Outdated is what the provider has in an older form than Exam and Duration
	// say, since ApplyExam; a proven move empties it.
	Outdated []Setting `json:"outdated,omitempty"`

	NeedsAttention *Attention `json:"needs_attention,omitempty"`

	// Generation changes with every new and every settled intent: an answer is
	// applied only to the generation that asked.
	Generation int64 `json:"generation"`

	// Memory is the engine's. Read it to find out why a booking hangs; never set it.
	Memory ProtocolMemory `json:"memory,omitzero"`

	SeenActive time.Time `json:"seen_active,omitzero"` // last proof that the reservation is active
	BeginSent  time.Time `json:"begin_sent,omitzero"`  // blocks moves from then on
	BegunAt    time.Time `json:"begun_at,omitzero"`
	UnlockedAt time.Time `json:"unlocked_at,omitzero"`
	FinishedAt time.Time `json:"finished_at,omitzero"`
	Code       Code      `json:"code"`

	Session Session `json:"session,omitzero"` // what the provider reported, and what follows from it

	Lease Lease     `json:"lease,omitzero"`
	DueAt time.Time `json:"due_at,omitzero"` // when a worker looks next; zero = never
}

// End returns when the sitting ends, or the zero time if no start is proven.
func (b Booking) End() time.Time {
	if b.Start.IsZero() {
		return time.Time{}
	}
	return b.Start.Add(b.Duration)
}

// TimeOverAt returns when the learner's time is over, or the zero time before the
// exam is unlocked: the whole duration after the unlock, but not past the end of
// the booking's window, at which the platform closes the exam too.
func (b Booking) TimeOverAt() time.Time {
	if b.UnlockedAt.IsZero() {
		return time.Time{}
	}
	if over := b.UnlockedAt.Add(b.Duration); over.Before(b.Window.End) {
		return over
	}
	return b.Window.End
}

// autoFinishAt is when Reconcile finishes the unlocked booking; zero if it may not.
func (b *Booking) autoFinishAt() time.Time {
	if !b.Exam.Policy.AutoFinish {
		return time.Time{}
	}
	return b.TimeOverAt()
}

// timeIsUp says that Reconcile finishes the unlocked booking now.
func (b *Booking) timeIsUp(now time.Time) bool {
	at := b.autoFinishAt()
	return !at.IsZero() && !at.After(now)
}

// counts says whether the booking is one of Policy.MaxBookings.
func (b *Booking) counts() bool {
	return b.State.Active() || b.State == StateFinished || b.State == StateNoShow || b.LateCancel
}

// expected returns the proven start, or the one asked for before there is one.
func (b *Booking) expected() time.Time {
	if b.Start.IsZero() && b.Intent != nil {
		return b.Intent.Want
	}
	return b.Start
}

// displaced says that not the learner makes a move necessary: the booking does
// not fit any more, since ApplyExam or a move by the provider, or the provider
// has it in an older form.
func (b *Booking) displaced() bool {
	return len(b.Outdated) > 0 || !b.Start.IsZero() && !b.Window.Contains(b.Start, b.Duration)
}

// late says that a cancel or move asked for now is late.
func (b *Booking) late(now time.Time) bool {
	return b.Exam.Policy.late(b.expected(), now) && !b.displaced()
}

// countedMoves returns how many moves count: the proven ones, and an open one.
func (b *Booking) countedMoves() int {
	if b.Intent != nil && b.Intent.Op == OpMove {
		return b.Moves + 1
	}
	return b.Moves
}

// wanted returns the start that the learner asked for last.
func (b Booking) wanted() time.Time {
	switch {
	case b.Wish != nil && b.Wish.Op == OpMove:
		return b.Wish.Want
	case b.Intent != nil && b.Intent.Op != OpCancel:
		return b.Intent.Want
	}
	return b.Start
}

// Canceling reports whether a cancel is open, or waits for the open operation.
func (b Booking) Canceling() bool {
	return b.Intent != nil && b.Intent.Op == OpCancel || b.Wish != nil && b.Wish.Op == OpCancel
}

// WatchUntil returns the last start ever sent under the booking's id, or proven:
// until then a late request may still bring a reservation to life.
func (b Booking) WatchUntil() time.Time {
	last := b.Start
	for _, t := range b.Memory.StartsSent {
		if t.After(last) {
			last = t
		}
	}
	return last
}

func (b *Booking) dead(n proctoru.ReservationNo) bool { return slices.Contains(b.Memory.Dead, n) }
func (b *Booking) condemned(n proctoru.ReservationNo) bool {
	return slices.Contains(b.Memory.Condemned, n)
}

// bury records that the number is proven canceled; quiet is counted from now.
func (b *Booking) bury(n proctoru.ReservationNo, now time.Time) {
	if n == "" || b.dead(n) {
		return
	}
	b.Memory.Dead = append(b.Memory.Dead, n)
	b.Memory.DeadAt = now
	b.Memory.NegativeAt = time.Time{}
}

// condemn records that the number must never be adopted, and is to be removed.
func (b *Booking) condemn(n proctoru.ReservationNo) {
	if n != "" && n != b.Number && !b.dead(n) && !b.condemned(n) {
		b.Memory.Condemned = append(b.Memory.Condemned, n)
	}
}
