package scheduling

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"regexp"
	"strings"
	"time"

	"github.com/proctorbook/proctorbook"
	"github.com/proctorbook/proctorbook/proctoru"
)

// ProctorU is the [Provider] behind a proctoru client. [New] makes one by itself.
// To watch or change some of its calls, embed it in a type of your own, and hand
// that to [NewWith].
type ProctorU struct {
	Client   *proctoru.Client // required
	Source   Evidence         // of the proof; "" is EvidenceReport
	MoveCall bool             // move by moveReservation instead of the ad-hoc edit
}

// Reserve makes an ad-hoc reservation. Endpoint: POST /addAdHocProcess.
func (p ProctorU) Reserve(ctx context.Context, c Call) Answer {
	params, err := reservation(c)
	if err != nil {
		return Answer{Kind: AnswerNotSent, Err: err}
	}
	return made(p.Client.Reservations.Create(ctx, params))
}

// Move edits the reservation, or moves it. Endpoint: POST /addAdHocProcess, or
// POST /moveReservation with MoveCall.
func (p ProctorU) Move(ctx context.Context, c Call) Answer {
	if p.MoveCall {
		return made(p.Client.Reservations.Move(ctx, proctoru.MoveReservationParams{ID: string(c.Booking), Number: c.Number, Start: c.Start}))
	}
	params, err := reservation(c)
	if err != nil {
		return Answer{Kind: AnswerNotSent, Err: err}
	}
	return made(p.Client.Reservations.Update(ctx, proctoru.UpdateReservationParams{CreateReservationParams: params, Number: c.Number}))
}

// Remove cancels by number. Endpoint: POST /removeReservation.
func (p ProctorU) Remove(ctx context.Context, c Call) Answer {
	_, err := p.Client.Reservations.Cancel(ctx, proctoru.CancelReservationParams{
		StudentID: string(c.Learner.ID), Number: c.Number, Explanation: c.Reason,
	})
	return classify(err)
}

// Begin asks for the launch URL. Endpoint: POST /beginReservation.
func (p ProctorU) Begin(ctx context.Context, c Call) Answer {
	launch, err := p.Client.Reservations.Begin(ctx, proctoru.BeginReservationParams{
		StudentID: string(c.Learner.ID), ID: string(c.Booking), Number: c.Number,
	})
	a := classify(err)
	if err == nil {
		a.URL = launch.URL
	}
	return a
}

// SaveLearner edits the learner. Endpoint: POST /editStudent.
func (p ProctorU) SaveLearner(ctx context.Context, l Learner) Answer {
	student, err := l.student()
	if err != nil {
		return Answer{Kind: AnswerNotSent, Err: err}
	}
	_, err = p.Client.Students.Save(ctx, student)
	return classify(err)
}

// reservation fails if the learner's record has no zone that the provider knows.
// That is not the provider's word, so it is no refusal: the call is not sent.
func reservation(c Call) (proctoru.CreateReservationParams, error) {
	student, err := c.Learner.student()
	return proctoru.CreateReservationParams{
		ID: string(c.Booking), Student: student, Start: c.Start, Duration: c.Duration,
		Description: c.Title, Notes: c.Notes, ExamPassword: c.Code, TakeItNow: c.TakeItNow,
	}, err
}

func made(r *proctoru.Reservation, err error) Answer {
	a := classify(err)
	if err == nil {
		a.Number = r.Number
	}
	return a
}

// classify reads a client's error in the words of the protocol. The first match
// counts; an error that no row knows is unknown, never refused.
func classify(err error) Answer {
	for _, row := range []struct {
		target error
		kind   AnswerKind
		reason ReasonCode
	}{
		{proctoru.ErrNumberMissing, AnswerNoNumber, ""},
		{proctoru.ErrReservationIDExists, AnswerExists, ""},
		{proctoru.ErrOverlap, AnswerOverlap, ReasonOverlap},
		{proctoru.ErrStartInPast, AnswerRefused, ReasonStartInPast},
		{proctoru.ErrTimeZoneNotFound, AnswerRefused, ReasonProviderRefuses},
		{proctoru.ErrStudentNotFound, AnswerRefused, ReasonProviderRefuses},
		{proctoru.ErrAlreadyCanceled, AnswerNumberDead, ReasonCanceledByProvider},
		{proctoru.ErrReservationNotFound, AnswerNotFound, ReasonReservationNotFound},
		{proctoru.ErrForeignReservation, AnswerNotFound, ReasonReservationNotFound},
		{proctoru.ErrTooEarly, AnswerTooEarly, ReasonTooEarly},
		{proctoru.ErrStaleRequest, AnswerNotSent, ReasonProviderUnavailable},
		{proctoru.ErrThrottled, AnswerNotSent, ReasonProviderUnavailable},
		{proctoru.ErrUnauthorized, AnswerNotSent, ReasonProviderUnavailable},
	} {
		if errors.Is(err, row.target) {
			return Answer{Kind: row.kind, Reason: row.reason, Err: err}
		}
	}
	if _, ok := errors.AsType[*proctorbook.ValidationError](err); ok {
		return Answer{Kind: AnswerRefused, Reason: ReasonInvalidRequest, Err: err}
	}
	switch {
	case err == nil:
		return Answer{Kind: AnswerDone}
	case errors.Is(err, proctorbook.ErrNotDone):
		return Answer{Kind: AnswerNotSent, Reason: ReasonProviderUnavailable, Err: err}
	}
	return Answer{Kind: AnswerUnknown, Reason: ReasonProviderUnavailable, Err: err}
}

