package scheduling

import (
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/scheduling/provider"
)

// BookingID identifies a booking. It is also the reservation_id under which the
// provider knows the booking's reservation. It is made once and never used again: at
// most 50 characters of [a-z0-9-]. Imported bookings may have an id of another
// system, in that system's form.
type BookingID string

// State is the state of a booking. `go doc StatePending` lists them all.
type State string

// The states. Pending, scheduled, begun and unlocked bookings are active: a
// learner has at most one active booking of an exam.
const (
	StatePending   State = "pending"   // asked for; no reservation is proven yet
	StateScheduled State = "scheduled" // the provider confirmed the reservation
	StateBegun     State = "begun"     // the learner has the launch URL
	StateUnlocked  State = "unlocked"  // the proctor typed the unlock code
	StateFinished  State = "finished"  // the learner or the application ended the exam, or its time ran out
	StateCanceled  State = "canceled"  // the reservation is gone, with proof
	StateNoShow    State = "no_show"   // never begun, and Policy.NoShowAfter has passed since the end
	StateFailed    State = "failed"    // refused or given up, with proof that nothing is left at the provider
	StateVoid      State = "void"      // sat in part or whole, and staff decided that it does not count
)

// Active reports whether such a booking keeps its learner from a second one.
func (s State) Active() bool {
	return s == StatePending || s == StateScheduled || s == StateBegun || s == StateUnlocked
}

// Op is an operation at the provider. `go doc OpReserve` lists them all.
type Op string

// The operations. An [Intent] is one of the first three. A begin needs no Intent:
// it does no harm to send it again.
const (
	OpReserve Op = "reserve" // make the reservation
	OpMove    Op = "move"    // move it to another start
	OpCancel  Op = "cancel"  // remove it
	OpBegin   Op = "begin"   // start the session
)

// Intent is an operation under way. It is stored before the first send, and
// stays until its outcome is proven. Instants are UTC.
type Intent struct {
	Op        Op        `json:"op"`               // reserve, move or cancel
	Want      time.Time `json:"want,omitzero"`    // the start asked for; zero for a cancel
	Requested time.Time `json:"requested"`        // when it was asked for, or when it stopped being a Wish
	Deadline  time.Time `json:"deadline"`         // then NeedsAttention is set; the intent stays
	Attempt   int       `json:"attempt"`          // sends so far; each is counted before it goes out
	Reason    string    `json:"reason,omitempty"` // why, in the words of the caller
	By        string    `json:"by,omitempty"`     // who asked, in the words of the caller
	Late      bool      `json:"late,omitempty"`   // asked for within Policy.LateWithin of the start
	Flags     Flags     `json:"flags,omitzero"`   // what the answers have shown so far
}

// Format hides Reason and By, for every verb.
func (i Intent) Format(f fmt.State, _ rune) {
	type plain Intent
	i.Reason, i.By = "", ""
	fmt.Fprintf(f, "%+v", plain(i))
}

// LogValue hides Reason and By.
func (i Intent) LogValue() slog.Value { return slog.StringValue(fmt.Sprint(i)) }

// Flags is what the provider's answers to an open intent have shown so far.
type Flags struct {
	Unknown          bool                   `json:"unknown,omitempty"`           // no definite answer to an earlier send was stored
	Answered         bool                   `json:"answered,omitempty"`          // a definite answer to the last send was stored
	Exists           bool                   `json:"exists,omitempty"`            // the provider has a reservation under the id, made by an earlier send
	NumberUnknown    bool                   `json:"number_unknown,omitempty"`    // a move was answered "done" without a usable number
	Refused          bool                   `json:"refused,omitempty"`           // the provider refused: nothing more is sent
	Refusal          ReasonCode             `json:"refusal,omitempty"`           // why it refused, if Refused is set
	RemovalDone      bool                   `json:"removal_done,omitempty"`      // the removal of the booking's number was answered "done"
	RemovalNegative  proctoru.ReservationNo `json:"removal_negative,omitempty"`  // the number whose removal was answered "canceled" or "not found"
	RemovalStillSeen time.Time              `json:"removal_still_seen,omitzero"` // the first read that still showed that number as active
}

