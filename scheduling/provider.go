package scheduling

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/proctoru"
)

// Provider is whoever proctors: it keeps reservations, and sends a proctor. New
// puts [ProctorU] behind it; [NewWith] takes any other one, or one that wraps it.
//
// The engine is built on what each answer proves, so an implementation has one
// duty above all: say only what is certain. A write that may have been carried
// out is [AnswerUnknown], whatever went wrong; a list that may be incomplete is an
// error. Too much doubt costs a few reads. Too little loses or doubles a
// reservation.
//
// All methods are called by many goroutines at once, return soon after ctx ends,
// and never repeat a write by themselves unless the first try provably did
// nothing. Instants are UTC and whole seconds. Reservation numbers are decimal
// digits without leading zeros; a number is never used twice, and a greater one
// was given later.
type Provider interface {
	// Reserve makes a reservation under Call.Booking at Call.Start. It may come
	// again with the same Booking and Start, after an answer was lost. The provider
	// keeps the Booking as its own key, or at least gives it back in List and in
	// Evidence.
	Reserve(ctx context.Context, c Call) Answer

	// Move moves the reservation Call.Number to Call.Start. It may keep the number
	// or give a new one. A refused move leaves the old start as it was.
	Move(ctx context.Context, c Call) Answer

	// Remove cancels the reservation Call.Number, and no other one of the Booking.
	Remove(ctx context.Context, c Call) Answer

	// Begin lets the learner into the session of Call.Number. It comes again for a
	// learner who lost the connection. Of the Call, only Booking, Number and
	// Learner.ID are set.
	Begin(ctx context.Context, c Call) Answer

	// List returns all active reservations of the learner, whoever made them; none,
	// also for a learner whom the provider doesn't know, is an empty list and no
	// error. Reservations whose start is past may be left out. A change may take
	// Bounds.ListLag to show. Where canceled ones can't be left out, say
	// [WithCanceledListed].
	List(ctx context.Context, learner LearnerID) ([]Listed, error)

	// Evidence is the second source, beside List, that tells canceled reservations
	// from active ones: what is known of each number ever made under the booking's
	// id, and of number unless that is "". A change may take Bounds.EvidenceLag to
	// show. A provider that has no such source returns ErrNoEvidence, and its users
	// say WithEvidence(EvidenceNone).
	Evidence(ctx context.Context, learner LearnerID, id BookingID, number proctoru.ReservationNo) ([]Proof, error)

	// Slots returns starts that are free, in any order: those of the day of
	// SlotDay.From in SlotDay.Zone, and others if that is easier. Of a Slot, it sets
	// Start and the fees. A zone that the provider does not know is a
	// [*proctorbook.ValidationError] of the field Profile.Zone.
	Slots(ctx context.Context, day SlotDay) ([]Slot, error)

	// Activity returns what the proctors reported of the learner's sessions. The
	// rows of one number add up.
	Activity(ctx context.Context, learner LearnerID) ([]Activity, error)
}

// ErrNoEvidence is what [Provider].Evidence returns where there is none, ever. An
// absent reservation then proves little: see [EvidenceNone].
var ErrNoEvidence = errors.New("scheduling: this provider has no evidence")

// AnswerKind is what an answer to a write proves.
type AnswerKind string

