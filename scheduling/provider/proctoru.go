package provider

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

// EvidenceSource is where [ProctorU] looks for evidence.
type EvidenceSource string

// The sources of evidence.
const (
	EvidenceReport       EvidenceSource = "report"        // the activity report; the default
	EvidenceCanceledList EvidenceSource = "canceled_list" // the list with status=cancelled
	// EvidenceNone does without: a reservation that the provider canceled is merely
	// absent then, and its booking is flagged, never ended.
	EvidenceNone EvidenceSource = "none"
)

// ProctorU is the [Provider] for a proctoru client. Embed it in a type of your own
// to watch or change some of its calls. It is a [Reporter], a [ProfileKeeper] and a
// [Checker].
type ProctorU struct {
	Client         *proctoru.Client // required
	EvidenceSource EvidenceSource   // where to look for evidence; "" is EvidenceReport
	MoveCall       bool             // move by moveReservation instead of the ad-hoc edit: set it where moves end as gave_up or not_allowed, since the account takes no edit; examples/doctor tells
	CanceledListed bool             // the account's list shows canceled reservations among the active ones, without a mark

	// EmptyIsNull is set if the account sends null, or nothing, in place of an empty list:
	// the trial of examples/doctor tells. Evidence that is null then counts as empty, too.
	// Without it such evidence proves nothing, and of a learner who never had a
	// reservation an operation may stay open until staff ends it.
	EmptyIsNull bool

	// StudentPrefix stands before each learner's id in the account, such as "physics-".
	// Platforms that book in one account need one each, or all but one: user 4211 of
	// two platforms would be one student there, booked under the other's name. Set it
	// before the first booking and never change it: with another one, learners and
	// reservations are not found. Up to 20 characters of A-Z, a-z, 0-9, dot, underscore
	// and hyphen.
	StudentPrefix string
}

// studentID is the account's id of the learner.
func (p ProctorU) studentID(learnerID string) string { return p.StudentPrefix + learnerID }

// student is the person in the account.
func (p ProctorU) student(person Person) (proctoru.Student, error) {
	student, err := person.student()
	student.ID = p.studentID(person.ID)
	return student, err
}

// isOurs reports whether the account's id may be of one of our learners. Some rows
// have none.
func (p ProctorU) isOurs(studentID string) bool {
	return studentID == "" || strings.HasPrefix(studentID, p.StudentPrefix)
}

// Traits follows the fields.
func (p ProctorU) Traits() Traits {
	return Traits{NoEvidence: p.EvidenceSource == EvidenceNone, CanceledListed: p.CanceledListed}
}

// Pace is that of the Client.
func (p ProctorU) Pace() float64 { return p.Client.Pace() }

// Reserve makes an ad-hoc reservation. A learner whom the account must know before is
// saved first. Endpoint: POST /addAdHocProcess.
func (p ProctorU) Reserve(ctx context.Context, c Call) Answer {
	params, err := p.reservation(c)
	if err != nil {
		return Answer{Kind: AnswerNotSent, Err: err}
	}
	return p.known(ctx, c.Learner, func() Answer { return made(p.Client.Reservations.Create(ctx, params)) })
}

// Move edits the reservation, or moves it. Endpoint: POST /addAdHocProcess, or
// POST /moveReservation with MoveCall.
func (p ProctorU) Move(ctx context.Context, c Call) Answer {
	if p.MoveCall {
		return made(p.Client.Reservations.Move(ctx, proctoru.MoveReservationParams{ID: c.ReservationID, Number: c.Number, Start: c.Start}))
	}
	params, err := p.reservation(c)
	if err != nil {
		return Answer{Kind: AnswerNotSent, Err: err}
	}
	return p.known(ctx, c.Learner, func() Answer {
		return made(p.Client.Reservations.Update(ctx, proctoru.UpdateReservationParams{CreateReservationParams: params, Number: c.Number}))
	})
}

// known makes a call, and makes it once more if the account refused it since it does not
// know the learner: some don't take the learner's data with a reservation, and want
// them saved before.
func (p ProctorU) known(ctx context.Context, learner Person, call func() Answer) Answer {
	a := call()
	if !errors.Is(a.Err, proctoru.ErrStudentNotFound) || !errors.Is(a.Err, proctorbook.ErrNotDone) {
		return a
	}
	switch saved := p.SaveLearner(ctx, learner); saved.Kind {
	case AnswerDone:
		return call()
	case AnswerRefused:
		return saved
	default:
		// Refused, and may be taken later. Whether the learner was saved is another outcome.
		return Answer{Kind: AnswerNotSent, Err: fmt.Errorf("%w (the learner could not be saved: %v)", a.Err, saved.Err)}
	}
}

// Remove cancels by number. Endpoint: POST /removeReservation.
func (p ProctorU) Remove(ctx context.Context, c Call) Answer {
	_, err := p.Client.Reservations.Cancel(ctx, proctoru.CancelReservationParams{
		StudentID: p.studentID(c.Learner.ID), Number: c.Number, Explanation: c.Reason,
	})
	return classify(err)
}

