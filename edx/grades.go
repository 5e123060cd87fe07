package edx

import (
	"context"
	"iter"
	"net/url"
)

// GradesService reads how learners do in a course.
type GradesService struct{ client *Client }

// Grade is how a learner does in a course.
type Grade struct {
	Username string
	Email    string // "" but for learners in the mode masters, in List
	Course   CourseKey
	Passed   bool
	Percent  float64 // 0 to 1
	Letter   string  // such as "B"; "" if there is none
}

type gradeWire struct {
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
	return fetchOne(ctx, s.client, operation{
		name: "Grades.Get", input: checkUserAndCourse(username, course),
		path: gradesPath(course), query: url.Values{"username": {username}},
	}, gradeWire.grade)
}

// ListGradesParams says which page of grades is asked for.
type ListGradesParams struct {
	PageSize int    // 1 to 1000; 0 is the platform's default, 50
	Cursor   string // Next of the page before; "" is the first page
}

// List returns one page of the grades of those who are active in a course.
// Learners whose grade can't be worked out are left out.
//
// It fails with [*proctorbook.ValidationError] before anything is sent, with [ErrNotFound] if
// there is no such course, and with [ErrForbidden] if the client is not global staff.
//
// Endpoint: GET /api/grades/v1/courses/{course}/.
func (s *GradesService) List(ctx context.Context, course CourseKey, params ListGradesParams) (*Page[Grade], error) {
	op := operation{name: "Grades.List", path: gradesPath(course), query: url.Values{}, long: true}
	op.input = all(checkCourse(course), setPage(op.query, "", "", params.PageSize, 1000))
	setText(op.query, "cursor", params.Cursor)
	answer, err := fetch[pageWire[gradeWire]](ctx, s.client, op)
	if err != nil {
		return nil, err
	}
	return pageOf(s.client, op, answer, "cursor", gradeWire.grade)
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
	Type    string  // such as "Exam"
	Count   int     // how many there are
	Dropped int     // how many of the worst don't count
	Weight  float64 // 0 to 1
}

type assignmentPolicyWire struct {
	Type    textValue  `json:"assignment_type"`
	Count   intValue   `json:"count"`
	Dropped intValue   `json:"dropped"`
	Weight  floatValue `json:"weight"`
}

// Policy returns how a course is graded. The client must be staff of the course.
//
// It fails with [*proctorbook.ValidationError] before anything is sent, with [ErrNotFound] if
// there is no such course, and with [ErrForbidden].
//
// Endpoint: GET /api/grades/v1/policy/courses/{course}/.
func (s *GradesService) Policy(ctx context.Context, course CourseKey) ([]AssignmentPolicy, error) {
	return fetchList(ctx, s.client, operation{
		name: "Grades.Policy", input: checkCourse(course),
		path: "/api/grades/v1/policy/courses/" + course.path() + "/",
	}, func(w assignmentPolicyWire) AssignmentPolicy {
		return AssignmentPolicy{Type: string(w.Type), Count: int(w.Count), Dropped: int(w.Dropped), Weight: float64(w.Weight)}
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
		Passed: bool(*w.Passed), Percent: float64(w.Percent), Letter: string(w.Letter),
	}
}
