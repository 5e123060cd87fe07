package provider

import (
	"context"
	"errors"
	"iter"
	"time"

	"github.com/proctorbook/proctorbook/proctoru"
	"github.com/proctorbook/proctorbook/scheduling/preflight"
)

// Provider keeps reservations, and sends a proctor.
//
// All methods are called by many goroutines at once, return soon after ctx ends,
// and never repeat a write by themselves unless the first try provably did
// nothing. Instants are UTC and whole seconds. Reservation numbers are decimal
// digits without leading zeros; a number is never used twice, and a greater one
// was given later.
type Provider interface {
	// Traits describes what the provider's answers can prove. It makes no call and
	// always returns the same.
	Traits() Traits

	// Reserve makes a reservation under Call.ReservationID at Call.Start. The same
	// ReservationID and Start may come again after an answer was lost. The provider
	// keeps the ReservationID as its own key, or at least gives it back in List and
	// in Evidence.
	Reserve(ctx context.Context, c Call) Answer

	// Move moves the reservation Call.Number to Call.Start. It may keep the number
	// or give a new one. A refused move leaves the old start as it was.
	Move(ctx context.Context, c Call) Answer

	// Remove cancels the reservation Call.Number, and no other one of the same
	// ReservationID.
	Remove(ctx context.Context, c Call) Answer

	// Begin lets the learner into the session of Call.Number. It comes again for a
	// learner who lost the connection. Of the Call, only ReservationID, Number and
	// Learner.ID are set.
	Begin(ctx context.Context, c Call) Answer

	// List returns all active reservations of the learner, whoever made them. For a
	// learner without any, and for one whom the provider doesn't know, it returns an
	// empty list and no error. Reservations whose start is past may be left out. A
	// change may take the scheduler's Tuning.ListLag to show. Where canceled ones
	// can't be left out, set Traits.CanceledListed. [ErrEmptyByEvidence] says that no
	// list came, and that the evidence stands in for an empty one.
	List(ctx context.Context, learnerID string) ([]Listed, error)

	// Evidence is the second source, next to List, which distinguishes canceled
	// reservations from active ones: what is known of each number ever made
	// under the reservation id, and of number unless that is "". A change may
	// take the scheduler's Tuning.EvidenceLag to show. It is not called if
	// Traits.NoEvidence is set.
	Evidence(ctx context.Context, learnerID, reservationID string, number proctoru.ReservationNo) ([]Proof, error)

	// Slots returns starts that are free, in any order: those of the day of Day.From
	// in Day.Zone, and others if that is easier. A zone that the provider does not
	// know is a [*proctorbook.ValidationError] of the field Profile.Zone.
	Slots(ctx context.Context, day Day) ([]Offer, error)

	// Activity returns what the proctors reported of the learner's sessions. The
	// rows of one number add up; see [Tally].
	Activity(ctx context.Context, learnerID string) ([]Activity, error)
}

// Traits describes what the answers of a [Provider] can prove. Its zero value is
// right for a provider with evidence whose list shows active reservations alone.
type Traits struct {
	// NoEvidence is set if there is no second source. A reservation that the
	// provider canceled is then merely absent: its booking is flagged for a person,
	// and never ended.
	NoEvidence bool

	// CanceledListed is set if List shows canceled reservations among the active
	// ones, without a mark. A listed reservation then counts only together with
	// evidence.
	CanceledListed bool
}

// ErrNoEvidence means that a provider has no second source next to its list. An
// absent reservation then proves little.
var ErrNoEvidence = errors.New("provider: this provider has no evidence: what it cancels by itself can only be flagged")

// ErrEmptyByEvidence is what [Provider].List returns if no list came, and the evidence
// shows that the learner has no reservation ahead. The scheduler then takes the list for
// empty, as it was Tuning.EvidenceLag ago.
var ErrEmptyByEvidence = errors.New("provider: no list came; by the evidence the learner has no reservation ahead")

// Reporter is a [Provider] that can report on all learners at once, by the days of
// the sessions.
type Reporter interface {
	// Report yields what the proctors reported of the sessions whose slot lies
	// between the two instants, in any order. Sessions near the ends may be missing.
	// An error is the last thing that it yields.
	Report(ctx context.Context, from, to time.Time) iter.Seq2[Activity, error]
}

// ProfileKeeper is a [Provider] that keeps the data of a learner apart from the
// reservations, so that a change must be sent to it. Other providers get
// changed data with the next reservation.
type ProfileKeeper interface {
	// SaveLearner replaces what the provider keeps: the profile, the mail address
	// and the zone. What is empty may be left as it was. It comes again until it is
	// answered by AnswerDone. AnswerRefused means that the provider does not take
	// the data, AnswerNotSent that it provably does not have them.
	SaveLearner(ctx context.Context, p Person) Answer
}

// Paced is a [Provider] that knows the pace of its client.
type Paced interface {
	// Pace returns how many requests a second the client sends in the long run, 0 if that
	// is not known. It makes no call.
	Pace() float64
}

// Checker is a [Provider] that can check itself before the first booking.
type Checker interface {
	// Preflight returns checks of the provider's side. zones are those of the exams
	// that will be booked, each once. It writes nothing, and goes on after a check
	// that failed.
	Preflight(ctx context.Context, zones []*time.Location) []preflight.Check
}
