package scheduling

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/proctorbook/proctorbook/proctoru"
)

// answerKind is what a provider's answer to a write means to the protocol.
type answerKind string

const (
	answerDone       answerKind = "done"        // carried out
	answerNoNumber   answerKind = "no_number"   // carried out, without the number
	answerExists     answerKind = "exists"      // the id was used before
	answerOverlap    answerKind = "overlap"     // refused: something is in the way
	answerRefused    answerKind = "refused"     // refused for another known reason
	answerNumberDead answerKind = "number_dead" // the number is canceled
	answerNotFound   answerKind = "not_found"   // no such number
	answerTooEarly   answerKind = "too_early"   // begin: not yet
	answerNotSent    answerKind = "not_sent"    // provably not accepted: try again later
	answerUnknown    answerKind = "unknown"     // everything else
)

// answer is a provider's answer to a write.
type answer struct {
	kind   answerKind
	number proctoru.ReservationNo
	reason ReasonCode // of a refusal
	url    proctoru.SecretURL
	err    error // what the client said; nil if done
}

// call is what a write sends. It is made from the booking and from the learner's
// record in the version that the booking names, so that a re-send says the same.
type call struct {
	booking  BookingID
	student  proctoru.Student
	start    time.Time
	duration time.Duration
	title    string
	notes    string
	code     proctoru.Secret
	number   proctoru.ReservationNo
	reason   string
}

// listed is a row of the provider's list of active reservations.
type listed struct {
	booking BookingID
	number  proctoru.ReservationNo
	start   time.Time
}

// proof is what the evidence says of one number.
type proof struct {
	number   proctoru.ReservationNo
	start    time.Time
	canceled bool
	started  bool // a proctor began the session
}

// provider is the proctoring provider in the words of the protocol.
type provider interface {
	reserve(ctx context.Context, c call) answer
	move(ctx context.Context, c call) answer
	remove(ctx context.Context, c call) answer
	begin(ctx context.Context, c call) answer
	// list returns all active reservations of the learner; any doubt is an error.
	list(ctx context.Context, learner LearnerID) ([]listed, error)
	// evidence returns what is known of the numbers made under the booking's id,
	// and of number.
	evidence(ctx context.Context, learner LearnerID, id BookingID, number proctoru.ReservationNo) ([]proof, error)
}

// meazure is the provider behind the proctoru client.
type meazure struct {
	client   *proctoru.Client
	source   Evidence
	moveCall bool
}

func (m meazure) reserve(ctx context.Context, c call) answer {
	return made(m.client.Reservations.Create(ctx, c.params()))
}

func (m meazure) move(ctx context.Context, c call) answer {
	if m.moveCall {
		return made(m.client.Reservations.Move(ctx, proctoru.MoveReservationParams{ID: string(c.booking), Number: c.number, Start: c.start}))
	}
	return made(m.client.Reservations.Update(ctx, c.updateParams()))
}

func (m meazure) remove(ctx context.Context, c call) answer {
	_, err := m.client.Reservations.Cancel(ctx, proctoru.CancelReservationParams{
		StudentID: c.student.ID, Number: c.number, Explanation: c.reason,
	})
	return classify(err)
}

func (m meazure) begin(ctx context.Context, c call) answer {
	launch, err := m.client.Reservations.Begin(ctx, proctoru.BeginReservationParams{
		StudentID: c.student.ID, ID: string(c.booking), Number: c.number,
	})
	a := classify(err)
	if err == nil {
		a.url = launch.URL
	}
	return a
}

func made(r *proctoru.Reservation, err error) answer {
	a := classify(err)
	if err == nil {
		a.number = r.Number
	}
	return a
}

// classify reads a client's error in the words of the protocol. The first match
// counts; an error that no row knows is unknown, never refused.
func classify(err error) answer {
	for _, row := range []struct {
		target error
		kind   answerKind
		reason ReasonCode
	}{
		{proctoru.ErrNumberMissing, answerNoNumber, ""},
		{proctoru.ErrReservationIDExists, answerExists, ""},
		{proctoru.ErrOverlap, answerOverlap, ReasonOverlap},
		{proctoru.ErrStartInPast, answerRefused, ReasonStartInPast},
		{proctoru.ErrTimeZoneNotFound, answerRefused, ReasonInvalidRequest},
		{proctoru.ErrStudentNotFound, answerRefused, ReasonInvalidRequest},
		{proctoru.ErrAlreadyCanceled, answerNumberDead, ReasonCanceledByProvider},
		{proctoru.ErrReservationNotFound, answerNotFound, ReasonReservationNotFound},
		{proctoru.ErrForeignReservation, answerNotFound, ReasonReservationNotFound},
		{proctoru.ErrTooEarly, answerTooEarly, ReasonTooEarly},
		{proctoru.ErrStaleRequest, answerNotSent, ReasonProviderUnavailable},
		{proctoru.ErrThrottled, answerNotSent, ReasonProviderUnavailable},
		{proctoru.ErrUnauthorized, answerNotSent, ReasonProviderUnavailable},
	} {
		if errors.Is(err, row.target) {
			return answer{kind: row.kind, reason: row.reason, err: err}
		}
	}
	if _, ok := errors.AsType[*proctoru.ValidationError](err); ok {
		return answer{kind: answerRefused, reason: ReasonInvalidRequest, err: err}
	}
	switch {
	case err == nil:
		return answer{kind: answerDone}
	case errors.Is(err, ErrNotDone):
		return answer{kind: answerNotSent, reason: ReasonProviderUnavailable, err: err}
	}
	return answer{kind: answerUnknown, reason: ReasonProviderUnavailable, err: err}
}