// List reads the learner's reservations. Endpoint: GET /getStudentReservationList.
func (p ProctorU) List(ctx context.Context, learner LearnerID) ([]Listed, error) {
	rows, err := p.Client.Reservations.List(ctx, proctoru.ListReservationsParams{StudentID: string(learner)})
	if err = exceptUnknownLearner(err); err != nil {
		return nil, err
	}
	all := make([]Listed, len(rows))
	for i, r := range rows {
		all[i] = Listed{Booking: BookingID(r.ID), Number: r.Number, Start: r.Start}
	}
	return all, nil
}

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

// Evidence reads the source. Endpoint: POST /clientActivityReport, or GET
// /getStudentReservationList with EvidenceCanceledList.
func (p ProctorU) Evidence(ctx context.Context, learner LearnerID, id BookingID, number proctoru.ReservationNo) ([]Proof, error) {
	switch p.Source {
	case EvidenceReport, "":
		return p.report(ctx, learner, id, number)
	case EvidenceCanceledList:
		return p.canceledList(ctx, learner, id, number)
	case EvidenceNone:
		return nil, ErrNoEvidence
	}
	return nil, fmt.Errorf("scheduling: ProctorU: unknown kind of evidence %q", string(p.Source))
}

func (p ProctorU) canceledList(ctx context.Context, learner LearnerID, id BookingID, number proctoru.ReservationNo) ([]Proof, error) {
	rows, err := p.Client.Reservations.List(ctx, proctoru.ListReservationsParams{
		StudentID: string(learner), Status: proctoru.ReservationCanceled,
	})
	if err = exceptUnknownLearner(err); err != nil {
		return nil, err
	}
	var proofs []Proof
	for _, r := range rows {
		if BookingID(r.ID) == id || (number != "" && r.Number == number) {
			proofs = append(proofs, Proof{Number: r.Number, Start: r.Start, Canceled: true})
		}
	}
	return proofs, nil
}

// report reads the learner's activity report. It has no column for our id, which
// is why the id also stands in the notes. A reservation may have several rows:
// the one with the longest history speaks.
func (p ProctorU) report(ctx context.Context, learner LearnerID, id BookingID, number proctoru.ReservationNo) ([]Proof, error) {
	history := map[proctoru.ReservationNo]proctoru.ActivityRow{}
	tallies := map[proctoru.ReservationNo]*tally{}
	var order []proctoru.ReservationNo
	for row, err := range p.Client.Reports.Activity(ctx, proctoru.ActivityParams{StudentID: string(learner)}) {
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
			tallies[row.Number] = &tally{}
		}
		tallies[row.Number].add(activityOf(row))
		if !seen || len(row.Events) > len(old.Events) {
			history[row.Number] = row
		}
	}
	var proofs []Proof
	for _, n := range order {
		row := history[n]
		if len(row.Events) == 0 {
			return nil, fmt.Errorf("scheduling: the activity report has no readable history for reservation %s", n)
		}
		proofs = append(proofs, Proof{Number: n, Start: row.Start, Canceled: row.Canceled(), Started: row.Started(), Facts: &tallies[n].facts})
	}
	return proofs, nil
}

// Slots lists the free slots of a day. Endpoint: GET /getScheduleInfoAvailableTimesList.
func (p ProctorU) Slots(ctx context.Context, day SlotDay) ([]Slot, error) {
	zone, err := proctoru.ZoneName(day.Zone.String())
	if err != nil {
		return nil, &proctorbook.ValidationError{Op: "scheduling", Fields: []proctorbook.FieldError{{Field: "Profile.Zone", Problem: "is not known to the provider"}}, Cause: err}
	}
	offers, err := p.Client.Slots.List(ctx, proctoru.SlotsParams{
		ZoneID: zone, Start: day.From, Duration: day.Duration, Number: day.Number, TakeItNow: day.TakeItNow,
	})
	if err != nil {
		return nil, err
	}
	slots := make([]Slot, len(offers))
	for i, o := range offers {
		slots[i] = Slot{Start: o.Start, Fee: o.Fee, PremiumFee: o.PremiumFee, DiscountFee: o.DiscountFee}
	}
	return slots, nil
}

// Activity reads the learner's activity report. Endpoint: POST /clientActivityReport.
func (p ProctorU) Activity(ctx context.Context, learner LearnerID) ([]Activity, error) {
	var all []Activity
	for row, err := range p.Client.Reports.Activity(ctx, proctoru.ActivityParams{StudentID: string(learner)}) {
		if err != nil {
			return nil, err
		}
		all = append(all, activityOf(row))
	}
	return all, nil
}

// Report reads the activity report of all learners, in pieces of ten days.
// Endpoint: POST /clientActivityReport.
func (p ProctorU) Report(ctx context.Context, from, to time.Time) iter.Seq2[Activity, error] {
	return func(yield func(Activity, error) bool) {
		for row, err := range p.Client.Reports.Activity(ctx, proctoru.ActivityParams{Start: from, End: to}) {
			if err != nil {
				yield(Activity{}, err)
				return
			}
			if !yield(activityOf(row), nil) {
				return
			}
		}
	}
}

// noteID finds the booking's id in what we wrote into the notes.
var noteID = regexp.MustCompile(`\b` + idPrefix + `[a-z0-9]+-[a-z0-9]+\b`)

func activityOf(row proctoru.ActivityRow) Activity {
	return Activity{
		Number: row.Number, Booking: BookingID(noteID.FindString(row.SchoolNotes.Reveal())), Start: row.Start, End: row.End,
		CheckID: row.CheckID, LoginVerified: row.LoginVerified, Authenticated: row.Authenticated,
		TestSubmitted: row.TestSubmitted, Incident: row.IncidentReport, Escalated: row.Escalated,
		Started: row.Started(), Ended: row.Ended(), Canceled: row.Canceled(), Entries: len(row.Events),
		StartedAt: row.StartedAt(), EndedAt: row.EndedAt(),
	}
}
