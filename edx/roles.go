package edx

import (
	"context"
	"net/url"
)

// Roles are what the client's own user may do.
type Roles struct {
	Staff   bool // global staff: may see everything
	Courses []RoleInCourse
}

// RoleInCourse is one role of a user.
type RoleInCourse struct {
	Org    string
	Course CourseKey // zero for a role in the whole organization
	Role   CourseRole
}

type rolesWire struct {
	Staff *flagValue `json:"is_staff"`
	Roles []roleWire `json:"roles"`
}

type roleWire struct {
	Org    textValue `json:"org"`
	Course textValue `json:"course_id"`
	Role   textValue `json:"role"`
}

// Roles returns the roles of the client's own user in a course; the zero key is
// every course.
//
// Endpoint: GET /api/enrollment/v1/roles/.
func (s *EnrollmentsService) Roles(ctx context.Context, course CourseKey) (*Roles, error) {
	op := operation{name: "Enrollments.Roles", path: "/api/enrollment/v1/roles/", query: url.Values{}, long: true}
	setText(op.query, "course_id", course.String())
	answer, err := fetch[rolesWire](ctx, s.client, op)
	if err != nil {
		return nil, err
	}
	return &Roles{Staff: bool(*answer.Staff), Courses: convert(answer.Roles, roleWire.role)}, nil
}

func (w rolesWire) missing() string {
	if w.Staff == nil {
		return "is_staff"
	}
	return ""
}

func (w roleWire) role() RoleInCourse {
	course, _ := ParseCourseKey(string(w.Course)) // "" or "None" for a whole organization
	return RoleInCourse{Org: string(w.Org), Course: course, Role: CourseRole(w.Role)}
}
