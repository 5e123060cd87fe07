package edx

import (
	"context"
	"iter"
	"net/url"
)

// CourseRole is what a user does in a course. It is an open set.
type CourseRole string

// The roles by which [CoursesService.IDs] can ask.
const (
	RoleStaff      CourseRole = "staff"
	RoleInstructor CourseRole = "instructor"
)

// ListCourseIDsParams says whose courses are asked for.
type ListCourseIDsParams struct {
	Username string     // "" is the client's own user; another one needs a client that is staff
	Role     CourseRole // required
	PageSize int        // 1 to 1000; 0 is the platform's default
	Cursor   string     // Next of the page before; "" is the first page
}

// IDs returns one page of the keys of the courses in which a user has a role.
// Global staff have every role in every course.
//
// It fails with [*proctorbook.ValidationError] before anything is sent, and with
// [ErrForbidden] if the client may not ask about that user.
//
// Endpoint: GET /api/courses/v1/course_ids/.
func (s *CoursesService) IDs(ctx context.Context, params ListCourseIDsParams) (*Page[CourseKey], error) {
	op := operation{
		name: "Courses.IDs", path: "/api/courses/v1/course_ids/", long: true,
		query: url.Values{"role": {string(params.Role)}},
	}
	op.input = params.set(op.query)
	answer, err := fetch[pageWire[keyWire]](ctx, s.client, op)
	if pastEnd(params.Cursor, err) {
		return &Page[CourseKey]{}, nil
	}
	if err != nil {
		return nil, err
	}
	return pageOf(s.client, op, answer, "page", func(w keyWire) CourseKey { return w.CourseKey })
}

// AllIDs yields the keys of all courses in which a user has a role; it fails as
// IDs does, with the error as the last thing that it yields.
//
// Endpoint: GET /api/courses/v1/course_ids/.
func (s *CoursesService) AllIDs(ctx context.Context, params ListCourseIDsParams) iter.Seq2[CourseKey, error] {
	return pages("Courses.AllIDs", params.Cursor, func(cursor string) (*Page[CourseKey], error) {
		next := params
		next.Cursor = cursor
		return s.IDs(ctx, next)
	})
}

func (p ListCourseIDsParams) set(query url.Values) faults {
	return all(
		checkText("role", string(p.Role), maxKeyChars),
		setViewer(query, p.Username),
		setPage(query, "page", p.Cursor, p.PageSize, 1000),
	)
}

type keyWire struct{ CourseKey }

func (w keyWire) missing() string {
	if w.IsZero() {
		return "course id"
	}
	return ""
}
