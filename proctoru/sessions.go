package proctoru

import (
	"context"
	"encoding/json"
	"time"
)

// CancelReservationParams says which reservation is to go.
type CancelReservationParams struct {
	StudentID   string        // the learner's id
	Number      ReservationNo // the provider's number
	Explanation string        // why; some accounts seem to require one
}

type cancelWire struct {
	StudentID   string `url:"student_id"`
	Number      string `url:"reservation_no"`
	Explanation string `url:"explanation,omitempty"`
}

func (p CancelReservationParams) wire() cancelWire {
	return cancelWire{StudentID: p.StudentID, Number: string(p.Number), Explanation: p.Explanation}
}

func (p CancelReservationParams) validate() error {
	v := validation{op: opReservationsCancel.name}
	v.required("StudentID", p.StudentID, maxStudentID)
	v.number("Number", p.Number)
	v.lines("Explanation", p.Explanation)
	return v.err()
}

// Cancellation is what the provider says of a reservation that it canceled.
type Cancellation struct {
	OnAccount Money // credit of the learner
	Balance   Money // what is left to pay, where the provider says so
	Raw       RawJSON
}

type cancellationWire struct {
	OnAccount Money `json:"onaccount"`
	Balance   Money `json:"balance"`
}

// readCancellation wants an object: success with data null is not what the
// provider says after a removal.
func readCancellation(data []byte) (*Cancellation, error) {
	var w cancellationWire
	if !isObject(data) || json.Unmarshal(data, &w) != nil {
		return nil, ErrBadData
	}
	return &Cancellation{OnAccount: w.OnAccount, Balance: w.Balance, Raw: RawJSON(data)}, nil
}

// BeginReservationParams says which session starts.
type BeginReservationParams struct {
	StudentID string        // the learner's id
	ID        string        // the id under which the reservation was made
	Number    ReservationNo // the provider's number
}

type beginWire struct {
	StudentID string `url:"student_id"`
	ID        string `url:"reservation_id"`
	Number    string `url:"reservation_no,omitempty"`
}

func (p BeginReservationParams) wire() beginWire {
	return beginWire{StudentID: p.StudentID, ID: p.ID, Number: string(p.Number)}
}

func (p BeginReservationParams) validate() error {
	v := validation{op: opReservationsBegin.name}
	v.required("StudentID", p.StudentID, maxStudentID)
	v.reservationID("ID", p.ID)
	v.optionalNumber("Number", p.Number)
	return v.err()
}

// Launch is a session that can be entered.
type Launch struct {
	URL SecretURL // for the learner's browser, now; never store it
	Raw RawJSON
}

func (c *Client) readLaunch(data []byte) (*Launch, error) {
	var w struct {
		URL text `json:"url"`
	}
	if !isObject(data) || json.Unmarshal(data, &w) != nil {
		return nil, ErrNoURL
	}
	u, err := c.secretURL(string(w.URL))
	if err != nil {
		return nil, err
	}
	if u.IsZero() {
		return nil, ErrNoURL
	}
	return &Launch{URL: u, Raw: RawJSON(data)}, nil
}

// ReservationStatus selects what [ReservationsService.List] returns.
type ReservationStatus string

// Statuses that the provider is known to take. The zero value lists the active
// reservations, and says nothing of their status.
const (
	ReservationActive    ReservationStatus = ""
	ReservationPending   ReservationStatus = "pending"
	ReservationScheduled ReservationStatus = "scheduled"
	ReservationCanceled  ReservationStatus = "cancelled"
	ReservationVoided    ReservationStatus = "voided"
)

// ListReservationsParams says whose reservations are wanted.
type ListReservationsParams struct {
	StudentID string
	Status    ReservationStatus
}

type listReservationsWire struct {
	StudentID string `url:"student_id"`
	Status    string `url:"status,omitempty"`
}

func (p ListReservationsParams) wire() listReservationsWire {
	return listReservationsWire{StudentID: p.StudentID, Status: string(p.Status)}
}

