package proctoru

import (
	"context"
	"time"
)

// ListExamsParams selects exams of the institution's list.
type ListExamsParams struct {
	TermID string // "" = of all terms
	All    Choice // sent as it is: Yes seems to add inactive exams
}

type listExamsWire struct {
	TermID string   `url:"term_id,omitempty"`
	All    wireFlag `url:"all,omitempty"`
}

func (p ListExamsParams) wire() listExamsWire {
	return listExamsWire{TermID: p.TermID, All: wireFlag(p.All)}
}

func (p ListExamsParams) validate() error {
	v := validation{op: opExamsList.name}
	v.line("TermID", p.TermID, 0)
	v.choice("All", p.All)
	return v.err()
}

// Exam is an exam of the institution's list. The provider does not document the
// row: fields that it leaves out are empty, and Raw has what else it holds.
type Exam struct {
	ID          string // your id
	TermID      string
	CourseNo    string
	Description string
	Start, End  time.Time // when it may be taken, UTC; zero if missing or odd
	TakeItNow   bool      // may be taken on demand
	Raw         RawJSON
}

type examWire struct {
	ID          text    `json:"exam_id"`
	TermID      text    `json:"term_id"`
	CourseNo    text    `json:"courseno"`
	Description text    `json:"description"`
	Start       instant `json:"start_date"`
	End         instant `json:"end_date"`
	TakeItNow   flag    `json:"takeitnowavailable"`
}

func (w examWire) exam(raw RawJSON) (Exam, error) {
	return Exam{
		ID: string(w.ID), TermID: string(w.TermID), CourseNo: string(w.CourseNo), Description: string(w.Description),
		Start: w.Start.time(), End: w.End.time(), TakeItNow: bool(w.TakeItNow), Raw: raw,
	}, nil
}

func readExams(data []byte) ([]Exam, error) { return list(data, examWire.exam) }

type listTermsWire struct {
	All wireFlag `url:"all,omitempty"`
}

// Term is an academic term.
type Term struct {
	ID   string
	Name string
	Raw  RawJSON
}

type termWire struct {
	ID   text `json:"term_id"`
	Name text `json:"term_name"`
}

func (w termWire) term(raw RawJSON) (Term, error) {
	return Term{ID: string(w.ID), Name: string(w.Name), Raw: raw}, nil
}

func readTerms(data []byte) ([]Term, error) { return list(data, termWire.term) }

// Department is a part of the institution. The provider does not document the
// row: fields that it leaves out are empty, and Raw has what else it holds.
type Department struct {
	ID   string // a number
	Name string
	Raw  RawJSON
}

type departmentWire struct {
	ID   text `json:"department_id"`
	Name text `json:"department_name"`
}

func (w departmentWire) department(raw RawJSON) (Department, error) {
	return Department{ID: string(w.ID), Name: string(w.Name), Raw: raw}, nil
}

var (
	opExamsList        = get("Exams.List", "/getInstitutionExamList")
	opExamsTerms       = get("Exams.Terms", "/getInstitutionTermList")
	opExamsDepartments = get("Exams.Departments", "/getInstitutionDepartmentList")
)

// List returns the institution's exams. The exams of ad-hoc reservations are not in it.
//
// Endpoint: GET /getInstitutionExamList.
func (s *ExamsService) List(ctx context.Context, params ListExamsParams) ([]Exam, error) {
	if err := params.validate(); err != nil {
		return nil, err
	}
	return call(ctx, s.client, opExamsList, params.wire(), readExams)
}

// Terms returns the institution's academic terms. What all selects is not
// documented; it is sent as it is, and Yes seems to select the active terms. The
// terms of service are another thing: see [StudentsService.TermsOfService].
//
// Endpoint: GET /getInstitutionTermList.
func (s *ExamsService) Terms(ctx context.Context, all Choice) ([]Term, error) {
	v := validation{op: opExamsTerms.name}
	v.choice("all", all)
	if err := v.err(); err != nil {
		return nil, err
	}
	return call(ctx, s.client, opExamsTerms, listTermsWire{All: wireFlag(all)}, readTerms)
}

// Departments returns the parts of the institution.
//
// Endpoint: GET /getInstitutionDepartmentList.
func (s *ExamsService) Departments(ctx context.Context) ([]Department, error) {
	return call(ctx, s.client, opExamsDepartments, struct{}{}, func(data []byte) ([]Department, error) {
		return list(data, departmentWire.department)
	})
}
