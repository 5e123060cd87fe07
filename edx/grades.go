package edx

import (
	"cmp"
	"context"
	"encoding/json"
	"iter"
	"net/url"
	"strconv"
)

// GradesService reads how learners do in a course.
type GradesService struct{ core *core }

// Grade is how a learner does in a course.
type Grade struct {
	Username string    // the learner
	Email    string    // "" but for learners in the mode masters, in List
	Course   CourseKey // which course
	Passed   bool      // the grade is enough to pass
	Percent  float64   // 0 to 1
	Letter   string    // such as "B"; "" if there is none
	Problem  *RowError `json:",omitempty"` // what could not be read; nil if everything was
}

type gradeWire struct {
	row
	Username textValue  `json:"username"`
	Email    textValue  `json:"email"`
	Course   CourseKey  `json:"course_id"`
	Passed   *flagValue `json:"passed"`
	Percent  floatValue `json:"percent"`
	Letter   textValue  `json:"letter_grade"`
}

// Get returns the grade of a learner, also of one who has left the course. A
// client that is staff of the course alone is not enough: it must be global staff
// or the learner.
//
// It fails with [*proctorbook.ValidationError] before anything is sent, with
// [ErrUserUnknown], with [ErrNotEnrolled], with [ErrNotFound] if there is no such
// course, and with [ErrForbidden].
//
// Endpoint: GET /api/grades/v1/courses/{course}/.
func (s *GradesService) Get(ctx context.Context, username string, course CourseKey) (*Grade, error) {
	return fetchOne(ctx, s.core, operation{
		name: "Grades.Get", input: checkUserAndCourse(username, course),
		path: gradesPath(course), query: url.Values{"username": {username}},
	}, gradeWire.grade)
}

// ListGradesParams are the parameters of [GradesService.List].
type ListGradesParams struct {
	PageSize int    // 1 to 1000; 0 is the platform's default, 50
	Cursor   string // Next of the page before; "" is the first page
}

// List returns one page of the grades of those who are active in a course.
// Learners whose grade the platform can't compute are left out.
//
// It fails with [*proctorbook.ValidationError] before anything is sent, with
// [ErrNotFound] if there is no such course, and with [ErrForbidden] if the client
// is not global staff.
//
// Endpoint: GET /api/grades/v1/courses/{course}/.
func (s *GradesService) List(ctx context.Context, course CourseKey, params ListGradesParams) (*Page[Grade], error) {
	op := operation{name: "Grades.List", path: gradesPath(course), query: url.Values{}, long: true}
	op.input = all(checkCourse(course), setPage(op.query, "", "", params.PageSize, 1000))
	setText(op.query, "cursor", params.Cursor)
	answer, err := fetch[pageWire[gradeWire]](ctx, s.core, op)
	if err != nil {
		return nil, err
	}
	return pageOf(s.core, op, answer, "cursor", gradeWire.grade)
}

// All yields the grades of all who are active in a course; it fails as List does,
// with the error as the last thing that it yields.
//
// Endpoint: GET /api/grades/v1/courses/{course}/.
func (s *GradesService) All(ctx context.Context, course CourseKey, params ListGradesParams) iter.Seq2[Grade, error] {
	return pages("Grades.All", params.Cursor, func(cursor string) (*Page[Grade], error) {
		next := params
		next.Cursor = cursor
		return s.List(ctx, course, next)
	})
}

// AssignmentPolicy is how one kind of assignment counts towards the grade.
type AssignmentPolicy struct {
	Type    string    // such as "Exam"
	Count   int       // how many there are
	Dropped int       // how many of the worst don't count
	Weight  float64   // 0 to 1
	Problem *RowError `json:",omitempty"` // what could not be read; nil if everything was
}

type assignmentPolicyWire struct {
	row
	Type    textValue  `json:"assignment_type"`
	Count   intValue   `json:"count"`
	Dropped intValue   `json:"dropped"`
	Weight  floatValue `json:"weight"`
}