// Begin asks for the launch URL. Endpoint: POST /beginReservation.
func (p ProctorU) Begin(ctx context.Context, c Call) Answer {
	launch, err := p.Client.Reservations.Begin(ctx, proctoru.BeginReservationParams{
		StudentID: p.studentID(c.Learner.ID), ID: c.ReservationID, Number: c.Number,
	})
	a := classify(err)
	if err == nil {
		a.URL = launch.URL
	}
	return a
}

// SaveLearner edits the learner. Endpoint: POST /editStudent.
func (p ProctorU) SaveLearner(ctx context.Context, person Person) Answer {
	student, err := p.student(person)
	if err != nil {
		return Answer{Kind: AnswerNotSent, Err: err}
	}
	_, err = p.Client.Students.Save(ctx, student)
	return classify(err)
}

// reservation fails if the provider does not know the zone of the learner's
// record. The provider has refused nothing then: the call is not sent.
func (p ProctorU) reservation(c Call) (proctoru.CreateReservationParams, error) {
	student, err := p.student(c.Learner)
	return proctoru.CreateReservationParams{
		ID: c.ReservationID, Student: student, Start: c.Start, Duration: c.Duration,
		Description: c.Title, Notes: c.Notes, ExamPassword: c.Code, TakeItNow: c.OnDemand,
	}, err
}

func made(r *proctoru.Reservation, err error) Answer {
	a := classify(err)
	if err == nil {
		a.Number = r.Number
	}
	return a
}

// classify translates a client's error into an [Answer]. The first match
// counts; an error that no row knows is unknown, never refused.
func classify(err error) Answer {
	for _, row := range []struct {
		target  error
		kind    AnswerKind
		refusal Refusal
	}{
		{proctoru.ErrNumberMissing, AnswerNoNumber, ""},
		{proctoru.ErrReservationIDExists, AnswerExists, ""},
		{proctoru.ErrOverlap, AnswerOverlap, ""},
		{proctoru.ErrStartInPast, AnswerRefused, RefusalStartInPast},
		{proctoru.ErrTimeZoneNotFound, AnswerRefused, RefusalLearner},
		{proctoru.ErrStudentNotFound, AnswerRefused, RefusalLearner},
		{proctoru.ErrAlreadyCanceled, AnswerNumberDead, ""},
		{proctoru.ErrReservationNotFound, AnswerNotFound, ""},
		{proctoru.ErrForeignReservation, AnswerNotFound, ""},
		{proctoru.ErrTooEarly, AnswerTooEarly, ""},
		{proctoru.ErrStaleRequest, AnswerNotSent, ""},
		{proctoru.ErrThrottled, AnswerNotSent, ""},
		{proctoru.ErrUnauthorized, AnswerNotSent, ""},
	} {
		if errors.Is(err, row.target) {
			return Answer{Kind: row.kind, Refusal: row.refusal, Err: err}
		}
	}
	if _, ok := errors.AsType[*proctorbook.ValidationError](err); ok {
		return Answer{Kind: AnswerRefused, Refusal: RefusalInvalidRequest, Err: err}
	}
	switch {
	case err == nil:
		return Answer{Kind: AnswerDone}
	case errors.Is(err, proctorbook.ErrNotDone):
		return Answer{Kind: AnswerNotSent, Err: err}
	}
	return Answer{Kind: AnswerUnknown, Err: err}
}

// List reads the learner's reservations. Some accounts send null for an empty list,
// which may as well be a failure, EmptyIsNull or not: the activity report is read then,
// unless there is EvidenceNone, and if it shows no active reservation ahead the error is
// an [ErrEmptyByEvidence]. Endpoint: GET /getStudentReservationList.
func (p ProctorU) List(ctx context.Context, learnerID string) ([]Listed, error) {
	rows, err := p.Client.Reservations.List(ctx, proctoru.ListReservationsParams{StudentID: p.studentID(learnerID)})
	if errors.Is(err, proctoru.ErrNoList) && p.EvidenceSource != EvidenceNone && p.nothingAhead(ctx, learnerID) {
		return nil, fmt.Errorf("%w: %w", ErrEmptyByEvidence, err)
	}
	if err = exceptUnknownLearner(err); err != nil {
		return nil, err
	}
	all := make([]Listed, len(rows))
	for i, r := range rows {
		all[i] = Listed{ReservationID: r.ID, Number: r.Number, Start: r.Start}
	}
	return all, nil
}

// exceptUnknownLearner takes "no such learner" for an empty list. The provider
// gets to know a learner by the first create: if that one was lost, it would
// give this answer for ever, and the booking could never be sent again. The
// answer proves no more and no less than an empty list.
func exceptUnknownLearner(err error) error {
	if errors.Is(err, proctoru.ErrStudentNotFound) {
		return nil
	}
	return err
}

