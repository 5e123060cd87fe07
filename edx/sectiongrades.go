package edx

import (
	"cmp"
	"context"
	"encoding/json"
	"iter"
	"net/url"
)

// SectionGradesParams says whose grades are asked for.
type SectionGradesParams struct {
	Course   CourseKey // zero is every course
	Username string    // "" is everybody
	Cursor   string    // Next of the page before; "" is the first page
}

// SectionGrades is a learner's grade in a course with what it is made of.
type SectionGrades struct {
	Username string
	Course   CourseKey
	Percent  int // the grade, in whole percent
	Passed   bool
	Sections json.RawMessage // as it came: the platform does not document it
}

type sectionGradesWire struct {
	Username textValue       `json:"username"`
	Course   CourseKey       `json:"course_id"`
	Percent  intValue        `json:"current_grade"`
	Passed   flagValue       `json:"passed"`
	Sections json.RawMessage `json:"section_breakdown"`
}

// Sections returns one page of grades with what they are made of. The client must
// be global staff. It is experimental: the parts are kept as JSON.
//
// It fails with [*proctorbook.ValidationError] before anything is sent, with [ErrNotFound] if
// there is no such course or user, and with [ErrForbidden].
//
// Endpoint: GET /api/grades/v1/section_grades_breakdown/.
func (s *GradesService) Sections(ctx context.Context, params SectionGradesParams) (*Page[SectionGrades], error) {
	op := operation{name: "Grades.Sections", path: "/api/grades/v1/section_grades_breakdown/", query: url.Values{}, long: true}
	op.input = setViewer(op.query, params.Username)
	setText(op.query, "course_id", params.Course.String())
	setText(op.query, "cursor", params.Cursor)
	answer, err := fetch[pageWire[sectionGradesWire]](ctx, s.client, op)
	if err != nil {
		return nil, err
	}
	return pageOf(s.client, op, answer, "cursor", sectionGradesWire.grades)
}

// AllSections yields all grades with what they are made of; it fails as Sections
// does, with the error as the last thing that it yields.
//
// Endpoint: GET /api/grades/v1/section_grades_breakdown/.
func (s *GradesService) AllSections(ctx context.Context, params SectionGradesParams) iter.Seq2[SectionGrades, error] {
	return pages("Grades.AllSections", params.Cursor, func(cursor string) (*Page[SectionGrades], error) {
		next := params
		next.Cursor = cursor
		return s.Sections(ctx, next)
	})
}

func (w sectionGradesWire) missing() string {
	return cmp.Or(gradebookWire{Username: w.Username}.missing(), courseDetailsWire{ID: w.Course}.missing())
}

func (w sectionGradesWire) grades() SectionGrades {
	return SectionGrades{
		Username: string(w.Username), Course: w.Course, Percent: int(w.Percent), Passed: bool(w.Passed), Sections: w.Sections,
	}
}