func (c call) params() proctoru.CreateReservationParams {
	return proctoru.CreateReservationParams{
		ID: string(c.booking), Student: c.student, Start: c.start, Duration: c.duration,
		Description: c.title, Notes: c.notes, ExamPassword: c.code,
	}
}

func (m meazure) list(ctx context.Context, learner LearnerID) ([]listed, error) {
	rows, err := m.client.Reservations.List(ctx, proctoru.ListReservationsParams{StudentID: string(learner)})
	if err = exceptUnknownLearner(err); err != nil {
		return nil, err
	}
	all := make([]listed, len(rows))
	for i, r := range rows {
		if r.Number == "" || r.Start.IsZero() {
			return nil, errOddRow
		}
		all[i] = listed{booking: BookingID(r.ID), number: r.Number, start: r.Start}
	}
	return all, nil
}

// errOddRow makes a list that can't be understood whole prove nothing.
var errOddRow = errors.New("scheduling: the provider's list has a row without a readable number or start")

// exceptUnknownLearner takes "no such learner" for an empty list. The provider
// learns of a learner by the first create: if that one was lost, it would answer
// so for ever, and the booking could never be sent again. The answer proves as
// much, and as little, as an empty list.
func exceptUnknownLearner(err error) error {
	if errors.Is(err, proctoru.ErrStudentNotFound) {
		return nil
	}
	return err
}

func (m meazure) evidence(ctx context.Context, learner LearnerID, id BookingID, number proctoru.ReservationNo) ([]proof, error) {
	if m.source == EvidenceCanceledList {
		return m.canceledList(ctx, learner, id, number)
	}
	return m.report(ctx, learner, id, number)
}

func (m meazure) canceledList(ctx context.Context, learner LearnerID, id BookingID, number proctoru.ReservationNo) ([]proof, error) {
	rows, err := m.client.Reservations.List(ctx, proctoru.ListReservationsParams{
		StudentID: string(learner), Status: proctoru.ReservationCanceled,
	})
	if err = exceptUnknownLearner(err); err != nil {
		return nil, err
	}
	var proofs []proof
	for _, r := range rows {
		if BookingID(r.ID) == id || (number != "" && r.Number == number) {
			proofs = append(proofs, proof{number: r.Number, start: r.Start, canceled: true})
		}
	}
	return proofs, nil
}

// report reads the learner's activity report. It has no column for our id, which
// is why the id also stands in the notes. A reservation may have several rows:
// the one with the longest history speaks.
func (m meazure) report(ctx context.Context, learner LearnerID, id BookingID, number proctoru.ReservationNo) ([]proof, error) {
	history := map[proctoru.ReservationNo]proctoru.ActivityRow{}
	var order []proctoru.ReservationNo
	for row, err := range m.client.Reports.Activity(ctx, proctoru.ActivityParams{StudentID: string(learner)}) {
		if errors.Is(err, proctoru.ErrStudentNotFound) {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		ours := strings.Contains(row.SchoolNotes.Reveal(), string(id)) || (number != "" && row.Number == number)
		if !ours || row.Number == "" {
			continue
		}
		old, seen := history[row.Number]
		if !seen {
			order = append(order, row.Number)
		}
		if !seen || len(row.Events) > len(old.Events) {
			history[row.Number] = row
		}
	}
	var proofs []proof
	for _, n := range order {
		row := history[n]
		if len(row.Events) == 0 {
			return nil, fmt.Errorf("scheduling: the activity report has no readable history for reservation %s", n)
		}
		proofs = append(proofs, proof{number: n, start: row.Start, canceled: row.Canceled(), started: row.Started()})
	}
	return proofs, nil
}

func (c call) updateParams() proctoru.UpdateReservationParams {
	return proctoru.UpdateReservationParams{CreateReservationParams: c.params(), Number: c.number}
}