// Policy returns how a course is graded. The client must be staff of the course.
//
// It fails with [*proctorbook.ValidationError] before anything is sent, with
// [ErrNotFound] if there is no such course, and with [ErrForbidden].
//
// Endpoint: GET /api/grades/v1/policy/courses/{course}/.
func (s *GradesService) Policy(ctx context.Context, course CourseKey) ([]AssignmentPolicy, error) {
	return fetchList(ctx, s.core, operation{
		name: "Grades.Policy", input: checkCourse(course),
		path: "/api/grades/v1/policy/courses/" + course.path() + "/",
	}, func(w assignmentPolicyWire) AssignmentPolicy {
		return AssignmentPolicy{Type: string(w.Type), Count: int(w.Count), Dropped: int(w.Dropped), Weight: float64(w.Weight), Problem: w.problem}
	})
}

func gradesPath(course CourseKey) string { return "/api/grades/v1/courses/" + course.path() + "/" }

func (w assignmentPolicyWire) missing() string {
	if w.Type == "" {
		return "assignment_type"
	}
	return ""
}

func (w gradeWire) missing() string {
	switch {
	case w.Username == "":
		return "username"
	case w.Passed == nil:
		return "passed"
	}
	return ""
}

func (w gradeWire) grade() Grade {
	return Grade{
		Username: string(w.Username), Email: string(w.Email), Course: w.Course,
		Passed: isTrue(w.Passed), Percent: float64(w.Percent), Letter: string(w.Letter),
		Problem: w.problem,
	}
}

// GradebookParams are the parameters of [GradesService.Gradebook]. The zero value
// is all learners.
type GradebookParams struct {
	UserContains string   // part of a user name or address, but not of a name; "" is everybody
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
	UserID   int64          // as Account.ID
	Username string         // the learner
	Email    string         // "" if not shown
	FullName string         // one text; only for learners in the mode masters
	Percent  float64        // 0 to 1
	Sections []SectionScore // one for each graded subsection

	ExternalUserKey string    // by which a partner's programme knows the learner; "" if there is none
	ProfileName     string    // the name in the learner's profile; "" if not shown
	Problem         *RowError `json:",omitempty"` // what could not be read; nil if everything was
}

// SectionScore is what a learner scored in one part of a course.
type SectionScore struct {
	Usage     UsageKey  // of the subsection: the content of an exam
	Name      string    // title of the subsection
	Category  string    // the kind of assignment, such as "Exam"
	Label     string    // such as "Ex 01"
	Attempted bool      // the learner attempted it
	Percent   float64   // 0 to 1
	Earned    float64   // points
	Possible  float64   // points
	Problem   *RowError `json:",omitempty"` // what could not be read; nil if everything was
}

type gradebookWire struct {
	row
	UserID   intValue               `json:"user_id"`
	Username textValue              `json:"username"`
	Email    textValue              `json:"email"`
	FullName textValue              `json:"full_name"`
	External textValue              `json:"external_user_key"`
	Profile  textValue              `json:"profile_name"`
	Percent  floatValue             `json:"percent"`
	Sections list[sectionScoreWire] `json:"section_breakdown"`
}

