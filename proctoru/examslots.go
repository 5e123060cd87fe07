package proctoru

import (
	"context"

	"github.com/proctorbook/proctorbook"
)

// BookableExamsParams says whose exams, of which term, are wanted.
type BookableExamsParams struct {
	StudentID string
	TermID    string
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
// *Experimental*: one client from 2015 is the only witness of the answer's shape.
//
// Endpoint: POST /getScheduleInfoTermList.
func (s *SlotsService) Terms(ctx context.Context, studentID string) ([]Term, error) {
	return callForStudent(ctx, s.client, opSlotsTerms, studentID, readTerms)
}

// Exams returns the exams of a term that a learner may book: see
// [SlotsService.List] with ExamID, and [ReservationsService.CreateForExam].
//
// *Experimental*: one client from 2015 is the only witness of the answer's shape.
//
// Endpoint: POST /getScheduleInfoExamList.
func (s *SlotsService) Exams(ctx context.Context, params BookableExamsParams) ([]Exam, error) {
	if err := params.validate(); err != nil {
		return nil, err
	}
	return call(ctx, s.client, opSlotsExams, params.wire(), readExams)
}
