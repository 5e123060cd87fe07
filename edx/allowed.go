package edx

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/proctorbook/proctorbook"
)

// AllowedService reads and changes who may enroll in a course although they have
// no account yet, or although the course is by invitation only. The client must
// be global staff.
type AllowedService struct{ core *core }

const allowedPath = "/api/enrollment/v1/enrollment_allowed/"

// Permission lets the owner of an e-mail address enroll in a course. It is
// personal data.
type Permission struct {
	Email      string    // whose
	Course     CourseKey // in which course
	AutoEnroll bool      // enroll as soon as somebody signs up with that address
	Created    time.Time // UTC
	Problem    *RowError `json:",omitempty"` // what could not be read; nil if everything was
}

type permissionWire struct {
	row
	Email      textValue `json:"email"`
	Course     CourseKey `json:"course_id"`
	AutoEnroll flagValue `json:"auto_enroll"`
	Created    timeValue `json:"created"`
}

type permissionBody struct {
	Email      string    `json:"email"`
	Course     CourseKey `json:"course_id"`
	AutoEnroll *bool     `json:"auto_enroll,omitempty"`
}

// List returns what the owner of a mail address may enroll in. An empty address
// is the client's own user.
//
// It fails with [*proctorbook.ValidationError] before anything is sent, and with
// [ErrForbidden] if the client is not global staff.
//
// Endpoint: GET /api/enrollment/v1/enrollment_allowed/.
func (s *AllowedService) List(ctx context.Context, email string) ([]Permission, error) {
	op := operation{name: "Enrollments.Allowed.List", path: allowedPath, query: url.Values{}}
	if email != "" {
		op.input = checkEmail(email)
		op.query.Set("email", email)
	}
	return fetchList(ctx, s.core, op, permissionWire.permission)
}

// AddPermissionParams are the parameters of [AllowedService.Add].
type AddPermissionParams struct {
	Email      string    // required
	Course     CourseKey // required
	AutoEnroll bool      // enroll as soon as somebody signs up with that address
}

// Add lets the owner of an address enroll in a course.
//
// It fails with [*proctorbook.ValidationError] before anything is sent, with
// [ErrExists] if they may already, and with [ErrForbidden] if the client is not
// global staff.
//
// Endpoint: POST /api/enrollment/v1/enrollment_allowed/.
func (s *AllowedService) Add(ctx context.Context, params AddPermissionParams) error {
	return perform(ctx, s.core, operation{
		name: "Enrollments.Allowed.Add", input: all(checkEmail(params.Email), checkCourse(params.Course)),
		method: http.MethodPost, class: proctorbook.Write, path: allowedPath,
		body:     permissionBody{Email: params.Email, Course: params.Course, AutoEnroll: &params.AutoEnroll},
		refusals: []int{http.StatusBadRequest, http.StatusConflict},
	})
}

// Remove removes a permission. Learners who have used it stay enrolled.
//
// It fails with [*proctorbook.ValidationError] before anything is sent, with
// [ErrNotFound] if there is no such permission, and with [ErrForbidden] if the
// client is not global staff.
//
// Endpoint: DELETE /api/enrollment/v1/enrollment_allowed/.
func (s *AllowedService) Remove(ctx context.Context, email string, course CourseKey) error {
	return perform(ctx, s.core, operation{
		name: "Enrollments.Allowed.Remove", input: all(checkEmail(email), checkCourse(course)),
		method: http.MethodDelete, class: proctorbook.IdempotentWrite, path: allowedPath,
		body: permissionBody{Email: email, Course: course},
	})
}

func (w permissionWire) missing() string {
	switch {
	case w.Email == "":
		return "email"
	case w.Course.IsZero():
		return "course_id"
	}
	return ""
}

func (w permissionWire) permission() Permission {
	return Permission{Email: string(w.Email), Course: w.Course, AutoEnroll: bool(w.AutoEnroll), Created: w.Created.Time, Problem: w.problem}
}
