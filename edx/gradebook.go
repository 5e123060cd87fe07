package edx

import (
	"context"
	"encoding/json"
	"iter"
	"net/url"
	"strconv"
)

// GradebookParams says which learners of the gradebook are asked for. The zero
// value is all of them.
type GradebookParams struct {
	UserContains string   // part of a user name, name or address; "" is everybody
	CohortID     int64    // 0 is every cohort
	Mode         Mode     // "" is every mode
	MinPercent   *float64 // of the course grade, 0 to 100; nil is no bound
	MaxPercent   *float64 // of the course grade, 0 to 100; nil is no bound
	PageSize     int      // 1 to 1000; 0 is the platform's default
	Cursor       string   // Next of the page before; "" is the first page
}

// GradebookEntry is a learner with the scores of each graded part of a course. It
// is personal data.
type GradebookEntry struct {
	UserID   int64
	Username string
	Email    string
	Percent  float64 // 0 to 1
	Sections []SectionScore
}

// SectionScore is what a learner scored in one part of a course.
type SectionScore struct {
	Usage     UsageKey // of the subsection: the content of an exam
	Name      string
	Category  string // the kind of assignment, such as "Exam"
	Label     string // such as "Ex 01"
	Attempted bool
	Percent   float64 // 0 to 1
	Earned    float64 // points
	Possible  float64 // points
}

type gradebookWire struct {
	UserID   intValue           `json:"user_id"`
	Username textValue          `json:"username"`
	Email    textValue          `json:"email"`
	Percent  floatValue         `json:"percent"`
	Sections []sectionScoreWire `json:"section_breakdown"`
}

type sectionScoreWire struct {
	Usage     UsageKey   `json:"module_id"`
	Name      textValue  `json:"subsection_name"`
	Category  textValue  `json:"category"`
	Label     textValue  `json:"label"`
	Attempted flagValue  `json:"attempted"`
	Percent   floatValue `json:"percent"`
	Earned    floatValue `json:"score_earned"`
	Possible  floatValue `json:"score_possible"`
}

// Gradebook returns one page of the gradebook of a course. The client must be
// staff of the course. Total counts those whom the filters let through; the
// platform counts once an hour.
//
// It fails with [*proctorbook.ValidationError] before anything is sent, with [ErrNotFound] if
// there is no such course, and with [ErrForbidden], also if the platform has the
// gradebook switched off.
//
// Endpoint: GET /api/grades/v1/gradebook/{course}/.
func (s *GradesService) Gradebook(ctx context.Context, course CourseKey, params GradebookParams) (*Page[GradebookEntry], error) {
	op := operation{name: "Grades.Gradebook", query: url.Values{}, long: true}
	op.input = all(checkCourse(course), params.set(op.query))
	op.path = gradebookPath(course)
	answer, err := fetch[pageWire[gradebookWire]](ctx, s.client, op)
	if err != nil {
		return nil, err
	}
	return pageOf(s.client, op, answer, "cursor", gradebookWire.entry)
}

// AllGradebook yields the whole gradebook of a course; it fails as Gradebook
// does, with the error as the last thing that it yields.
//
// Endpoint: GET /api/grades/v1/gradebook/{course}/.
func (s *GradesService) AllGradebook(ctx context.Context, course CourseKey, params GradebookParams) iter.Seq2[GradebookEntry, error] {
	return pages("Grades.AllGradebook", params.Cursor, func(cursor string) (*Page[GradebookEntry], error) {
		next := params
		next.Cursor = cursor
		return s.Gradebook(ctx, course, next)
	})
}

// GradebookOf returns the gradebook's entry of one learner; it fails as Gradebook
// does, and with [ErrNotFound] if there is no such learner in the course.
//
// Endpoint: GET /api/grades/v1/gradebook/{course}/.
func (s *GradesService) GradebookOf(ctx context.Context, username string, course CourseKey) (*GradebookEntry, error) {
	answer, err := fetch[gradebookWire](ctx, s.client, operation{
		name: "Grades.GradebookOf", input: checkUserAndCourse(username, course),
		path: gradebookPath(course), query: url.Values{"username": {username}},
	})
	if err != nil {
		return nil, err
	}
	entry := answer.entry()
	return &entry, nil
}

// GradingInfo is how the gradebook of a course is laid out. It is experimental:
// the platform does not document it, so it comes as it is.
type GradingInfo struct {
	Raw json.RawMessage
}

// GradingInfoParams says which subsections are asked for.
type GradingInfoParams struct {
	GradedOnly bool // those alone that count
}

// GradingInfo returns how the gradebook of a course is laid out. The client must
// be staff of the course. It is experimental: the answer is kept as JSON.
//
// It fails with [*proctorbook.ValidationError] before anything is sent, with [ErrNotFound] if
// there is no such course, and with [ErrForbidden].
//
// Endpoint: GET /api/grades/v1/gradebook/{course}/grading-info.
func (s *GradesService) GradingInfo(ctx context.Context, course CourseKey, params GradingInfoParams) (*GradingInfo, error) {
	op := operation{name: "Grades.GradingInfo", input: checkCourse(course), path: gradebookPath(course) + "grading-info", long: true}
	if params.GradedOnly {
		op.query = url.Values{"graded_only": {"true"}}
	}
	answer, err := fetch[objectWire](ctx, s.client, op)
	if err != nil {
		return nil, err
	}
	return &GradingInfo{Raw: answer.raw}, nil
}

// objectWire is any JSON object, as it came.
type objectWire struct{ raw json.RawMessage }

func (w *objectWire) UnmarshalJSON(raw []byte) error {
	if len(raw) == 0 || raw[0] != '{' {
		return formError("it is no object")
	}
	w.raw = append(json.RawMessage(nil), raw...)
	return nil
}

func (w objectWire) missing() string { return "" }

func gradebookPath(course CourseKey) string {
	return "/api/grades/v1/gradebook/" + course.path() + "/"
}

func (p GradebookParams) set(query url.Values) faults {
	var cohort faults
	if p.CohortID != 0 {
		cohort = checkID("cohort id", p.CohortID)
		query.Set("cohort_id", strconv.FormatInt(p.CohortID, 10))
	}
	setText(query, "user_contains", p.UserContains)
	setText(query, "enrollment_mode", string(p.Mode))
	setText(query, "cursor", p.Cursor)
	return all(
		cohort,
		checkOptional("user contains", p.UserContains, maxKeyChars),
		setPercent(query, "course_grade_min", p.MinPercent),
		setPercent(query, "course_grade_max", p.MaxPercent),
		setPage(query, "", "", p.PageSize, 1000),
	)
}

func setPercent(query url.Values, name string, percent *float64) faults {
	if percent == nil {
		return nil
	}
	if !(*percent >= 0 && *percent <= 100) {
		return invalid(name, "must be from 0 to 100")
	}
	query.Set(name, strconv.FormatFloat(*percent, 'f', -1, 64))
	return nil
}

func (w gradebookWire) missing() string {
	if w.Username == "" {
		return "username"
	}
	return ""
}

func (w gradebookWire) entry() GradebookEntry {
	return GradebookEntry{
		UserID: int64(w.UserID), Username: string(w.Username), Email: string(w.Email),
		Percent: float64(w.Percent), Sections: convert(w.Sections, sectionScoreWire.score),
	}
}

func (w sectionScoreWire) score() SectionScore {
	return SectionScore{
		Usage: w.Usage, Name: string(w.Name), Category: string(w.Category), Label: string(w.Label),
		Attempted: bool(w.Attempted), Percent: float64(w.Percent), Earned: float64(w.Earned), Possible: float64(w.Possible),
	}
}