type sectionScoreWire struct {
	row
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
// staff of the course. Total counts the learners that match the filters; the
// platform updates it once an hour.
//
// It fails with [*proctorbook.ValidationError] before anything is sent, with
// [ErrNotFound] if there is no such course, and with [ErrForbidden], also if the
// platform has the gradebook switched off.
//
// Endpoint: GET /api/grades/v1/gradebook/{course}/.
func (s *GradesService) Gradebook(ctx context.Context, course CourseKey, params GradebookParams) (*Page[GradebookEntry], error) {
	op := operation{name: "Grades.Gradebook", query: url.Values{}, long: true}
	op.input = all(checkCourse(course), params.set(op.query))
	op.path = gradebookPath(course)
	answer, err := fetch[pageWire[gradebookWire]](ctx, s.core, op)
	if err != nil {
		return nil, err
	}
	return pageOf(s.core, op, answer, "cursor", gradebookWire.entry)
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
	answer, err := fetch[gradebookWire](ctx, s.core, operation{
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
	Raw json.RawMessage // the JSON object as it came
}

// GradingInfoParams are the parameters of [GradesService.GradingInfo].
type GradingInfoParams struct {
	GradedOnly bool // those alone that count
}

// GradingInfo returns how the gradebook of a course is laid out. The client must
// be staff of the course. It is experimental: the answer is kept as JSON.
//
// It fails with [*proctorbook.ValidationError] before anything is sent, with
// [ErrNotFound] if there is no such course, and with [ErrForbidden].
//
// Endpoint: GET /api/grades/v1/gradebook/{course}/grading-info.
func (s *GradesService) GradingInfo(ctx context.Context, course CourseKey, params GradingInfoParams) (*GradingInfo, error) {
	op := operation{name: "Grades.GradingInfo", input: checkCourse(course), path: gradebookPath(course) + "grading-info", long: true}
	if params.GradedOnly {
		op.query = url.Values{"graded_only": {"true"}}
	}
	answer, err := fetch[objectWire](ctx, s.core, op)
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
		setPercent(query, "course_grade_min", "min percent", p.MinPercent),
		setPercent(query, "course_grade_max", "max percent", p.MaxPercent),
		setPage(query, "", "", p.PageSize, 1000),
	)
}

func setPercent(query url.Values, name, field string, percent *float64) faults {
	if percent == nil {
		return nil
	}
	if !(*percent >= 0 && *percent <= 100) {
		return invalid(field, "must be from 0 to 100")
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
		FullName: string(w.FullName), ExternalUserKey: string(w.External), ProfileName: string(w.Profile),
		Percent: float64(w.Percent), Sections: convert(w.Sections, sectionScoreWire.score), Problem: w.problem,
	}
}

func (w sectionScoreWire) missing() string { return "" }

func (w sectionScoreWire) score() SectionScore {
	return SectionScore{
		Usage: w.Usage, Name: string(w.Name), Category: string(w.Category), Label: string(w.Label),
		Attempted: bool(w.Attempted), Percent: float64(w.Percent), Earned: float64(w.Earned), Possible: float64(w.Possible), Problem: w.problem,
	}
}

// SectionGradesParams are the parameters of [GradesService.Sections].
type SectionGradesParams struct {
	Course   CourseKey // zero is every course
	Username string    // "" is everybody
	Cursor   string    // Next of the page before; "" is the first page
}

// SectionGrades is a learner's grade in a course with what it is made of.
type SectionGrades struct {
	Username string          // the learner
	Course   CourseKey       // which course
	Percent  int             // the grade, in whole percent
	Passed   bool            // the grade is enough to pass
	Sections json.RawMessage // as it came: the platform does not document it
	Problem  *RowError       `json:",omitempty"` // what could not be read; nil if everything was
}

type sectionGradesWire struct {
	row
	Username textValue       `json:"username"`
	Course   CourseKey       `json:"course_id"`
	Percent  intValue        `json:"current_grade"`
	Passed   flagValue       `json:"passed"`
	Sections json.RawMessage `json:"section_breakdown"`
}

// Sections returns one page of grades with what they are made of. The client must
// be global staff. It is experimental: the parts are kept as JSON.
//
// It fails with [*proctorbook.ValidationError] before anything is sent, with
// [ErrNotFound] if there is no such course or user, and with [ErrForbidden].
//
// Endpoint: GET /api/grades/v1/section_grades_breakdown/.
func (s *GradesService) Sections(ctx context.Context, params SectionGradesParams) (*Page[SectionGrades], error) {
	op := operation{name: "Grades.Sections", path: "/api/grades/v1/section_grades_breakdown/", query: url.Values{}, long: true}
	op.input = setViewer(op.query, params.Username)
	setText(op.query, "course_id", params.Course.String())
	setText(op.query, "cursor", params.Cursor)
	answer, err := fetch[pageWire[sectionGradesWire]](ctx, s.core, op)
	if err != nil {
		return nil, err
	}
	return pageOf(s.core, op, answer, "cursor", sectionGradesWire.grades)
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
		Problem: w.problem,
	}
}
