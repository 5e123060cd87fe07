package proctoru

import (
	"context"
	"encoding/json"

	"github.com/proctorbook/proctorbook"
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

var (
	opReservationsCancel = postKept("Reservations.Cancel", "/removeReservation", proctorbook.Write)
	opReservationsBegin  = postKept("Reservations.Begin", "/beginReservation", proctorbook.Write)
)

// Cancel cancels a reservation. The client does not send it again once it may
// have arrived, though a repeat does no harm.
//
// It fails with [ErrAlreadyCanceled] if the reservation was canceled before,
// which is as good as done; with [ErrReservationNotFound], which proves neither
// that it is gone nor that it stands; and with [proctorbook.ErrOutcomeUnknown] if no answer,
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
// [ErrUnsafeURL] if its URL must not be opened; both are [proctorbook.ErrOutcomeUnknown]
// too. Calling it again is how to get another URL.
//
// Endpoint: POST /beginReservation.
func (s *ReservationsService) Begin(ctx context.Context, params BeginReservationParams) (*Launch, error) {
	if err := params.validate(); err != nil {
		return nil, err
	}
	return call(ctx, s.client, opReservationsBegin, params.wire(), s.client.readLaunch)
}