// Evidence reads the source. Endpoint: POST /clientActivityReport, or GET
// /getStudentReservationList with EvidenceCanceledList.
func (p ProctorU) Evidence(ctx context.Context, learnerID string, reservationID string, number proctoru.ReservationNo) ([]Proof, error) {
	switch p.EvidenceSource {
	case EvidenceReport, "":
		return p.report(ctx, learnerID, reservationID, number)
	case EvidenceCanceledList:
		return p.canceledList(ctx, learnerID, reservationID, number)
	case EvidenceNone:
		return nil, ErrNoEvidence
	}
	return nil, fmt.Errorf("provider: ProctorU: unknown kind of evidence %q", string(p.EvidenceSource))
}

func (p ProctorU) canceledList(ctx context.Context, learnerID string, reservationID string, number proctoru.ReservationNo) ([]Proof, error) {
	rows, err := p.Client.Reservations.List(ctx, proctoru.ListReservationsParams{
		StudentID: p.studentID(learnerID), Status: proctoru.ReservationCanceled,
	})
	if err = p.exceptNull(exceptUnknownLearner(err)); err != nil {
		return nil, err
	}
	var proofs []Proof
	for _, r := range rows {
		if r.ID == reservationID || (number != "" && r.Number == number) {
			proofs = append(proofs, Proof{Number: r.Number, Start: r.Start, Canceled: true})
		}
	}
	return proofs, nil
}

// report reads the learner's activity report. It has no column for our id,
// which is why the id also stands in the notes. A reservation may have several
// rows: the one with the longest history counts.
func (p ProctorU) report(ctx context.Context, learnerID string, reservationID string, number proctoru.ReservationNo) ([]Proof, error) {
	history := map[proctoru.ReservationNo]proctoru.ActivityRow{}
	tallies := map[proctoru.ReservationNo]*Tally{}
	var order []proctoru.ReservationNo
	for row, err := range p.Client.Reports.Activity(ctx, proctoru.ActivityParams{StudentID: p.studentID(learnerID)}) {
		if err != nil {
			return nil, p.exceptNull(exceptUnknownLearner(err)) // both come first, and alone
		}
		ours := strings.Contains(row.SchoolNotes.Reveal(), reservationID) || (number != "" && row.Number == number)
		if !ours || row.Number == "" {
			continue
		}
		old, seen := history[row.Number]
		if !seen {
			order = append(order, row.Number)
			tallies[row.Number] = &Tally{}
		}
		tallies[row.Number].Add(p.activityOf(row))
		if !seen || len(row.Events) > len(old.Events) {
			history[row.Number] = row
		}
	}
	var proofs []Proof
	for _, n := range order {
		row := history[n]
		if len(row.Events) == 0 {
			return nil, fmt.Errorf("provider: the activity report has no readable history for reservation %s", n)
		}
		proofs = append(proofs, Proof{Number: n, Start: row.Start, Canceled: row.Canceled(), Started: row.Started(), Facts: &tallies[n].Facts})
	}
	return proofs, nil
}

// Activity reads the learner's activity report. Endpoint: POST /clientActivityReport.
func (p ProctorU) Activity(ctx context.Context, learnerID string) ([]Activity, error) {
	var all []Activity
	for row, err := range p.Client.Reports.Activity(ctx, proctoru.ActivityParams{StudentID: p.studentID(learnerID)}) {
		if err != nil {
			return nil, p.exceptNull(err)
		}
		all = append(all, p.activityOf(row))
	}
	return all, nil
}

// Report reads the activity report of all learners, in pieces of ten days, and leaves
// out rows of students without the StudentPrefix.
// Endpoint: POST /clientActivityReport.
func (p ProctorU) Report(ctx context.Context, from, to time.Time) iter.Seq2[Activity, error] {
	return func(yield func(Activity, error) bool) {
		for row, err := range p.Client.Reports.Activity(ctx, proctoru.ActivityParams{Start: from, End: to}) {
			if err != nil {
				yield(Activity{}, err)
				return
			}
			if p.isOurs(row.StudentID) && !yield(p.activityOf(row), nil) {
				return
			}
		}
	}
}

// noteID finds the booking's id in the notes, where we wrote it.
var noteID = regexp.MustCompile(`\bpb-[a-z0-9]+-[a-z0-9]+\b`)

func (p ProctorU) activityOf(row proctoru.ActivityRow) Activity {
	return Activity{
		LearnerID: strings.TrimPrefix(row.StudentID, p.StudentPrefix),
		Number:    row.Number, ReservationID: noteID.FindString(row.SchoolNotes.Reveal()), Start: row.Start, End: row.End,
		CheckID: row.CheckID, LoginVerified: row.LoginVerified, Authenticated: row.Authenticated,
		TestSubmitted: row.TestSubmitted, Incident: row.IncidentReport, Escalated: row.Escalated,
		Started: row.Started(), Ended: row.Ended(), Canceled: row.Canceled(), Entries: len(row.Events),
		StartedAt: row.StartedAt(), EndedAt: row.EndedAt(),
	}
}
