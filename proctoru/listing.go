package proctoru

import (
	"context"
	"encoding/json"
	"time"

	"github.com/proctorbook/proctorbook"
)

// ReservationStatus selects what [ReservationsService.List] returns.
type ReservationStatus string

// The statuses that the provider is known to take. What each selects is not
// documented beyond its name.
const (
	ReservationActive    ReservationStatus = ""          // sends no status: the provider lists the active reservations
	ReservationPending   ReservationStatus = "pending"   // sends pending
	ReservationScheduled ReservationStatus = "scheduled" // sends scheduled
	ReservationCanceled  ReservationStatus = "cancelled" // sends cancelled, as the provider spells it
	ReservationVoided    ReservationStatus = "voided"    // sends voided
)

// ListReservationsParams are the parameters of [ReservationsService.List].
type ListReservationsParams struct {
	StudentID string            // the learner's id
	Status    ReservationStatus // ReservationActive, the zero value, lists the active ones
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
	StudentID   string        // the learner's id; "" in the list of one learner
	Number      ReservationNo // the provider's; "" if it is missing or unreadable
	ExamID      string        // "" for reservations without an exam list
	Description string        // title of the exam, as it was given when the reservation was made
	Test        string        // the description again
	CourseNo    string        // number or code of the course
	Instructor  string        // the teacher's name
	Start       time.Time     // UTC; zero if it is missing or can't be read
	Escalated   bool          // escalated to the institution
	Raw         RawJSON       // the row as the provider sent it
}

type listedReservationWire struct {
	StudentID   text          `json:"student_id"`
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

func (w listedReservationWire) row(raw RawJSON) (ListedReservation, error) {
	return ListedReservation{
		ID: string(w.ID), StudentID: string(w.StudentID), Number: w.Number, ExamID: string(w.ExamID), Description: string(w.Description), Test: string(w.Test),
		CourseNo: string(w.CourseNo), Instructor: string(w.Instructor), Start: w.Start.time(), Escalated: bool(w.Escalated), Raw: raw,
	}, nil
}

// readReservations accepts an array, or an object as the only row.
func readReservations(data []byte) ([]ListedReservation, error) {
	all, err := list(data, listedReservationWire.row)
	if err == nil && all == nil {
		all = []ListedReservation{}
	}
	return all, err
}

type listAllReservationsWire struct {
	Status string `url:"status,omitempty"`
}

var (
	opReservationsList    = get("Reservations.List", "/getStudentReservationList")
	opReservationsListAll = operation{
		name: "Reservations.ListAll", method: "GET", path: "/getStudentReservationList", class: proctorbook.Read, stamp: stampField, maxBytes: maxReportBytes,
	}
	opReservationsAuthenticated = get("Reservations.Authenticated", "/getIsReservationAuthenticated")
)

// List returns a learner's reservations: the active ones, or those of a status.
// Past ones stay in it for some hours. It may lag behind a write by seconds.
//
// It fails with [ErrNoList] if the provider sends null, {} or nothing in place of
// a list: only an empty list proves that there is no reservation.
//
// Endpoint: GET /getStudentReservationList.
func (s *ReservationsService) List(ctx context.Context, params ListReservationsParams) ([]ListedReservation, error) {
	if err := params.validate(); err != nil {
		return nil, err
	}
	return call(ctx, s.core, opReservationsList, params.wire(), readReservations)
}

// ListAll returns the reservations of all learners of the institution: the active
// ones, or those of a status. There is no paging: beyond 10,000 rows, or 16 MiB, it
// fails with [ErrTooLarge].
//
// It fails with [ErrNoList] too, as [ReservationsService.List] does.
//
// Endpoint: GET /getStudentReservationList.
func (s *ReservationsService) ListAll(ctx context.Context, status ReservationStatus) ([]ListedReservation, error) {
	v := validation{op: opReservationsListAll.name}
	v.line("status", string(status), 50)
	if err := v.err(); err != nil {
		return nil, err
	}
	return call(ctx, s.core, opReservationsListAll, listAllReservationsWire{Status: string(status)}, readReservations)
}

type authenticatedWire struct {
	Number string `url:"reservation_no"`
}

// Authentication is the answer of [ReservationsService.Authenticated].
type Authentication struct {
	Known         bool    // the answer was one that the client understands; if not, see Raw
	Authenticated bool    // the proctor authenticated the learner
	Raw           RawJSON // the answer as the provider sent it
}

// readAuthentication takes a plain value, or the member "authenticated" of an object.
func readAuthentication(data []byte) (*Authentication, error) {
	var w struct {
		Authenticated json.RawMessage `json:"authenticated"`
	}
	value := data
	if isObject(data) {
		if json.Unmarshal(data, &w) != nil {
			return nil, ErrBadData
		}
		value = w.Authenticated
	}
	text := scalar(value)
	return &Authentication{Known: text != "", Authenticated: isYes(text), Raw: clone(data)}, nil
}

// Authenticated asks whether the proctor authenticated the learner of a
// reservation. Reservations without an exam list are not covered: for them read
// [ReportsService.Activity].
//
// *Experimental*: the shape of the answer is not documented, so Raw keeps it.
//
// Endpoint: GET /getIsReservationAuthenticated.
func (s *ReservationsService) Authenticated(ctx context.Context, number ReservationNo) (*Authentication, error) {
	v := validation{op: opReservationsAuthenticated.name}
	v.number("number", number)
	if err := v.err(); err != nil {
		return nil, err
	}
	return call(ctx, s.core, opReservationsAuthenticated, authenticatedWire{Number: string(number)}, readAuthentication)
}