// The kinds of answers. Any other value, and the zero one, is AnswerUnknown.
const (
	// AnswerDone: carried out. Reserve and Move give the reservation's Number, Begin
	// the URL, if there is a page to go to.
	AnswerDone AnswerKind = "done"
	// AnswerNoNumber: Reserve or Move was carried out, and its number is not known.
	AnswerNoNumber AnswerKind = "no_number"
	// AnswerExists: this Booking was used for a reservation before. It does not say
	// whether that one is still active. Nothing was done this time.
	AnswerExists AnswerKind = "exists"
	// AnswerOverlap: refused, because the slot is gone, or the learner has something
	// else at that time, which may be this very reservation. Nothing was done.
	AnswerOverlap AnswerKind = "overlap"
	// AnswerRefused: refused for a reason that the provider named and you know. The
	// same call would be refused again. Nothing was done. Reason says why.
	AnswerRefused AnswerKind = "refused"
	// AnswerNumberDead: the reservation Number is canceled, and stays so. It says
	// nothing of other numbers of the Booking. Nothing was done.
	AnswerNumberDead AnswerKind = "number_dead"
	// AnswerNotFound: there is no reservation Number, or none that may be changed
	// now. It does not prove that it was canceled. Nothing was done.
	AnswerNotFound AnswerKind = "not_found"
	// AnswerTooEarly: Begin must wait. Nothing was done.
	AnswerTooEarly AnswerKind = "too_early"
	// AnswerNotSent: provably not accepted, for no reason that lies in the call: no
	// connection, too many requests, a token refused. It is tried again later.
	AnswerNotSent AnswerKind = "not_sent"
	// AnswerUnknown: everything else. It may have been carried out now, later, or
	// never: a time-out, a cut or odd answer, an error of the server, a text that you
	// do not know.
	AnswerUnknown AnswerKind = "unknown"
)

// Answer is a provider's answer to a write.
type Answer struct {
	Kind   AnswerKind
	Number proctoru.ReservationNo // of AnswerDone to Reserve and Move
	Reason ReasonCode             // of AnswerRefused; the other kinds have theirs
	URL    proctoru.SecretURL     // of AnswerDone to Begin; zero if there is no page to go to
	Err    error                  // what went wrong, free of secrets and personal data; may be nil
}

// answerReasons are the reasons that kinds have by themselves.
var answerReasons = map[AnswerKind]ReasonCode{
	AnswerDone: "", AnswerNoNumber: "", AnswerExists: "", AnswerOverlap: ReasonOverlap, AnswerRefused: ReasonNotAllowed,
	AnswerNumberDead: ReasonCanceledByProvider, AnswerNotFound: ReasonReservationNotFound, AnswerTooEarly: ReasonTooEarly,
	AnswerNotSent: ReasonProviderUnavailable, AnswerUnknown: ReasonProviderUnavailable,
}

// understood fills in what a provider may leave out.
func (a Answer) understood() Answer {
	reason, known := answerReasons[a.Kind]
	if !known {
		a.Kind, reason = AnswerUnknown, ReasonProviderUnavailable
	}
	if a.Kind != AnswerRefused || a.Reason == "" {
		a.Reason = reason
	}
	if !readable(a.Number) {
		a.Number = ""
	}
	switch a.Kind {
	case AnswerUnknown:
		a.Err = saying(proctorbook.ErrOutcomeUnknown, a.Err)
	case AnswerNotSent:
		a.Err = saying(proctorbook.ErrNotDone, a.Err)
	}
	return a
}

// saying makes err one that is outcome.
func saying(outcome, err error) error {
	switch {
	case err == nil:
		return outcome
	case errors.Is(err, outcome):
		return err
	}
	return fmt.Errorf("%w: %w", outcome, lastFailure{err})
}

// Call is what a write sends. It is made from the booking and from the learner's
// record in the version that the booking names, so that a re-send says the same.
// It holds personal data and the unlock code, and prints without them.
type Call struct {
	Booking  BookingID              // the reservation id; one for all sends of a booking
	Learner  Learner                // Learner.ID is the provider's key of the person
	Start    time.Time              // wanted, UTC; for Reserve and Move
	Duration time.Duration          // of the sitting
	Title    string                 // course run, exam and text; at most 255 characters
	Notes    string                 // for the proctor; ends with the booking's id, and may hold the unlock code
	Code     proctoru.Secret        // the unlock code for the proctor; "" if it is in the notes
	Number   proctoru.ReservationNo // the reservation to move, remove or begin
	// TakeItNow makes Reserve ask for a session on demand.
	TakeItNow bool
	Reason    string // of a removal: cancel, or extra for one too many
}

// String hides everything but the booking's id.
func (c Call) String() string { return "call for booking " + string(c.Booking) }

// GoString hides everything but the booking's id.
func (c Call) GoString() string { return c.String() }