func (p ListReservationsParams) validate() error {
	v := validation{op: opReservationsList.name}
	v.required("StudentID", p.StudentID, maxStudentID)
	v.line("Status", string(p.Status), 50)
	return v.err()
}

// ListedReservation is a row of a learner's reservations. The row has no status.
type ListedReservation struct {
	ID          string        // your id
	Number      ReservationNo // the provider's; "" if it is missing or odd
	ExamID      string        // "" for reservations without an exam list
	Description string
	Test        string // the description again
	CourseNo    string
	Instructor  string
	Start       time.Time // UTC; zero if it is missing or can't be read
	Escalated   bool      // escalated to the institution
	Raw         RawJSON
}

type listedReservationWire struct {
	ID          text          `json:"reservation_id"`
	Number      ReservationNo `json:"reservation_no"`
	ExamID      text          `json:"exam_id"`
	Description text          `json:"description"`
	Test        text          `json:"test"`
	CourseNo    text          `json:"courseno"`
	Instructor  text          `json:"instructor"`
	Start       instant       `json:"start_date"`
	Escalated   flag          `json:"escalated"`
}

func (w listedReservationWire) row(raw json.RawMessage) (ListedReservation, error) {
	return ListedReservation{
		ID: string(w.ID), Number: w.Number, ExamID: string(w.ExamID), Description: string(w.Description), Test: string(w.Test),
		CourseNo: string(w.CourseNo), Instructor: string(w.Instructor), Start: w.Start.time(), Escalated: bool(w.Escalated), Raw: RawJSON(raw),
	}, nil
}

// readReservations takes an array, or the object of one row, for a list. What
// stands for an empty list elsewhere proves nothing here.
func readReservations(data []byte) ([]ListedReservation, error) {
	if noRows(data) && compact(data) != "[]" {
		return nil, ErrNoList
	}
	all, err := list(data, listedReservationWire.row)
	if err == nil && all == nil {
		all = []ListedReservation{}
	}
	return all, err
}

var (
	opReservationsCancel = post("Reservations.Cancel", "/removeReservation", Write)
	opReservationsBegin  = post("Reservations.Begin", "/beginReservation", Write)
	opReservationsList   = get("Reservations.List", "/getStudentReservationList")
)

// Cancel cancels a reservation. The client does not send it again once it may
// have arrived, though a repeat does no harm.
//
// It fails with [ErrAlreadyCanceled] if the reservation was canceled before,
// which is as good as done; with [ErrReservationNotFound], which proves neither
// that it is gone nor that it stands; and with [ErrOutcomeUnknown] if no answer,
// or one without data, came.
//
// Endpoint: POST /removeReservation.
func (s *ReservationsService) Cancel(ctx context.Context, params CancelReservationParams) (*Cancellation, error) {
	if err := params.validate(); err != nil {
		return nil, err
	}
	return call(ctx, s.client, opReservationsCancel, params.wire(), readCancellation)
}

// Begin starts a session and returns the URL at which the learner enters it.
//
// It fails with [ErrTooEarly] until shortly before the start (how long before
// is not documented), with [ErrNoURL] if the answer holds no URL and with
// [ErrUnsafeURL] if its URL must not be opened; both are [ErrOutcomeUnknown]
// too. Calling it again is how to get another URL.
//
// Endpoint: POST /beginReservation.
func (s *ReservationsService) Begin(ctx context.Context, params BeginReservationParams) (*Launch, error) {
	if err := params.validate(); err != nil {
		return nil, err
	}
	return call(ctx, s.client, opReservationsBegin, params.wire(), s.client.readLaunch)
}

// List returns a learner's reservations: the active ones, or those of a status.
// Past ones stay in it for some hours. It may lag behind a write by seconds.
//
// It fails with [ErrNoList] where the provider sends null, {} or nothing in
// place of a list: only an empty list says that there is no reservation.
//
// Endpoint: GET /getStudentReservationList.
func (s *ReservationsService) List(ctx context.Context, params ListReservationsParams) ([]ListedReservation, error) {
	if err := params.validate(); err != nil {
		return nil, err
	}
	return call(ctx, s.client, opReservationsList, params.wire(), readReservations)
}