func (i *Intent) lateCode() ReasonCode {
	if i.Late {
		return ReasonLate
	}
	return ""
}

// Wish is what the learner asked for while another operation was open. It becomes
// the intent once that one has settled. Instants are UTC.
type Wish struct {
	Op        Op        `json:"op"`               // OpMove or OpCancel
	Want      time.Time `json:"want,omitzero"`    // the start asked for; zero for a cancel
	Requested time.Time `json:"requested"`        // when it was asked for
	Reason    string    `json:"reason,omitempty"` // why, in the words of the caller
	By        string    `json:"by,omitempty"`     // who asked, in the words of the caller
	Late      bool      `json:"late,omitempty"`   // asked for within Policy.LateWithin of the start
}

// Format hides Reason and By, for every verb.
func (w Wish) Format(f fmt.State, _ rune) {
	type plain Wish
	w.Reason, w.By = "", ""
	fmt.Fprintf(f, "%+v", plain(w))
}

// LogValue hides Reason and By.
func (w Wish) LogValue() slog.Value { return slog.StringValue(fmt.Sprint(w)) }

// Attention is why a person should look at a booking.
type Attention struct {
	Since  time.Time  `json:"since"`  // when it was flagged; UTC
	Reason ReasonCode `json:"reason"` // why, such as deadline, missing or key_missing
}

// Code is the state of a booking's unlock code; the code is never stored.
type Code struct {
	KeyID      string    `json:"key_id,omitempty"`  // the unlock key that made it
	Generation int       `json:"generation"`        // starts at 1; each ResetCode adds 1
	Tries      int       `json:"tries,omitempty"`   // wrong codes since the last reset; 10 lock it
	SpentAt    time.Time `json:"spent_at,omitzero"` // when it unlocked the exam, UTC; zero if it has not
}

// Extra is an active reservation under the booking's id beside its own.
type Extra struct {
	Number proctoru.ReservationNo `json:"number"` // the provider's
	Since  time.Time              `json:"since"`  // the first read that showed it; UTC
}

// Lease is the right of one worker to work on a booking. It only saves double work:
// what keeps the booking correct are its generation, attempt and id.
type Lease struct {
	Owner string    `json:"owner,omitempty"` // the worker; "" if nobody works on it
	Until time.Time `json:"until,omitzero"`  // the lease ends then; UTC
}

// runs reports whether a worker has the booking. A lease without an owner, which Claim
// gives to a row that its program can't read, keeps it from other claims alone.
func (l Lease) runs(now time.Time) bool { return l.Owner != "" && l.Until.After(now) }

// ProtocolMemory is what the booking engine remembers of settled operations, and of
// what the provider has shown since. Only the engine sets it. [StaffService.Explain]
// shows what follows from it. Instants are UTC.
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

	NegativeAt  time.Time              `json:"negative_at,omitzero"`   // the first of the reads in a row that showed no reservation
	OtherNumber proctoru.ReservationNo `json:"other_number,omitempty"` // the only number that reads show, in place of the booking's own
	OtherSince  time.Time              `json:"other_since,omitzero"`   // the first read that showed only OtherNumber

	// UndatedAt equals DueAt while the next look is for the start alone: the provider's
	// report shows the reservation, without dates.
	UndatedAt time.Time `json:"undated_at,omitzero"`

	Troubles []provider.Trouble `json:"troubles,omitempty"` // how calls for the booking fail now; none for calls that are answered
}

