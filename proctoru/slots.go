package proctoru

import (
	"context"
	"errors"
	"time"

	"github.com/proctorbook/proctorbook"
)

// SlotsService finds free slots.
type SlotsService struct{ core *core }

// SlotsParams are the parameters of [SlotsService.List].
type SlotsParams struct {
	ZoneID    string        // id of a time zone of the provider; the day that is listed is a day of this zone; may be "" with ExamID
	Start     time.Time     // from when on; any zone, whole seconds
	Duration  time.Duration // whole minutes, 1 to 1440; may be 0 with ExamID: the exam has its own
	TakeItNow bool          // on demand, at a higher fee, instead of later
	Number    ReservationNo // a reservation to be moved: its own time counts as free

	// ExamID asks for the slots of an exam of the institution's list, for the
	// learner StudentID. Without it, the slots are those of sessions without an
	// exam list.
	ExamID    string
	StudentID string // required with ExamID
}

type slotsWire struct {
	ZoneID    string   `url:"time_zone_id,omitempty"`
	Start     wireTime `url:"start_date"`
	Duration  int      `url:"duration,omitempty"`
	AdHoc     wireFlag `url:"isadhoc"`
	TakeItNow wireFlag `url:"takeitnow"`
	StudentID string   `url:"student_id,omitempty"`
	ExamID    string   `url:"exam_id,omitempty"`
	Number    string   `url:"reservation_no,omitempty"`
}

func (p SlotsParams) wire() slotsWire {
	return slotsWire{
		ZoneID: windowsID(p.ZoneID), Start: wireTime(p.Start), Duration: minutes(p.Duration),
		AdHoc: yesOrNo(p.ExamID == ""), TakeItNow: yesOrNo(p.TakeItNow),
		StudentID: p.StudentID, ExamID: p.ExamID, Number: string(p.Number),
	}
}

func (p SlotsParams) validate() error {
	v := validation{op: opSlotsList.name}
	zone := v.zone
	if p.ExamID != "" {
		zone = v.optionalZone
	}
	zone("ZoneID", p.ZoneID)
	v.instant("Start", p.Start)
	if p.Duration != 0 || p.ExamID == "" {
		v.duration("Duration", p.Duration)
	}
	v.optionalNumber("Number", p.Number)
	v.line("ExamID", p.ExamID, 0)
	v.line("StudentID", p.StudentID, maxStudentID)
	v.check("StudentID", p.ExamID == "" || p.StudentID != "", "is required with ExamID")
	return v.err()
}

// Slot is a time at which a session may start.
type Slot struct {
	Start time.Time // UTC

	// Parts of the price. Their relation is not documented.
	Fee, PremiumFee, DiscountFee Money
}

// local_start_date is left alone: whether its zone mark is true is not certain.
type slotWire struct {
	Start       instant `json:"start_date"`
	Fee         Money   `json:"fee"`
	PremiumFee  Money   `json:"fee_premium"`
	DiscountFee Money   `json:"fee_discount"`
}

func (w slotWire) slot(RawJSON) (Slot, error) {
	if w.Start.time().IsZero() {
		return Slot{}, ErrBadData
	}
	return Slot{Start: w.Start.time(), Fee: w.Fee, PremiumFee: w.PremiumFee, DiscountFee: w.DiscountFee}, nil
}

var opSlotsList = get("Slots.List", "/getScheduleInfoAvailableTimesList")

// List returns the free slots from Start on, in the provider's order. As a rule
// these are the slots of the rest of that day in the zone, so call it once for
// each day. Of an exam of the list, ExamID, StudentID and Start are enough; the day is
// the provider's affair then. No free slot is not an error: the list is empty.
//
// It fails with [ErrBadData] if the start of a slot can't be read, with [ErrNoList]
// if the provider sends null, {} or nothing in place of a list, and with
// [ErrExamNotFound] or [ErrStudentNotFound] for an exam or learner that the
// provider does not know.
//
// Endpoint: GET /getScheduleInfoAvailableTimesList.
func (s *SlotsService) List(ctx context.Context, params SlotsParams) ([]Slot, error) {
	if err := params.validate(); err != nil {
		return nil, err
	}
	slots, err := call(ctx, s.core, opSlotsList, params.wire(), func(data []byte) ([]Slot, error) {
		return list(data, slotWire.slot)
	})
	if errors.Is(err, ErrNoSlots) {
		return nil, nil
	}
	return slots, err
}

// BookableExamsParams are the parameters of [SlotsService.Exams].
type BookableExamsParams struct {
	StudentID string // the learner's id
	TermID    string // of the academic term, see SlotsService.Terms
}

type bookableExamsWire struct {
	StudentID string `url:"student_id"`
	TermID    string `url:"term_id"`
}

func (p BookableExamsParams) wire() bookableExamsWire {
	return bookableExamsWire(p)
}

func (p BookableExamsParams) validate() error {
	v := validation{op: opSlotsExams.name}
	v.required("StudentID", p.StudentID, maxStudentID)
	v.required("TermID", p.TermID, 0)
	return v.err()
}

var (
	opSlotsTerms = post("Slots.Terms", "/getScheduleInfoTermList", proctorbook.Read)
	opSlotsExams = post("Slots.Exams", "/getScheduleInfoExamList", proctorbook.Read)
)

// Terms returns the academic terms in which a learner may book an exam.
//
// *Experimental*: the shape of the answer is known only from a client of 2015.
//
// Endpoint: POST /getScheduleInfoTermList.
func (s *SlotsService) Terms(ctx context.Context, studentID string) ([]Term, error) {
	return callForStudent(ctx, s.core, opSlotsTerms, studentID, readTerms)
}

// Exams returns the exams of a term that a learner may book: see
// [SlotsService.List] with ExamID, and [ReservationsService.CreateForExam].
//
// *Experimental*: the shape of the answer is known only from a client of 2015.
//
// Endpoint: POST /getScheduleInfoExamList.
func (s *SlotsService) Exams(ctx context.Context, params BookableExamsParams) ([]Exam, error) {
	if err := params.validate(); err != nil {
		return nil, err
	}
	return call(ctx, s.core, opSlotsExams, params.wire(), readExams)
}