// Format hides everything but the booking's id, for every verb.
func (c Call) Format(f fmt.State, _ rune) { fmt.Fprint(f, c.String()) }

// LogValue hides everything but the booking's id.
func (c Call) LogValue() slog.Value { return slog.StringValue(c.String()) }

// Listed is an active reservation in the provider's list. A row without a number
// or a start makes the whole list prove nothing.
type Listed struct {
	Booking BookingID // "" if it was made without one, by another system
	Number  proctoru.ReservationNo
	Start   time.Time // UTC
}

// Proof is what the evidence says of one number.
type Proof struct {
	Number   proctoru.ReservationNo
	Start    time.Time // UTC; zero if the evidence does not say
	Canceled bool      // for good
	Started  bool      // a proctor began the session

	// Facts is what the proctors reported of the session, all rows of the number
	// added up; nil if this source does not tell.
	Facts *Facts
}

// SlotDay says which day's slots are wanted.
type SlotDay struct {
	Zone     *time.Location // of the learner
	From     time.Time      // from when on, whole seconds, on a day of Zone
	Duration time.Duration  // of the sitting
	// Number is a reservation of the learner that is to be moved: its own slot
	// counts as free. "" if there is none.
	Number proctoru.ReservationNo
	// TakeItNow asks for sessions on demand instead of planned ones. A provider that
	// has none returns none.
	TakeItNow bool
}

// Activity is what the proctors reported of one session, or of a part of it.
// Instants are UTC.
type Activity struct {
	Number  proctoru.ReservationNo
	Booking BookingID // as far as the provider gives it back: a hint where to look, and no proof; "" if it does not

	Start, End time.Time // the slot; zero if it is not reported

	CheckID       bool // identity document checked
	LoginVerified bool
	Authenticated bool // the proctor knows who sat there
	TestSubmitted bool // the proctor saw the submission
	Incident      bool // an incident report exists
	Escalated     bool // escalated to the institution
	Started       bool // a session began
	Ended         bool // a session ended
	Canceled      bool // the newest entry of the history says so

	StartedAt, EndedAt time.Time // of the session; zero if it is not reported
	Entries            int       // of the history: of several rows of a number, the one with most says whether it is canceled
}

// facts are those of the row alone.
func (a Activity) facts() Facts {
	return Facts{
		Number: a.Number, StartsAt: micro(a.Start), EndsAt: micro(a.End), StartedAt: micro(a.StartedAt), EndedAt: micro(a.EndedAt),
		Started: a.Started, Ended: a.Ended, Canceled: a.Canceled, CheckID: a.CheckID, LoginVerified: a.LoginVerified,
		Authenticated: a.Authenticated, TestSubmitted: a.TestSubmitted, Incident: a.Incident, Escalated: a.Escalated,
	}
}

// readable says whether stores keep the number as it is.
func readable(n proctoru.ReservationNo) bool {
	same, err := proctoru.ParseReservationNo(string(n))
	return err == nil && same == n && n != ""
}

// errOddRow makes a list that can't be understood whole prove nothing.
var errOddRow = errors.New("scheduling: the provider's list has a row without a readable number or start")

// errOddProof does the same for evidence.
var errOddProof = errors.New("scheduling: the provider's evidence has a row without a readable number")

// list asks for the learner's list; any doubt is an error.
func (s *Scheduler) list(ctx context.Context, learner LearnerID) ([]Listed, error) {
	rows, err := s.provider.List(ctx, learner)
	if err != nil {
		return nil, err
	}
	for _, r := range rows {
		if !readable(r.Number) || r.Start.IsZero() {
			return nil, errOddRow
		}
	}
	return rows, nil
}

// proofs asks for the evidence; any doubt is an error.
func (s *Scheduler) proofs(ctx context.Context, b Booking) ([]Proof, error) {
	rows, err := s.provider.Evidence(ctx, b.Learner, b.ID, b.Number)
	if err != nil {
		return nil, err
	}
	for _, r := range rows {
		if !readable(r.Number) {
			return nil, errOddProof
		}
	}
	return rows, nil
}
