package proctoru

import (
	"context"
	"time"

	"github.com/proctorbook/proctorbook"
)

// CreateForExamParams says who sits which exam of the institution's list, and when.
type CreateForExamParams struct {
	ID        string        // reservation id, chosen by you and the same on every try; up to 50 of A-Z a-z 0-9 . _ -
	StudentID string        // the learner, whom the provider must know: see Students.Save
	ExamID    string        // your id of the exam, see Exams.Save
	Start     time.Time     // any zone, whole seconds, not in the past
	Number    ReservationNo // a reservation to be changed; "" = make a new one
	Comments  string        // from the learner
	TakeItNow bool          // on demand instead of a free slot; Start may be now
	ReturnURL string        // where the learner goes after scheduling; https, see WithReturnHosts
}

type createForExamWire struct {
	StudentID string   `url:"student_id"`
	ExamID    string   `url:"exam_id"`
	Start     wireTime `url:"start_date"`
	ID        string   `url:"reservation_id"`
	Number    string   `url:"reservation_no,omitempty"`
	Comments  string   `url:"comments,omitempty"`
	TakeItNow wireFlag `url:"takeitnow"`
	ReturnURL string   `url:"url_return,omitempty"`
}

func (p CreateForExamParams) wire() createForExamWire {
	return createForExamWire{
		StudentID: p.StudentID, ExamID: p.ExamID, Start: wireTime(p.Start), ID: p.ID, Number: string(p.Number),
		Comments: p.Comments, TakeItNow: yesOrNo(p.TakeItNow), ReturnURL: p.ReturnURL,
	}
}

func (p CreateForExamParams) validate(c *Client) error {
	v := validation{op: opReservationsCreateForExam.name}
	v.reservationID("ID", p.ID)
	v.required("StudentID", p.StudentID, maxStudentID)
	v.required("ExamID", p.ExamID, 0)
	v.start("Start", p.Start, c.now(), p.TakeItNow)
	v.optionalNumber("Number", p.Number)
	v.lines("Comments", p.Comments)
	v.returnURL("ReturnURL", p.ReturnURL, c.set.returnHosts)
	return v.err()
}

var opReservationsCreateForExam = post("Reservations.CreateForExam", "/addProcess", proctorbook.Write)

// CreateForExam makes a reservation for an exam of the institution's list. Title,
// duration and notes are the exam's.
//
// It fails as [ReservationsService.Create] does, with [ErrExamNotFound] for an
// exam that the provider does not know, and with [ErrStudentNotFound]: unlike
// Create it makes no record of the learner.
//
// Endpoint: POST /addProcess.
func (s *ReservationsService) CreateForExam(ctx context.Context, params CreateForExamParams) (*Reservation, error) {
	if err := params.validate(s.client); err != nil {
		return nil, err
	}
	return call(ctx, s.client, opReservationsCreateForExam, params.wire(), s.client.readReservation)
}