// Booking is one learner's attempt to sit one exam, with all that is known about it.
// All instants are UTC and whole microseconds. It holds no personal data, except in the
// reasons and names of requests, and what may be left of it in a provider's words.
type Booking struct {
	ID        BookingID `json:"id"`         // also the reservation_id at the provider
	Version   int64     `json:"version"`    // set by the store: 1 for a new booking, then one more each time
	Learner   LearnerID `json:"learner"`    // whose booking it is
	Profile   int64     `json:"profile"`    // the version of the learner's record that is sent to the provider
	CreatedAt time.Time `json:"created_at"` // when it was made; an imported one that is past has its start here
	UpdatedAt time.Time `json:"updated_at"` // last change; a lease is none

	Exam     Exam          `json:"exam"`     // a copy: the exam as it was booked, or as ApplyExam set it last
	Window   Window        `json:"window"`   // the window that holds for this learner
	Duration time.Duration `json:"duration"` // the length of the sitting for this learner; nanoseconds

	OnDemand bool `json:"on_demand,omitempty"` // it was asked for as a session on demand

	State       State      `json:"state"`                  // see the states
	EndReason   ReasonCode `json:"end_reason,omitempty"`   // why it is canceled or failed
	MoveRefusal ReasonCode `json:"move_refusal,omitempty"` // why the last move left it at its old start
	Intent      *Intent    `json:"intent,omitempty"`       // the operation under way; nil for none
	Wish        *Wish      `json:"wish,omitempty"`         // what waits until Intent has settled; nil for nothing

	Number proctoru.ReservationNo `json:"number,omitempty"` // the provider's; "" until proven
	Start  time.Time              `json:"start,omitzero"`   // proven at the provider; zero until then

	Moves      int  `json:"moves,omitempty"`       // the learner's proven moves, for Policy.MaxMoves
	LateMoves  int  `json:"late_moves,omitempty"`  // how many of them were late
	LateCancel bool `json:"late_cancel,omitempty"` // the learner's cancel was late

	// Outdated is what the provider has in an older form than Exam and Duration,
	// because ApplyExam changed them. A proven move empties it.
	Outdated []Setting `json:"outdated,omitempty"`

	NeedsAttention *Attention `json:"needs_attention,omitempty"` // why a person should look; nil if nobody needs to

	// Generation grows with every new and every settled intent: an answer is
	// applied only to the generation that asked.
	Generation int64 `json:"generation"`

	// Memory is the engine's. Read it to find out why a booking hangs; never set it.
	Memory ProtocolMemory `json:"memory,omitzero"`

	SeenActive time.Time `json:"seen_active,omitzero"` // last proof that the reservation is active
	BeginSent  time.Time `json:"begin_sent,omitzero"`  // when Begin was sent; no move is allowed while this is set
	BegunAt    time.Time `json:"begun_at,omitzero"`    // when the launch URL came; zero if it has not
	UnlockedAt time.Time `json:"unlocked_at,omitzero"` // when the right code was typed; zero if it was not
	FinishedAt time.Time `json:"finished_at,omitzero"` // when the exam ended; zero if it has not, or nobody knows
	Code       Code      `json:"code"`                 // state of the unlock code

	Session Session `json:"session,omitzero"` // what the provider reported, and what follows from it

	Deliveries Deliveries `json:"deliveries,omitzero"` // which changes came as a webhook's event, too

	Lease Lease     `json:"lease,omitzero"`  // who works on the booking now
	DueAt time.Time `json:"due_at,omitzero"` // when a worker looks next; zero = never
	Woken bool      `json:"woken,omitempty"` // Wake made it due: the next look goes before routine ones

	// RoutineAt equals DueAt while that is the time of a routine watch, for which a bulk
	// reading of the provider's report may stand: see BulkDueAt. Whoever sets DueAt alone
	// asks for a look at this booking.
	RoutineAt time.Time `json:"routine_at,omitzero"`
}

// Urgent reports whether somebody waits for what the next look finds: an operation is
// open, a begin got no answer, or Wake was called. Stores hand out urgent bookings first.
func (b Booking) Urgent() bool {
	return b.Intent != nil || b.Woken || b.State == StateScheduled && !b.BeginSent.IsZero()
}

// singleBefore is how long before its start a scheduled booking is looked at singly in any
// case: what changes so late must be seen before the learner begins.
const singleBefore = 2 * time.Hour

// BulkDueAt returns when a worker looks next while bulk readings of the provider's report
// stand for routine watches. It is DueAt, unless that is the time of a routine watch: one
// more than two hours before the start waits until then, and one after the start until
// the booking would be a no-show.
func (b Booking) BulkDueAt() time.Time {
	if !b.routine() {
		return b.DueAt
	}
	if b.DueAt.Before(b.Start) {
		return later(b.DueAt, b.Start.Add(-singleBefore))
	}
	return later(b.DueAt, b.noShowAt())
}

// routine reports whether the next look is a routine watch: nothing is odd about the
// booking, and nobody asked for the look.
func (b *Booking) routine() bool {
	return b.quiet() && !b.RoutineAt.IsZero() && b.RoutineAt.Equal(b.DueAt)
}

// undated reports whether the next look is for the start alone: a reading of the
// provider's report has shown all else.
func (b *Booking) undated() bool {
	return b.quiet() && !b.Memory.UndatedAt.IsZero() && b.Memory.UndatedAt.Equal(b.DueAt)
}

func (b *Booking) quiet() bool {
	return b.State == StateScheduled && !b.Urgent() && b.NeedsAttention == nil
}

// lookNow makes the booking due, behind what is urgent: no reading stands for this look.
func (b *Booking) lookNow(now time.Time) {
	b.RoutineAt = time.Time{}
	if b.DueAt.After(now) {
		b.DueAt = now
	}
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

// autoFinishAt returns when Reconcile finishes the unlocked booking; zero without
// Policy.AutoFinish.
func (b *Booking) autoFinishAt() time.Time {
	if !b.Exam.Policy.AutoFinish {
		return time.Time{}
	}
	return b.TimeOverAt()
}

// overdueAt is when a booking that was begun and never finished is settled by the
// report, or flagged: an unlocked one some time after the learner's time is over, one
// that was never unlocked when it would be a no-show. Zero for other states.
func (b *Booking) overdueAt() time.Time {
	switch b.State {
	case StateBegun:
		return b.noShowAt()
	case StateUnlocked:
		return b.TimeOverAt().Add(b.Exam.Policy.overdueAfter())
	}
	return time.Time{}
}

// started reports whether the booking's session is under way, as far as we know.
func (b *Booking) started() bool { return b.State == StateBegun || b.State == StateUnlocked }

// watchStartedAt is when a begun or unlocked booking is looked at next.
func (b *Booking) watchStartedAt(now time.Time, watch time.Duration) time.Time {
	at := now.Add(watch)
	if finish := b.autoFinishAt(); b.State == StateUnlocked && !finish.IsZero() {
		at = earlier(at, finish)
	}
	if overdue := b.overdueAt(); overdue.After(now) {
		at = earlier(at, overdue)
	}
	return at
}

// goBack makes a begun or unlocked booking a scheduled one again: its session has
// moved ahead, and will be begun and unlocked anew, by the code that the proctor has.
func (b *Booking) goBack() {
	b.State = StateScheduled
	b.BeginSent, b.BegunAt, b.UnlockedAt = time.Time{}, time.Time{}, time.Time{}
	b.Code.SpentAt, b.Code.Tries = time.Time{}, 0
}

// timeIsUp reports whether Reconcile finishes the unlocked booking now.
func (b *Booking) timeIsUp(now time.Time) bool {
	at := b.autoFinishAt()
	return !at.IsZero() && !at.After(now)
}

// counts reports whether the booking counts for Policy.MaxBookings.
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

// displaced reports whether somebody else than the learner made a move necessary:
// after ApplyExam, or a move by the provider, the booking does not fit its window,
// or the provider has it in an older form.
func (b *Booking) displaced() bool {
	return len(b.Outdated) > 0 || !b.Start.IsZero() && !b.Window.Contains(b.Start, b.Duration)
}

// late reports whether a cancel or move asked for now is late.
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

// WatchUntil returns the latest start that was ever sent under the booking's id, or
// proven; of a void sitting its end, if that is later. Until then a late request may still make a reservation.
func (b Booking) WatchUntil() time.Time {
	last := b.Start
	if b.State == StateVoid {
		last = b.End() // its session may still be under way
	}
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

// takeNumber makes the reservation the booking's own: it is no extra any more.
func (b *Booking) takeNumber(n proctoru.ReservationNo, start time.Time) {
	b.Number, b.Start = n, start
	b.Memory.Extras = slices.DeleteFunc(b.Memory.Extras, func(x Extra) bool { return x.Number == n })
}

// condemn records that the number must never be adopted, and is to be removed.
func (b *Booking) condemn(n proctoru.ReservationNo) {
	if n != "" && n != b.Number && !b.dead(n) && !b.condemned(n) {
		b.Memory.Condemned = append(b.Memory.Condemned, n)
	}
}
